/**
 * Names that have to differ across tables. Tables, views, indexes and the indexes behind keys share one space per
 * schema: https://www.postgresql.org/docs/current/sql-createindex.html, https://www.sqlite.org/lang_createindex.html
 */
import { ModelInvalidError } from "../errors.js";
import { freeName } from "../schema/naming.js";
import { type DialectName, displayName, type ObjectName, type TableDef } from "../schema/schema.js";
import type { ViewSpec } from "./view.js";

type Tables = Readonly<Record<string, TableDef>>;

/**
 * The tables with every index and key under a name of its own: one that the convention gave moves on to `_2`, `_3`, …
 *
 * @throws {@link ModelInvalidError} for two things that the models name alike.
 */
export function settleRelationNames(
  tables: Tables,
  views: readonly { readonly spec: ViewSpec }[],
  dialect: DialectName,
): Tables {
  const taken = new Map<string, Map<string, string>>();
  const claim = (schema: string | undefined, name: string, owner: string) => {
    const names = namesOf(taken, schema);
    const other = names.get(foldName(name, dialect));
    if (other !== undefined && other !== owner) {
      throw new ModelInvalidError(`the name '${name}' is used twice, by ${other} and ${owner}`, {
        hint: "Names of tables, views, indexes and keys have to differ within a schema: rename one of the two.",
      });
    }
    names.set(foldName(name, dialect), owner);
  };
  for (const table of Object.values(tables)) claim(table.schema, table.name, `table '${displayName(table)}'`);
  for (const { spec } of views) claim(spec.schema, spec.name, `view '${displayName(spec)}'`);
  for (const table of Object.values(tables)) {
    for (const [name, conventional] of relations(table)) {
      if (!conventional) claim(table.schema, name, `'${name}' of table '${displayName(table)}'`);
    }
  }
  return Object.fromEntries(
    Object.entries(tables).map(([key, table]) => [key, withFreeNames(table, namesOf(taken, table.schema), dialect)]),
  );
}

/** The name as the database compares it: SQLite takes ASCII letters of either case for the same. */
export function foldName(name: string, dialect: DialectName | null): string {
  return dialect === "sqlite" && /[A-Z]/.test(name) ? name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : name;
}

function namesOf(taken: Map<string, Map<string, string>>, schema: ObjectName["schema"]): Map<string, string> {
  const key = schema ?? "";
  const names = taken.get(key) ?? new Map<string, string>();
  taken.set(key, names);
  return names;
}

function relations(table: TableDef): readonly (readonly [string, boolean])[] {
  return [table.primaryKey ?? [], table.uniques, table.indexes]
    .flat()
    .flatMap(({ name, conventional }) => (name === null ? [] : [[name, conventional === true] as const]));
}

function withFreeNames(table: TableDef, names: Map<string, string>, dialect: DialectName): TableDef {
  const own = new Set([...table.foreignKeys, ...table.checks].flatMap(({ name }) => name ?? []));
  const free = <T extends { readonly name: string | null; readonly conventional?: true }>(relation: T): T => {
    if (relation.conventional !== true || relation.name === null) return relation;
    const isTaken = (name: string) => names.has(foldName(name, dialect)) || own.has(name);
    const name = freeName(relation.name, { has: isTaken });
    names.set(foldName(name, dialect), table.name);
    return name === relation.name ? relation : { ...relation, name };
  };
  return {
    ...table,
    ...(table.primaryKey === undefined ? {} : { primaryKey: free(table.primaryKey) }),
    uniques: table.uniques.map(free),
    indexes: table.indexes.map(free),
  };
}
