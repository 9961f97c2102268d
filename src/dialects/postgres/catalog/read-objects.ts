/** From the catalog's rows to what is no table, enum or view. */
import {
  type CompositeTypeDef,
  type DefinitionDef,
  type DomainDef,
  type ExtensionDef,
  type FunctionDef,
  type MaterializedViewDef,
  type ObjectDefs,
  objectsByKey,
  type PolicyDef,
  type SequenceDef,
  type TriggerDef,
} from "../../../schema/objects.js";
import { compact, type ObjectName, objectKey, type TypeDef } from "../../../schema/schema.js";
import { canonicalSequence } from "../../../schema/sequences.js";
import { quoteText } from "../../../util/quote.js";
import type { PostgresConnection } from "../connection/connection.js";
import { parseType } from "../text/types.js";
import { type Catalog, commentKey } from "./catalog.js";
import type { Oid } from "./catalog-queries.js";
import { type DefinitionRow, presentKindsQuery } from "./definition-queries.js";
import * as queries from "./object-queries.js";
import { readIndex } from "./read-index.js";
import { readExpression, readStorage } from "./read-parts.js";
import { columnComments, type NameOf } from "./read-table.js";
import type { RelationRow } from "./relation-queries.js";
import { readTriggerText } from "./trigger-text.js";

/** Everything of the schemas and on their tables and views. */
export async function readObjects(
  connection: PostgresConnection,
  catalog: Catalog,
  schemas: readonly string[],
  nameOf: NameOf,
): Promise<ObjectDefs> {
  const oids = catalog.relations.map(([oid]) => oid);
  const { versionNumber } = connection.facts;
  const ask = async (sql: string, values: readonly unknown[] = []) =>
    JSON.parse((await connection.query<{ rows: string }>(sql, values)).rows[0]!.rows) as unknown;
  const present = (await ask(presentKindsQuery(versionNumber))) as readonly boolean[];
  const found = (await ask(queries.objectsQuery(versionNumber, present), [schemas, oids])) as queries.ObjectRows;
  const tables = new Map<Oid, ObjectName>(catalog.relations.map(([oid, schema, name]) => [oid, nameOf(schema, name)]));
  return objectsByKey([
    ...found.extensions.map((row) => readExtension(row, nameOf)),
    ...found.sequences.map((row) => readSequence(row, nameOf)),
    ...found.domains.map((row) => readDomain(row, nameOf)),
    ...found.composites.map((row) => readComposite(row, nameOf)),
    ...found.functions.map((row) => readFunction(row, nameOf)),
    ...catalog.relations
      .filter(([, , , kind]) => kind === "m")
      .map((row) => readMaterializedView(row, catalog, nameOf)),
    ...found.triggers.map((row) => readTrigger(row, tables.get(row[0])!, nameOf)),
    ...found.policies.map((row) => readPolicy(row, tables.get(row[0])!)),
    ...found.definitions.map((row) => readDefinition(row, nameOf)),
  ]);
}

function readExtension([name, version, schema, comment, usual]: queries.ExtensionRow, nameOf: NameOf): ExtensionDef {
  return {
    kind: "extension",
    name,
    version,
    // The comment that comes with it is nobody's own.
    ...compact({ into: nameOf(schema, "").schema, comment: comment === usual ? undefined : (comment ?? undefined) }),
  };
}

function readSequence(row: queries.FreeSequenceRow, nameOf: NameOf): SequenceDef {
  const [schema, name, type, start, increment, minValue, maxValue, cache, cycle, ownerSchema, table, column, comment] =
    row;
  return canonicalSequence({
    kind: "sequence",
    ...nameOf(schema, name),
    start,
    increment,
    minValue,
    maxValue,
    cache,
    ...compact({
      type: type === "bigint" ? undefined : (type as "integer"),
      cycle: cycle ? (true as const) : undefined,
      ownedBy: table === null || column === null ? undefined : { table: nameOf(ownerSchema!, table), column },
      comment: comment ?? undefined,
    }),
  });
}

function readType([text, isArray, kind, name, schema]: queries.TypeFactsRow, nameOf: NameOf): TypeDef {
  return parseType({ text, isArray, kind, object: nameOf(schema, name) });
}

function readDomain(row: queries.DomainRow, nameOf: NameOf): DomainDef {
  const [schema, name, type, collation, value, notNull, checks, comment] = row;
  return {
    kind: "domain",
    ...nameOf(schema, name),
    type: readType(type, nameOf),
    checks: checks.map(([check, expression, validated, text]) => ({
      name: check,
      expression: readExpression(expression),
      ...(validated ? {} : { notValid: true as const }),
      ...(text === null ? {} : { comment: text }),
    })),
    ...compact({
      collation: collation ?? undefined,
      default: value ?? undefined,
      notNull: notNull ? (true as const) : undefined,
      comment: comment ?? undefined,
    }),
  };
}

function readComposite([schema, name, columns, comment]: queries.CompositeRow, nameOf: NameOf): CompositeTypeDef {
  return {
    kind: "compositeType",
    ...nameOf(schema, name),
    columns: columns.map(([column, type, collation, text]) =>
      compact({
        name: column,
        type: readType(type, nameOf),
        collation: collation ?? undefined,
        comment: text ?? undefined,
      }),
    ),
    ...compact({ comment: comment ?? undefined }),
  };
}

