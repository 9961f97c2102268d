/** Opens connections, and takes one over from an application. */
import type { Kysely } from "kysely";
import { ConnectionError } from "../../../errors.js";
import { compact } from "../../../schema/schema.js";
import { quoteText } from "../../../util/quote.js";
import type { ConnectOptions, Dialect } from "../../dialect.js";
import { ddl } from "../text/ddl.js";
import { searchPathText } from "../text/identifiers.js";
import { type ClientSettings, clientSettings } from "./client-config.js";
import { PostgresConnection } from "./connection.js";
import { loadDriver } from "./driver.js";
import { lendLockWire, lendWire } from "./kept-wire.js";
import { type ConnectTarget, connectionError, queryError } from "./server-errors.js";
import { factsQuery, readFacts, type ServerFacts } from "./server-facts.js";
import { clientWire, kyselyWire, type Wire } from "./wire.js";

/**
 * @throws {@link ConnectionError} in one sentence for everything that keeps us out.
 * @throws DriverMissingError
 */
export async function openConnection(
  url: { readonly url: string; readonly display: string },
  options: ConnectOptions,
  dialect: Dialect,
  afterClose?: () => Promise<void>,
): Promise<PostgresConnection> {
  const settings = clientSettings(url.url, process.env);
  const open = async (as: ConnectOptions) => {
    const openOwn = () => openWire(settings, url.display, options);
    const { wire, allowKeeping } =
      as.sessions === undefined
        ? { wire: await openOwn(), allowKeeping: () => {} }
        : await lendWire(as.sessions, url.url, openOwn);
    const facts = await introduce(wire, url.display, { ...as, setsName: !settings.namesApplication });
    if (!facts.isPooled) allowKeeping();
    return { wire, facts };
  };
  const { wire, facts } = await open(options);
  // As the login itself, which may cancel what its own sessions run.
  const { role: _role, ...asLogin } = options;
  const openAnother = async () => (await open(asLogin)).wire;
  const { sessions } = options;
  const { sessions: _sessions, searchPath: _searchPath, ...plain } = asLogin;
  const openLocking =
    sessions === undefined || facts.isPooled
      ? openAnother
      : () => lendLockWire(sessions, url.url, async () => (await open(plain)).wire);
  const dumpSource = () => ({ settings, reached: new (loadDriver(options.resolveFrom).Client)(settings.config) });
  const description = url.display;
  const parts = {
    dialect,
    wire,
    facts,
    options,
    description,
    openAnother,
    openLocking,
    dumpSource,
    ...compact({ afterClose }),
  };
  return Object.assign(new PostgresConnection(parts), { encryption: settings.encryption });
}

/** Holds one connection of `db` until it is closed; session settings of the application's stay as they are. */
export async function adoptConnection(
  db: Kysely<any>,
  options: ConnectOptions,
  dialect: Dialect,
): Promise<PostgresConnection> {
  const description = "the application's own PostgreSQL connection";
  const wire = await kyselyWire(db);
  try {
    const sql = factsQuery([], schemaName(options));
    const { rows } = await wire.send(sql).catch((error) => {
      throw queryError(error, sql, description);
    });
    const facts = inSchema(readFacts(rows[0], wire), rows[0], options, description);
    return new PostgresConnection({ dialect, wire, facts, options, description });
  } catch (error) {
    await wire.close();
    throw error;
  }
}

async function openWire(settings: ClientSettings, display: string, options: ConnectOptions): Promise<Wire> {
  const { Client } = loadDriver(options.resolveFrom);
  const client = new Client(settings.config);
  const target: ConnectTarget = {
    url: display,
    host: client.host,
    port: client.port,
    user: client.user,
    database: client.database,
    password: client.password ?? undefined,
  };
  // Without a listener a late error of the socket would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw connectionError(error, target);
  }
  return clientWire(client);
}

interface Introduction extends ConnectOptions {
  readonly setsName: boolean;
}

/**
 * Makes the session's settings and learns about the server, in one message. Settings go as statements, since poolers
 * refuse them at the start of a connection; behind a pooler, where a session is shared, only those that poolers track
 * are made.
 */
