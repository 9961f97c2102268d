/**
 * The ledger: what runs have done, step by step, in a table beside the version table. Rows are added and their state is
 * settled; none is ever deleted.
 *
 * The version table says where the database is. The ledger says what became of the steps of a revision that do not fit
 * into one transaction, so that a run which was killed goes on where it stopped, and what the files held when they were
 * applied.
 */
import type { Connection } from "../dialects/dialect.js";
import { LedgerFormatError } from "../errors.js";
import type { Direction } from "../revisions/revision.js";
import { displayName, type ObjectName } from "../schema/schema.js";
import { type KeptSource, readStoredSource } from "../util/source-text.js";
import {
  createStatements,
  insertRows,
  LEDGER_COLUMNS,
  LEDGER_FORMAT,
  ledgerName,
  quotedText,
  quotedTextOrNull,
} from "./ledger-sql.js";
import { OWN_BACKEND } from "./live-runs.js";
import { oneJourney } from "./one-journey.js";
import { qualified } from "./version-table.js";

export type LedgerState = "running" | "done" | "failed" | "retry";

export interface LedgerEntry {
  readonly id: number;
  readonly revision: string;
  /** What was done: a direction, or what people said of a revision. */
  readonly direction: LedgerDirection;
  /** From 1 on; a revision that is one transaction has one step. */
  readonly step: number;
  /** How many times the revision had been brought to an end before; steps of one time belong together. */
  readonly generation: number;
  /** Did it move the version table, and so end the revision? */
  readonly completes: boolean;
  readonly state: LedgerState;
  /** The operations of the step, in words. */
  readonly what: string;
  /** Of the operations that ran. */
  readonly planHash: string | null;
  /** Of the file's text. */
  readonly sourceHash: string | null;
  readonly toolVersion: string;
  readonly host: string;
  readonly pid: number;
  /** PostgreSQL: the session of the server. SQLite: which run of the process. */
  readonly backend: string | null;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly milliseconds: number | null;
  /** A code, never a message: those hold data. */
  readonly error: string | null;
  /** How far a step of many transactions has come, in its own words. */
  readonly cursor: string | null;
}

export type LedgerDirection = Direction | "stamp" | "accept-edit" | "resolve";

export interface NewLedgerEntry
  extends Omit<LedgerEntry, "id" | "toolVersion" | "host" | "pid" | "backend" | "sourceHash"> {
  /** The file's text. */
  readonly source: KeptSource | null;
}

/** Who writes. */
export interface LedgerAuthor {
  readonly toolVersion: string;
  readonly host: string;
  readonly pid: number;
  /** Tells the runs of one process apart. */
  readonly run: string;
  /** Hides secrets, in case that SQL of the user's quotes them. */
  readonly redact?: (text: string) => string;
}

export interface AppliedHashes {
  /** Of the file's text. */
  readonly sourceHash: string;
  /** Of what its upgrade did; null where that is not known, or was more than one step. */
  readonly planHash: string | null;
}

export interface LedgerMark {
  readonly last: number;
  readonly generation: number;
}

export interface Ledger {
  readonly name: ObjectName;
  exists(): Promise<boolean>;
  /** Creates the table if it is missing. `isThere`: what was found when that was asked before. */
  ensure(isThere?: boolean): Promise<void>;
  /** Newest first. Empty when there is no table. @throws LedgerFormatError */
  read(options?: { readonly limit?: number }): Promise<readonly LedgerEntry[]>;
  /** Steps of revisions that were begun and not ended, oldest first. @throws LedgerFormatError */
  readOpen(): Promise<readonly LedgerEntry[]>;
  /** By revision: what was recorded of its file when it was applied or accepted last. */
  readApplied(): Promise<ReadonlyMap<string, AppliedHashes>>;
  /** The file's text of that time; null where it is not known. */
  readSource(revision: string): Promise<string | null>;
  /** In their order, in as few statements as may be; several only where one transaction holds them all. */
  add(entries: readonly NewLedgerEntry[]): Promise<void>;
  /** To be called in the transaction whose work it tells of. */
  saveCursor(id: number, cursor: string): Promise<void>;
  settle(id: number, change: Pick<LedgerEntry, "state" | "milliseconds" | "error">): Promise<void>;
  /** {@link readOpen} and {@link readMarks}. */
  readState(): Promise<{ readonly open: readonly LedgerEntry[]; readonly marks: ReadonlyMap<string, LedgerMark> }>;
  /** Of every revision: its newest row, and how many times it was brought to an end. */
  readMarks(): Promise<ReadonlyMap<string, LedgerMark>>;
  /** The newest row's id of this step. */
  find(entry: Pick<LedgerEntry, "revision" | "direction" | "step">): Promise<number | null>;
}

