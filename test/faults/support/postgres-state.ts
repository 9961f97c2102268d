/** What a PostgreSQL database holds, so that two can be compared; and databases made from a template. */
import pg from "pg";

export interface PostgresState {
  readonly heads: readonly string[];
  /** Tables, columns, constraints and indexes, without those of the tool itself; one a line, sorted. */
  readonly schema: string;
  /** Every row, hashed by table. */
  readonly rows: string;
  readonly invalid: readonly string[];
}

const SCHEMA = `
  SELECT format('column %s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) AS line
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND c.relname NOT LIKE 'tsmigrate%'
  UNION ALL SELECT format('constraint %s %s %s %s', c.relname, k.conname, k.convalidated, pg_get_constraintdef(k.oid))
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE k.connamespace = 'public'::regnamespace AND c.relname NOT LIKE 'tsmigrate%'
  UNION ALL SELECT format('index %s %s', i.indisvalid, pg_get_indexdef(i.indexrelid))
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'tsmigrate%'
  ORDER BY 1`;
const INVALID = `
  SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT i.indisvalid AND c.relnamespace = 'public'::regnamespace
  UNION ALL SELECT conname FROM pg_constraint WHERE NOT convalidated AND connamespace = 'public'::regnamespace`;

export async function postgresState(client: pg.Client): Promise<PostgresState> {
  const { rows: lines } = await client.query(SCHEMA);
  const { rows: tables } = await client.query(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'tsmigrate%' ORDER BY 1",
  );
  const hashes: string[] = [];
  for (const { name } of tables) {
    const { rows } = await client.query(
      `SELECT count(*) AS n, md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) AS hash FROM "${name}" t`,
    );
    hashes.push(`${name} ${rows[0].n} ${rows[0].hash}`);
  }
  const { rows: invalid } = await client.query(INVALID);
  return {
    heads: await headsOf(client),
    schema: lines.map(({ line }) => line).join("\n"),
    rows: hashes.join("\n"),
    invalid: invalid.map(({ name }) => name),
  };
}

export async function headsOf(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query("SELECT to_regclass('public.tsmigrate_version') IS NOT NULL AS found");
  if (!rows[0].found) return [];
  const { rows: heads } = await client.query("SELECT rev FROM tsmigrate_version ORDER BY rev");
  return heads.map(({ rev }) => rev);
}

export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: "faults" });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** A fresh copy of a template, in place of the last one of that name. */
export async function copyTemplate(serverUrl: string, template: string, name: string): Promise<string> {
  await withClient(serverUrl, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  return databaseUrl(serverUrl, name);
}

/** Waits until no process of the server is left at work for the command line; false when there is one after the time. */
export async function untilAlone(url: string, milliseconds = 60_000): Promise<boolean> {
  return withClient(url, async (client) => {
    for (const started = performance.now(); performance.now() - started < milliseconds; ) {
      const { rows } = await client.query(
        "SELECT count(*)::int AS others FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
      );
      if (rows[0].others === 0) return true;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return false;
  });
}
