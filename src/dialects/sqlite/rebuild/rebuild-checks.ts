/** Questions a rebuild asks before and after it copies rows. Each is a query that must give no row, and its sentence. */
import { type Statement, statement } from "../../../operations/operation.js";
import { displayName, findColumn, type TableDef, type UniqueDef } from "../../../schema/schema.js";
import { parenthesize } from "../../standard-ddl.js";
import { refuseNulls, refuseRows } from "../alter/native-alter.js";
import { checkShape, keyShape, uniqueShape } from "../reconcile/reconcile-constraints.js";
import { ddl } from "../text/ddl.js";
import { mentionsName } from "../text/expression.js";
import { affinityOf } from "../text/types.js";
import type { CopiedColumn, CopyPlan } from "./copy-plan.js";

export interface CheckRequest {
  readonly from: TableDef;
  readonly to: TableDef;
  readonly plan: CopyPlan;
  /** The name of the new table while both are there. */
  readonly as: string;
}

/** What the rows have to fulfil for the new table to take them: asked first, so that the answer is a sentence. */
export function checksBefore(request: CheckRequest): readonly Statement[] {
  return [
    ...requiredChecks(request),
    ...uniqueChecks(request),
    ...conditionChecks(request),
    ...changedStorage(request).flatMap((copied) => valueCheck(copied, request)),
  ];
}

/** That every row arrived, and that no value changed its meaning on the way. */
export function checksAfter(request: CheckRequest): readonly Statement[] {
  return [
    countRows(request.from.name, request.as),
    ...changedStorage(request).flatMap((copied) => valueCheckAfter(copied, request)),
  ];
}

export function countRows(from: string, to: string): Statement {
  const count = (name: string) => `(SELECT count(*) FROM ${ddl.id(name)})`;
  return ask(
    `SELECT 1 WHERE ${count(from)} <> ${count(to)}`,
    `not every row of '${from}' could be copied into its new form`,
  );
}

function requiredChecks({ from, plan }: CheckRequest): readonly Statement[] {
  const table = displayName(from);
  const rows = ddl.id(from.name);
  return [
    ...plan.filled
      .filter((column) => !column.nullable && (column.default === undefined || isNull(column.default)))
      .map((column) =>
        ask(
          `SELECT 1 FROM ${rows} LIMIT 1`,
          `table '${table}' has rows, and the new column '${column.name}' is NOT NULL without a default`,
        ),
      ),
    ...plan.columns
      .filter(
        ({ column, oldNode, newNode }) =>
          !column.nullable && isRequired(newNode) && !(oldNode !== null && isRequired(oldNode)),
      )
      .map(({ column, expression }) => unenforced(refuseNulls(from, column.name, expression))),
  ];
}

function isNull(value: NonNullable<TableDef["columns"][number]["default"]>): boolean {
  return value.kind === "literal" && value.value === null;
}

function isRequired(node: CopiedColumn["newNode"]): boolean {
  return node.constraints.some((constraint) => constraint.kind === "notNull");
}

function uniqueChecks({ from, to, plan }: CheckRequest): readonly Statement[] {
  const known = new Set(from.uniques.map(uniqueShape));
  const added: Pick<UniqueDef, "columns">[] = to.uniques.filter((unique) => !known.has(uniqueShape(unique)));
  if (
    to.primaryKey !== undefined &&
    (from.primaryKey === undefined || keyShape(from.primaryKey) !== keyShape(to.primaryKey))
  ) {
    added.push(to.primaryKey);
  }
  return added.flatMap(({ columns }) => {
    const copied = columns.map((name) => plan.columns.find(({ newNode }) => newNode.name === name));
    if (!copied.every((one) => one !== undefined)) return [];
    // Named first, since GROUP BY takes a number that stands for itself as the place of a column.
    const values = copied.map(({ expression }, at) => `${parenthesize(expression)} AS k${at}`);
    const keys = copied.map((_column, at) => `k${at}`);
    return ask(
      `SELECT 1 FROM (SELECT ${values.join(", ")} FROM ${ddl.id(from.name)}) WHERE ${keys.map((key) => `${key} IS NOT NULL`).join(" AND ")} GROUP BY ${keys.join(", ")} HAVING count(*) > 1 LIMIT 1`,
      `several rows of '${displayName(from)}' have the same (${columns.join(", ")}), which is to be unique`,
    );
  });
}

