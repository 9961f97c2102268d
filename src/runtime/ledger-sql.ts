/** The statements of the ledger: its table, and its rows. */
import type { ObjectName } from "../schema/schema.js";
import { quoteText } from "../util/quote.js";
import { packSource, storedSource } from "../util/source-text.js";
import type { NewLedgerEntry } from "./ledger.js";
import { qualified } from "./version-table.js";

/** Raised when a row means something else than before; a tool refuses a ledger that is newer than itself. */
export const LEDGER_FORMAT = 1;

export function ledgerName(versionTable: ObjectName): ObjectName {
  const name = versionTable.name === "tsmigrate_version" ? "tsmigrate_log" : `${versionTable.name}_log`;
  return { ...versionTable, name };
}

export const LEDGER_COLUMNS = [
  "id",
  "format",
  "rev",
  "direction",
  "step",
  "generation",
  "completes",
  "state",
  "what",
  "plan_hash",
  "source_hash",
  "tool_version",
  "host",
  "pid",
  "backend",
  "started_at",
  "milliseconds",
  "error",
  "cursor",
] as const;
type Written = Exclude<(typeof LEDGER_COLUMNS)[number], "id"> | "source";
/** The texts of files are read one by one only. */
const WRITTEN = LEDGER_COLUMNS.slice(1).flatMap((column) =>
  column === "source_hash" ? [column, "source"] : [column],
) as readonly Written[];

/** Who writes a row. */
export interface LedgerWriter {
  readonly toolVersion: string;
  readonly host: string;
  readonly pid: number;
  /** An expression. */
  readonly backend: string;
  readonly redact?: ((text: string) => string) | undefined;
}

/** Expressions, since a script is written at another time than it runs. */
export interface LedgerMoment {
  readonly generation: string;
  readonly startedAt: string;
}

/**
 * A sequence may give ids again after a crash of the server, and the order of the rows is what they are read by. PostgreSQL
 * plans this in a fraction of the time that it takes for `max(id)`, and it is planned for each row.
 */
const nextId = (table: string, after: number) =>
  `coalesce((SELECT id FROM ${table} ORDER BY id DESC LIMIT 1), 0) + ${after}`;

/** A row of a script. */
export function insertStatement(
  name: ObjectName,
  entry: NewLedgerEntry,
  writer: LedgerWriter,
  { generation, startedAt }: LedgerMoment,
): string {
  const table = qualified(name);
  const source = entry.source === null ? null : packSource(entry.source.text);
  const values = rowValues(entry, writer, source);
  const expressions: Partial<Record<Written, string>> = { generation, started_at: startedAt, backend: writer.backend };
  const row = WRITTEN.map((column) => expressions[column] ?? literal(values[column]));
  return `INSERT INTO ${table} (id, ${WRITTEN.join(", ")}) VALUES (${nextId(table, 1)}, ${row.join(", ")})`;
}

/** Rows of a script, one for each that `from` gives, of which `rev` is a column and `what` an expression over its columns. */
export function insertSelection(
  name: ObjectName,
  entry: NewLedgerEntry,
  writer: LedgerWriter,
  { generation, startedAt, what, from }: LedgerMoment & { readonly what: string; readonly from: string },
): string {
  const table = qualified(name);
  const values = rowValues(entry, writer, null);
  const expressions: Partial<Record<Written, string>> = {
    rev: "rev",
    what,
    generation,
    started_at: startedAt,
    backend: writer.backend,
  };
  const row = WRITTEN.map((column) => expressions[column] ?? literal(values[column]));
  const id = `(SELECT coalesce(max(id), 0) FROM ${table}) + row_number() OVER (ORDER BY rev)`;
  return `INSERT INTO ${table} (id, ${WRITTEN.join(", ")}) SELECT ${id}, ${row.join(", ")} FROM ${from}`;
}

