/** Enumerations: a type of their own on PostgreSQL, text with a check on SQLite. */
import { compact, type DialectName, type EnumDef, type ObjectName, objectName } from "../schema/schema.js";
import { enumBrand } from "./brand.js";
import { labels, optional, text } from "./call-arguments.js";
import { checkCall, checkedMethods, someSettings } from "./checked-calls.js";
import { aText, textsByName } from "./checks.js";
import { type Column, columnOf } from "./column.js";
import type { TextTypes } from "./driver-types.js";
import { knownDialect, knownOptions } from "./known-options.js";

export interface EnumOptions {
  readonly schema?: string;
  readonly comment?: string;
  /**
   * Old value to new value. Rows that hold the old one get the new one; one that was there already takes over the rows.
   * Harmless once done.
   */
  readonly renamedValues?: Readonly<Record<string, string>>;
}

/** An enum's definition; without `values` it only names a type that is defined elsewhere. */
export interface EnumSpec extends ObjectName {
  readonly values?: readonly string[];
  readonly comment?: string;
  readonly renamedValues?: Readonly<Record<string, string>>;
  readonly renamedFrom?: string;
  readonly only?: DialectName;
}

/** Call it for a column: `mood: mood().notNull()`. */
export interface EnumType<T extends string = string> {
  (): Column<TextTypes<T>>;
  readonly [enumBrand]: EnumSpec;
  readonly values: readonly T[];
  comment(text: string): this;
  /** The name it had before, with its schema if that was another, so that it is renamed. Harmless once done; PostgreSQL only: on SQLite an enum is a check of its columns and has no name. */
  renamedFrom(name: string): this;
  /** Leaves the type out on the other database. */
  only(dialect: DialectName): this;
}

/**
 * An enum by its name and values, in order. Without values it stands for an existing one, as revision files need it.
 *
 * @example
 * export const mood = enumType("mood", ["sad", "ok", "happy"]);
 * export const people = table("people", { mood: mood().notNull().default("ok") });
 */
export function enumType<const T extends string = string>(
  name: string,
  values?: readonly T[],
  options: EnumOptions = {},
): EnumType<T> {
  checkCall("enumType", ENUM_TYPE, [name, values, options]);
  knownOptions(`enumType("${name}")`, options, { schema: aText, comment: aText, renamedValues: textsByName });
  return enumOf<T>(compact({ name, ...options, values: values?.length === 0 ? undefined : values }) as EnumSpec);
}

/** A column of an enum that is defined elsewhere: `enumColumn("mood")` is `enumType("mood")()`. */
export function enumColumn<T extends string = string>(
  name: string,
  options: { readonly schema?: string } = {},
): Column<TextTypes<T>> {
  checkCall("enumColumn", [text("name"), someSettings], [name, options]);
  knownOptions(`enumColumn("${name}")`, options, { schema: aText });
  return enumType<T>(name, undefined, options)();
}

/** The definition of an enum that has one. */
export function enumDef(spec: EnumSpec): EnumDef | undefined {
  if (spec.values === undefined) return undefined;
  const { comment, renamedValues, renamedFrom } = spec;
  return compact({ ...objectName(spec), values: [...spec.values], comment, renamedValues, renamedFrom });
}

const ENUM_TYPE = [text("name"), optional(labels("values")), someSettings];

/** Of a type that columns are made with by calling it. */
export const TYPE_METHODS = { comment: [text("text")], renamedFrom: [text("name")], only: [text("dialect")] };

function enumOf<T extends string>(spec: EnumSpec): EnumType<T> {
  const build = (...given: readonly unknown[]) => {
    checkCall(spec.name, [], given);
    return columnOf<Column<TextTypes<T>>>({ type: { name: "enum", object: objectName(spec) }, enum: spec });
  };
  const methods = {
    comment: (comment: string) => enumOf<T>({ ...spec, comment }),
    renamedFrom: (renamedFrom: string) => enumOf<T>({ ...spec, renamedFrom }),
    only: (only: DialectName) => enumOf<T>({ ...spec, only: knownDialect(only) }),
  };
  const members = {
    [enumBrand]: Object.freeze(spec),
    values: Object.freeze([...(spec.values ?? [])]) as readonly T[],
    ...checkedMethods(methods, TYPE_METHODS),
  };
  return Object.freeze(Object.assign(build, members)) as unknown as EnumType<T>;
}
