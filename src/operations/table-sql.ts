/** What PostgreSQL wants said of a table after CREATE TABLE and of a column after ADD COLUMN. */
import {
  type ColumnDef,
  type ColumnStorage,
  compact,
  type ObjectName,
  type PostgresTableOptions,
  type StorageParameters,
  sameDef,
  type TableDef,
  type UniqueDef,
} from "../schema/schema.js";
import { type DdlWriter, type Statement, statement } from "./operation.js";

/** The table as CREATE TABLE can make it: what is made there counts as validated, whatever is said. */
export function creatable(table: TableDef, ddl: DdlWriter): TableDef {
  if (ddl.dialect === "sqlite") return table;
  const isEarly = (constraint: { readonly notValid?: true }) => constraint.notValid !== true;
  return {
    ...table,
    uniques: table.uniques.filter((unique) => !isRedundant(table, unique)),
    foreignKeys: table.foreignKeys.filter(isEarly),
    checks: table.checks.filter(isEarly),
  };
}

/** CREATE TABLE passes over a key of the same columns as another one without a word. */
function isRedundant({ primaryKey, uniques }: TableDef, unique: UniqueDef): boolean {
  const before = [...(primaryKey === undefined ? [] : [primaryKey]), ...uniques.slice(0, uniques.indexOf(unique))];
  return before.some(({ columns }) => sameDef(columns, unique.columns));
}

export function afterCreateTable(table: TableDef, ddl: DdlWriter): readonly Statement[] {
  if (ddl.dialect === "sqlite") return [];
  const alter = `ALTER TABLE ${ddl.name(table)}`;
  const late = [
    ...table.uniques.filter((unique) => isRedundant(table, unique)).map(ddl.unique),
    ...table.foreignKeys.filter(({ notValid }) => notValid).map(ddl.foreignKey),
    ...table.checks.filter(({ notValid }) => notValid).map(ddl.check),
  ];
  return [
    ...table.columns.filter(({ inherited }) => inherited).flatMap((column) => overrideStatements(table, column, ddl)),
    ...table.columns.flatMap((column) => columnStatements(table, column, ddl)),
    ...late.map((constraint) => statement(`${alter} ADD ${constraint}`)),
    ...(table.comment === undefined ? [] : [commentStatement(`TABLE ${ddl.name(table)}`, table.comment, ddl)]),
    ...table.columns.flatMap((column) => columnComment(table, column, ddl)),
    ...namedConstraints(table).flatMap((constraint) => constraintComment(table, constraint, ddl)),
    ...rowSecurity(table, ddl),
    ...optionStatements(table, {}, indexOptions(table), ddl),
    ...Object.entries(table.partitionOf?.indexNames ?? {}).map(([parent, name]) =>
      renamePart(table, parent, name, ddl),
    ),
  ];
}

function indexOptions({ options }: TableDef): PostgresTableOptions {
  const { replicaIdentity, clusterOn, ofType } = options?.postgres ?? {};
  return compact({ replicaIdentity, clusterOn, ofType });
}