const HOLDS_SOURCE = "entry.source_hash IS NOT NULL AND (entry.completes = 1 OR entry.direction = 'accept-edit')";

const ROWS_TOGETHER = 100;

type Row = Readonly<Record<(typeof LEDGER_COLUMNS)[number], unknown>>;

export function openLedger(connection: Connection, versionTable: ObjectName, author: () => LedgerAuthor): Ledger {
  const name = ledgerName(versionTable);
  const table = qualified(name);
  const isPostgres = connection.dialect.name === "postgres";
  const list = LEDGER_COLUMNS.join(", ");
  const exists = async () => {
    const { rows } = await connection.query<{ found: unknown }>(
      isPostgres
        ? `SELECT pg_catalog.to_regclass(${quotedText(table)}) IS NOT NULL AS found`
        : `SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = ${quotedText(name.name)} COLLATE NOCASE`,
    );
    return rows.length > 0 && Boolean(rows[0]!.found);
  };
  const writer = () => {
    const { toolVersion, host, pid, run, redact } = author();
    const session = connection.session == null ? OWN_BACKEND : quotedText(connection.session);
    return { toolVersion, host, pid, backend: isPostgres ? session : quotedText(run), redact };
  };
  // Each statement to a server is a journey; SQLite runs one that is prepared again and again.
  const together = isPostgres ? ROWS_TOGETHER : 1;
  let isOurs = false;
  /** Is there a table, in a format that we know? */
  const readable = async (): Promise<boolean> => {
    if (isOurs) return true;
    if (!(await exists())) return false;
    const { rows } = await connection.query<{ newest: unknown }>(`SELECT max(format) AS newest FROM ${table}`);
    const newest = Number(rows[0]?.newest ?? 0);
    if (newest > LEDGER_FORMAT) throw newerFormat(name, newest);
    isOurs = true;
    return true;
  };
  const select = async (rest: string): Promise<readonly LedgerEntry[]> => {
    if (!isOurs && !(await readable())) return [];
    const { rows } = await connection.query<Row>(`SELECT ${list} FROM ${table} AS entry ${rest}`);
    return rows.map(entryOf);
  };
  const readOpen = () =>
    select(
      `WHERE entry.completes = 0 AND entry.direction IN ('upgrade', 'downgrade') AND NOT EXISTS (SELECT 1 FROM ${table} AS later WHERE later.rev = entry.rev AND later.completes = 1 AND later.id > entry.id) ORDER BY entry.id`,
    );
  const readMarks = async (): Promise<ReadonlyMap<string, LedgerMark>> => {
    if (!isOurs && !(await readable())) return new Map();
    const { rows } = await connection.query<{ rev: unknown; last: unknown; ended: unknown }>(
      `SELECT rev, max(id) AS last, sum(completes) AS ended FROM ${table} GROUP BY rev`,
    );
    return new Map(
      rows.map((row) => [String(row.rev), { last: Number(row.last), generation: Number(row.ended) }] as const),
    );
  };
  return {
    name,
    exists,
    async ensure(isThere) {
      if (isThere ?? (await exists())) return;
      const statements = createStatements(name, isPostgres);
      await oneJourney(
        connection,
        statements.map((sql) => () => connection.query(sql)),
      );
    },
    read: ({ limit } = {}) => select(`ORDER BY id DESC${limit === undefined ? "" : ` LIMIT ${limit}`}`),
    readOpen,
    async readApplied() {
      if (!(await readable())) return new Map();
      // Asked by every upgrade, of every revision there is: no more than what is needed.
      const { rows } = await connection.query<Row>(
        `SELECT rev, source_hash, plan_hash, direction, step FROM ${table} AS entry WHERE ${HOLDS_SOURCE} ORDER BY entry.id`,
      );
      return new Map(rows.map((row) => [String(row.rev), hashesOf(row)] as const));
    },
    async readSource(revision) {
      const { rows } = await connection.query<{ source: unknown }>(
        `SELECT entry.source FROM ${table} AS entry WHERE ${HOLDS_SOURCE} AND entry.rev = ${quotedText(revision)} ORDER BY entry.id DESC LIMIT 1`,
      );
      const stored = rows[0]?.source;
      return typeof stored === "string" ? readStoredSource(stored) : null;
    },
    async add(entries) {
      for (let from = 0; from < entries.length; from += together) {
        const { sql, values } = insertRows(name, entries.slice(from, from + together), writer(), isPostgres);
        await connection.query(sql, values);
      }
    },
    async saveCursor(id, cursor) {
      await connection.query(`UPDATE ${table} SET cursor = ${quotedText(cursor)} WHERE id = ${id}`);
    },
    async settle(id, { state, milliseconds, error }) {
      await connection.query(
        `UPDATE ${table} SET state = ${quotedText(state)}, milliseconds = ${milliseconds ?? "NULL"}, error = ${quotedTextOrNull(error)} WHERE id = ${id}`,
      );
    },
    async readState() {
      if (!(await readable())) return { open: [], marks: new Map() };
      const [open, marks] = await oneJourney(connection, [readOpen, readMarks]);
      return { open, marks };
    },
    readMarks,
    async find({ revision, direction, step }) {
      const { rows } = await connection.query<{ id: unknown }>(
        `SELECT max(id) AS id FROM ${table} WHERE rev = ${quotedText(revision)} AND direction = ${quotedText(direction)} AND step = ${step}`,
      );
      return rows[0]?.id == null ? null : Number(rows[0].id);
    },
  };
}

