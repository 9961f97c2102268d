/** Sequences, extensions, functions, triggers, policies, and whatever else a database has. */
import type {
  DefinitionDef,
  ExtensionDef,
  FunctionDef,
  PolicyDef,
  SequenceDef,
  SequenceNumber,
} from "../schema/objects.js";
import { compact } from "../schema/schema.js";
import { canonicalSequence } from "../schema/sequences.js";
import { signatureOf } from "../schema/signature.js";
import { checkOf, isObject, sqlText, text } from "./call-arguments.js";
import { checkCall, settings, someSettings } from "./checked-calls.js";
import { aFlag, aNumber, aText, required, sequenceNumber, sqlOrText, sqlTexts, texts } from "./checks.js";
import { bareExpressionText, expressionText, type SqlExpression } from "./expression-text.js";
import { type KeysOf, knownOptions } from "./known-options.js";
import {
  aTable,
  isTableLike,
  named,
  type ObjectOptions,
  type SchemaObject,
  schemaObject,
  type TableLike,
  tableName,
} from "./schema-object.js";

const OBJECT = [text("name"), settings];
const DEFINITION = [text("type"), text("name"), sqlText("create"), someSettings];
export const columnOfTable = checkOf("{ table, column } or null", (value) => {
  return value === null || (isObject(value) && isTableLike(value.table) && typeof value.column === "string");
});

export interface SequenceSettings {
  /** Default: bigint. */
  readonly type?: "smallint" | "integer" | "bigint";
  readonly start?: SequenceNumber | bigint;
  readonly increment?: SequenceNumber | bigint;
  readonly minValue?: SequenceNumber | bigint;
  readonly maxValue?: SequenceNumber | bigint;
  readonly cache?: SequenceNumber | bigint;
  readonly cycle?: boolean;
  /** Is dropped together with this column. */
  readonly ownedBy?: { readonly table: TableLike; readonly column: string } | null;
}
export interface SequenceOptions extends SequenceSettings, ObjectOptions {}

const SEQUENCE: KeysOf<SequenceOptions> = {
  type: ["smallint", "integer", "bigint"],
  start: sequenceNumber,
  increment: sequenceNumber,
  minValue: sequenceNumber,
  maxValue: sequenceNumber,
  cache: sequenceNumber,
  cycle: aFlag,
  ownedBy: columnOfTable,
  schema: aText,
  comment: aText,
};

/** A sequence that belongs to no column: `sequence("invoice_numbers", { start: 1000 })`. */
export function sequence(name: string, options: SequenceOptions = {}): SchemaObject {
  return schemaObject(sequenceDef(name, options));
}

export function sequenceDef(name: string, options: SequenceOptions): SequenceDef {
  checkCall("sequence", OBJECT, [name, options]);
  knownOptions(`sequence("${name}")`, options, SEQUENCE);
  const { schema, comment, ...settings } = options;
  return canonicalSequence({
    kind: "sequence",
    ...named(name, schema),
    ...(sequenceSettings(settings) as Partial<SequenceDef>),
    ...compact({ comment }),
  });
}

/** As data: big integers as text, and only what is said. */
export function sequenceSettings(settings: SequenceSettings): Readonly<Record<string, unknown>> {
  const { ownedBy, ...rest } = settings;
  return compact({
    ...Object.fromEntries(
      Object.entries(rest).map(([key, value]) => [key, typeof value === "bigint" ? value.toString() : value]),
    ),
    ownedBy:
      ownedBy === undefined || ownedBy === null ? ownedBy : { table: tableName(ownedBy.table), column: ownedBy.column },
  });
}

export interface ExtensionOptions {
  /** Default: the newest that the server has, and any that is there already. */
  readonly version?: string;
  /** The schema that its objects go into. */
  readonly into?: string;
  readonly comment?: string;
}

/** `extension("citext")`. */
export function extension(name: string, options: ExtensionOptions = {}): SchemaObject {
  return schemaObject(extensionDef(name, options));
}

export function extensionDef(name: string, options: ExtensionOptions): ExtensionDef {
  checkCall("extension", OBJECT, [name, options]);
  knownOptions(`extension("${name}")`, options, { version: aText, into: aText, comment: aText });
  return { kind: "extension", name, ...compact(options) };
}

export interface FunctionOptions extends ObjectOptions {
  /** As in SQL: `a integer, b text DEFAULT 'x'`. */
  readonly arguments?: string;
  /** As in SQL: `integer`, `SETOF users`, `TABLE(id integer)`, `trigger`. Absent for a procedure. */
  readonly returns?: string;
  readonly procedure?: boolean;
  /** Default: sql. */
  readonly language?: string;
  /** The text in its quotes, as it is. */
  readonly body?: string;
  /** `RETURN …` or `BEGIN ATOMIC … END` instead of a body. */
  readonly sqlBody?: SqlExpression | string;
  /** Of a C function: the file; the body is the symbol. */
  readonly library?: string;
  readonly window?: boolean;
  readonly volatility?: "volatile" | "stable" | "immutable";
  readonly strict?: boolean;
  readonly securityDefiner?: boolean;
  readonly leakproof?: boolean;
  readonly parallel?: "safe" | "restricted" | "unsafe";
  readonly cost?: number;
  readonly rows?: number;
  readonly support?: string;
  /** Settings while it runs, each as SQL after SET: `search_path TO 'pg_catalog'`. */
  readonly settings?: readonly string[];
  /** Types that a TRANSFORM of the language converts, as SQL. */
  readonly transforms?: readonly string[];
}

