/**
 * What can be compared: the models, the configured database, any other by its URL, a `.sql` file, a revision of the
 * history. All but the models are a database, for a while at least, and are read from it.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type DatabaseUrl, parseDatabaseUrl } from "../dialects/database-url.js";
import type { Connection, Dialect } from "../dialects/dialect.js";
import { loadDialect } from "../dialects/registry.js";
import { InternalError, UsageError } from "../errors.js";
import { needsCurrent, resolveRevisions } from "../revisions/resolve-target.js";
import type { SchemaDef } from "../schema/schema.js";
import type { Environment } from "./environment/environment.js";
import { offlineDialect } from "./environment/offline-dialect.js";
import { readHeads } from "./read-history.js";
import { replayRevisions } from "./replay-revisions.js";
import { introspect } from "./sources/introspect.js";
import { isSqlFile, runSqlFiles } from "./sources/read-sql-file.js";
import { openScratch, type ScratchWish } from "./sources/scratch.js";
import { openOther } from "./sources/wanted-schema.js";

export type SourceName =
  | { readonly kind: "models" | "database" }
  | { readonly kind: "url"; readonly url: DatabaseUrl; readonly text: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "revision"; readonly revision: string };

/** A source that is a database now. Disposing of it closes the connection, unless it is the environment's own. */
export interface HeldSource extends AsyncDisposable {
  readonly kind: Exclude<SourceName["kind"], "models">;
  readonly connection: Connection;
  /** Its named schemas, where all of them count. */
  readonly schemas: readonly string[];
  read(schemas: readonly string[]): Promise<SchemaDef>;
}

/** @throws UsageError for what names no source */
export function parseSource(text: string, cwd: string): SourceName {
  if (text === "models" || text === "database") return { kind: text };
  const revision = /^revision:(.+)$/.exec(text)?.[1];
  if (revision !== undefined) return { kind: "revision", revision };
  if (isSqlFile(text)) return { kind: "file", path: resolve(cwd, text) };
  const url = parseDatabaseUrl(text, cwd);
  if (url.dialect === "sqlite" && url.file !== null && !existsSync(url.file)) {
    throw new UsageError(`'${text}' is no source: there is no such database file`, {
      hint: "A source is `models`, `database`, `revision:<rev>`, a `.sql` file or a database URL.",
    });
  }
  return { kind: "url", url, text };
}

/** The dialect that all of them share: a URL says it, otherwise the config does. */
export async function dialectOf(environment: Environment, sources: readonly SourceName[]): Promise<Dialect> {
  for (const source of sources) if (source.kind === "url") return loadDialect(source.url.dialect);
  if (!sources.some((source) => source.kind === "database")) return offlineDialect(environment);
  return (await environment.connect({ create: false, readOnly: true, missingIsEmpty: true })).dialect;
}

/** Opens any source but the models. @throws DatabaseError, MigrationFailedError, ModelInvalidError, RevisionError */
export async function holdSource(
  environment: Environment,
  dialect: Dialect,
  source: SourceName,
  wish: ScratchWish,
): Promise<HeldSource> {
  const { cwd } = environment.options;
  switch (source.kind) {
    case "database": {
      const connection = await environment.connect({ create: false, readOnly: true, missingIsEmpty: true });
      if (connection.dialect.name !== dialect.name) throw otherKind(connection.description);
      return held(environment, "database", connection, [], async () => undefined);
    }
    case "url": {
      const connection = await openOther(environment, dialect, source.text, cwd);
      return held(environment, "url", connection, [], () => connection.close());
    }
    case "file": {
      const connection = await openScratch(environment, dialect, wish);
      try {
        await runSqlFiles(connection, [source.path]);
        return held(environment, "file", connection, await allSchemas(connection), () => connection.close());
      } catch (error) {
        await connection.close();
        throw error;
      }
    }
    case "revision": {
      const graph = await environment.loadGraph();
      const current = needsCurrent(source.revision) ? await readHeads(environment) : undefined;
      const heads = resolveRevisions(graph, source.revision, { current });
      const connection = await replayRevisions(environment, dialect, graph, heads, wish);
      return held(environment, "revision", connection, await allSchemas(connection), () => connection.close());
    }
    case "models":
      throw new InternalError("the models are declared, and no database");
  }
}

export async function allSchemas(connection: Connection): Promise<readonly string[]> {
  return (await connection.dialect.listSchemas?.(connection)) ?? [];
}

function held(
  environment: Environment,
  kind: HeldSource["kind"],
  connection: Connection,
  schemas: readonly string[],
  close: () => Promise<void>,
): HeldSource {
  return {
    kind,
    connection,
    schemas,
    read: (names) => introspect(environment, connection, names),
    [Symbol.asyncDispose]: close,
  };
}

function otherKind(description: string): UsageError {
  return new UsageError(`'${description}' is not a database of the same kind as the other source`, {
    hint: "Compare SQLite with SQLite, and PostgreSQL with PostgreSQL.",
  });
}
