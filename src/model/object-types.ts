/** Domains and composite types: types of the user's own that columns can have. */
import { ModelInvalidError } from "../errors.js";
import type { CompositeTypeDef, DomainCheck, DomainDef } from "../schema/objects.js";
import { compact, type DialectName, displayName, type ObjectName, objectName, type TypeDef } from "../schema/schema.js";
import { quoteName, quoteText } from "../util/quote.js";
import { branded, columnBrand, objectBrand } from "./brand.js";
import { checkOf, column, columnMap, isObject, optional, text } from "./call-arguments.js";
import { checkCall, checkedMethods, someSettings } from "./checked-calls.js";
import { aFlag, aText } from "./checks.js";
import { type AnyColumn, type Column, type ColumnSpec, columnOf } from "./column.js";
import { TYPE_METHODS } from "./enum-type.js";
import { bareExpressionText, expressionText, isSqlExpression, type SqlExpression } from "./expression-text.js";
import { knownDialect, knownOptions } from "./known-options.js";
import { parseObjectName } from "./object-path.js";
import { named, type ObjectOptions, type ObjectSpec } from "./schema-object.js";

/** Call it for a column: `email: emailAddress().notNull()`. */
export interface TypeObject<T = string> {
  (): Column<T>;
  readonly [objectBrand]: ObjectSpec;
  comment(text: string): this;
  /** Leaves the type out on the other database. */
  only(dialect: DialectName): this;
}

export interface DomainCheckOptions {
  readonly expression: SqlExpression | string;
  /** Values that are there already are not looked at. */
  readonly notValid?: boolean;
  readonly comment?: string;
}

export interface DomainOptions extends ObjectOptions {
  readonly notNull?: boolean;
  /** SQL, or a value. */
  readonly default?: SqlExpression | string | number | boolean;
  /** One check, under the name that PostgreSQL would give it, or several by name; the value is VALUE. */
  readonly check?: SqlExpression | string | Readonly<Record<string, SqlExpression | string | DomainCheckOptions>>;
  readonly collation?: string;
}

/** A column of a domain that is defined elsewhere, by its name or `"schema.name"`. */
export function domain<T = string>(name: string): Column<T>;
/**
 * A domain: a type with a default and checks of its own.
 *
 * @example
 * export const email = domain("email", text(), { check: sql`VALUE ~ '@'` });
 * export const users = table("users", { email: email().notNull() });
 */
export function domain<T>(name: string, type: Column<T, any, any, any>, options?: DomainOptions): TypeObject<T>;
export function domain(name: string, type?: AnyColumn, options: DomainOptions = {}): AnyColumn | TypeObject<any> {
  checkCall("domain", DOMAIN, [name, type, options]);
  if (type === undefined) return columnOf({ type: { name: "domain", object: parseObjectName(name) } });
  return typeOf({ def: domainDef(name, type, options) }, (object) => ({ name: "domain", object }));
}

export interface CompositeTypeOptions extends ObjectOptions {}

/**
 * A type of several columns; only the types and collations of these count.
 *
 * @example
 * export const address = compositeType("address", { street: text(), zip: varchar(10) });
 */
export function compositeType<T = string>(
  name: string,
  columns: Readonly<Record<string, AnyColumn>>,
  options: CompositeTypeOptions = {},
): TypeObject<T> {
  checkCall("compositeType", [text("name"), columnMap("columns"), someSettings], [name, columns, options]);
  knownOptions(`compositeType("${name}")`, options, { schema: aText, comment: aText });
  return typeOf({ def: compositeTypeDef(name, columns, options) }, (object) => ({
    name: "custom",
    text: sqlName(object),
  }));
}

const DOMAIN = [text("name"), optional(column("type")), someSettings];
export const domainValue = checkOf("a value, or SQL", (value) => {
  return isSqlExpression(value) || ["string", "boolean"].includes(typeof value) || Number.isFinite(value);
});
const isSql = (value: unknown) => typeof value === "string" || isSqlExpression(value);
export const domainCheck = checkOf("SQL, or an object of SQL by name", (value) => {
  const isCheck = (one: unknown) => isSql(one) || (isObject(one) && isSql(one.expression));
  return isSql(value) || (isObject(value) && Object.values(value).every(isCheck));
});

