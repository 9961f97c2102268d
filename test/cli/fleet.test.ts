import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { connectClient } from "../support/postgres-connection.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

const FIRST = revisionText({
  id: "aaaa",
  message: "first",
  upgrade: `  await op.createTable("users", { id: integer().primaryKey(), name: text() });
  await op.createTable("posts", { id: integer().primaryKey(), user_id: integer().references("users.id", { onDelete: "cascade" }) });
  await op.bulkInsert("users", [{ id: 1, name: op.args.owner ?? "nobody" }]);
  await op.bulkInsert("posts", [{ id: 1, user_id: 1 }]);`,
  downgrade: '  await op.dropTable("posts");\n  await op.dropTable("users");',
});
const SECOND = revisionText({
  id: "bbbb",
  down: "aaaa",
  message: "second",
  upgrade: "  await op.execute(\"INSERT INTO users (id, name) VALUES (2, 'second')\");",
  downgrade: '  await op.execute("DELETE FROM users WHERE id = 2");',
});

function fleet(targets: string, more = ""): TempProject {
  const made = tempProject({
    config: `import { defineConfig } from "tsmigrate/config";\nexport default defineConfig({ targets: ${targets}, models: "./models.ts"${more} });\n`,
    models: `import { integer, table, text } from "tsmigrate/schema";
export const users = table("users", { id: integer().primaryKey(), name: text() });
export const posts = table("posts", { id: integer().primaryKey(), user_id: integer().references("users.id", { onDelete: "cascade" }) });
`,
  });
  made.write("migrations/versions/a.ts", FIRST);
  made.write("migrations/versions/b.ts", SECOND);
  return made;
}

const THREE = `[
  { name: "one", url: "sqlite:///./one.db", args: { owner: "Ada" } },
  { name: "two", url: "sqlite:///./two.db" },
  { name: "three", url: "sqlite+aiosqlite:///./three.db" },
]`;

async function names(url: string): Promise<readonly unknown[]> {
  await using connection = await connectTo(url);
  return (await connection.query<{ name: unknown }>("SELECT name FROM users ORDER BY id")).rows.map(({ name }) => name);
}

/** Makes the second revision of a target fail: its row is there already. */
async function spoil(made: TempProject, name: string): Promise<void> {
  expect((await made.run(["upgrade", "aaaa", "--target", name])).exitCode).toBe(0);
  await using connection = await connectTo(`sqlite:///${made.path(`${name}.db`)}`);
  await connection.query("INSERT INTO users (id, name) VALUES (2, 'in the way')");
}