const FUNCTION: KeysOf<FunctionOptions> = {
  ...{ schema: aText, comment: aText, arguments: aText, returns: aText, procedure: aFlag, language: aText },
  ...{ body: aText, sqlBody: sqlOrText, library: aText, window: aFlag, strict: aFlag, securityDefiner: aFlag },
  volatility: ["volatile", "stable", "immutable"],
  leakproof: aFlag,
  parallel: ["safe", "restricted", "unsafe"],
  ...{ cost: aNumber, rows: aNumber, support: aText, settings: texts, transforms: texts },
};

/**
 * A function or procedure of PostgreSQL.
 *
 * @example
 * export const touch = functionDefinition("touch", {
 *   returns: "trigger", language: "plpgsql", body: "begin new.updated_at := now(); return new; end",
 * });
 */
export function functionDefinition(name: string, options: FunctionOptions): SchemaObject {
  return schemaObject(functionDef(name, options));
}

export function functionDef(name: string, options: FunctionOptions): FunctionDef {
  checkCall("functionDefinition", OBJECT, [name, options]);
  knownOptions(`functionDefinition("${name}")`, options, FUNCTION);
  const { schema, volatility, parallel, language = "sql", sqlBody, body, settings, ...rest } = options;
  const yes = (value: boolean | undefined) => (value === true ? (true as const) : undefined);
  const argumentList = rest.arguments?.trim() ?? "";
  return {
    kind: "function",
    ...named(name, schema),
    signature: signatureOf(argumentList),
    arguments: argumentList,
    language: language.toLowerCase(),
    ...compact({
      returns: rest.returns?.trim(),
      procedure: yes(rest.procedure ?? rest.returns === undefined),
      body: sqlBody === undefined ? (body ?? "") : undefined,
      sqlBody: sqlBody === undefined ? undefined : expressionText(sqlBody, `the function '${name}'`),
      library: rest.library,
      window: yes(rest.window),
      volatility: volatility === "volatile" ? undefined : volatility,
      strict: yes(rest.strict),
      securityDefiner: yes(rest.securityDefiner),
      leakproof: yes(rest.leakproof),
      parallel: parallel === "unsafe" ? undefined : parallel,
      cost: rest.cost,
      rows: rest.rows,
      support: rest.support,
      settings: settings === undefined || settings.length === 0 ? undefined : [...settings],
      transforms: rest.transforms,
      comment: rest.comment,
    }),
  };
}

export interface PolicySettings {
  readonly restrictive?: boolean;
  /** Default: all. */
  readonly command?: "all" | "select" | "insert" | "update" | "delete";
  /** Default: everybody. */
  readonly roles?: readonly string[];
  /** Which rows are seen. */
  readonly using?: SqlExpression | string;
  /** Which rows may be written. */
  readonly withCheck?: SqlExpression | string;
  readonly comment?: string;
}
export interface PolicyOptions extends PolicySettings {
  readonly on: TableLike;
}

const POLICY: KeysOf<PolicyOptions> = {
  restrictive: aFlag,
  command: ["all", "select", "insert", "update", "delete"],
  roles: texts,
  using: sqlOrText,
  withCheck: sqlOrText,
  comment: aText,
  on: required(aTable),
};

/** A policy of row security; the table says `rowSecurity: true` among its options. */
export function policy(name: string, options: PolicyOptions): SchemaObject {
  checkCall("policy", OBJECT, [name, options]);
  knownOptions(`policy("${name}")`, options, POLICY);
  return schemaObject(policyDef(name, options.on, options));
}

export function policyDef(name: string, table: TableLike, options: PolicySettings): PolicyDef {
  return { kind: "policy", name, table: tableName(table), ...(compact(policySettings(name, options)) as object) };
}

/** As data; what is not given is undefined. */
export function policySettings(name: string, options: PolicySettings): Readonly<Record<string, unknown>> {
  const { restrictive, command, roles, using, withCheck, comment } = options;
  const sql = (text: SqlExpression | string | undefined | null) =>
    text === undefined || text === null ? undefined : bareExpressionText(text, `the policy '${name}'`);
  return {
    restrictive: restrictive === true ? true : undefined,
    command: command === "all" ? undefined : command,
    roles:
      roles === undefined || roles === null || roles.length === 0 || roles.includes("public")
        ? undefined
        : [...roles].sort(),
    using: sql(using),
    withCheck: sql(withCheck),
    comment,
  };
}

export interface DefinitionOptions {
  /** Statements that follow it: `alter text search configuration …`, `alter event trigger … disable`. */
  readonly further?: readonly (SqlExpression | string)[];
  /** Goes with this table. */
  readonly table?: TableLike;
  readonly comment?: string;
}

/**
 * Any other object: its type in SQL's words, how SQL calls it after DROP, and the statement that makes it.
 *
 * @example
 * definition("statistics", "orders_places", sql`create statistics orders_places on city, zip from orders`);
 */
export function definition(
  type: string,
  name: string,
  create: SqlExpression | string,
  options: DefinitionOptions = {},
): SchemaObject {
  checkCall("definition", DEFINITION, [type, name, create, options]);
  knownOptions(`definition("${type}", "${name}")`, options, { further: sqlTexts, table: aTable, comment: aText });
  return schemaObject(definitionDef(type, name, create, options));
}

export function definitionDef(
  type: string,
  name: string,
  create: SqlExpression | string,
  options: DefinitionOptions,
): DefinitionDef {
  const text = (sql: SqlExpression | string) => expressionText(sql, `the ${type} '${name}'`).replace(/;\s*$/, "");
  return {
    kind: "definition",
    type: type.toLowerCase(),
    name,
    definition: text(create),
    ...compact({
      further: options.further === undefined || options.further.length === 0 ? undefined : options.further.map(text),
      table: options.table === undefined ? undefined : tableName(options.table),
      comment: options.comment,
    }),
  };
}
