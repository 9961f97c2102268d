/** What only SQLite has of tables, drawn over random tables: options, keys, NOT NULL, collations, generated columns. */
import fc from "fast-check";
import type { ColumnDef, ForeignKeyDef, IndexDef, SchemaDef, TableDef, UniqueDef } from "../../src/schema/schema.js";
import { type Edit, type Part, part, withObject, withParts } from "./arbitrary-parts.js";

const SHORT = fc.integer({ min: 0, max: 5 });
const CONFLICTS = ["ROLLBACK", "FAIL", "IGNORE", "REPLACE"] as const;

/** Numbers that decide, a few for each kind of thing, so that two schemas of one draw share most of it. */
interface Draw {
  readonly options: number;
  readonly key: number;
  readonly columns: readonly number[];
  readonly unique: number;
  readonly index: number;
  readonly foreignKey: number;
  readonly generated: number;
  readonly view: number;
}

const draws: fc.Arbitrary<Draw> = fc.record({
  options: fc.integer({ min: 0, max: 7 }),
  key: SHORT,
  columns: fc.array(SHORT, { minLength: 6, maxLength: 6 }),
  unique: SHORT,
  index: SHORT,
  foreignKey: SHORT,
  generated: SHORT,
  view: SHORT,
});

/** The schema with all of that; rows of `insertRows` in the law fit it still. */
export function withSqliteParts(schemas: fc.Arbitrary<SchemaDef>): fc.Arbitrary<SchemaDef> {
  return withParts(withTableParts(schemas), objectParts);
}

/** Virtual tables, and views on views. */
function objectParts(schema: SchemaDef): readonly Part[] {
  const virtual = (name: string, using: string) =>
    withObject({
      kind: "definition",
      type: "virtual table",
      name,
      definition: `CREATE VIRTUAL TABLE ${name} USING ${using}`,
    });
  const again =
    (seen: string, definition: string): Edit =>
    (made) => ({ ...made, views: { ...made.views, [`again_${seen}`]: { name: `again_${seen}`, definition } } });
  return [
    part(virtual("search", "fts5(title, body)"), virtual("search", "fts5(title, body, tokenize = 'porter ascii')")),
    part(virtual("boxes", "rtree(id, min_x, max_x)"), virtual("boxes", "rtree(id, min_x, max_x, +label TEXT)")),
    ...Object.keys(schema.views).map((seen) =>
      part(
        again(seen, `SELECT one FROM ${seen}`),
        again(seen, `SELECT count(*) AS n, 'it''s' AS "of it" FROM ${seen} WHERE one > 0`),
      ),
    ),
  ];
}

function withTableParts(schemas: fc.Arbitrary<SchemaDef>): fc.Arbitrary<SchemaDef> {
  return schemas.chain((schema) => {
    const tables = Object.entries(schema.tables);
    return fc.array(draws, { minLength: tables.length, maxLength: tables.length }).map((drawn): SchemaDef => {
      const made = tables.map(([key, table], at): [string, TableDef] => [key, tableOf(table, drawn[at]!)]);
      const views = tables.flatMap(([, table], at) => (drawn[at]!.view === 0 ? [viewOf(table)] : []));
      return {
        ...schema,
        tables: Object.fromEntries(made),
        views: Object.fromEntries(views.map((view) => [view.name, view])),
      };
    });
  });
}

function viewOf({ name }: TableDef) {
  const columns = ["one", "and two"];
  return {
    name: `see_${name.replace(/\W+/g, "_")}`,
    definition: `SELECT id, 2 FROM "${name.replaceAll('"', '""')}"`,
    columns,
  };
}

function tableOf(table: TableDef, draw: Draw): TableDef {
  const strict = draw.options % 3 === 1;
  const withoutRowid = draw.options > 4 && table.primaryKey !== undefined;
  const sqlite = { ...(strict ? { strict } : {}), ...(withoutRowid ? { withoutRowid } : {}) };
  const columns = table.columns.map((column, at) => columnOf(column, table, draw.columns[at] ?? 0));
  const numbered = !withoutRowid && table.primaryKey !== undefined && draw.key > 3;
  const generated: ColumnDef[] =
    draw.generated > 2
      ? [
          {
            name: "made",
            type: { name: "integer" },
            nullable: true,
            generated: { expression: '"id" + 1', stored: draw.generated === 3 },
          },
        ]
      : [];
  return {
    ...table,
    columns: [
      ...columns.map(
        (column): ColumnDef =>
          column.name === "id" && numbered
            ? { ...column, identity: { generation: "byDefault", ...(draw.key === 5 ? { reuseIds: false } : {}) } }
            : column,
      ),
      ...generated,
    ],
    uniques: table.uniques.map((unique) => uniqueOf(unique, draw.unique)),
    foreignKeys: table.foreignKeys.map((key) => foreignKeyOf(key, draw.foreignKey)),
    indexes: table.indexes.map((index) => indexOf(index, draw.index)),
    ...(Object.keys(sqlite).length === 0 ? {} : { options: { sqlite } }),
  };
}

function columnOf(column: ColumnDef, table: TableDef, draw: number): ColumnDef {
  const isText = column.type.name === "text" || column.type.name === "varchar";
  const collated: ColumnDef = isText && draw === 1 ? { ...column, collation: "NOCASE" } : column;
  if (column.nullable || table.primaryKey?.columns.includes(column.name) === true) return collated;
  if (draw === 2) return { ...collated, sqlite: { notNullConflict: "FAIL" } };
  return draw === 3 ? { ...collated, sqlite: { notNullName: "nn", notNullConflict: "ABORT" } } : collated;
}

function uniqueOf(unique: UniqueDef, draw: number): UniqueDef {
  const { columns } = unique;
  return {
    ...unique,
    ...(draw < 4 ? { onConflict: CONFLICTS[draw]! } : {}),
    ...(draw % 3 === 1 ? { order: columns.map((_, at) => (at === 0 ? "desc" : "asc")) } : {}),
    ...(draw % 3 === 2 ? { collations: columns.map((_, at) => (at === 0 ? "NOCASE" : null)) } : {}),
  };
}

function foreignKeyOf(key: ForeignKeyDef, draw: number): ForeignKeyDef {
  if (draw === 1) return { ...key, deferrable: "deferred", onUpdate: "cascade" };
  return draw === 2 ? { ...key, onUpdate: "set null", match: "full" } : key;
}

function indexOf(index: IndexDef, draw: number): IndexDef {
  if (draw === 1) return { ...index, elements: [...index.elements, { expression: '"id" * 2', order: "desc" }] };
  if (draw !== 2) return index;
  return { ...index, elements: index.elements.map((element) => ({ ...element, collation: "RTRIM" })) };
}
