/** The catalog's rows about a set of tables, with what their numbers stand for. */

import type {
  ColumnRow,
  ConstraintRow,
  IndexRow,
  Oid,
  OperatorClassRow,
  RelationRow,
  TypeRow,
} from "./catalog-queries.js";
import * as queries from "./catalog-queries.js";
import type { PostgresConnection } from "./connection.js";

export interface Catalog {
  readonly relations: readonly RelationRow[];
  readonly enums: readonly queries.EnumRow[];
  readonly schemas: readonly string[];
  readonly columns: ReadonlyMap<Oid, readonly ColumnRow[]>;
  readonly constraints: ReadonlyMap<Oid, readonly ConstraintRow[]>;
  readonly indexes: ReadonlyMap<Oid, readonly IndexRow[]>;
  readonly types: ReadonlyMap<Oid, TypeRow>;
  readonly operatorClasses: ReadonlyMap<Oid, OperatorClassRow>;
  /** The class that a type gets by itself, by {@link defaultClassKey}. */
  readonly defaultClasses: ReadonlyMap<string, Oid>;
  /** Only those that are not the usual one of their column's type. */
  readonly collations: ReadonlyMap<Oid, string>;
  /** By {@link commentKey}. */
  readonly comments: ReadonlyMap<string, string>;
}

/** The collation named `default`: that of the database. */
export const DEFAULT_COLLATION: Oid = 100;

export async function readCatalog(connection: PostgresConnection, schemas: readonly string[]): Promise<Catalog> {
  const ask = async <Row>(sql: string, list?: readonly unknown[]): Promise<readonly Row[]> => {
    const { rows } = await connection.query<{ rows: string }>(sql, list === undefined ? [] : [list]);
    return JSON.parse(rows[0]!.rows) as readonly Row[];
  };
  const { versionNumber } = connection.facts;
  const relations = await ask<RelationRow>(queries.relationsQuery, schemas);
  const tables = relations.filter(([, , , kind]) => kind !== "v").map(([oid]) => oid);
  const columns = await ask<ColumnRow>(queries.columnsQuery, tables);
  const types = keyed(await ask<TypeRow>(queries.typesQuery, tables));
  const constraints = await ask<ConstraintRow>(queries.constraintsQuery(versionNumber), tables);
  const indexes = await ask<IndexRow>(queries.indexesQuery(versionNumber), tables);
  const comments = await ask<queries.CommentRow>(
    queries.commentsQuery,
    relations.map(([oid]) => oid),
  );
  const enums = await ask<queries.EnumRow>(queries.enumsQuery, schemas);
  const found = await ask<queries.SchemaRow>(queries.schemasQuery, schemas);
  const operatorClasses = indexes.length === 0 ? [] : await ask<OperatorClassRow>(queries.operatorClassesQuery);
  const unusual = unusualCollations(columns, indexes, types);
  const collations = unusual.length === 0 ? [] : await ask<queries.CollationRow>(queries.collationsQuery, unusual);
  return {
    relations,
    enums,
    schemas: found.map(([name]) => name),
    columns: byTable(columns),
    constraints: byTable(constraints),
    indexes: byTable(indexes),
    types,
    operatorClasses: keyed(operatorClasses),
    defaultClasses: new Map(
      operatorClasses
        .filter(([, , , isDefault]) => isDefault)
        .map(([oid, method, type]) => [defaultClassKey(method, type), oid]),
    ),
    collations: new Map(collations),
    comments: new Map(comments.map(([table, column, text]) => [commentKey(table, column), text])),
  };
}

export function defaultClassKey(method: string, type: Oid): string {
  return `${method} ${type}`;
}

export function commentKey(table: Oid, column: number): string {
  return `${table} ${column}`;
}

/** `1 0 3` → [1, 0, 3]: how the catalog prints its vectors. */
export function vector(text: string): readonly number[] {
  return text === "" ? [] : text.split(" ").map(Number);
}

function unusualCollations(
  columns: readonly ColumnRow[],
  indexes: readonly IndexRow[],
  types: ReadonlyMap<Oid, TypeRow>,
): readonly Oid[] {
  const used = new Set<Oid>();
  for (const [, , , type, , , , , , collation] of columns) if (collation !== types.get(type)?.[3]) used.add(collation);
  for (const [, , , , , , , , , collations] of indexes) for (const collation of vector(collations)) used.add(collation);
  used.delete(0);
  used.delete(DEFAULT_COLLATION);
  return [...used];
}

function keyed<Row extends readonly [Oid, ...unknown[]]>(rows: readonly Row[]): ReadonlyMap<Oid, Row> {
  return new Map(rows.map((row) => [row[0], row]));
}

function byTable<Row extends readonly [Oid, ...unknown[]]>(rows: readonly Row[]): ReadonlyMap<Oid, readonly Row[]> {
  const grouped = new Map<Oid, Row[]>();
  for (const row of rows) {
    const group = grouped.get(row[0]);
    if (group === undefined) grouped.set(row[0], [row]);
    else group.push(row);
  }
  return grouped;
}
