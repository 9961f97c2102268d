import { afterEach, describe, expect, it } from "vitest";
import { DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import type { TestDatabase } from "../support/postgres-server.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

const MODELS = `
import { integer, table, text } from "tsmigrate/schema";
export const users = table("users", { id: integer().primaryKey().autoIncrement(), name: text() });
export const posts = table("posts", {
  id: integer().primaryKey(),
  user_id: integer().references("users.id", { onDelete: "cascade" }),
});
`;

const open: TestDatabase[] = [];
afterEach(async () => {
  for (const database of open.splice(0)) await database.dispose();
});

describe.each(DIALECTS)("check without the real database on $name", ({ open: create }) => {
  async function project(): Promise<TempProject & { readonly url: string }> {
    const database = await create();
    open.push(database);
    // Files are written by hand here, which the file of heads would not know.
    const config = `export default { url: ${JSON.stringify(database.url)}, models: "./models.ts", headsFile: false };\n`;
    return { ...tempProject({ config, models: MODELS }), url: database.url };
  }

  async function run(url: string, sql: string): Promise<void> {
    const connection = await connectTo(url);
    try {
      await connection.script(sql);
    } finally {
      await connection.close();
    }
  }

  it("--offline compares the models with what the revisions make, and does not touch the database", async () => {
    const it = await project();
    const empty = await it.run(["check", "--offline", "--json"]);
    expect([empty.exitCode, empty.json().operations.map((op: { kind: string }) => op.kind)]).toEqual([
      1,
      ["createTable", "createTable"],
    ]);
    await it.run(["revision", "--autogenerate", "-m", "first"]);
    const same = await it.run(["check", "--offline"]);
    expect([same.exitCode, same.stdout, same.stderr]).toEqual([0, "The models and the revisions agree.\n", ""]);
    expect((await it.run(["current", "--json"])).json().current).toEqual([]);

    it.write("models.ts", MODELS.replace("name: text()", "name: text().notNull(), email: text()"));
    const behind = await it.run(["check", "--offline"]);
    expect([behind.exitCode, behind.stdout.split("\n").slice(0, 3)]).toEqual([
      1,
      [
        "The models and what the revisions make differ:",
        "  + add column users.email",
        "  ~ alter column users.name (not null)",
      ],
    ]);
  });

  it("--offline runs revisions that move rows, and says which one does not run", async () => {
    const it = await project();
    await it.run(["revision", "--autogenerate", "-m", "first"]);
    const [first = ""] = it.revisions();
    const id = first.split("_")[0]!;
    const upgrade = `await op.db.insertInto("users").values({ name: "ann" }).execute();\n  await op.db.insertInto("posts").values({ id: 1, user_id: (await op.db.selectFrom("users").select("id").executeTakeFirstOrThrow()).id }).execute();`;
    it.write("migrations/versions/bbbb_rows.ts", revisionText({ id: "bbbb", down: id, upgrade }));
    expect((await it.run(["check", "--offline"])).exitCode).toBe(0);
    it.write(
      "migrations/versions/cccc_wrong.ts",
      revisionText({ id: "cccc", down: "bbbb", upgrade: 'await op.execute("SELECT nonsense");' }),
    );
    const wrong = await it.run(["check", "--offline"]);
    expect([wrong.exitCode, wrong.stderr]).toEqual([5, expect.stringContaining("upgrade of 'cccc' failed")]);
  });

  it("--drift tells what was changed besides the revisions, and leaves rows alone", async () => {
    const it = await project();
    await it.run(["revision", "--autogenerate", "-m", "first"]);
    await it.run(["upgrade", "head"]);
    await run(it.url, "INSERT INTO users (name) VALUES ('ann'); INSERT INTO posts VALUES (1, 1)");
    const none = await it.run(["check", "--drift"]);
    expect([none.exitCode, none.stdout, none.stderr]).toEqual([0, "The database is as its revisions made it.\n", ""]);

    await run(it.url, "ALTER TABLE users ADD COLUMN age integer; CREATE INDEX by_hand ON posts (user_id)");
    const drift = await it.run(["check", "--drift", "--json"]);
    expect([drift.exitCode, drift.json()]).toEqual([
      1,
      {
        upToDate: false,
        operations: [
          { kind: "createIndex", description: "create index by_hand on posts", destructive: false },
          { kind: "addColumn", description: "add column users.age", destructive: false },
        ],
      },
    ]);
    const shown = await it.run(["check", "--drift"]);
    expect(shown.stdout.split("\n")[0]).toBe("The database was changed besides its revisions:");
    const connection = await connectTo(it.url);
    try {
      expect((await connection.query("SELECT user_id, age FROM posts JOIN users ON users.id = user_id")).rows).toEqual([
        { user_id: 1, age: null },
      ]);
    } finally {
      await connection.close();
    }
  });

  it("--drift looks at the revisions that the database has had, not at newer ones", async () => {
    const it = await project();
    await it.run(["revision", "--autogenerate", "-m", "first"]);
    await it.run(["upgrade", "head"]);
    it.write(
      "migrations/versions/bbbb_next.ts",
      revisionText({
        id: "bbbb",
        down: it.revisions()[0]!.split("_")[0]!,
        upgrade: 'await op.addColumn("users", "email", text());',
      }),
    );
    expect((await it.run(["check", "--drift"])).exitCode).toBe(0);
    await it.run(["upgrade", "head"]);
    expect((await it.run(["check", "--drift"])).exitCode).toBe(0);
    await it.run(["stamp", "-q", "base"]);
    const base = await it.run(["check", "--drift", "--json"]);
    expect(base.json().operations.map((op: { kind: string }) => op.kind)).toEqual(["createTable", "createTable"]);
  });

  it("refuses both at once, and a database at a revision that no file declares", async () => {
    const it = await project();
    const both = await it.run(["check", "--offline", "--drift"]);
    expect([both.exitCode, both.stderr]).toEqual([2, expect.stringContaining("--offline looks at no database")]);
    await run(
      it.url,
      "CREATE TABLE tsmigrate_version (rev text NOT NULL PRIMARY KEY); INSERT INTO tsmigrate_version VALUES ('ffff')",
    );
    const unknown = await it.run(["check", "--drift"]);
    expect([unknown.exitCode, unknown.stderr]).toEqual([4, expect.stringContaining("No file declares 'ffff'")]);
  });
});