function readFunction(row: queries.FunctionRow, nameOf: NameOf): FunctionDef {
  const [schema, name, kind, signature, argumentList, returns, language, body, sqlBody, library] = row;
  const [
    volatility,
    strict,
    securityDefiner,
    leakproof,
    parallel,
    cost,
    rows,
    returnsSet,
    support,
    settings,
    comment,
    transforms,
  ] = row.slice(10) as unknown as Tail;
  const yes = (value: boolean) => (value ? (true as const) : undefined);
  const usualCost = language === "c" || language === "internal" ? 1 : 100;
  return {
    kind: "function",
    ...nameOf(schema, name),
    signature,
    arguments: argumentList,
    language,
    ...compact({
      procedure: yes(kind === "p"),
      returns: returns ?? undefined,
      ...(sqlBody === null ? { body } : { sqlBody }),
      library: library ?? undefined,
      window: yes(kind === "w"),
      volatility: volatility === "v" ? undefined : volatility === "i" ? ("immutable" as const) : ("stable" as const),
      strict: yes(strict),
      securityDefiner: yes(securityDefiner),
      leakproof: yes(leakproof),
      parallel: parallel === "u" ? undefined : parallel === "s" ? ("safe" as const) : ("restricted" as const),
      cost: cost === usualCost ? undefined : cost,
      rows: rows === (returnsSet ? 1000 : 0) ? undefined : rows,
      support: support ?? undefined,
      settings: settings === null ? undefined : settings.map(readSetting),
      transforms: transforms ?? undefined,
      comment: comment ?? undefined,
    }),
  };
}

type Tail = readonly [
  volatility: "i" | "s" | "v",
  strict: boolean,
  securityDefiner: boolean,
  leakproof: boolean,
  parallel: "s" | "r" | "u",
  cost: number,
  rows: number,
  returnsSet: boolean,
  support: string | null,
  settings: readonly string[] | null,
  comment: string | null,
  transforms: readonly string[] | null,
];

const LISTS = /^(?:search_path|temp_tablespaces|(?:local|session|shared)_preload_libraries|unix_socket_directories)$/;

/** `search_path=public, "$user"` → `search_path TO 'public', '$user'`. */
function readSetting(setting: string): string {
  const at = setting.indexOf("=");
  const name = setting.slice(0, at);
  const value = setting.slice(at + 1);
  if (!LISTS.test(name)) return `${name} TO ${quoteText(value)}`;
  const items = value.match(/"(?:[^"]|"")*"|[^\s,"]+/g) ?? [];
  const plain = (item: string) => (item.startsWith('"') ? item.slice(1, -1).replaceAll('""', '"') : item);
  return `${name} TO ${items.map((item) => quoteText(plain(item))).join(", ")}`;
}

function readMaterializedView(row: RelationRow, catalog: Catalog, nameOf: NameOf): MaterializedViewDef {
  const [oid, schema, name, , definition, , , tablespace, storage, , , , accessMethod] = row;
  const columns = new Map((catalog.columns.get(oid) ?? []).map((column) => [column[1], column]));
  return {
    kind: "materializedView",
    ...nameOf(schema, name),
    definition: definition!.trim().replace(/;$/, ""),
    indexes: (catalog.indexes.get(oid) ?? []).map((index) => readIndex(index, columns, catalog, nameOf)),
    ...compact({
      comment: catalog.comments.get(commentKey(oid, 0)),
      columnComments: columnComments(
        [...columns.values()].map(([, number, column]) => [
          column,
          catalog.comments.get(commentKey(oid, number)) ?? null,
        ]),
      ),
      with: readStorage(storage),
      tablespace: tablespace ?? undefined,
      accessMethod: accessMethod ?? undefined,
    }),
  };
}

const ENABLED = { O: undefined, D: "never", R: "replica", A: "always" } as const;

function readTrigger(row: queries.TriggerRow, table: ObjectName, nameOf: NameOf): TriggerDef {
  const [, name, definition, constraint, enabled, comment, partitions] = row;
  const firing = (partitions ?? []).map(
    ([schema, partition, code]) => [objectKey(nameOf(schema, partition)), ENABLED[code] ?? "ordinary"] as const,
  );
  return {
    kind: "trigger",
    name,
    table,
    ...readTriggerText(definition),
    ...compact({
      constraint: constraint ? (true as const) : undefined,
      enabled: ENABLED[enabled],
      enabledOn: firing.length === 0 ? undefined : Object.fromEntries(firing),
      comment: comment ?? undefined,
    }),
  };
}

const COMMANDS = { r: "select", a: "insert", w: "update", d: "delete", "*": undefined } as const;

function readPolicy(row: queries.PolicyRow, table: ObjectName): PolicyDef {
  const [, name, permissive, command, roles, using, withCheck, comment] = row;
  const everybody = roles.length === 0 || roles.includes("public");
  return {
    kind: "policy",
    name,
    table,
    ...compact({
      restrictive: permissive ? undefined : (true as const),
      command: COMMANDS[command],
      roles: everybody ? undefined : roles,
      using: using === null ? undefined : readExpression(using),
      withCheck: withCheck === null ? undefined : readExpression(withCheck),
      comment: comment ?? undefined,
    }),
  };
}

function readDefinition(
  [type, name, definition, schema, table, comment, further]: DefinitionRow,
  nameOf: NameOf,
): DefinitionDef {
  return {
    kind: "definition",
    type,
    name,
    definition: definition.trim().replace(/;$/, ""),
    ...compact({
      table: table === null ? undefined : nameOf(schema!, table),
      comment: comment ?? undefined,
      further: further ?? undefined,
    }),
  };
}
