/** A database that lives as long as a connection to it. */
import { ConfigInvalidError, DatabaseError, InternalError, QueryError, ScratchRefusedError } from "../../../errors.js";
import { quoteText } from "../../../util/quote.js";
import type { DatabaseUrl } from "../../database-url.js";
import type { Connection, ConnectOptions, Dialect, ScratchPlace } from "../../dialect.js";
import { listSchemas } from "../catalog/list-schemas.js";
import { openConnection } from "../connection/connect.js";
import type { PostgresConnection } from "../connection/connection.js";
import { ddl } from "../text/ddl.js";
import { forgottenScratch, newScratchName } from "./scratch-name.js";

type PostgresUrl = Extract<DatabaseUrl, { readonly dialect: "postgres" }>;

const INSUFFICIENT_PRIVILEGE = "42501";

/**
 * Makes a database beside the one of the place, alike in encoding, collation and default schema. One that was named as
 * spare is used itself where the role may not make another, if it is empty, and is emptied again.
 */
export async function openScratch(
  { url, isSpare }: ScratchPlace,
  options: ConnectOptions,
  dialect: Dialect,
): Promise<Connection> {
  if (url === undefined) {
    throw new ConfigInvalidError("no URL says on which server a scratch database can be made", {
      key: "scratch",
      hint: 'Set `scratch: "postgres://…"` in the config, or pass --scratch, with the URL of an empty database.',
    });
  }
  if (url.dialect !== "postgres") throw new InternalError(`PostgreSQL was given the URL of ${url.dialect}`);
  const writing = { ...options, readOnly: false };
  const near = await openConnection(url, writing, dialect);
  let name: string;
  try {
    await dropForgotten(near);
    name = newScratchName(await secondsOf(near));
    await near.query(await createDatabase(near, name, options.role));
  } catch (error) {
    if (error instanceof QueryError && error.sqlState === INSUFFICIENT_PRIVILEGE) {
      if (isSpare) return useSpare(url, near, writing);
      await near.close();
      throw refused(url, error);
    }
    await near.close();
    throw error;
  }
  const dispose = async () => {
    const force = near.facts.versionNumber >= 130_000 ? " WITH (FORCE)" : "";
    try {
      await near.query(`DROP DATABASE IF EXISTS ${ddl.id(name)}${force}`);
    } finally {
      await near.close();
    }
  };
  try {
    return await connectTo(inDatabase(url, name), near, writing, dispose);
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Those of processes that were killed. What cannot be dropped now will be another time. */
async function dropForgotten(near: PostgresConnection): Promise<void> {
  for (const name of await forgottenScratch(near)) {
    await near.query(`DROP DATABASE IF EXISTS ${ddl.id(name)}`).catch(() => undefined);
  }
}

async function secondsOf(near: PostgresConnection): Promise<number> {
  const { rows } = await near.query<{ now: string }>(
    "SELECT pg_catalog.floor(pg_catalog.date_part('epoch', pg_catalog.now()))::text AS now",
  );
  return Number(rows[0]!.now);
}

async function createDatabase(near: PostgresConnection, name: string, role: string | undefined): Promise<string> {
  const { rows } = await near.query<{ encoding: string; collation: string; character: string }>(
    `SELECT pg_catalog.pg_encoding_to_char(encoding) AS encoding, datcollate AS collation, datctype AS character
     FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()`,
  );
  const { encoding, collation, character } = rows[0]!;
  const owner = role === undefined ? "" : ` OWNER ${ddl.id(role)}`;
  const locale = `ENCODING ${quoteText(encoding)} LC_COLLATE ${quoteText(collation)} LC_CTYPE ${quoteText(character)}`;
  return `CREATE DATABASE ${ddl.id(name)}${owner} TEMPLATE template0 ${locale}`;
}

/** With the default schema of the other one, which may be set for that database alone. */
async function connectTo(
  url: PostgresUrl,
  near: PostgresConnection,
  options: ConnectOptions,
  dispose: () => Promise<void>,
): Promise<Connection> {
  const { defaultSchema } = near;
  if (defaultSchema !== "public") {
    await using first = await openConnection(url, options, near.dialect);
    const owner = options.role === undefined ? "" : ` AUTHORIZATION ${ddl.id(options.role)}`;
    await first.query(`CREATE SCHEMA IF NOT EXISTS ${ddl.id(defaultSchema)}${owner}`);
    const database = ddl.id(nameOf(url));
    await first.query(`ALTER DATABASE ${database} SET search_path = ${ddl.id(defaultSchema)}, public`);
  }
  return openConnection(url, options, near.dialect, dispose);
}

/** The database is lent as it is. */
async function useSpare(url: PostgresUrl, near: PostgresConnection, options: ConnectOptions): Promise<Connection> {
  const empty = async () => {
    try {
      for (const schema of await listSchemas(near)) await near.query(`DROP SCHEMA ${ddl.id(schema)} CASCADE`);
      await near.query(`CREATE SCHEMA ${ddl.id(near.defaultSchema)}`);
    } finally {
      await near.close();
    }
  };
  try {
    await refuseUsed(near);
    return await openConnection(url, options, near.dialect, empty);
  } catch (error) {
    await near.close();
    throw error;
  }
}

/** What is not ours to drop must not be there. */
async function refuseUsed(near: PostgresConnection): Promise<void> {
  const { rows } = await near.query<{ name: string }>(
    `SELECT c.relname::text AS name FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     UNION ALL
     SELECT n.nspname::text FROM pg_catalog.pg_namespace n
     WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND NOT pg_catalog.pg_has_role(n.nspowner, 'USAGE')
     ORDER BY 1 LIMIT 1`,
  );
  if (rows[0] === undefined) return;
  throw new DatabaseError(`the scratch database '${near.description}' is not ours to use: it holds '${rows[0].name}'`, {
    hint: "Name an empty database that the role owns, or let it make its own: `ALTER ROLE … CREATEDB`.",
  });
}

function inDatabase(url: PostgresUrl, name: string): PostgresUrl {
  const replaced = url.url.replace(/^([a-z]+:(?:\/\/[^/?#]*)?)(?:\/[^?#]*)?/i, `$1/${name}`);
  return { dialect: "postgres", url: replaced, display: `the scratch database '${name}'` };
}

function nameOf(url: PostgresUrl): string {
  return /^[a-z]+:(?:\/\/[^/?#]*)?\/([^?#]*)/i.exec(url.url)![1]!;
}

function refused(url: PostgresUrl, cause: QueryError): DatabaseError {
  return new ScratchRefusedError(`the role may not make a scratch database beside '${url.display}'`, {
    cause,
    hint: "Allow it with `ALTER ROLE … CREATEDB`, or set `scratch` in the config (or --scratch) to the URL of an empty database.",
  });
}