describe("upgrade --all", () => {
  it("brings every target to the head, one line a target, each with its own arguments", async () => {
    const made = fleet(THREE);
    const { exitCode, stdout, stderr } = await made.run(["upgrade", "--all", "-x", "owner=everybody"]);
    expect(exitCode).toBe(0);
    expect(stdout).toBe("3 of 3 targets done.\n");
    expect(
      stderr
        .trim()
        .split("\n")
        .map((line) => line.replace(/\(\d+ ms\)/, ""))
        .sort(),
    ).toEqual([
      "✔ one: base -> bbbb (2 revisions) ",
      "✔ three: base -> bbbb (2 revisions) ",
      "✔ two: base -> bbbb (2 revisions) ",
    ]);
    expect(await names(`sqlite:///${made.path("one.db")}`)).toEqual(["Ada", "second"]);
    expect(await names(`sqlite:///${made.path("two.db")}`)).toEqual(["everybody", "second"]);
    const again = await made.run(["upgrade", "--all"]);
    expect(again.stderr).toContain("one: already at head (bbbb)");
    expect(readdirSync(made.path("migrations"))).toEqual(["versions"]);
  });

  it("goes on after a failure, lists it at the end, and exits with its code", async () => {
    const made = fleet(THREE);
    await spoil(made, "two");
    const { exitCode, stdout, stderr } = await made.run(["upgrade", "--all", "--concurrency", "1"]);
    expect(exitCode).toBe(5);
    expect(stdout).toBe("2 of 3 targets done, 1 failed.\n");
    const lines = stderr.trim().split("\n");
    expect(lines.map((line) => line.slice(0, 8))).toEqual(["✔ one: b", "✖ two: u", "✔ three:", "error: t", "hint: Ro"]);
    expect(lines[3]).toMatch(/^error: two: upgrade of 'bbbb' failed at: INSERT INTO users/);
    expect(await names(`sqlite:///${made.path("three.db")}`)).toEqual(["nobody", "second"]);
  });

  it("runs with --resume what is not done, and does not even connect to the others", async () => {
    const made = fleet(THREE);
    await spoil(made, "two");
    await made.run(["upgrade", "--all", "--concurrency", "1"]);
    writeFileSync(made.path("one.db"), "no database any more");
    const failing = await made.run(["upgrade", "--all", "--resume", "--json"]);
    expect(failing.exitCode).toBe(5);
    expect(failing.json()).toMatchObject({
      failed: 1,
      targets: [
        { target: "one", state: "skipped" },
        { target: "two", state: "failed", error: { code: "TSM_MIGRATION_FAILED", revision: "bbbb" } },
        { target: "three", state: "skipped" },
      ],
    });
    {
      await using connection = await connectTo(`sqlite:///${made.path("two.db")}`);
      await connection.query("DELETE FROM users WHERE id = 2");
    }
    const resumed = await made.run(["upgrade", "--all", "--resume"]);
    expect(resumed.exitCode).toBe(0);
    expect(resumed.stdout).toBe("1 of 3 targets done, 2 finished before.\n");
    expect(existsSync(made.path("migrations/.fleet.jsonl"))).toBe(false);
    const nothing = await made.run(["upgrade", "--all", "--resume"]);
    expect(nothing.exitCode).toBe(2);
    expect(nothing.stderr).toContain("there is no unfinished run to resume");
  });

  it("looks at every target again when the revisions have changed since, and reads a journal that a crash has cut", async () => {
    const made = fleet(THREE);
    await spoil(made, "two");
    await made.run(["upgrade", "--all", "--concurrency", "1"]);
    const journal = made.read("migrations/.fleet.jsonl");
    made.write("migrations/.fleet.jsonl", `${journal.slice(0, -4)}`);
    const cut = await made.run(["upgrade", "--all", "--resume", "--json"]);
    expect(cut.json().targets.map(({ state }: { state: string }) => state)).toEqual(["skipped", "failed", "done"]);
    made.write("migrations/versions/c.ts", revisionText({ id: "cccc", down: "bbbb" }));
    const changed = await made.run(["upgrade", "--all", "--resume", "--json"]);
    expect(changed.json().targets.map(({ state }: { state: string }) => state)).toEqual(["done", "failed", "done"]);
    const other = await made.run(["upgrade", "aaaa", "--all", "--resume"]);
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain("the unfinished run is 'upgrade head', not 'upgrade aaaa'");
  });

  it("keeps with --target the list of what an unfinished run over all has left undone", async () => {
    const made = fleet(THREE);
    await spoil(made, "two");
    await made.run(["upgrade", "--all", "--concurrency", "1"]);
    const states = async (args: readonly string[]) => {
      const { json } = await made.run([...args, "--json"]);
      return json().targets.map(({ target, state }: any) => `${target} ${state}`);
    };
    expect(await states(["upgrade", "--target", "one"])).toEqual(["one done"]);
    expect(await states(["upgrade", "--target", "two"])).toEqual(["two failed"]);
    expect(await states(["upgrade", "--all", "--resume"])).toEqual(["one skipped", "two failed", "three skipped"]);
    expect(await states(["upgrade", "--target", "one", "--resume"])).toEqual(["one skipped"]);
    // What another command has changed since is not finished any more.
    expect(await states(["downgrade", "base", "--target", "three"])).toEqual(["three done"]);
    expect(await states(["upgrade", "--all", "--resume"])).toEqual(["one skipped", "two failed", "three done"]);
    {
      await using connection = await connectTo(`sqlite:///${made.path("two.db")}`);
      await connection.query("DELETE FROM users WHERE id = 2");
    }
    expect(await states(["upgrade", "--target", "two"])).toEqual(["two done"]);
    expect(existsSync(made.path("migrations/.fleet.jsonl"))).toBe(false);
  });

  it("runs some of them with --target, and knows their names", async () => {
    const made = fleet(THREE);
    const { exitCode, json } = await made.run(["upgrade", "--target", "three", "--target", "one", "--json"]);
    expect(exitCode).toBe(0);
    expect(json().targets.map(({ target, steps }: any) => [target, steps.length])).toEqual([
      ["one", 2],
      ["three", 2],
    ]);
    expect(existsSync(made.path("two.db"))).toBe(false);
    const wrong = await made.run(["upgrade", "--target", "thee"]);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain("Did you mean `--target three`?");
    const single = await made.run(["upgrade"]);
    expect(single.stderr).toContain(
      "hint: The config has `targets`: pass --all, or `--target <name>` for one of them.",
    );
  });

  it("asks a function for the targets, and refuses names that come twice", async () => {
    const made = fleet(
      "async ({ env }) => [`sqlite:///./${env}.db`, { name: 'b', url: 'sqlite:///./b.db' }]",
      ", environments: { test: {} }",
    );
    const { exitCode, json } = await made.run(["upgrade", "--all", "--env", "test", "--json"]);
    expect(exitCode).toBe(0);
    expect(json().targets.map(({ target }: any) => target)).toEqual(["sqlite:///./test.db", "b"]);
    const twice = await fleet("['sqlite:///./a.db', 'sqlite:///./a.db']").run(["upgrade", "--all"]);
    expect(twice.exitCode).toBe(2);
    expect(twice.stderr).toContain("two targets are called 'sqlite:///./a.db'");
    const wrong = await fleet("() => [{ nam: 'x' }]").run(["upgrade", "--all"]);
    expect(wrong.stderr).toContain("'targets[0].nam' is not a known key");
    const throwing = await fleet("() => { throw new Error('no tenants table'); }").run(["upgrade", "--all"]);
    expect(throwing.exitCode).toBe(2);
    expect(throwing.stderr).toContain("no tenants table");
  });

  it("copies each target first with --backup, also into one folder", async () => {
    const made = fleet(THREE);
    await made.run(["upgrade", "aaaa", "--all"]);
    mkdirSync(made.path("kept"));
    const { exitCode, json } = await made.run(["upgrade", "--all", "--backup", "./kept", "--json"]);
    expect(exitCode).toBe(0);
    expect(
      readdirSync(made.path("kept"))
        .map((name) => name.replace(/\d{8}-\d{6}/, "TIME"))
        .sort(),
    ).toEqual(["one.db.one.TIME.bak", "three.db.three.TIME.bak", "two.db.two.TIME.bak"]);
    expect(await names(`sqlite:///${json().targets[0].backup}`)).toEqual(["Ada"]);
  });

  it("takes everything back with --dry-run", async () => {
    const made = fleet(THREE);
    await made.run(["upgrade", "aaaa", "--all"]);
    const { exitCode, stderr } = await made.run(["upgrade", "--all", "--dry-run"]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("two: 1 revision, taken back, still at aaaa");
    expect(await names(`sqlite:///${made.path("two.db")}`)).toEqual(["nobody"]);
  });
});

describe("other commands with --all", () => {
  it("downgrade goes back on every target", async () => {
    const made = fleet(THREE);
    await made.run(["upgrade", "--all"]);
    expect((await made.run(["downgrade", "-1", "--all"])).exitCode).toBe(0);
    expect(await names(`sqlite:///${made.path("three.db")}`)).toEqual(["nobody"]);
  });

  it("current, status and check answer in the order of the config", async () => {
    const made = fleet(THREE);
    await made.run(["upgrade", "--all"]);
    await made.run(["downgrade", "-1", "--target", "two"]);
    const current = await made.run(["current", "--all"]);
    expect(current.stdout).toBe("one: bbbb (head)\ntwo: aaaa\nthree: bbbb (head)\n3 of 3 targets done.\n");
    expect((await made.run(["current", "--all", "--check-heads"])).exitCode).toBe(1);
    const status = await made.run(["status", "--all", "--json"]);
    expect(status.json().targets.map(({ target, pending }: any) => [target, pending])).toEqual([
      ["one", []],
      ["two", ["bbbb"]],
      ["three", []],
    ]);
    const check = await made.run(["check", "--all"]);
    expect(check.exitCode).toBe(4);
    expect(check.stdout).toContain("one: agrees");
  });

  it("stamp says where every target is", async () => {
    const made = fleet(THREE);
    expect((await made.run(["stamp", "aaaa", "--all"])).exitCode).toBe(0);
    expect((await made.run(["current", "--target", "two"])).stdout).toContain("two: aaaa");
  });
});

describe.each(POSTGRES_DIALECTS)("targets that are schemas of $name", ({ open }) => {
  it("have a version table and tables of their own, and share nothing", async () => {
    const database = await open();
    const client = await connectClient(database.url);
    try {
      for (const schema of ["t1", 't"2', "t3"]) await client.query(`CREATE SCHEMA ${client.escapeIdentifier(schema)}`);
      await client.query("CREATE TABLE public.users (id int primary key, name text)");
      const made = fleet(
        `[{ schema: "t1", args: { owner: "Ada" } }, { schema: 't"2' }, { name: "third", schema: "t3" }]`,
        `, url: ${JSON.stringify(database.url)}`,
      );
      const up = await made.run(["upgrade", "--all"]);
      expect(up.stderr).toContain("✔ third: base -> bbbb (2 revisions)");
      expect(up.exitCode).toBe(0);
      for (const [schema, owner] of [
        ["t1", "Ada"],
        ['t"2', "nobody"],
      ] as const) {
        const { rows } = await client.query(`SELECT name FROM ${client.escapeIdentifier(schema)}.users ORDER BY id`);
        expect(rows.map(({ name }) => name)).toEqual([owner, "second"]);
      }
      expect((await client.query("SELECT 1 FROM public.users")).rows).toEqual([]);
      expect((await client.query("SELECT to_regclass('public.tsmigrate_version') AS none")).rows).toEqual([
        { none: null },
      ]);
      expect((await made.run(["check", "--all"])).stdout).toContain('t"2: agrees');
      const down = await made.run(["downgrade", "base", "--target", "third"]);
      expect(down.exitCode).toBe(0);
      expect((await client.query("SELECT to_regclass('t3.users') AS none")).rows).toEqual([{ none: null }]);
      expect((await client.query("SELECT count(*)::int AS n FROM t1.posts")).rows).toEqual([{ n: 1 }]);
    } finally {
      await client.end();
      await database.dispose();
    }
  });

  it("say once for all of one host that the connection is not encrypted", async () => {
    const database = await open();
    const client = await connectClient(database.url);
    try {
      for (const schema of ["a", "b"]) await client.query(`CREATE SCHEMA ${schema}`);
      // An address that does not look like this machine, and leads to it.
      const url = new URL(database.url);
      url.hostname = "0.0.0.0";
      const made = fleet('[{ schema: "a" }, { schema: "b" }]', `, url: ${JSON.stringify(url.href)}`);
      const { stderr } = await made.run(["current", "--all"]);
      expect(stderr.match(/is not encrypted/g)).toEqual(["is not encrypted"]);
      expect(stderr).toContain("warning: the connection to '0.0.0.0' is not encrypted");
    } finally {
      await client.end();
      await database.dispose();
    }
  });

  it("are refused where they are not, and the others are still done", async () => {
    const database = await open();
    const client = await connectClient(database.url);
    try {
      await client.query("CREATE SCHEMA here");
      const made = fleet('[{ schema: "gone" }, { schema: "here" }]', `, url: ${JSON.stringify(database.url)}`);
      const { exitCode, stdout, stderr } = await made.run(["upgrade", "--all"]);
      expect(exitCode).toBe(4);
      expect(stdout).toBe("1 of 2 targets done, 1 failed.\n");
      expect(stderr).toContain("error: gone: there is no schema 'gone' in");
      expect(stderr).toContain('hint: Run `CREATE SCHEMA "gone"` there first');
    } finally {
      await client.end();
      await database.dispose();
    }
  });
});