/** ALTER TABLE from the one set of options to the other. How a table is partitioned stays as it is. */
export function optionStatements(
  table: ObjectName,
  from: PostgresTableOptions,
  to: PostgresTableOptions,
  ddl: DdlWriter,
): readonly Statement[] {
  const changed = (key: keyof PostgresTableOptions) => !sameDef(from[key] ?? null, to[key] ?? null);
  const { replicaIdentity: identity, unlogged } = to;
  const rewriting = [
    ...(changed("unlogged") ? [unlogged ? "SET UNLOGGED" : "SET LOGGED"] : []),
    ...(changed("accessMethod") ? [`SET ACCESS METHOD ${ddl.id(to.accessMethod ?? "heap")}`] : []),
    ...(changed("tablespace") ? [`SET TABLESPACE ${ddl.id(to.tablespace ?? "pg_default")}`] : []),
  ];
  const plain = [
    ...(changed("ofType") ? [to.ofType === undefined ? "NOT OF" : `OF ${to.ofType}`] : []),
    ...parameterActions(from.storage, to.storage, ddl),
    ...(changed("replicaIdentity")
      ? [
          `REPLICA IDENTITY ${typeof identity === "object" ? `USING INDEX ${ddl.id(identity.index)}` : (identity ?? "default").toUpperCase()}`,
        ]
      : []),
    ...(changed("clusterOn")
      ? [to.clusterOn === undefined ? "SET WITHOUT CLUSTER" : `CLUSTER ON ${ddl.id(to.clusterOn)}`]
      : []),
  ];
  const alter = `ALTER TABLE ${ddl.name(table)}`;
  return [
    ...rewriting.map((action) => statement(`${alter} ${action}`, { hazards: ["rewritesTable", "blocksWrites"] })),
    ...plain.map((action) => statement(`${alter} ${action}`)),
  ];
}

/** How the values of a new column are kept, and a NOT NULL that is not validated. */
export function columnStatements(table: ObjectName, column: ColumnDef, ddl: DdlWriter): readonly Statement[] {
  if (ddl.dialect === "sqlite") return [];
  const place = `ALTER TABLE ${ddl.name(table)} ALTER COLUMN ${ddl.id(column.name)}`;
  const texts = storageActions(undefined, column.postgres, ddl).map((action) => `${place} ${action}`);
  const { notNull } = column;
  if (notNull?.notValid === true && !column.nullable) {
    const name = notNull.name === undefined ? "" : `CONSTRAINT ${ddl.id(notNull.name)} `;
    const inherit = notNull.noInherit === true ? " NO INHERIT" : "";
    texts.push(`ALTER TABLE ${ddl.name(table)} ADD ${name}NOT NULL ${ddl.id(column.name)}${inherit} NOT VALID`);
  }
  return texts.map((sql) => statement(sql));
}

/** ALTER COLUMN actions that turn one way of keeping values into the other. */
export function storageActions(
  from: ColumnStorage | undefined,
  to: ColumnStorage | undefined,
  ddl: DdlWriter,
): readonly string[] {
  const changed = (key: "storage" | "compression" | "statistics") => from?.[key] !== to?.[key];
  return [
    ...(changed("storage") ? [`SET STORAGE ${(to?.storage ?? "default").toUpperCase()}`] : []),
    ...(changed("compression") ? [`SET COMPRESSION ${to?.compression ?? "default"}`] : []),
    ...(changed("statistics") ? [`SET STATISTICS ${to?.statistics ?? -1}`] : []),
    ...parameterActions(from?.parameters, to?.parameters, ddl),
  ];
}

/** `SET (…)` and `RESET (…)` between two sets of parameters. */
export function parameterActions(
  from: StorageParameters | undefined,
  to: StorageParameters | undefined,
  ddl: DdlWriter,
): readonly string[] {
  const text = (value: StorageParameters[string]) => (typeof value === "string" ? ddl.literal(value) : String(value));
  const set = Object.entries(to ?? {}).filter(([key, value]) => from?.[key] !== value);
  const gone = Object.keys(from ?? {}).filter((key) => !(key in (to ?? {})));
  return [
    ...(gone.length === 0 ? [] : [`RESET (${gone.join(", ")})`]),
    ...(set.length === 0 ? [] : [`SET (${set.map(([key, value]) => `${key} = ${text(value)}`).join(", ")})`]),
  ];
}

export function commentStatement(object: string, comment: string | null, ddl: DdlWriter): Statement {
  return statement(`COMMENT ON ${object} IS ${ddl.literal(comment)}`);
}

export function columnComment(table: ObjectName, column: ColumnDef, ddl: DdlWriter): readonly Statement[] {
  if (column.comment === undefined || ddl.dialect === "sqlite") return [];
  return [commentStatement(`COLUMN ${ddl.name(table)}.${ddl.id(column.name)}`, column.comment, ddl)];
}

