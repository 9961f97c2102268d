/** Partitioned tables with partitions that come, go, and stand alone; parents with children; another schema. */

import { partitionTree, partList, settleIncomplete } from "../../src/schema/incomplete-indexes.js";
import type { TriggerDef } from "../../src/schema/objects.js";
import {
  type ColumnDef,
  type ForeignKeyDef,
  objectKey,
  type PartitionOf,
  type TableDef,
} from "../../src/schema/schema.js";
import {
  all,
  type Edit,
  HOSTILE,
  onTable,
  type Part,
  part,
  since,
  when,
  withObject,
  withTable,
} from "./arbitrary-parts.js";

const LOG = { name: 'Log "of"' };
const integer = (name: string, more: Partial<ColumnDef> = {}): ColumnDef => ({
  name,
  type: { name: "integer" },
  nullable: true,
  ...more,
});

const EMPTY = { uniques: [], foreignKeys: [], checks: [], indexes: [] } as const;
const LOG_COLUMNS: readonly ColumnDef[] = [
  integer("id", { nullable: false }),
  { name: "b", type: { name: "text" }, nullable: true },
];

const log = (more: Partial<TableDef> = {}): TableDef => ({
  ...LOG,
  columns: LOG_COLUMNS,
  ...EMPTY,
  options: { postgres: { partitionBy: "RANGE (id)" } },
  ...more,
});

const key = { primaryKey: { name: "pk_log", columns: ["id"] } };
const index = { indexes: [{ name: "ix_log", unique: false, elements: [{ column: "b", order: "desc" as const }] }] };

/** `part`: what its part of the index is called. */
const inLog = (name: string, bounds: string, more: Partial<TableDef> = {}, part = `ix_${name}`): Edit =>
  when(
    (schema) => objectKey(LOG) in schema.tables,
    (schema) => {
      const hasIndex = schema.tables[objectKey(LOG)]!.indexes.length > 0;
      const names = hasIndex ? { indexNames: { ix_log: part } } : {};
      const partitionOf = { table: LOG, bounds, ...names } satisfies PartitionOf;
      return withTable({ name, columns: [], ...EMPTY, partitionOf, ...more })(schema);
    },
  );

/** A trigger of the whole that fires otherwise on some of the partitions that are there. */
const fired = ({ enabledOn = {}, ...more }: Pick<TriggerDef, "enabled" | "enabledOn">): Edit =>
  when(
    (schema) => objectKey(LOG) in schema.tables,
    (schema) => {
      const firing = Object.entries(enabledOn).filter(([key]) => schema.tables[key]?.partitionOf !== undefined);
      return withObject({
        kind: "trigger",
        name: "tr_log",
        table: LOG,
        fires: "BEFORE UPDATE",
        action: "FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        ...more,
        ...(firing.length === 0 ? {} : { enabledOn: Object.fromEntries(firing) }),
      })(schema);
    },
  );

/** The index on the whole and on these of its partitions, as far as they are there. */
const partly = (...names: readonly string[]): Edit =>
  when(
    (schema) => schema.tables[objectKey(LOG)]?.indexes.length === 1,
    (schema) => {
      const only = partList(partitionTree(schema, LOG).filter(({ name }) => names.includes(name)));
      const bare = (table: TableDef): TableDef => {
        const { indexNames: _names, ...place } = table.partitionOf!;
        return names.includes(table.name) ? table : { ...table, partitionOf: place };
      };
      const tables = partitionTree(schema, LOG).map((table) => [objectKey(table), bare(table)] as const);
      const whole = schema.tables[objectKey(LOG)]!;
      const made = { ...whole, indexes: whole.indexes.map((each) => ({ ...each, only })) };
      return settleIncomplete({
        ...schema,
        tables: { ...schema.tables, ...Object.fromEntries(tables), [objectKey(LOG)]: made },
      });
    },
  );

const FIRST = "FOR VALUES FROM (0) TO (100)";
const BASE = { name: "base" };

/** Values that differ from `1`, so that every row is in its partition. */
export const FAMILY_IDS: Readonly<Record<string, string>> = { log_rest: "500", log_late: "200", log_part: "300" };

