/**
 * What only the database itself knows and a rebuild must give back as it was: the texts of tables, indexes, triggers
 * and views.
 *
 * They travel with a {@link SchemaDef} under a symbol: object spread takes them along through every operation, while
 * comparison and JSON, which look at string keys, do not see them. Only `refresh` puts them there, right before they are
 * used; a schema that was replayed from revisions without a database has none.
 */
import type { SchemaDef } from "../../../schema/schema.js";

export interface StoredObject {
  readonly type: "table" | "index" | "trigger" | "view";
  readonly name: string;
  /** The table it is on; its own name for tables and views. */
  readonly table: string;
  readonly sql: string;
  /** In the temporary schema of this connection. */
  readonly temporary: boolean;
}

export interface LiveFacts {
  /** In order of creation, without those SQLite makes by itself. */
  readonly objects: readonly StoredObject[];
  /** Tables with statistics of ANALYZE, in lower case. */
  readonly analyzed: ReadonlySet<string>;
  /** What compiled when the facts were read. */
  readonly probes: readonly Probe[];
}

/** A view that can be read, or a table whose triggers for this event can be compiled. */
export interface Probe {
  readonly event: "select" | "insert" | "update" | "delete";
  readonly object: string;
}

const LIVE = Symbol("live facts of a SQLite database");

export function liveFactsOf(schema: SchemaDef): LiveFacts | null {
  return (schema as { readonly [LIVE]?: LiveFacts })[LIVE] ?? null;
}

export function withLiveFacts(schema: SchemaDef, facts: LiveFacts): SchemaDef {
  return { ...schema, [LIVE]: facts } as SchemaDef;
}
