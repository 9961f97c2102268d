/** Questions at a real terminal: python3 opens the pseudo terminal. Where there is none, the tests say so and pass. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { connectTo } from "../support/engine.js";
import { type TempProject, tempProject } from "../support/temp-project.js";

const BIN = join(import.meta.dirname, "../../bin/tsmigrate.js");
const PTY =
  "import os, pty, sys; status = pty.spawn(sys.argv[1:]); sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))";
const hasTerminal = spawnSync("python3", ["-c", "import pty; pty.openpty()"]).status === 0;
if (!hasTerminal) process.stderr.write("skipped: no python3 with a pseudo terminal, so no question is asked\n");

const REVISION = ["revision", "--autogenerate", "-m", "second", "--no-color"];
const columns = (names: string) =>
  `import { integer, table, text } from "tsmigrate/schema";\nexport const users = table("users", { id: integer().primaryKey(), ${names} });\n`;

/** A database with one row in `users(fullname, nick)`, and models in which both names changed. */
async function projectWithRow(): Promise<TempProject> {
  const project = tempProject({ models: columns("fullname: text(), nick: integer()") });
  for (const args of [["revision", "--autogenerate", "-m", "first"], ["upgrade"]]) {
    expect((await project.run(args)).exitCode).toBe(0);
  }
  const connection = await connectTo(`sqlite:///${project.path("app.db")}`);
  await connection.query("INSERT INTO users VALUES (1, 'Ada', 7)");
  await connection.close();
  project.write("models.ts", columns("full_name: text(), nickname: integer()"));
  return project;
}

interface Terminal {
  readonly exit: Promise<number | null>;
  output(): string;
  /** Waits until the text was printed after what was there at the last call. */
  until(text: string): Promise<void>;
  type(text: string): void;
}

function terminal(project: TempProject, args: readonly string[]): Terminal {
  const child: ChildProcess = spawn("python3", ["-c", PTY, process.execPath, BIN, ...args], {
    cwd: project.directory,
    env: { ...process.env, CI: "" },
  });
  let output = "";
  let seen = 0;
  child.stdout!.on("data", (data) => (output += data));
  child.stderr!.on("data", (data) => (output += data));
  const exit = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  return {
    exit,
    output: () => output.replaceAll("\r\n", "\n"),
    async until(text) {
      for (let waits = 0; waits < 1_500 && !output.slice(seen).includes(text); waits += 1) {
        if (child.exitCode !== null) break;
        await sleep(20);
      }
      expect(output.slice(seen)).toContain(text);
      seen = output.length;
    },
    type: (text) => child.stdin!.write(text),
  };
}

describe.runIf(hasTerminal)("a question about a rename at a terminal", { timeout: 120_000 }, () => {
  it("shows both answers with the reason and what is lost, and takes Enter for the rename", async () => {
    const project = await projectWithRow();
    const asked = terminal(project, REVISION);
    await asked.until("answer 1 to 2");
    expect(asked.output()).toContain(`column users.full_name is new. Was it renamed?
  1  rename, nothing is lost (same type, names alike, same place in the table)
       ~ users.fullname -> full_name
  2  drop and add, what users.fullname holds is lost
       - users.fullname text
       + users.full_name text
answer 1 to 2 [1]: `);
    asked.type("\n");
    await asked.until("answer 1 to");
    asked.type("what?\n");
    await asked.until("answer 1 to");
    asked.type("2\n");
    expect([await asked.exit, asked.output()]).toEqual([0, expect.stringContaining("drop column users.nick")]);
    const text = project.read(`migrations/versions/${project.revisions().find((name) => name.includes("second"))}`);
    expect(text).toContain('await op.renameColumn("users", "fullname", "full_name");');
    expect(text).toContain("// destroys data: users.nick (integer)");
  });

  it("leaves nothing behind after Ctrl-C, and exits with 130", async () => {
    const project = await projectWithRow();
    const asked = terminal(project, REVISION);
    await asked.until("answer 1 to 2");
    asked.type("\x03");
    expect([await asked.exit, asked.output()]).toEqual([130, expect.stringContaining("Nothing was written.")]);
    expect(project.revisions()).toHaveLength(1);
    expect(existsSync(project.path("app.db-wal"))).toBe(false);
  });

  it("takes the end of the input for no answer", async () => {
    const project = await projectWithRow();
    const asked = terminal(project, REVISION);
    await asked.until("answer 1 to 2");
    asked.type("\x04");
    expect([await asked.exit, asked.output()]).toEqual([2, expect.stringContaining("--no-renames")]);
    expect(project.revisions()).toHaveLength(1);
  });

  it("asks nothing with --json", async () => {
    const project = await projectWithRow();
    const asked = terminal(project, [...REVISION, "--json"]);
    expect([await asked.exit, asked.output()]).toEqual([2, expect.stringContaining("TSM_RENAME_UNDECIDED")]);
  });
});
