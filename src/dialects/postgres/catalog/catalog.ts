/** The catalog's rows about a set of tables, with what their numbers stand for. */

import type { PostgresConnection } from "../connection/connection.js";
import type { ColumnRow, Oid, OperatorClassRow, TypeRow } from "./catalog-queries.js";
import * as queries from "./catalog-queries.js";
import {
  type AttachedIndexRow,
  attachedIndexesQuery,
  type ConstraintRow,
  constraintsQuery,
  type IndexRow,
  indexesQuery,
} from "./constraint-queries.js";
import { type RelationRow, relationsQuery, type ViewColumnRow, viewColumnsQuery } from "./relation-queries.js";

export interface Catalog {
  readonly relations: readonly RelationRow[];
  readonly enums: readonly queries.EnumRow[];
  readonly schemas: readonly queries.SchemaRow[];
  readonly columns: ReadonlyMap<Oid, readonly ColumnRow[]>;
  readonly constraints: ReadonlyMap<Oid, readonly ConstraintRow[]>;
  readonly indexes: ReadonlyMap<Oid, readonly IndexRow[]>;
  readonly attachedIndexes: ReadonlyMap<Oid, readonly AttachedIndexRow[]>;
  readonly viewColumns: ReadonlyMap<Oid, readonly ViewColumnRow[]>;
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
  const { versionNumber } = connection.facts;
  const [relations] = (await askAll(connection, [[relationsQuery, schemas]])) as [readonly RelationRow[]];
  const oids = relations.map(([oid]) => oid);
  const tables = relations.filter(([, , , kind]) => kind !== "v").map(([oid]) => oid);
  const views = relations.filter(([, , , kind]) => kind === "v").map(([oid]) => oid);
  const [columns, types, constraints, indexes, attached, viewColumns, comments, operatorClasses, enums, found] =
    (await askAll(connection, [
      [queries.columnsQuery(versionNumber), tables],
      [queries.typesQuery, tables],
      [constraintsQuery(versionNumber), tables],
      [indexesQuery(versionNumber), tables],
      [attachedIndexesQuery, tables],
      [viewColumnsQuery, views],
      [queries.commentsQuery, oids],
      [queries.operatorClassesQuery],
      [queries.enumsQuery, schemas],
      [queries.schemasQuery, schemas],
    ])) as [
      readonly ColumnRow[],
      readonly TypeRow[],
      readonly ConstraintRow[],
      readonly IndexRow[],
      readonly AttachedIndexRow[],
      readonly ViewColumnRow[],
      readonly queries.CommentRow[],
      readonly OperatorClassRow[],
      readonly queries.EnumRow[],
      readonly queries.SchemaRow[],
    ];
  const typesById = keyed(types);
  const unusual = unusualCollations(columns, indexes, typesById);
  const [collations = []] = (await askAll(
    connection,
    unusual.length === 0 ? [] : [[queries.collationsQuery, unusual]],
  )) as [(readonly queries.CollationRow[])?];
  return {
    relations,
    enums,
    schemas: found,
    columns: byTable(columns),
    constraints: byTable(constraints),
    indexes: byTable(indexes),
    attachedIndexes: byTable(attached),
    viewColumns: byTable(viewColumns),
    types: typesById,
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

type Asked = readonly [sql: string, list?: readonly unknown[]];

/** While one answer is read here the server works on the next. */
async function askAll(connection: PostgresConnection, asked: readonly Asked[]): Promise<readonly unknown[]> {
  const ask = ([sql, list]: Asked) => connection.query<{ rows: string }>(sql, list === undefined ? [] : [list]);
  const answers: unknown[] = [];
  let pending = asked[0] && ask(asked[0]);
  for (let at = 0; pending !== undefined; at++) {
    const { rows } = await pending;
    const next = asked[at + 1];
    pending = next && ask(next);
    answers.push(JSON.parse(rows[0]!.rows));
  }
  return answers;
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
  for (const row of columns) if (row[9] !== types.get(row[3])?.[3]) used.add(row[9]);
  for (const row of indexes) for (const collation of vector(row[9])) used.add(collation);
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
