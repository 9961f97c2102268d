/** What only PostgreSQL has of tables, drawn over random tables; the rows of the laws fit all of it. */
import type fc from "fast-check";
import {
  type ColumnDef,
  type ForeignKeyDef,
  findColumn,
  type IndexDef,
  type PostgresTableOptions,
  type SchemaDef,
  type TableDef,
  type UniqueDef,
} from "../../src/schema/schema.js";
import {
  all,
  type Edit,
  HOSTILE,
  onColumns,
  onTable,
  type Part,
  part,
  since,
  slugOf,
  when,
  withParts,
} from "./arbitrary-parts.js";
import { columnParts } from "./arbitrary-postgres-columns.js";
import { foreignChildParts } from "./arbitrary-postgres-definitions.js";
import { familyParts } from "./arbitrary-postgres-families.js";
import { freeParts, objectParts } from "./arbitrary-postgres-objects.js";
import { schemaParts, schemaTypeParts } from "./arbitrary-postgres-schemas.js";

/** The schema with all that a server of this version has. */
export function withPostgresParts(schemas: fc.Arbitrary<SchemaDef>, versionNumber?: number): fc.Arbitrary<SchemaDef> {
  const partsOf = (schema: SchemaDef) => {
    const tables = Object.values(schema.tables);
    return [
      ...schemaTypeParts(),
      ...freeParts(),
      ...tables.flatMap((table) => [...tableParts(table), ...columnParts(table)]),
      ...familyParts(),
      ...schemaParts(tables),
      ...foreignChildParts(),
      ...tables.flatMap(objectParts),
    ];
  };
  return withParts(schemas, partsOf, versionNumber);
}

function tableParts(table: TableDef): readonly Part[] {
  const [first, second, third] = HOSTILE.texts;
  const slug = slugOf(table);
  // Without one there is no TOAST table, and the server forgets what is said of it.
  const hasText = () => table.columns.some(({ type }) => type.name === "text");
  return [
    part(comment(table, first), comment(table, second), comment(table, third)),
    part(
      options(table, { storage: { fillfactor: 70 } }),
      when(hasText, options(table, { storage: { fillfactor: 80, "toast.autovacuum_enabled": false } })),
      options(table, { replicaIdentity: "full" }),
      options(table, { replicaIdentity: "nothing", storage: { autovacuum_vacuum_scale_factor: 0.1 } }),
      options(table, { storage: { parallel_workers: 2, vacuum_truncate: false } }),
      onTable(table, (it) => {
        const name = it.primaryKey?.name;
        const replicaIdentity = name == null ? ("full" as const) : { index: name };
        return { ...it, options: { postgres: { replicaIdentity } } };
      }),
      onTable(table, (it) => {
        const name = it.primaryKey?.name;
        return name == null ? it : { ...it, options: { postgres: { clusterOn: name } } };
      }),
    ),
    part(when((schema) => !isReferred(schema, table), options(table, { unlogged: true }))),
    part(
      onKey(table, { comment: first }),
      onKey(table, { with: { fillfactor: 90 } }),
      onTable(table, (it) => {
        const other = it.columns.find(({ name }) => name !== "id");
        if (it.primaryKey === undefined || other === undefined) return it;
        return { ...it, primaryKey: { ...it.primaryKey, include: [other.name] } };
      }),
    ),
    part(
      onUniques(table, { deferrable: "immediate" }),
      onUniques(table, { deferrable: "deferred", comment: second }),
      onUniques(table, { include: ["id"] }),
      onUniques(table, { with: { fillfactor: 60 } }),
    ),
    since(150_000, onUniques(table, { nullsNotDistinct: true })),
    part(
      onForeignKeys(table, () => ({ deferrable: "deferred", onUpdate: "cascade" })),
      onForeignKeys(table, () => ({ deferrable: "immediate", match: "full" })),
      onForeignKeys(table, () => ({ notValid: true, comment: third })),
      onForeignKeys(table, () => ({ onUpdate: "set default", onDelete: "restrict" })),
    ),
    since(
      150_000,
      onForeignKeys(table, (key) => (key.onDelete === "set null" ? { onDeleteColumns: key.columns } : {})),
    ),
    part(onChecks(table, { noInherit: true }), onChecks(table, { notValid: true, comment: first })),
    ...indexParts(table),
    ...excludeParts(table, slug),
    ...identityParts(table),
  ];
}