export function domainDef(name: string, type: AnyColumn, options: DomainOptions): DomainDef {
  const keys = {
    schema: aText,
    comment: aText,
    notNull: aFlag,
    default: domainValue,
    check: domainCheck,
    collation: aText,
  };
  knownOptions(`domain("${name}")`, options, keys);
  const { check, default: value, notNull, collation, schema, comment } = options;
  const what = `the domain '${name}'`;
  return {
    kind: "domain",
    ...named(name, schema),
    type: typeOfColumn(type, what),
    checks: check === undefined ? [] : domainChecks(name, check),
    ...compact({
      default: value === undefined ? undefined : domainDefault(name, value),
      notNull: notNull === true ? (true as const) : undefined,
      collation,
      comment,
    }),
  };
}

export function compositeTypeDef(
  name: string,
  columns: Readonly<Record<string, AnyColumn>>,
  { schema, comment }: ObjectOptions,
): CompositeTypeDef {
  return {
    kind: "compositeType",
    ...named(name, schema),
    columns: Object.entries(columns).map(([column, builder]) => {
      const spec = branded<ColumnSpec>(builder, columnBrand);
      return compact({
        name: column,
        type: typeOfColumn(builder, `'${column}' of the composite type '${name}'`),
        collation: spec?.collation,
        comment: spec?.comment,
      });
    }),
    ...compact({ comment }),
  };
}

/** How SQL calls a type: quoted where it has to be, as the database spells it. */
export function sqlName(object: ObjectName): string {
  const part = (text: string) => (/^[a-z_][a-z0-9_]*$/.test(text) ? text : quoteName(text));
  return object.schema === undefined ? part(object.name) : `${part(object.schema)}.${part(object.name)}`;
}

function typeOfColumn(column: AnyColumn, what: string): TypeDef {
  const spec = branded<ColumnSpec>(column, columnBrand);
  if (spec === undefined) {
    throw new ModelInvalidError(`${what} needs a column type`, {
      hint: "Name it as a table does: text(), varchar(10).",
    });
  }
  return spec.type;
}

export function domainChecks(domainName: string, check: NonNullable<DomainOptions["check"]>): readonly DomainCheck[] {
  const isOne = typeof check === "string" || isSqlExpression(check);
  const checks: Readonly<Record<string, SqlExpression | string | DomainCheckOptions>> = isOne
    ? { [`${domainName}_check`]: check as SqlExpression | string }
    : check;
  return Object.entries(checks).map(([name, given]) => {
    const isPlain = typeof given === "string" || isSqlExpression(given);
    const { expression, notValid, comment }: DomainCheckOptions = isPlain ? { expression: given } : given;
    return {
      name,
      expression: bareExpressionText(expression, `a check of the domain '${domainName}'`),
      ...(notValid === true ? { notValid } : {}),
      ...(comment === undefined ? {} : { comment }),
    };
  });
}

/** A value as SQL. */
export function domainDefault(domainName: string, value: NonNullable<DomainOptions["default"]>): string {
  if (typeof value === "object") return expressionText(value, `the default of the domain '${domainName}'`);
  return typeof value === "string" ? quoteText(value) : String(value);
}

function typeOf(spec: ObjectSpec, type: (object: ObjectName) => TypeDef): TypeObject<any> {
  const build = (...given: readonly unknown[]) => {
    checkCall(spec.def.name, [], given);
    return columnOf({ type: type(objectName(spec.def)) });
  };
  const methods = {
    comment: (comment: string) => typeOf({ ...spec, def: { ...spec.def, comment } }, type),
    renamedFrom: (renamedFrom: string) => typeOf({ ...spec, def: { ...spec.def, renamedFrom } }, type),
    only: (only: DialectName) => typeOf({ ...spec, only: knownDialect(only) }, type),
  };
  const members = { [objectBrand]: Object.freeze(spec), ...checkedMethods(methods, TYPE_METHODS) };
  return Object.freeze(
    Object.assign(build, members, { toString: () => displayName(spec.def) }),
  ) as unknown as TypeObject<any>;
}
