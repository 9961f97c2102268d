/** The column types, under the names SQL has for them. */
import { ModelInvalidError } from "../errors.js";
import { compact, type TypeDef, type TypeName } from "../schema/schema.js";
import { branded, columnBrand } from "./brand.js";
import { type Argument, count, optional, textAs, whole } from "./call-arguments.js";
import { checkCall } from "./checked-calls.js";
import { type AnyColumn, type Column, type ColumnSpec, columnOf } from "./column.js";
import type {
  ArrayTypes,
  BigintTypes,
  BooleanTypes,
  BytesTypes,
  DateTypes,
  IntervalTypes,
  JsonTypes,
  NumericTypes,
  TextTypes,
} from "./driver-types.js";
import type { EnumType } from "./enum-type.js";

const length = optional(count("length"));
const precision = optional(count("precision"));

export const smallint: () => Column<number> = typed("smallint");
export const integer: () => Column<number> = typed("integer");
/** 64 bits: `pg` reads it as a string, since a number of JavaScript is exact up to 2^53 only. */
export const bigint: () => Column<BigintTypes> = typed("bigint");
/** An integer that PostgreSQL numbers from a sequence; for new tables `.autoIncrement()` is the standard's way. */
export const serial: () => Column<number, "notNull", "default"> = typed("serial");
export const bigserial: () => Column<BigintTypes, "notNull", "default"> = typed("bigserial");
/** Exact decimals; `pg` reads it as a string. */
export const numeric: (precision?: number, scale?: number) => Column<NumericTypes> = typed(
  "numeric",
  precision,
  optional(whole("scale")),
);
export const real: () => Column<number> = typed("real");
export const doublePrecision: () => Column<number> = typed("doublePrecision");
export const boolean: () => Column<BooleanTypes> = typed("boolean");

export const varchar: (length?: number) => Column<string> = typed("varchar", length);
export const char: (length?: number) => Column<string> = typed("char", length);
export const text: () => Column<string> = typed("text");
export const uuid: () => Column<string> = typed("uuid");
export const xml: () => Column<TextTypes> = typed("xml");

export const date: () => Column<DateTypes> = typed("date");
/** `precision` is the number of digits after the second, 0 to 6; so for the other times. */
export const time: (precision?: number) => Column<string> = typed("time", precision);
export const timetz: (precision?: number) => Column<string> = typed("timetz", precision);
export const timestamp: (precision?: number) => Column<DateTypes> = typed("timestamp", precision);
export const timestamptz: (precision?: number) => Column<DateTypes> = typed("timestamptz", precision);
export const interval: (precision?: number) => Column<IntervalTypes> = typed("interval", precision);

/** `json<{ theme: string }>()` says what is in it. */
export const json: <T = JsonTypes["postgres"]["read"]>() => Column<JsonTypes<T>> = typed("json");
export const jsonb: <T = JsonTypes["postgres"]["read"]>() => Column<JsonTypes<T>> = typed("jsonb");
export const bytea: () => Column<BytesTypes> = typed("bytea");
export const blob: () => Column<BytesTypes> = typed("blob");

export const inet: () => Column<string> = typed("inet");
export const cidr: () => Column<string> = typed("cidr");
export const macaddr: () => Column<string> = typed("macaddr");
export const bit: (length?: number) => Column<TextTypes> = typed("bit", length);
export const varbit: (length?: number) => Column<TextTypes> = typed("varbit", length);
export const tsvector: () => Column<TextTypes> = typed("tsvector");
export const tsquery: () => Column<TextTypes> = typed("tsquery");
export const money: () => Column<string> = typed("money");

export const int4range: () => Column<TextTypes> = typed("int4range");
export const int8range: () => Column<TextTypes> = typed("int8range");
export const numrange: () => Column<string> = typed("numrange");
export const tsrange: () => Column<TextTypes> = typed("tsrange");
export const tstzrange: () => Column<TextTypes> = typed("tstzrange");
export const daterange: () => Column<TextTypes> = typed("daterange");

/** An array of what another builder says: `array(text())`, `array(mood())`. Only the type of it counts. */
export function array<V>(of: Column<V, any, any, any>): Column<ArrayTypes<V>>;
export function array<T extends string>(of: EnumType<T>): Column<ArrayTypes<TextTypes<T>>>;
export function array<T>(of: () => Column<T>): Column<ArrayTypes<T>>;
export function array(of: AnyColumn | (() => AnyColumn)): AnyColumn {
  const element = branded<ColumnSpec>(typeof of === "function" ? called(of) : of, columnBrand);
  if (element === undefined) {
    throw new ModelInvalidError("array(of): 'of' must be a column, as in array(text())");
  }
  return columnOf(compact({ type: { name: "array", element: element.type } as TypeDef, enum: element.enum }));
}

/** Nothing where it cannot be called like that. */
function called(of: () => AnyColumn): AnyColumn | null {
  try {
    return of();
  } catch {
    return null;
  }
}

/** Any other type, as SQL: `custom<string>("geometry(Point,4326)")`. */
export function custom<T = string>(sqlType: string): Column<T> {
  checkCall("custom", [textAs("sqlType", '"geometry(Point,4326)"')], [sqlType]);
  return columnOf({ type: { name: "custom", text: sqlType } });
}

function typed<C extends AnyColumn>(
  name: TypeName,
  ...takes: readonly Argument[]
): (...given: readonly (number | undefined)[]) => C {
  return (...all) => {
    checkCall(name, takes, all, "A column is named by its key in the table, and made not null, unique, … by methods.");
    const given = all.filter((value) => value !== undefined);
    return columnOf<C>({ type: given.length === 0 ? { name } : { name, args: given } });
  };
}
