/** What the server says of itself when we connect. */
import { quoteText } from "../../../util/quote.js";
import type { Wire } from "./wire.js";

export interface ServerFacts {
  /** `18.4`. */
  readonly version: string;
  /** `180004`. */
  readonly versionNumber: number;
  readonly processId: number;
  /** Tells the session from every other one, of later times as well; null where the server does not say. */
  readonly session: string | null;
  /** Does a pooler stand in between, which shares the server's sessions among its clients? */
  readonly isPooled: boolean;
  readonly defaultSchema: string;
  /** The schemas that names are looked up in, as SQL; null where there are none. */
  readonly searchPath: string | null;
  /** Why nothing can be written here, as a sentence, or null. */
  readonly readOnlyReason: string | null;
}

/** One statement; `settings` are further expressions that it evaluates. `schema` is looked for, named as in SQL. */
export function factsQuery(settings: readonly string[], schema?: string): string {
  return `SELECT ${[
    "pg_catalog.current_setting('server_version') AS version",
    "pg_catalog.current_setting('server_version_num') AS number",
    "pg_catalog.pg_backend_pid()::text AS process",
    "(SELECT a.pid::text || '@' || extract(epoch FROM a.backend_start)::text FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS a) AS session",
    "pg_catalog.current_schema()::text AS schema",
    "(SELECT pg_catalog.string_agg(pg_catalog.quote_ident(s.name), ', ' ORDER BY s.place) FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS s (name, place) WHERE s.name NOT LIKE 'pg\\_temp%') AS path",
    "pg_catalog.pg_is_in_recovery()::text AS recovery",
    "pg_catalog.current_setting('default_transaction_read_only') AS readonly",
    ...(schema === undefined ? [] : [`(pg_catalog.to_regnamespace(${quoteText(schema)}) IS NOT NULL)::text AS known`]),
    ...settings.map((text, index) => `${text} AS set${index}`),
  ].join(", ")}`;
}

export function readFacts(row: Record<string, string | null>, wire: Wire): ServerFacts {
  const readOnlyReason =
    row.recovery === "true"
      ? "the server is a read replica"
      : row.readonly === "on"
        ? "the database or the role only reads (default_transaction_read_only is on)"
        : null;
  return {
    version: row.version!.split(" ")[0]!,
    versionNumber: Number(row.number),
    processId: Number(row.process),
    session: row.session ?? null,
    isPooled: wire.processId !== 0 && wire.processId !== Number(row.process),
    searchPath: row.path ?? null,
    defaultSchema: row.schema ?? "public",
    readOnlyReason,
  };
}