/** Nothing is recorded: scripts, whose runs nobody watches. */
export function noLedger(versionTable: ObjectName): Ledger {
  return {
    name: ledgerName(versionTable),
    exists: async () => false,
    ensure: async () => {},
    read: async () => [],
    readOpen: async () => [],
    readApplied: async () => new Map(),
    readSource: async () => null,
    readState: async () => ({ open: [], marks: new Map() }),
    readMarks: async () => new Map(),
    add: async () => {},
    saveCursor: async () => {},
    settle: async () => {},
    find: async () => null,
  };
}

function entryOf(row: Row): LedgerEntry {
  const optional = (value: unknown) => (value === null || value === undefined ? null : String(value));
  return {
    id: Number(row.id),
    revision: String(row.rev),
    direction: String(row.direction) as LedgerDirection,
    step: Number(row.step),
    generation: Number(row.generation),
    completes: Number(row.completes) === 1,
    state: String(row.state) as LedgerState,
    what: String(row.what),
    planHash: optional(row.plan_hash),
    sourceHash: optional(row.source_hash),
    toolVersion: String(row.tool_version),
    host: String(row.host),
    pid: Number(row.pid),
    backend: optional(row.backend),
    startedAt: String(row.started_at),
    milliseconds: row.milliseconds === null ? null : Number(row.milliseconds),
    error: optional(row.error),
    cursor: optional(row.cursor),
  };
}

function hashesOf(row: Row): AppliedHashes {
  const tellsAll = Number(row.step) === 1 && (row.direction === "upgrade" || row.direction === "accept-edit");
  return { sourceHash: String(row.source_hash), planHash: tellsAll ? (row.plan_hash as string | null) : null };
}

function newerFormat(name: ObjectName, format: number): LedgerFormatError {
  return new LedgerFormatError(
    `the ledger '${displayName(name)}' was written by a newer tsmigrate (format ${format}, this one knows ${LEDGER_FORMAT})`,
    { format, hint: "Run the version that your project uses elsewhere, or update: `npm install tsmigrate@latest`." },
  );
}