export function constraintComment(
  table: ObjectName,
  { name, comment }: { readonly name: string | null; readonly comment?: string },
  ddl: DdlWriter,
): readonly Statement[] {
  if (comment === undefined || name === null || ddl.dialect === "sqlite") return [];
  return [commentStatement(`CONSTRAINT ${ddl.id(name)} ON ${ddl.name(table)}`, comment, ddl)];
}

function namedConstraints(table: TableDef) {
  return [
    ...(table.primaryKey === undefined ? [] : [table.primaryKey]),
    ...table.uniques,
    ...table.foreignKeys,
    ...table.checks,
    ...(table.excludes ?? []),
  ];
}

/** A column that comes from a parent, made as it is to be here. */
function overrideStatements(table: ObjectName, column: ColumnDef, ddl: DdlWriter): readonly Statement[] {
  const alter = `ALTER TABLE ${ddl.name(table)}`;
  const place = `ALTER COLUMN ${ddl.id(column.name)}`;
  const isPlain = column.generated === undefined && column.identity === undefined && !/serial$/.test(column.type.name);
  const value =
    column.default === undefined
      ? `${place} DROP DEFAULT`
      : `${place} SET DEFAULT ${ddl.defaultExpression(column.default, column.type)}`;
  const name = column.notNull?.name;
  const required =
    name === undefined ? `${place} SET NOT NULL` : `ADD CONSTRAINT ${ddl.id(name)} NOT NULL ${ddl.id(column.name)}`;
  return [
    ...(isPlain ? [statement(`${alter} ${value}`)] : []),
    ...(column.nullable || column.notNull?.notValid ? [] : [statement(`${alter} ${required}`)]),
  ];
}

function rowSecurity({ rowSecurity: wanted, ...table }: TableDef, ddl: DdlWriter): readonly Statement[] {
  if (wanted === undefined) return [];
  const alter = `ALTER TABLE ${ddl.name(table)}`;
  return [
    ...(wanted.enabled ? [statement(`${alter} ENABLE ROW LEVEL SECURITY`)] : []),
    ...(wanted.forced ? [statement(`${alter} FORCE ROW LEVEL SECURITY`)] : []),
  ];
}

/**
 * Gives the part of the parent's index that is on this partition its name, whatever the server called it. Another index
 * that has the name gets this one's.
 */
export function renamePart(table: ObjectName, parentIndex: string, name: string, ddl: DdlWriter): Statement {
  const literal = (object: string) => ddl.literal(object);
  return statement(`DO $tsmigrate$
DECLARE
  part regclass := (SELECT i.indexrelid FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_inherits h ON h.inhrelid = i.indexrelid
    JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
    WHERE i.indrelid = ${literal(ddl.name(table))}::regclass AND p.relname = ${literal(parentIndex)});
  was text := (SELECT relname FROM pg_catalog.pg_class WHERE oid = part);
  other regclass := (SELECT o.oid FROM pg_catalog.pg_class o JOIN pg_catalog.pg_class c ON c.relnamespace = o.relnamespace
    WHERE c.oid = part AND o.relname = ${literal(name)});
BEGIN
  IF part IS NULL THEN RAISE 'index % has no part on %', ${literal(parentIndex)}, ${literal(ddl.name(table))}; END IF;
  IF part = other THEN RETURN; END IF;
  IF other IS NOT NULL THEN EXECUTE pg_catalog.format('ALTER INDEX %s RENAME TO %I', other, 'tsm_' || other::oid); END IF;
  EXECUTE pg_catalog.format('ALTER INDEX %s RENAME TO %I', part, ${literal(name)});
  IF other IS NOT NULL THEN EXECUTE pg_catalog.format('ALTER INDEX %s RENAME TO %I', other, was); END IF;
END $tsmigrate$`);
}
