/** The server's own description of a database, to look from outside at what was built. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
let reason: string | null = null;

/**
 * The statements of `pg_dump --schema-only`, sorted, each after its type and a colon, without owners and privileges; null, said aloud once, where there is
 * no pg_dump that is as new as the server.
 */
export async function dumpStatements(url: string): Promise<readonly string[] | null> {
  if (reason !== null) return null;
  const own = join(process.env.TSMIGRATE_TEST_POSTGRES_BIN ?? "", "pg_dump");
  const program = existsSync(own) ? own : "pg_dump";
  try {
    const { stdout } = await run(program, ["--schema-only", "--no-owner", "--no-privileges", url], {
      maxBuffer: 64 * 1024 * 1024,
    });
    return statementsOf(stdout);
  } catch (error) {
    reason = error instanceof Error ? (error.message.split("\n")[1] ?? error.message) : String(error);
    process.stderr.write(`not compared with pg_dump: ${reason}\n`);
    return null;
  }
}

/** Each with its type in pg_dump's words before it; a comment with the type of what it is on. */
function statementsOf(dump: string): readonly string[] {
  const parts = dump.split(/^--\n-- Name: (.*); Type: (.*); Schema: .*\n--\n/m).slice(1);
  const statements: string[] = [];
  for (let at = 0; at < parts.length; at += 3) {
    const [name = "", type = "", text = ""] = parts.slice(at, at + 3);
    const plain = text
      .replace(/^--.*$/gm, "")
      .replace(/^SET .*;$/gm, "")
      .replace(/^\\(?:un)?restrict .*$/gm, "")
      .trim();
    const of = type === "COMMENT" ? (/^[A-Z ]+(?= )/.exec(name)?.[0] ?? "") : type;
    if (plain !== "") statements.push(`${of}: ${plain}`);
  }
  return statements.sort();
}