function indexParts(table: TableDef): readonly Part[] {
  return [
    part(
      onIndexes(table, (index) => ({ elements: [...index.elements, { expression: '"id" * 2', order: "desc" }] })),
      onIndexes(table, (index) => ({ include: ["id"], elements: index.elements.map(plainElement) })),
      onIndexes(table, (index) => ({
        elements: index.elements.map(({ order, ...element }) =>
          order === "desc" ? { ...element, order, nulls: "last" as const } : { ...element, nulls: "first" as const },
        ),
      })),
      onIndexes(table, (index, it) => ({ elements: index.elements.map((element) => forText(element, it)) })),
      onIndexes(table, (index) => ({ unique: false, method: "hash", elements: [plainElement(index.elements[0]!)] })),
      onIndexes(table, (index) => ({
        unique: false,
        method: "brin",
        with: { pages_per_range: 16 },
        elements: index.elements
          .filter(({ column }) => column !== "c")
          .map(plainElement)
          .concat({ column: "id" }),
      })),
      onIndexes(table, () => ({
        unique: false,
        method: "gin",
        elements: [{ expression: `to_tsvector('simple', "id"::text)` }],
      })),
      onIndexes(table, () => ({
        unique: false,
        method: "gin",
        with: { fastupdate: false },
        elements: [{ expression: `to_tsvector('simple', "id"::text)`, statistics: 50 }],
      })),
      onIndexes(table, () => ({ with: { fillfactor: 50 }, comment: HOSTILE.texts[1] })),
      onIndexes(table, () => ({ where: `"id" > 0 AND "id" IN (1, 2, 3)` })),
    ),
    since(
      130_000,
      onIndexes(table, ({ method }) => (method === undefined ? { with: { deduplicate_items: false } } : {})),
    ),
    since(
      150_000,
      onIndexes(table, (index) => (index.unique ? { nullsNotDistinct: true } : {})),
    ),
  ];
}

function plainElement(element: IndexDef["elements"][number]): IndexDef["elements"][number] {
  return element.column === undefined ? { expression: element.expression! } : { column: element.column };
}

function forText(element: IndexDef["elements"][number], table: TableDef): IndexDef["elements"][number] {
  const type = findColumn(table, element.column ?? "")?.type.name;
  if (type === "text") return { ...element, operatorClass: "text_pattern_ops" };
  return type === "varchar" ? { ...element, collation: "C" } : element;
}

function excludeParts(table: TableDef, slug: string): readonly Part[] {
  const exclude = (operator: string, more: object): Edit =>
    onTable(table, (it) => ({
      ...it,
      excludes: [
        {
          name: `ex_${slug}`,
          method: "gist",
          elements: [{ expression: 'int4range("id", "id" + 1)', operator }],
          ...more,
        },
      ],
    }));
  return [
    part(
      exclude("&&", {}),
      exclude("&&", { where: '"id" > 0', comment: HOSTILE.texts[0] }),
      exclude("=", { deferrable: "deferred" }),
    ),
  ];
}

function identityParts(table: TableDef): readonly Part[] {
  const identity = (more: Partial<NonNullable<ColumnDef["identity"]>>): Edit =>
    onColumns(table, (column, it) =>
      column.name === "id" && it.primaryKey !== undefined
        ? { ...column, identity: { generation: "byDefault", ...more } }
        : column,
    );
  return [
    part(
      identity({}),
      identity({ generation: "always" }),
      identity({ start: 100, increment: 10, minValue: 50, maxValue: 1_000_000, cache: 5, cycle: true }),
    ),
  ];
}

/** Does another table refer to it? Such a table must not be less lasting. */
function isReferred(schema: SchemaDef, table: TableDef): boolean {
  return Object.values(schema.tables).some(
    (other) => other.name !== table.name && other.foreignKeys.some((key) => key.target.name === table.name),
  );
}

function comment(table: TableDef, text: string): Edit {
  return onTable(table, (it) => ({ ...it, comment: text }));
}

function options(table: TableDef, more: PostgresTableOptions): Edit {
  return onTable(table, (it) => ({
    ...it,
    options: { ...it.options, postgres: { ...it.options?.postgres, ...more } },
  }));
}

function onKey(table: TableDef, more: Partial<NonNullable<TableDef["primaryKey"]>>): Edit {
  return onTable(table, (it) =>
    it.primaryKey === undefined ? it : { ...it, primaryKey: { ...it.primaryKey, ...more } },
  );
}

function onUniques(table: TableDef, more: Partial<UniqueDef>): Edit {
  return onTable(table, (it) => ({ ...it, uniques: it.uniques.map((unique) => ({ ...unique, ...more })) }));
}

function onForeignKeys(table: TableDef, more: (key: ForeignKeyDef) => Partial<ForeignKeyDef>): Edit {
  return onTable(table, (it) => ({ ...it, foreignKeys: it.foreignKeys.map((key) => ({ ...key, ...more(key) })) }));
}

function onChecks(table: TableDef, more: Partial<TableDef["checks"][number]>): Edit {
  return onTable(table, (it) => ({ ...it, checks: it.checks.map((check) => ({ ...check, ...more })) }));
}

function onIndexes(table: TableDef, more: (index: IndexDef, table: TableDef) => Partial<IndexDef>): Edit {
  return all(
    onTable(table, (it) => ({ ...it, indexes: it.indexes.map((index) => ({ ...index, ...more(index, it) })) })),
  );
}
