/** The version table: one row a current head, moved inside the transaction of each step. */
import type { Connection } from "../dialects/dialect.js";
import { ConfigInvalidError, LockTimeoutError, QueryError, VersionTableError } from "../errors.js";
import { sameIds } from "../revisions/version-rows.js";
import { type DialectName, displayName, type ObjectName } from "../schema/schema.js";
import { quoteName, quoteText } from "../util/quote.js";
import { oneJourney } from "./one-journey.js";

/** What one step does to the rows; `updates` are `[from, to]`. */
export interface VersionRowChanges {
  readonly inserts: readonly string[];
  readonly deletes: readonly string[];
  readonly updates: readonly (readonly [string, string])[];
}

export interface VersionTable {
  readonly name: ObjectName;
  exists(): Promise<boolean>;
  /** Ids in the table, sorted; empty when there is no table. Never writes. */
  read(): Promise<readonly string[]>;
  /**
   * As `read`, in a transaction that is to move the rows: until it ends, no other can claim them. This holds also where
   * the lock of the run does not.
   * @throws LockTimeoutError when another transaction keeps its claim longer than `waitMilliseconds`
   */
  claim(options: ClaimOptions): Promise<readonly string[]>;
  /** Creates the table if it is missing; says whether it did. `isThere`: what was found when that was asked before. */
  ensure(isThere?: boolean): Promise<boolean>;
  /** @throws VersionTableError when a row is not what the step expects. */
  move(changes: VersionRowChanges): Promise<void>;
}

export interface ClaimOptions {
  readonly waitMilliseconds: number;
  /** What the transaction waits for a table's lock afterwards. */
  readonly ddlLockTimeoutMilliseconds: number;
}

/** What is added to the name of the version table, at most: `_log_once`. */
const LONGEST_SUFFIX = "_log_once".length;
const MAXIMUM_BYTES = 63;

/**
 * PostgreSQL cuts a longer name without an error, and the ledger beside the table would be cut to the same one.
 *
 * @throws ConfigInvalidError
 */
export function refuseLongName({ name, schema }: ObjectName, dialect: DialectName): void {
  if (dialect !== "postgres") return;
  const refuse = (key: string, text: string, bytes: number) => {
    if (Buffer.byteLength(text) <= bytes) return;
    throw new ConfigInvalidError(`'${key}' has a name of ${Buffer.byteLength(text)} bytes, and ${bytes} is the most`, {
      key,
      hint: "Choose a shorter name.",
    });
  };
  refuse("versionTable", name, MAXIMUM_BYTES - LONGEST_SUFFIX);
  refuse("versionTableSchema", schema ?? "", MAXIMUM_BYTES);
}

export function openVersionTable(connection: Connection, name: ObjectName): VersionTable {
  refuseLongName(name, connection.dialect.name);
  const table = qualified(name);
  const exists = async () => {
    const { rows } = await connection.query<{ found: unknown }>(existsQuery(connection, name));
    return rows.length > 0 && Boolean(rows[0]!.found);
  };
  return {
    name,
    exists,
    async read() {
      if (!(await exists())) return [];
      return readRows(connection, name, table);
    },
    async claim(options) {
      // SQLite's BEGIN IMMEDIATE has claimed the whole file.
      if (connection.dialect.name !== "postgres") return readRows(connection, name, table);
      const [, rows] = await oneJourney(connection, [
        () => lockRows(connection, table, options),
        () => readRows(connection, name, table),
      ]);
      return rows;
    },
    async ensure(isThere) {
      if (isThere ?? (await exists())) return false;
      await connection.query(createStatement(name));
      return true;
    },
    async move(changes) {
      const mark = connection.dialect.name === "postgres" ? (_: string, place: number) => `$${place}` : () => "?";
      for (const { sql, values } of changeStatements(table, changes, mark)) {
        const { affectedRows } = await connection.query(sql, values);
        if (affectedRows === 1) continue;
        const found = await readRows(connection, name, table);
        throw new VersionTableError(
          `the version table '${displayName(name)}' was expected to give one row to '${sql}' (${values.join(", ")}), and gave ${affectedRows}`,
          {
            expected: [...changes.deletes, ...changes.updates.map(([from]) => from)],
            found,
            hint: "Run `tsmigrate current` to see where the database is; somebody else may have moved it.",
          },
        );
      }
    },
  };
}