export interface InsertRows {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** Rows whose values are bound: the same text each time, which a database may keep prepared. */
export function insertRows(
  name: ObjectName,
  entries: readonly NewLedgerEntry[],
  writer: LedgerWriter,
  isPostgres: boolean,
): InsertRows {
  const table = qualified(name);
  const bound: Value[] = [];
  const mark = (value: Value) => {
    const place = bound.push(value);
    return isPostgres ? `$${place}` : "?";
  };
  const rows = entries.map((entry, at) => {
    const values = rowValues(entry, writer, entry.source === null ? null : storedSource(entry.source.text));
    const row = WRITTEN.map((column) => (column === "backend" ? writer.backend : mark(values[column])));
    // SQLite's own next id is one more than the highest as well.
    return `(${[...(isPostgres ? [nextId(table, at + 1)] : []), ...row].join(", ")})`;
  });
  const columns = isPostgres ? ["id", ...WRITTEN] : WRITTEN;
  return { sql: `INSERT INTO ${table} (${columns.join(", ")}) VALUES ${rows.join(", ")}`, values: bound };
}

type Value = string | number | null;

function rowValues(
  entry: NewLedgerEntry,
  writer: LedgerWriter,
  source: string | null,
): Readonly<Record<Exclude<Written, "backend">, Value>> & { readonly backend?: never } {
  return {
    format: LEDGER_FORMAT,
    rev: plain(entry.revision),
    direction: entry.direction,
    step: entry.step,
    generation: entry.generation,
    completes: entry.completes ? 1 : 0,
    state: entry.state,
    what: plain(writer.redact?.(entry.what) ?? entry.what),
    plan_hash: entry.planHash,
    source_hash: entry.source?.hash ?? null,
    source,
    tool_version: writer.toolVersion,
    host: plain(writer.host),
    pid: writer.pid,
    started_at: entry.startedAt,
    milliseconds: entry.milliseconds,
    error: plainOrNull(entry.error),
    cursor: plainOrNull(entry.cursor),
  };
}

/** PostgreSQL keeps no NUL in a text. */
function plain(value: string): string {
  return value.includes("\0") ? value.replaceAll("\0", "") : value;
}

function plainOrNull(value: string | null): string | null {
  return value === null ? null : plain(value);
}

function literal(value: Value | undefined): string {
  return typeof value === "number" ? String(value) : quotedTextOrNull(value ?? null);
}

/** Makes the table and its indexes where they are missing. */
export function createStatements(name: ObjectName, isPostgres: boolean): readonly string[] {
  const table = qualified(name);
  const id = isPostgres ? '"id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY' : '"id" integer PRIMARY KEY';
  const columns = [
    id,
    '"format" integer NOT NULL',
    '"rev" text NOT NULL',
    '"direction" text NOT NULL',
    '"step" integer NOT NULL',
    '"generation" integer NOT NULL',
    '"completes" integer NOT NULL',
    '"state" text NOT NULL',
    '"what" text NOT NULL',
    '"plan_hash" text',
    '"source_hash" text',
    '"source" text',
    '"tool_version" text NOT NULL',
    '"host" text NOT NULL',
    '"pid" integer NOT NULL',
    '"backend" text',
    '"started_at" text NOT NULL',
    '"milliseconds" integer',
    '"error" text',
    '"cursor" text',
  ];
  const index = (suffix: string) => qualified({ name: `${name.name}_${suffix}` });
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (${columns.join(", ")})`,
    `CREATE INDEX IF NOT EXISTS ${index("rev")} ON ${table} ("rev", "id")`,
    // A second run that gets past every lock cannot begin a step that is running, or do again what is done.
    `CREATE UNIQUE INDEX IF NOT EXISTS ${index("once")} ON ${table} ("rev", "direction", "generation", "step") WHERE "state" IN ('running', 'done') AND "direction" IN ('upgrade', 'downgrade')`,
  ];
}

export function quotedText(value: string): string {
  return quoteText(plain(value));
}

export function quotedTextOrNull(value: string | null): string {
  return value === null ? "NULL" : quotedText(value);
}
