import { describe, expect, it } from "vitest";
import { type Started, startCli, tell } from "../faults/support/cli.js";
import { DIALECTS, type TestDialect } from "../support/dialects.js";
import { connectTo, query } from "../support/engine.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

const TIMEOUT = { timeout: 120_000 };

/** A parent, a child that cascades, one that is set null, and a self reference, all with rows. */
const FAMILY = `  await op.createTable("users", { id: integer().primaryKey(), boss: integer().references("users.id") });
  await op.createTable("posts", { id: integer().primaryKey(), author: integer().references("users.id", { onDelete: "cascade" }) });
  await op.createTable("notes", { id: integer().primaryKey(), author: integer().references("users.id", { onDelete: "set null" }) });
  await op.bulkInsert("users", [{ id: 1, boss: null }, { id: 2, boss: 1 }]);
  await op.bulkInsert("posts", [{ id: 1, author: 2 }]);
  await op.bulkInsert("notes", [{ id: 1, author: 2 }]);`;
const NO_FAMILY = ["notes", "posts", "users"].map((name) => `  await op.dropTable("${name}");`).join("\n");
/** Says so, and stays in the middle until there is a file `go`. */
const STAY = `  op.log("at work");
  const { existsSync } = await import("node:fs");
  while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 20));`;

interface Scene {
  readonly project: TempProject;
  start(...args: readonly string[]): Started;
  /** The command has got as far as {@link STAY}. */
  startWork(...args: readonly string[]): Promise<Started>;
  /** The command waits for another run. */
  startWaiting(...args: readonly string[]): Promise<Started>;
  current(): Promise<readonly string[]>;
  tables(): Promise<readonly string[]>;
  /** Direction and revision of each end, oldest first. */
  ends(): Promise<readonly string[]>;
}

const IGNORED = [{ name: "tsmigrate_version" }, { name: "tsmigrate_log" }];
const PATIENT = ["--lock-timeout", "90000"];

async function scene(open: TestDialect["open"], work: (scene: Scene) => Promise<void>): Promise<void> {
  const database = await open();
  const { url } = database;
  try {
    const project = tempProject({ url });
    project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FAMILY, downgrade: NO_FAMILY }));
    const start = (...args: readonly string[]) => startCli(args, { cwd: project.directory });
    const startAndSay = async (text: string, args: readonly string[]) => {
      const started = start(...args);
      if (!(await started.says(text))) throw new Error(tell(await started.ended));
      return started;
    };
    await work({
      project,
      start,
      startWork: (...args) => startAndSay("at work", args),
      startWaiting: (...args) => startAndSay("waiting for another run: ", args),
      current: async () => (await project.run(["current", "--json"])).json().current,
      async tables() {
        const connection = await connectTo(url);
        try {
          const found = await connection.dialect.introspect(connection, { ignoreTables: IGNORED, schemas: [] });
          return Object.keys(found.tables).sort();
        } finally {
          await connection.close();
        }
      },
      async ends() {
        const sql = "SELECT rev, direction FROM tsmigrate_log WHERE completes = 1 OR direction = 'stamp' ORDER BY id";
        return (await query(url, sql)).map(({ rev, direction }) => `${direction} ${rev}`);
      },
    });
  } finally {
    await database.dispose();
  }
}

const second = ({ upgrade = "", downgrade = "", extra = "" }) =>
  revisionText({
    id: "bbbb",
    down: "aaaa",
    extra,
    upgrade: `  await op.createTable("second", { id: integer().primaryKey() });\n${upgrade}`,
    downgrade: `  await op.dropTable("second");\n${downgrade}`,
  });

const FAMILY_TABLES = ["notes", "posts", "users"];

