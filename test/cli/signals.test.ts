import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

const BIN = join(import.meta.dirname, "../../bin/tsmigrate.js");

/** A first revision that is quick, and a second that makes a table, says so, and then takes its time. */
function slowProject(url: string, seconds: number): TempProject {
  const project = tempProject({ url });
  project.write(
    "migrations/versions/a.ts",
    revisionText({ id: "aaaa", upgrade: '  await op.createTable("first", { id: integer().primaryKey() });' }),
  );
  project.write("migrations/versions/b.ts", slowRevision(seconds));
  return project;
}

function slowRevision(seconds: number): string {
  return revisionText({
    id: "bbbb",
    down: "aaaa",
    upgrade: `  await op.createTable("second", { id: integer().primaryKey() });
  op.log("now slowly");
  await new Promise((resolve) => setTimeout(resolve, 50));
  await op.execute(
    op.dialect === "postgres"
      ? "SELECT pg_sleep(${seconds})"
      : "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${seconds * 4_000_000}) SELECT count(*) FROM n",
  );`,
  });
}

async function startSlowly(
  project: TempProject,
): Promise<{ child: ChildProcess; exit: Promise<number | null>; output: () => string }> {
  const child = spawn(process.execPath, [BIN, "upgrade"], {
    cwd: project.directory,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout!.on("data", (data) => (output += data));
  child.stderr!.on("data", (data) => (output += data));
  const exit = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  while (!output.includes("now slowly") && child.exitCode === null) await sleep(20);
  await sleep(300);
  return { child, exit, output: () => output };
}

async function tables(url: string): Promise<readonly string[]> {
  const connection = await connectTo(url);
  try {
    const schema = await connection.dialect.introspect(connection, { ignoreTables: [], schemas: [] });
    return Object.keys(schema.tables).sort();
  } finally {
    await connection.close();
  }
}

describe.each(DIALECTS)("a run that is stopped on $name", ({ open, name }) => {
  it("by SIGINT rolls back, says so, and leaves with 130; the next run finishes the work", {
    timeout: 120_000,
  }, async () => {
    const database = await open();
    try {
      // SQLite cannot be interrupted inside a statement: the signal is heard when it ends.
      const project = slowProject(database.url, name === "postgres" ? 30 : 2);
      const { child, exit, output } = await startSlowly(project);
      child.kill("SIGINT");
      expect(await exit).toBe(130);
      expect(output()).toMatch(/error: interrupted\n/);
      expect(await tables(database.url)).toEqual(["first", "tsmigrate_log", "tsmigrate_version"]);
      project.write("migrations/versions/b.ts", slowRevision(0));
      expect((await project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);
    } finally {
      await database.dispose();
    }
  });

  it.runIf(name === "postgres")(
    "by SIGTERM leaves with 143 and says where the database is; by a second signal it leaves at once",
    { timeout: 120_000 },
    async () => {
      const database = await open();
      try {
        const project = slowProject(database.url, 30);
        const { child, exit, output } = await startSlowly(project);
        child.kill("SIGTERM");
        expect(await exit).toBe(143);
        expect(output()).toMatch(/error: terminated\n.*the database is at 'aaaa'.*Run the same command again/);
        const second = await startSlowly(project);
        second.child.kill("SIGINT");
        second.child.kill("SIGINT");
        expect(await second.exit).toBe(130);
        project.write("migrations/versions/b.ts", slowRevision(0));
        expect((await project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);
      } finally {
        await database.dispose();
      }
    },
  );

  it("by a reader that goes away is not stopped: the revisions are applied", { timeout: 120_000 }, async () => {
    const database = await open();
    try {
      const project = slowProject(database.url, 0);
      project.write(
        "migrations/versions/c.ts",
        revisionText({
          id: "cccc",
          down: "bbbb",
          upgrade: `  op.log("more");
  process.stdout.write("of its own\\n");
  await new Promise((resolve) => setTimeout(resolve, 50));
  await op.createTable("third", { id: integer().primaryKey() });`,
        }),
      );
      const child = spawn(process.execPath, [BIN, "upgrade", "--verbose"], {
        cwd: project.directory,
        stdio: ["ignore", "pipe", "pipe"],
      });
      child.stdout!.destroy();
      child.stderr!.destroy();
      const code = await new Promise((resolve) => child.once("exit", resolve));
      expect(code).toBe(0);
      expect((await project.run(["current", "--json"])).json().current).toEqual(["cccc"]);
    } finally {
      await database.dispose();
    }
  });

  it("by kill -9 is at the revision before; the next run finishes the work", { timeout: 120_000 }, async () => {
    const database = await open();
    try {
      const project = slowProject(database.url, 20);
      const { child, exit } = await startSlowly(project);
      child.kill("SIGKILL");
      await exit;
      expect((await project.run(["current", "--json"])).json().current).toEqual(["aaaa"]);
      project.write("migrations/versions/b.ts", slowRevision(0));
      const again = await project.run(["upgrade", "--json"]);
      expect(again.json()).toMatchObject({ from: ["aaaa"], to: ["bbbb"] });
      expect(await tables(database.url)).toEqual(["first", "second", "tsmigrate_log", "tsmigrate_version"]);
    } finally {
      await database.dispose();
    }
  });
});

describe.each(DIALECTS)("a second signal on $name", ({ open, name, family }) => {
  const NEVER = '  op.log("now slowly");\n  setInterval(() => {}, 1000);\n  await new Promise(() => {});';
  /** Takes no notice of being cancelled; SQLite cannot even be asked. */
  const STUBBORN = `  op.log("now slowly");
  await new Promise((resolve) => setTimeout(resolve, 50));
  await op.execute(${JSON.stringify(
    family === "postgres"
      ? "DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$"
      : "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000) SELECT count(*) FROM n",
  )});`;

  async function stop(second: string, ...signals: readonly NodeJS.Signals[]) {
    const database = await open();
    try {
      const project = slowProject(database.url, 0);
      const upgrade = `  await op.createTable("second", { id: integer().primaryKey() });\n${second}`;
      project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa", upgrade }));
      const { child, exit, output } = await startSlowly(project);
      for (const signal of signals) {
        child.kill(signal);
        await sleep(200);
      }
      const code = (await exit) ?? { SIGINT: 130, SIGTERM: 143 }[child.signalCode as string];
      expect((await project.run(["current", "--json"])).json().current).toEqual(["aaaa"]);
      expect(await tables(database.url)).toEqual(["first", "tsmigrate_log", "tsmigrate_version"]);
      project.write("migrations/versions/b.ts", slowRevision(0));
      expect((await project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);
      return { code, output: output() };
    } finally {
      await database.dispose();
    }
  }

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "(%s) ends a run that waits for what never comes, where the first still lets it be",
    { timeout: 120_000 },
    async (signal, code) => {
      const stopped = await stop(NEVER, signal, signal);
      expect(stopped).toEqual({ code, output: expect.not.stringContaining("without waiting any longer") });
    },
  );

  // In process SQLite leaves no turn to anything as long as a statement runs.
  it.runIf(name !== "sqlite")(
    "ends a run whose statement cannot be cancelled at once; after the first alone it is given some seconds",
    { timeout: 120_000 },
    async () => {
      const twice = await stop(STUBBORN, "SIGINT", "SIGINT");
      expect(twice).toEqual({ code: 130, output: expect.not.stringContaining("without waiting any longer") });
      const once = await stop(STUBBORN, "SIGTERM");
      expect(once).toEqual({ code: 143, output: expect.stringContaining("without waiting any longer") });
    },
  );
});

describe("a revision that does not come to an end", () => {
  const run = async (body: string, signal?: NodeJS.Signals) => {
    const project = tempProject({ url: "sqlite:///./app.db" });
    const first = '  await op.createTable("first", { id: integer().primaryKey() });';
    project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: first }));
    const second = `  await op.execute("DROP TABLE first");\n${body}`;
    project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa", upgrade: second }));
    const child = spawn(process.execPath, [BIN, "upgrade"], {
      cwd: project.directory,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
    const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
    while (signal !== undefined && !output.includes("waiting now") && child.exitCode === null) await sleep(20);
    if (signal !== undefined) child.kill(signal);
    const code = await exit;
    expect((await project.run(["current", "--json"])).json().current).toEqual(["aaaa"]);
    return { code, output };
  };

  it.each([
    ["because it waits for what never comes", "  await new Promise(() => {});"],
    ["because it ends the process", "  process.exit(0);"],
  ])("%s is not applied, and the exit code says so", async (_why, body) => {
    const { code, output } = await run(body);
    expect(code).toBe(5);
    expect(output).toMatch(/error: the process was ended before the command was done\n/);
  });

  it("is not waited for after a signal", async () => {
    const waits = '  setInterval(() => {}, 1000);\n  op.log("waiting now");\n  await new Promise(() => {});';
    const { code, output } = await run(waits, "SIGTERM");
    expect(code).toBe(143);
    expect(output).toMatch(/error: stopped, without waiting any longer/);
  });
});
