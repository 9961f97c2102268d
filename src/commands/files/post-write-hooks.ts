/** What runs on a revision file that was just written, a formatter for example. */
import { spawn } from "node:child_process";
import type { PostWriteHook } from "../../config/config.js";
import { printableLine } from "../../util/printable.js";

const LONGEST_REASON = 500;

/** Runs the hooks one after the other and gives a sentence for each that failed; the file is there in any case. */
export async function runPostWriteHooks(hooks: readonly PostWriteHook[], path: string): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const hook of hooks) {
    const name = typeof hook === "function" ? hook.name || "a function" : hook.command;
    try {
      const problem = typeof hook === "function" ? await runFunction(hook, path) : await runProgram(hook, path);
      if (problem !== null) failures.push(`the post-write hook '${name}' ${problem}`);
    } catch (error) {
      failures.push(`the post-write hook '${name}' failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return failures;
}

async function runFunction(hook: (path: string) => unknown, path: string): Promise<null> {
  await hook(path);
  return null;
}

/** The path stands where an argument says `{path}`, and at the end where none does. What it prints is dropped, but for what it says of its failure. */
function runProgram(hook: Exclude<PostWriteHook, (path: string) => unknown>, path: string): Promise<string | null> {
  const given = hook.args ?? [];
  const args = given.some((argument) => argument.includes("{path}"))
    ? given.map((argument) => argument.replaceAll("{path}", path))
    : [...given, path];
  return new Promise((resolve, reject) => {
    const shell = process.platform === "win32";
    const child = spawn(hook.command, args, { cwd: hook.cwd, stdio: ["ignore", "ignore", "pipe"], shell });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(0, LONGEST_REASON);
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      const reason = printableLine(said.trim());
      resolve(code === 0 ? null : `ended with ${signal ?? `exit code ${code}`}${reason === "" ? "" : `: ${reason}`}`);
    });
  });
}