describe.each(DIALECTS)("a command that comes while another run is at work on $name", ({ open }) => {
  it("waits, if it is a downgrade, and then takes back what the upgrade has made", TIMEOUT, () =>
    scene(open, async ({ project, startWork, startWaiting, current, tables, ends }) => {
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      project.write("migrations/versions/b.ts", second({ upgrade: STAY }));
      const upgrade = await startWork("upgrade");
      const downgrade = await startWaiting("downgrade", "base", ...PATIENT);
      project.write("go", "");
      expect((await upgrade.ended).code).toBe(0);
      expect(await downgrade.ended).toMatchObject({ code: 0 });
      expect(await current()).toEqual([]);
      expect(await tables()).toEqual([]);
      expect(await ends()).toEqual(["upgrade aaaa", "upgrade bbbb", "downgrade bbbb", "downgrade aaaa"]);
    }),
  );

  it("waits, if it is a stamp, and then says of all that the upgrade has done", TIMEOUT, () =>
    scene(open, async ({ project, startWork, startWaiting, current, tables, ends }) => {
      project.write("migrations/versions/b.ts", second({ upgrade: STAY }));
      const upgrade = await startWork("upgrade");
      const stamp = await startWaiting("stamp", "aaaa", ...PATIENT);
      project.write("go", "");
      expect((await upgrade.ended).code).toBe(0);
      expect(await stamp.ended).toMatchObject({ code: 0, stdout: "Stamped bbbb -> aaaa.\n" });
      expect(await current()).toEqual(["aaaa"]);
      expect(await tables()).toEqual([...FAMILY_TABLES, "second"].sort());
      expect(await ends()).toEqual(["upgrade aaaa", "upgrade bbbb", "stamp bbbb"]);
    }),
  );

  it("waits for a downgrade in the same way", TIMEOUT, () =>
    scene(open, async ({ project, startWork, startWaiting, current, tables, ends }) => {
      project.write("migrations/versions/b.ts", second({ downgrade: STAY }));
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      const downgrade = await startWork("downgrade", "aaaa");
      const stamp = await startWaiting("stamp", "aaaa", ...PATIENT);
      project.write("go", "");
      expect((await downgrade.ended).code).toBe(0);
      expect(await stamp.ended).toMatchObject({ code: 0, stdout: "Stamped aaaa -> aaaa.\n" });
      expect(await current()).toEqual(["aaaa"]);
      expect(await tables()).toEqual(FAMILY_TABLES);
      expect(await ends()).toEqual(["upgrade aaaa", "upgrade bbbb", "downgrade bbbb"]);
    }),
  );

  it.each([
    ["stamp", "base"],
    ["downgrade", "base"],
    ["stamp", "bbbb", "--purge"],
  ])("waits no longer than it may (%s %s): exit code 4, and nothing is changed", TIMEOUT, (...args) =>
    scene(open, async ({ project, startWork, start, current, tables, ends }) => {
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      project.write("migrations/versions/b.ts", second({ upgrade: STAY }));
      const upgrade = await startWork("upgrade");
      const refused = await start(...args, "--lock-timeout", "300").ended;
      expect(refused).toMatchObject({ code: 4, hung: false });
      expect(refused.stderr).toMatch(/error: .*(another run|is locked by)/);
      expect(await ends()).toEqual(["upgrade aaaa"]);
      project.write("go", "");
      expect((await upgrade.ended).code).toBe(0);
      expect(await current()).toEqual(["bbbb"]);
      expect(await tables()).toEqual([...FAMILY_TABLES, "second"].sort());
      expect(await ends()).toEqual(["upgrade aaaa", "upgrade bbbb"]);
    }),
  );

  it.each([
    ["stamp", "aaaa"],
    ["stamp", "base"],
  ])("waits as well between two steps of a revision that is cut into several (%s %s)", TIMEOUT, (...args) =>
    scene(open, async ({ project, startWork, startWaiting, current, tables, ends }) => {
      const cut = `  await op.autocommitBlock(async () => {
  await op.execute("INSERT INTO second VALUES (1)");
${STAY}
  });
  await op.execute("INSERT INTO second VALUES (2)");`;
      project.write("migrations/versions/b.ts", second({ upgrade: cut }));
      const upgrade = await startWork("upgrade");
      const stamp = await startWaiting(...args, ...PATIENT);
      project.write("go", "");
      expect(tell(await upgrade.ended)).toMatch(/^exit 0/);
      expect((await stamp.ended).code).toBe(0);
      expect(await current()).toEqual(args[1] === "base" ? [] : ["aaaa"]);
      expect(await tables()).toEqual([...FAMILY_TABLES, "second"].sort());
      expect((await ends()).slice(0, 2)).toEqual(["upgrade aaaa", "upgrade bbbb"]);
    }),
  );

  it("has one order with all others when many come at once: tables, heads and history agree", TIMEOUT, () =>
    scene(open, async ({ project, start, current, tables, ends }) => {
      // Only `upgrade` makes a file of SQLite's.
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      project.write("migrations/versions/b.ts", second({}));
      const runs = ["upgrade", "downgrade", "upgrade", "downgrade", "upgrade"].map((name) =>
        start(name, ...(name === "upgrade" ? ["head"] : ["base"]), ...PATIENT),
      );
      for (const run of runs) expect(tell(await run.ended)).toMatch(/^exit 0/);
      const applied: string[] = [];
      for (const end of await ends()) {
        const [direction, revision] = end.split(" ");
        if (direction === "upgrade") {
          expect(revision).toBe(["aaaa", "bbbb"][applied.length]);
          applied.push(revision!);
        } else expect(applied.pop()).toBe(revision);
      }
      expect(await current()).toEqual(applied.slice(-1));
      expect(await tables()).toEqual(
        [...(applied.length > 0 ? FAMILY_TABLES : []), ...(applied.length > 1 ? ["second"] : [])].sort(),
      );
    }),
  );
});
