/** What the words for constraints and indexes take. */
import { branded, columnRefBrand } from "./brand.js";
import { type Argument, checkOf, isObject, optional, sqlText, targets, text, textAs } from "./call-arguments.js";
import { someSettings } from "./checked-calls.js";
import { isSqlExpression } from "./expression-text.js";

export const NAME = [optional(text("name"))];
export const NAMED_CHECK = [text("name"), sqlText("expression")];
export const REFERENCES = [textAs("table", '"users"'), targets("columns"), someSettings];
const isColumn = (value: unknown) => typeof value === "string" || branded(value, columnRefBrand) !== undefined;
/** An object that says everything. */
const isElement = (value: unknown) => {
  if (!isObject(value)) return false;
  const { column, expression } = value;
  return typeof column === "string" || typeof expression === "string" || isSqlExpression(expression);
};
// A column that is not there is told with the name of its table, when that is built.
const isPart = (value: unknown) => value === undefined || isColumn(value) || isSqlExpression(value) || isElement(value);
export const aColumn: Argument = {
  name: "columns",
  optional: true,
  expected: checkOf('a column, as in t.email or "email"', (value) => isColumn(value) || isElement(value)),
};
export const columnNames: Argument = {
  name: "columns",
  optional: false,
  expected: checkOf('a list of columns, as in [t.a, t.b] or ["a", "b"]', (value) => {
    return Array.isArray(value) && value.every((one) => one === undefined || isColumn(one));
  }),
};
export const part: Argument = {
  name: "parts",
  optional: true,
  expected: checkOf("a column or sql`…`, as in t.email", isPart),
};
export const pair: Argument = {
  name: "pairs",
  optional: false,
  rest: true,
  expected: checkOf('a part with its operator, as in [t.room, "="]', (value) => {
    return Array.isArray(value) && value.length === 2 && isPart(value[0]) && typeof value[1] === "string";
  }),
};