/** Asks whether the heads are others now: a transaction that was to move them on was committed. */
export function hasLeft(versionTable: VersionTable, heads: readonly string[]): () => Promise<boolean> {
  return async () => !sameIds(await versionTable.read(), heads);
}

/** `CREATE TABLE` of the version table; plain SQL that both databases read. */
export function createStatement(name: ObjectName): string {
  return `CREATE TABLE IF NOT EXISTS ${qualified(name)} ("rev" text NOT NULL, CONSTRAINT ${quoteName(`${name.name}_pkc`)} PRIMARY KEY ("rev"))`;
}

export interface ChangeStatement {
  readonly sql: string;
  readonly values: readonly string[];
}

/**
 * What moves the rows; each statement touches one row where the database is as the step expects it. `write` says how an
 * id stands in the text, given its place among the values.
 */
export function changeStatements(
  table: string,
  { deletes, updates, inserts }: VersionRowChanges,
  write: (id: string, place: number) => string,
): readonly ChangeStatement[] {
  return [
    ...deletes.map((id) => ({ sql: `DELETE FROM ${table} WHERE "rev" = ${write(id, 1)}`, values: [id] })),
    ...updates.map(([from, to]) => ({
      sql: `UPDATE ${table} SET "rev" = ${write(to, 1)} WHERE "rev" = ${write(from, 2)}`,
      values: [to, from],
    })),
    ...inserts.map((id) => ({ sql: `INSERT INTO ${table} ("rev") VALUES (${write(id, 1)})`, values: [id] })),
  ];
}

/** Readers are not kept waiting. */
async function lockRows(connection: Connection, table: string, options: ClaimOptions): Promise<void> {
  const { waitMilliseconds, ddlLockTimeoutMilliseconds } = options;
  const statements = [
    `SET LOCAL lock_timeout = ${Math.max(waitMilliseconds, 1)}`,
    `LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE`,
    `SET LOCAL lock_timeout = ${ddlLockTimeoutMilliseconds}`,
  ];
  try {
    await oneJourney(
      connection,
      statements.map((sql) => () => connection.query(sql)),
    );
  } catch (error) {
    if (!(error instanceof QueryError) || error.sqlState !== "55P03") throw error;
    throw new LockTimeoutError(`another run is in the middle of a revision: ${error.message}`, {
      milliseconds: waitMilliseconds,
      cause: error,
      hint: "Wait until it is done, or wait longer with `--lock-timeout 300000`.",
    });
  }
}

async function readRows(connection: Connection, name: ObjectName, table: string): Promise<readonly string[]> {
  try {
    const { rows } = await connection.query<{ rev: unknown }>(`SELECT "rev" FROM ${table}`);
    return rows.map((row) => String(row.rev)).sort();
  } catch (error) {
    // SQLite says SQLITE_ERROR for a missing column, PostgreSQL 42703.
    if (error instanceof QueryError && (error.sqlState === "42703" || /no such column/.test(error.message))) {
      throw new VersionTableError(`the version table '${displayName(name)}' has no column 'rev'`, {
        expected: ["rev"],
        found: [],
        cause: error,
        hint: "Name another table with `versionTable` in the config, or rename this one.",
      });
    }
    throw error;
  }
}

function existsQuery(connection: Connection, name: ObjectName): string {
  if (connection.dialect.name === "sqlite") {
    return `SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = ${quoteText(name.name)} COLLATE NOCASE`;
  }
  return `SELECT pg_catalog.to_regclass(${quoteText(qualified(name))}) IS NOT NULL AS found`;
}

/** The name as SQL. */
export function qualified(name: ObjectName): string {
  return name.schema === undefined ? quoteName(name.name) : `${quoteName(name.schema)}.${quoteName(name.name)}`;
}
