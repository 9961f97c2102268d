/** A transport over one connection of the application's own Kysely, whatever SQLite driver is behind it. */
import type { CompiledQuery, Kysely } from "kysely";
import { quoteText } from "../../../util/quote.js";
import { splitScript } from "../text/split-script.js";
import type { EngineAnswer, EngineFailure } from "./engine.js";
import { LOCK_SLICE_MILLISECONDS } from "./patience.js";
import type { SqliteTransport } from "./transport.js";

interface HeldConnection {
  readonly db: Kysely<any>;
  /** Gives it back; resolves when Kysely has taken it. */
  release(): Promise<void>;
}

/**
 * Holds one connection of `db` until the transport is closed; `db` itself stays usable and is never destroyed.
 *
 * A driver behind Kysely does not tell whether a transaction is open, so this follows the statements, and asks SQLite
 * after a failure, which may have rolled back everything. `readOnly`: nothing can be written until it is given back.
 */
export async function adoptKysely(db: Kysely<any>, readOnly: boolean): Promise<SqliteTransport> {
  const { CompiledQuery } = await import("kysely");
  const held = await holdConnection(db);
  let inTransaction = false;
  const send = (sql: string, parameters: readonly unknown[] = []) =>
    held.db.executeQuery(CompiledQuery.raw(sql, [...parameters]) as CompiledQuery<unknown>);
  const query = async (sql: string, parameters: readonly unknown[]): Promise<EngineAnswer> => {
    try {
      const { rows, numAffectedRows, insertId } = await send(sql, parameters);
      inTransaction = stateAfter(sql, inTransaction);
      const result = {
        rows,
        affectedRows: Number(numAffectedRows ?? 0n),
        ...(insertId === undefined ? {} : { insertId }),
      };
      return { result, failure: null, inTransaction };
    } catch (error) {
      if (inTransaction) inTransaction = await isStillOpen(send);
      return { result: null, failure: failureOf(error), inTransaction };
    }
  };
  const settings: Readonly<Record<string, number>> = {
    busy_timeout: LOCK_SLICE_MILLISECONDS,
    ...(readOnly ? { query_only: 1 } : {}),
    ...((await needsTrust(send)) ? {} : { trusted_schema: 0 }),
  };
  const before = await applySettings(send, settings).catch(async (error: unknown) => {
    await held.release();
    throw error;
  });
  return {
    query,
    async script(sql) {
      let answer: EngineAnswer = { result: { rows: [], affectedRows: 0 }, failure: null, inTransaction };
      for (const statement of splitScript(sql)) {
        answer = await query(statement.text, []);
        if (answer.failure !== null) break;
      }
      return answer;
    },
    async close() {
      await applySettings(send, before);
      await held.release();
    },
  };
}

type Send = (sql: string) => Promise<{ readonly rows: readonly unknown[] }>;

/** Gives the values that the application had. */
async function applySettings(
  send: Send,
  settings: Readonly<Record<string, number>>,
): Promise<Readonly<Record<string, number>>> {
  const before: Record<string, number> = {};
  for (const [name, value] of Object.entries(settings)) {
    const { rows } = await send(`PRAGMA ${name}`);
    before[name] = Number(Object.values((rows[0] ?? {}) as Record<string, unknown>)[0] ?? 0);
    await send(`PRAGMA ${name} = ${value}`);
  }
  return before;
}

/**
 * Do tables, views or triggers call functions of the application's? Without trust in the schema SQLite would refuse those
 * that are not declared harmless, which not every driver can do.
 *
 * @see https://www.sqlite.org/pragma.html#pragma_trusted_schema
 */
async function needsTrust(send: Send): Promise<boolean> {
  try {
    const { rows } = await send(
      `SELECT 1 FROM pragma_function_list AS f JOIN sqlite_schema AS s ON instr(lower(s.sql), lower(f.name)) > 0
       WHERE NOT f.builtin AND NOT f.flags & ${INNOCUOUS} AND f.name NOT IN (${OWN.map(quoteText).join(", ")}) LIMIT 1`,
    );
    return rows.length > 0;
  } catch {
    // Older than the list of functions.
    return true;
  }
}

/** SQLite's own, which its full text search and geometry bring along. */
const OWN =
  "bm25 fts3_tokenizer fts5 fts5_get_locale geopoly_debug highlight match matchinfo offsets optimize rtreecheck rtreedepth rtreenode snippet".split(
    " ",
  );
/** SQLITE_INNOCUOUS */
const INNOCUOUS = 0x200000;

async function holdConnection(db: Kysely<any>): Promise<HeldConnection> {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let done: Promise<void> = Promise.resolve();
  const held = await new Promise<Kysely<any>>((resolve, reject) => {
    done = db.connection().execute(async (connection) => {
      resolve(connection);
      await released;
    });
    done.catch(reject);
  });
  return {
    db: held,
    async release() {
      release();
      await done;
    },
  };
}

function stateAfter(sql: string, before: boolean): boolean {
  const [first, second, third] =
    /^[\s;]*(\w+)(?:\s+(\w+))?(?:\s+(\w+))?/
      .exec(sql)
      ?.slice(1)
      .map((word) => word?.toUpperCase()) ?? [];
  if (first === "BEGIN") return true;
  if (first === "COMMIT" || first === "END") return false;
  if (first === "ROLLBACK") return second === "TO" || third === "TO" ? before : false;
  return before;
}

/** BEGIN fails inside a transaction; where it does not, the transaction was gone, and this one is ended again. */
async function isStillOpen(send: Send): Promise<boolean> {
  try {
    await send("BEGIN");
  } catch {
    return true;
  }
  await send("ROLLBACK");
  return false;
}

/** `errcode` is what node:sqlite gives: SQLite's own number, extended codes included. */
const CODES: Readonly<Record<number, string>> = {
  5: "SQLITE_BUSY",
  6: "SQLITE_LOCKED",
  8: "SQLITE_READONLY",
  13: "SQLITE_FULL",
  19: "SQLITE_CONSTRAINT",
  261: "SQLITE_BUSY_RECOVERY",
  517: "SQLITE_BUSY_SNAPSHOT",
  787: "SQLITE_CONSTRAINT_FOREIGNKEY",
};

function failureOf(error: unknown): EngineFailure {
  const { message, code, errcode } = error as { message?: string; code?: unknown; errcode?: unknown };
  const named = typeof errcode === "number" ? (CODES[errcode] ?? "SQLITE_ERROR") : code;
  return { message: message ?? String(error), code: typeof named === "string" ? named : undefined };
}
