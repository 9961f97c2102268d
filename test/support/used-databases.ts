/** Databases and roles that a test uses, gone after it, and commands that have to succeed. */
import { afterEach, expect } from "vitest";
import { connectTo } from "./engine.js";
import type { TestDatabase } from "./postgres-server.js";
import type { TempProject } from "./temp-project.js";

export interface UsedDatabases {
  readonly open: TestDatabase[];
  /** Quoted where they need it. Roles are of the whole server, so that each test makes its own. */
  readonly roles: string[];
}

/** What is put into the lists is dropped after each test of the file. */
export function usedDatabases(): UsedDatabases {
  const open: TestDatabase[] = [];
  const roles: string[] = [];
  afterEach(async () => {
    const names = roles.splice(0);
    for (const { url } of open) for (const name of names) await runSql(url, `DROP OWNED BY ${name} CASCADE`);
    for (const name of names) await runSql(open[0]!.url, `DROP ROLE ${name}`);
    for (const database of open.splice(0)) await database.dispose();
  });
  return { open, roles };
}

export async function runSql(url: string, sql: string): Promise<void> {
  const connection = await connectTo(url);
  try {
    await connection.script(sql);
  } finally {
    await connection.close();
  }
}

/** Runs a command with `--json`; it exits with 0 and warns of nothing. */
export async function succeed(project: TempProject, ...args: readonly string[]): Promise<any> {
  const result = await project.run([...args, "--json"]);
  expect([args, result.exitCode, result.stderr, result.exitCode === 0 ? "" : result.stdout]).toEqual([args, 0, "", ""]);
  return result.json();
}