/** A check on columns that are new or converted is left to the copy itself. */
function conditionChecks({ from, to, plan }: CheckRequest): readonly Statement[] {
  const known = new Set(from.checks.map(checkShape));
  const changed = [
    ...plan.filled.map((column) => column.name),
    ...plan.columns.flatMap((one) => (one.converted ? one.column.name : [])),
  ];
  return to.checks
    .filter((check) => !known.has(checkShape(check)))
    .filter((check) => !changed.some((name) => mentionsName(check.expression, name)))
    .map((check) => unenforced(refuseRows(from, check)));
}

function changedStorage({ from, to, plan }: CheckRequest): readonly CopiedColumn[] {
  return plan.columns.filter((copied) => !copied.converted && changesStorage(copied, from, to));
}

function changesStorage({ oldNode, newNode }: CopiedColumn, from: TableDef, to: TableDef): boolean {
  if (oldNode === null) return false;
  const becomesStrict = to.options?.sqlite?.strict === true && from.options?.sqlite?.strict !== true;
  return becomesStrict || affinityOf(oldNode.type) !== affinityOf(newNode.type);
}

/**
 * A new affinity converts what it can and keeps the rest: `'007'` becomes 7 in an INTEGER column, and `'abc'` stays the
 * text it was. Both are refused; what comes back the same after the way there and back is not. The old table alone
 * tells, wherever SQL has a cast for what the affinity will do.
 *
 * @see https://www.sqlite.org/datatype3.html#type_affinity
 */
function valueCheck(copied: CopiedColumn, { from, to }: CheckRequest): readonly Statement[] {
  const lost = lostByCast(copied, to)?.replaceAll("?", ddl.id(copied.oldNode!.name));
  if (lost === undefined || lost === "") return [];
  return [ask(`SELECT 1 FROM ${ddl.id(from.name)} WHERE ${lost} LIMIT 1`, lostValues(copied, from))];
}

function valueCheckAfter(copied: CopiedColumn, { from, to, plan, as }: CheckRequest): readonly Statement[] {
  if (lostByCast(copied, to) !== null || plan.keys.length === 0) return [];
  const keys = plan.keys.map(({ expression }, index) => `${expression} AS k${index}`);
  const join = plan.keys.map(({ target }, index) => `n.${target} IS o.k${index}`);
  return [
    ask(
      `SELECT 1 FROM (SELECT ${keys.join(", ")}, ${copied.expression} AS v FROM ${ddl.id(from.name)}) AS o JOIN ${ddl.id(as)} AS n ON ${join.join(" AND ")} WHERE typeof(o.v) = 'text' AND o.v IS NOT CAST(n.${ddl.id(copied.newNode.name)} AS TEXT) LIMIT 1`,
      lostValues(copied, from),
    ),
  ];
}

function lostValues({ column, newNode }: CopiedColumn, from: TableDef): string {
  return `column '${displayName(from)}.${column.name}' holds values that ${newNode.type || "a column without a type"} would change or not understand; say how to convert them with the 'using' option`;
}

/**
 * The condition under which a value `?` would not come back the same, empty where every value does; null where the new
 * table has to be asked, since no cast leaves a text alone that is no number.
 */
function lostByCast({ newNode }: CopiedColumn, to: TableDef): string | null {
  const affinity = affinityOf(newNode.type);
  const isAny = to.options?.sqlite?.strict === true && newNode.type.toUpperCase() === "ANY";
  if (affinity === "BLOB" || isAny) return "";
  if (affinity === "TEXT") return "typeof(?) = 'real' AND CAST(CAST(? AS TEXT) AS REAL) IS NOT ?";
  const isNumber =
    affinity !== "NUMERIC" || ["numeric", "money", "boolean"].includes(findColumn(to, newNode.name)!.type.name);
  if (!isNumber) return null;
  const number = affinity === "REAL" ? "REAL" : "NUMERIC";
  const inexact = affinity === "REAL" ? " OR typeof(?) = 'integer' AND CAST(CAST(? AS REAL) AS INTEGER) IS NOT ?" : "";
  return `typeof(?) = 'text' AND CAST(CAST(? AS ${number}) AS TEXT) IS NOT ? OR typeof(?) = 'blob'${inexact}`;
}

function unenforced(question: Statement): Statement {
  return { ...question, foreignKeysOff: true };
}

function ask(sql: string, sentence: string): Statement {
  return statement(sql, { foreignKeysOff: true, expectNoRow: sentence });
}
