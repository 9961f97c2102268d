/** Runs the scripts that `--sql` prints: through the driver, as any program would, and through the database's own shell. */
import { spawnSync } from "node:child_process";
import Database from "better-sqlite3";
import type { DialectName } from "../../src/schema/schema.js";
import { connectClient } from "./postgres-connection.js";

export type ScriptRoad = "driver" | "shell";

/** @throws when the script fails */
export async function runScript(family: DialectName, url: string, script: string, road: ScriptRoad): Promise<void> {
  if (road === "shell") return runInShell(family, url, script);
  if (family === "sqlite") {
    const database = new Database(url.replace(/^sqlite(?:\+\w+)?:\/\/\//, ""));
    try {
      database.exec(script);
    } finally {
      database.close();
    }
    return;
  }
  const client = await connectClient(url);
  try {
    // Without parameters it goes as one message of the simple protocol.
    await client.query(script);
  } finally {
    await client.end();
  }
}

/** Is the shell of this database to be found? Says so, once, when it is not. */
export function hasShell(family: DialectName): boolean {
  const program = family === "sqlite" ? "sqlite3" : "psql";
  if (spawnSync(program, ["--version"]).status === 0) return true;
  if (!said.has(program)) process.stderr.write(`scripts go through the driver only, there is no ${program} to run\n`);
  said.add(program);
  return false;
}

const said = new Set<string>();

function runInShell(family: DialectName, url: string, script: string): void {
  const [program, ...args] =
    family === "sqlite"
      ? ["sqlite3", "-batch", "-bail", url.replace(/^sqlite(?:\+\w+)?:\/\/\//, "")]
      : ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", url];
  const { status, stderr } = spawnSync(program!, args, { input: script, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
}
