/** A server that the pg_dump of this machine can dump. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { postgresServer } from "./dialects.js";
import { createPostgresDatabase, startPostgresServer, type TestDatabase } from "./postgres-server.js";

export interface DumpableDatabase extends TestDatabase {
  /** The folder of the programs. */
  readonly programs: string;
}

/** The major version and the folder of the programs there are, or null. */
export function clientPrograms(): { readonly majorVersion: number; readonly folder: string } | null {
  try {
    const version = execFileSync("pg_dump", ["--version"], { encoding: "utf8" });
    const majorVersion = Number(/\) (\d+)/.exec(version)![1]);
    const folder = `/usr/lib/postgresql/${majorVersion}/bin`;
    return existsSync(join(folder, "pg_dump")) ? { majorVersion, folder } : null;
  } catch {
    return null;
  }
}

/** A fresh database on a server no newer than pg_dump; null, said aloud, where there is none. */
export async function openDumpableDatabase(): Promise<DumpableDatabase | null> {
  const programs = clientPrograms();
  if (programs === null || !existsSync(join(programs.folder, "postgres"))) {
    process.stderr.write("not tested with pg_dump: PostgreSQL's programs are not installed\n");
    return null;
  }
  // Skips where PostgreSQL is left out of this run.
  await postgresServer();
  const server = await startPostgresServer(programs.folder);
  onTestFinished(() => server.stop(), 60_000);
  return { ...(await createPostgresDatabase(server.url)), programs: programs.folder };
}