export function familyParts(): readonly Part[] {
  return [
    part(
      withTable(log()),
      withTable(log({ ...key, comment: HOSTILE.texts[0] })),
      withTable(log({ ...key, ...index })),
      withTable(
        log({ ...index, checks: [{ name: "ck_log", expression: "id > 0" }], columns: [...LOG_COLUMNS, integer("a")] }),
      ),
    ),
    part(
      inLog("log_first", FIRST),
      inLog("log_first", "FOR VALUES FROM (MINVALUE) TO (150)", { comment: HOSTILE.texts[1] }, 'Part "of" it'),
      inLog("log_first", FIRST, {
        indexes: [{ name: "ix_first", unique: false, elements: [{ expression: "lower(b)" }] }],
      }),
      inLog("log_first", FIRST, {
        columns: [{ ...LOG_COLUMNS[1]!, default: { kind: "literal", value: "first" }, inherited: true }],
      }),
      // By itself, with what it keeps when it is detached.
      withTable({ name: "log_first", columns: LOG_COLUMNS, ...EMPTY }),
    ),
    part(
      inLog("log_rest", "DEFAULT"),
      inLog("log_rest", "DEFAULT", { options: { postgres: { storage: { fillfactor: 70 } } } }),
    ),
    part(
      inLog("log_late", "FOR VALUES FROM (200) TO (300)"),
      all(
        inLog("log_parts", "FOR VALUES FROM (300) TO (400)", { options: { postgres: { partitionBy: "HASH (id)" } } }),
        when(
          (schema) => "log_parts" in schema.tables,
          withTable({
            name: "log_part",
            columns: [],
            ...EMPTY,
            partitionOf: { table: { name: "log_parts" }, bounds: "FOR VALUES WITH (modulus 1, remainder 0)" },
          }),
        ),
      ),
    ),
    part(partly(), partly("log_first", "log_parts"), partly("log_rest", "log_parts", "log_part")),
    since(
      130_000,
      fired({}),
      fired({ enabledOn: { log_first: "never", log_late: "replica" } }),
      fired({ enabled: "never", enabledOn: { log_parts: "ordinary", log_part: "always", log_rest: "ordinary" } }),
    ),
    ...inheritanceParts(),
    ...circleParts(),
  ];
}

function inheritanceParts(): readonly Part[] {
  const columns = [integer("id", { nullable: false }), { name: "b", type: { name: "text" }, nullable: true } as const];
  const child = (more: Partial<TableDef>): Edit =>
    when(
      (schema) => BASE.name in schema.tables,
      withTable({ name: 'child "of"', columns: [integer("a")], ...EMPTY, inherits: [BASE], ...more }),
    );
  return [
    part(
      withTable({ ...BASE, columns, ...EMPTY }),
      withTable({
        ...BASE,
        columns: [...columns, integer("counted", { default: { kind: "sql", text: "3" } })],
        ...EMPTY,
        checks: [{ name: "ck_base", expression: "id > 0" }],
      }),
      withTable({
        ...BASE,
        columns,
        ...EMPTY,
        checks: [{ name: "ck_base", expression: "id > 0", noInherit: true }],
        comment: HOSTILE.texts[2],
      }),
    ),
    part(
      child({}),
      child({ indexes: [{ name: "ix_child", unique: false, elements: [{ column: "b" }, { column: "a" }] }] }),
      child({
        columns: [integer("a"), { ...columns[1]!, default: { kind: "literal", value: "it's" }, inherited: true }],
      }),
      withTable({ name: 'child "of"', columns: [...columns, integer("a")], ...EMPTY }),
    ),
  ];
}

/** Two tables that refer to each other, by several columns. */
function circleParts(): readonly Part[] {
  const columns = [
    integer("id", { nullable: false }),
    integer("a", { nullable: false, default: { kind: "literal", value: 1 } }),
    integer("other"),
    integer("other_a"),
  ];
  const table = (name: string, to: string, more: Partial<ForeignKeyDef>): TableDef => ({
    name,
    columns,
    ...EMPTY,
    primaryKey: { name: `pk_${name}`, columns: ["id"] },
    uniques: [{ name: `uq_${name}`, columns: ["id", "a"] }],
    foreignKeys: [
      { name: `fk_${name}`, columns: ["other", "other_a"], target: { name: to }, targetColumns: ["id", "a"], ...more },
    ],
  });
  const circle = (more: Partial<ForeignKeyDef>): Edit =>
    all(withTable(table("hen", "egg", more)), withTable(table("egg", "hen", more)));
  return [
    part(
      circle({}),
      circle({ deferrable: "deferred", onDelete: "cascade" }),
      all(
        circle({ match: "full" }),
        onTable({ ...log(), name: "egg" }, (it) => ({ ...it, foreignKeys: [] })),
      ),
    ),
    part(
      all(
        withObject({ kind: "sequence", name: "eggs" }),
        onTable({ ...log(), name: "egg" }, (it) => ({
          ...it,
          columns: it.columns.map((column) =>
            column.name === "other"
              ? { ...column, default: { kind: "sql", text: "nextval('eggs'::regclass)" } }
              : column,
          ),
        })),
      ),
    ),
  ];
}
