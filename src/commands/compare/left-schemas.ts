/**
 * Tables that stand where the models no longer look: in a schema that left them in the same edit. One that comes in
 * another schema may be the same table, with its rows; nobody would see it if only the schemas of today were read.
 */
import { readFileSync } from "node:fs";
import type { Connection } from "../../dialects/dialect.js";
import { tableLikeness } from "../../diff/rename-questions.js";
import { ownedSequences } from "../../schema/edit-objects.js";
import { objectsByKey, tableOf } from "../../schema/objects.js";
import { type PrivilegeTarget, targetKey } from "../../schema/privileges.js";
import { objectKey, objectName, type SchemaDef, type TableDef } from "../../schema/schema.js";
import type { Environment } from "../environment/environment.js";
import { introspect } from "../sources/introspect.js";
import { managesDefaultSchema } from "../sources/managed-schemas.js";
import type { RenameDecisions } from "./decide-renames.js";

export interface WithStrays {
  readonly found: SchemaDef;
  /** Keys of those tables: where they are no other's old place, they are nobody's business. */
  readonly strays: readonly string[];
}

/** `found` with the tables that may be ones that `wanted` has elsewhere. */
export async function withStrays(
  environment: Environment,
  connection: Connection,
  found: SchemaDef,
  wanted: SchemaDef,
  { answers }: RenameDecisions,
): Promise<WithStrays> {
  const come = Object.values(wanted.tables).filter((table) => !(objectKey(table) in found.tables));
  const none = { found, strays: [] };
  if (come.length === 0 || connection.dialect.listSchemas === undefined) return none;
  const { defaultSchema } = connection;
  const read = new Set([...environment.config.schemas, ...wanted.schemas, ...found.schemas, defaultSchema]);
  const unread = (await connection.dialect.listSchemas(connection)).filter((name) => !read.has(name));
  const said = [
    ...come.flatMap((table) => table.renamedFrom?.split(".").slice(0, -1) ?? []),
    ...answers.flatMap(({ from }) => from.slice(0, -1)),
  ].map((part) => part.replace(/^"(.*)"$/, "$1"));
  const isUnsaid = unread.some((name) => !said.includes(name));
  const isDefaultLeft = !managesDefaultSchema(environment, connection, wanted);
  const spoken = isUnsaid || isDefaultLeft ? await revisionTexts(environment) : [];
  const mentions = (name: string) => spoken.some((text) => text.includes(JSON.stringify(name)));
  const left = unread.filter((name) => said.includes(name) || mentions(name));
  if (left.length === 0 && !isDefaultLeft) return none;
  const all = await introspect(environment, connection, left);
  const isStray = (table: TableDef) =>
    (table.schema === undefined ? mentions(table.name) : left.includes(table.schema)) &&
    !(objectKey(table) in found.tables) &&
    !(objectKey(table) in wanted.tables) &&
    come.some((one) => isLike(table, one) || one.renamedFrom === objectKey(table) || isNamed(table, answers));
  return merged(found, all, Object.values(all.tables).filter(isStray));
}

function isLike(from: TableDef, to: TableDef): boolean {
  const likeness = tableLikeness(from, to, (a, b) => a.name === b.name);
  return likeness !== null && (from.name === to.name || likeness.score >= 1);
}

function isNamed(table: TableDef, answers: RenameDecisions["answers"]): boolean {
  return answers.some(({ from }) => from.at(-1) === table.name);
}

function merged(found: SchemaDef, all: SchemaDef, tables: readonly TableDef[]): WithStrays {
  const strays = tables.map(objectKey);
  const isOf = (key: string | null) => key !== null && strays.includes(key);
  const objects = Object.values(all.objects).filter((object) => {
    const on = tableOf(object);
    return isOf(on === undefined ? null : objectKey(objectName(on)));
  });
  const own = tables.flatMap((table) => ownedSequences(all, table));
  const targets = new Set(
    [
      ...tables.map((table): PrivilegeTarget => ({ type: "table", ...objectName(table) })),
      ...own.map((one): PrivilegeTarget => ({ type: "sequence", ...objectName(one) })),
    ].map(targetKey),
  );
  const onThem = <T extends { readonly on: PrivilegeTarget }>(defs: Readonly<Record<string, T>> | undefined) =>
    Object.fromEntries(Object.entries(defs ?? {}).filter(([, { on }]) => targets.has(targetKey(on))));
  return {
    strays,
    found: {
      ...found,
      tables: { ...found.tables, ...Object.fromEntries(tables.map((table) => [objectKey(table), table])) },
      objects: { ...found.objects, ...objectsByKey([...objects, ...own]) },
      ...(found.privileges === undefined ? {} : { privileges: { ...found.privileges, ...onThem(all.privileges) } }),
      ...(found.owners === undefined ? {} : { owners: { ...found.owners, ...onThem(all.owners) } }),
    },
  };
}

/** Without those that were not moved, and what is on them. */
export function withoutStrays(schema: SchemaDef, strays: readonly string[]): SchemaDef {
  const left = strays.flatMap((key) => schema.tables[key] ?? []);
  if (left.length === 0) return schema;
  const own = new Set<unknown>(left.flatMap((table) => ownedSequences(schema, table)));
  const keys = new Set(left.map(objectKey));
  const isTheirs = (key: string) => {
    const object = schema.objects[key]!;
    const on = tableOf(object);
    return own.has(object) || (on !== undefined && keys.has(objectKey(objectName(on))));
  };
  return {
    ...schema,
    tables: Object.fromEntries(Object.entries(schema.tables).filter(([key]) => !keys.has(key))),
    objects: Object.fromEntries(Object.entries(schema.objects).filter(([key]) => !isTheirs(key))),
  };
}

/** A database that is compared alone may have no revisions at all. */
async function revisionTexts(environment: Environment): Promise<readonly string[]> {
  try {
    const { nodes } = await environment.loadGraph();
    return nodes.map(({ revision }) => readFileSync(revision.path, "utf8"));
  } catch {
    return [];
  }
}