async function introduce(wire: Wire, display: string, options: Introduction): Promise<ServerFacts> {
  const name = options.setsName ? [setting("application_name", options.applicationName)] : [];
  const settings = [
    ...name,
    setting("standard_conforming_strings", "on"),
    ...ownSettings(wire, options),
    ...NOTICING.flat().filter((text) => wire.taken.has(text)),
  ];
  const sql = factsQuery(settings, schemaName(options));
  try {
    const { rows } = await wire.send(sql);
    const facts = inSchema(readFacts(rows[0], wire), rows[0], options, display);
    if (!facts.isPooled) noticeOurEnd(wire, facts);
    return facts;
  } catch (error) {
    await wire.close().catch(() => undefined);
    throw error instanceof ConnectionError ? error : queryError(error, sql, display);
  }
}

function schemaName({ searchPath }: ConnectOptions): string | undefined {
  return searchPath === undefined ? undefined : ddl.id(searchPath[0]!);
}

/** The default schema is the one asked for, which has to be there. */
function inSchema(facts: ServerFacts, row: { known?: string }, options: ConnectOptions, url: string): ServerFacts {
  const schema = options.searchPath?.[0];
  if (schema === undefined) return facts;
  if (row.known === "true") return { ...facts, defaultSchema: schema };
  throw new ConnectionError(`there is no schema '${schema}' in ${url}`, {
    url,
    hint: `Run \`CREATE SCHEMA ${ddl.id(schema)}\` there first, or take it out of the targets.`,
  });
}

/** Keeps timeouts of roles and databases out of our way. A step's transaction has its own. */
function ownSettings(wire: Wire, options: ConnectOptions): readonly string[] {
  const isOurs = `pg_catalog.pg_backend_pid() = ${wire.processId}`;
  const isOursSince = (version: number) =>
    `${isOurs} AND pg_catalog.current_setting('server_version_num')::int >= ${version}`;
  return [
    `CASE WHEN ${isOurs} THEN ${setting("statement_timeout", "0")} END`,
    `CASE WHEN ${isOurs} THEN ${setting("lock_timeout", "0")} END`,
    `CASE WHEN ${isOursSince(140_000)} THEN ${setting("idle_session_timeout", "0")} END`,
    `CASE WHEN ${isOursSince(170_000)} THEN ${setting("transaction_timeout", "0")} END`,
    ...(options.searchPath === undefined
      ? []
      : [`CASE WHEN ${isOurs} THEN ${setting("search_path", searchPathText(options.searchPath))} END`]),
    // For what runs outside a transaction; each transaction sets it for itself as well.
    ...(options.role === undefined || options.readOnly
      ? []
      : [`CASE WHEN ${isOurs} THEN ${setting("role", options.role)} END`]),
    ...(options.readOnly ? [`CASE WHEN ${isOurs} THEN ${setting("default_transaction_read_only", "on")} END`] : []),
  ];
}

/** Let the server notice soon when we are gone. Refused as a whole where its operating system cannot do one. */
const NOTICING: readonly (readonly string[])[] = [
  [
    setting("tcp_keepalives_idle", "30"),
    setting("tcp_keepalives_interval", "10"),
    setting("tcp_keepalives_count", "3"),
    setting("tcp_user_timeout", "60000"),
  ],
  [setting("client_connection_check_interval", "2s")],
];

/**
 * Lets the server notice soon when we are gone, instead of finishing a long statement for nobody. Not waited for; what it
 * has taken once goes with the other settings when the session is used again.
 */
function noticeOurEnd(wire: Wire, facts: ServerFacts): void {
  for (const [at, texts] of NOTICING.entries()) {
    if (at === 1 && facts.versionNumber < 140_000) return;
    if (texts.every((text) => wire.taken.has(text))) continue;
    const remember = () => {
      for (const text of texts) wire.taken.add(text);
    };
    wire.send(`SELECT ${texts.join(", ")}`).then(remember, () => undefined);
  }
}

function setting(name: string, value: string): string {
  return `pg_catalog.set_config(${quoteText(name)}, ${quoteText(value)}, false)`;
}
