/** Texts that a database or a person put everywhere come out as data only: in generated code, in SQL, on the terminal. */
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { foreignCode } from "../support/only-data.js";
import { connectClient } from "../support/postgres-connection.js";
import { type CliResult, revisionText, tempProject } from "../support/temp-project.js";

const HOSTILE = [
  'x"); process.exit(7); ("',
  "`+eval('globalThis.pwned=1')+`",
  "${globalThis.pwned=1}",
  "*/ globalThis.pwned=1; /*",
  "'; DROP TABLE keep; --",
  "a\nFORGED line",
  "u\u2028v\u2029w",
  "b\u202edi\u2066",
  "esc\u001b[2Jred\u0007\u009b",
  "back\\slash\\",
  "quote'quote\"quote",
  "tab\ttab",
  "emoji 💥",
  "$$ dollar $1 ? :x",
  "__proto__",
  "constructor",
];
const id = (name: string) => `"${name.replaceAll('"', '""')}"`;
const text = (value: string) => `'${value.replaceAll("'", "''")}'`;

/** A parent, a child that cascades, one that is set null and a self reference for each text, all with rows. */
function statements(isPostgres: boolean): readonly string[] {
  return [
    "CREATE TABLE keep (id integer PRIMARY KEY)",
    "INSERT INTO keep VALUES (1)",
    ...HOSTILE.flatMap((hostile, at) => {
      const child = `${at} ${hostile}`;
      const type = isPostgres ? id(`e ${hostile}`) : "text";
      return [
        ...(isPostgres ? [`CREATE TYPE ${type} AS ENUM ('a', ${text(hostile)})`] : []),
        `CREATE TABLE ${id(hostile)} (id integer PRIMARY KEY, ${id(`c ${hostile}`)} text DEFAULT ${text(hostile)},
           label ${type}, self integer REFERENCES ${id(hostile)} (id), CONSTRAINT ${id(`k ${hostile}`)} CHECK (${id(`c ${hostile}`)} <> ${text(`no ${hostile}`)}))`,
        `CREATE TABLE ${id(child)} (id integer PRIMARY KEY, owner integer,
           CONSTRAINT ${id(`f ${hostile}`)} FOREIGN KEY (owner) REFERENCES ${id(hostile)} (id) ON DELETE ${at % 2 === 0 ? "CASCADE" : "SET NULL"})`,
        `CREATE INDEX ${id(`i ${hostile}`)} ON ${id(hostile)} (${id(`c ${hostile}`)}) WHERE ${id(`c ${hostile}`)} <> ${text(hostile)}`,
        `CREATE VIEW ${id(`v ${hostile}`)} AS SELECT ${id(`c ${hostile}`)}, ${text(hostile)} AS word FROM ${id(hostile)}`,
        `INSERT INTO ${id(hostile)} (id, label, self) VALUES (1, ${text(isPostgres ? hostile : "x")}, 1)`,
        `INSERT INTO ${id(child)} VALUES (1, 1)`,
        ...(isPostgres
          ? [
              `COMMENT ON TABLE ${id(hostile)} IS ${text(hostile)}`,
              `COMMENT ON COLUMN ${id(hostile)}.${id(`c ${hostile}`)} IS ${text(hostile)}`,
            ]
          : []),
      ];
    }),
  ];
}

/** Nothing steers the terminal, and no line is one that a text has begun; SQL alone is printed in its own lines. */
function expectSafe({ stdout, stderr }: CliResult, isSql = false): void {
  for (const line of `${stdout}\n${stderr}`.split("\n")) {
    if (!isSql) expect(line).not.toMatch(/^FORGED/);
    expect(line).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
  }
}

describe.each(DIALECTS.filter(({ name }) => name !== "sqlite-worker"))("hostile texts on $name", ({ family, open }) => {
  const isPostgres = family === "postgres";
  async function prepared(url: string, sql: readonly string[]): Promise<void> {
    if (!isPostgres) {
      const database = new Database(new URL(url).pathname);
      for (const one of sql) database.exec(one);
      database.close();
      return;
    }
    const client = await connectClient(url);
    for (const one of sql) await client.query(one);
    await client.end();
  }

  it("in every name, default, comment, label and check of a database are pulled, revised, applied and undone as data", {
    timeout: 120_000,
  }, async () => {
    const [database, fresh] = [await open(), await open()];
    try {
      const project = tempProject({ url: database.url });
      const run = async (args: readonly string[], exitCode = 0) => {
        const result = await project.run(args);
        expect([args.join(" "), result.exitCode, result.exitCode === exitCode ? "" : result.stderr]).toEqual([
          args.join(" "),
          exitCode,
          "",
        ]);
        expectSafe(result, args.includes("--dry-run"));
        return result;
      };
      await prepared(database.url, statements(isPostgres));
      await run(["pull", "--out", "models.ts"]);
      expect(foreignCode("models.ts", project.read("models.ts"))).toEqual([]);
      await run(["check"]);
      await run(["check", "--json"]);
      const config = (url: string) =>
        project.write("migrate.config.ts", `export default { url: ${JSON.stringify(url)}, models: "./models.ts" };\n`);
      config(fresh.url);
      await run(["diff"]);
      const [baseline] = project.revisions();
      expect(foreignCode(baseline!, project.read(`migrations/versions/${baseline}`))).toEqual([]);
      for (const args of [["upgrade"], ["downgrade", "base"], ["upgrade", "-v"]]) {
        await run(args);
      }
      await run(["check"]);
      for (const command of ["history", "history -v", "heads", "current -v", "status", "log", "show head"]) {
        await run(command.split(" "));
        if (command !== "log") await run([...command.split(" "), "--json"]);
      }
      await run(["downgrade", "base", "--dry-run"]);
      const inserts = statements(isPostgres).filter((sql) => sql.startsWith("INSERT"));
      await prepared(fresh.url, inserts);

      // Every table is altered as well, which rebuilds it on SQLite.
      const models = project.read("models.ts");
      const altered = isPostgres
        ? models.replaceAll(/label: ([^\n]*),\n/g, "label: $1.notNull(),\n")
        : models.replaceAll("label: text()", "label: varchar(50)").replace("text,", "text,\n  varchar,");
      project.write("models.ts", altered);
      await run(["revision", "--autogenerate", "-m", HOSTILE.join(" "), "--rev-id", "bbbb"]);
      const second = project.revisions().find((name) => name !== baseline)!;
      expect(second).toMatch(/^[\w.-]+\.ts$/);
      expect(foreignCode(second, project.read(`migrations/versions/${second}`))).toEqual([]);
      expect(project.read(`migrations/versions/${second}`).split("alterColumn").length).toBeGreaterThan(HOSTILE.length);
      for (const command of ["history -v", "show bbbb", "heads"]) await run(command.split(" "));
      await run(["upgrade"]);
      await run(["downgrade", "-1"]);
      for (const [at, hostile] of HOSTILE.entries()) {
        const sql = `SELECT ${id(`c ${hostile}`)} AS word, self FROM ${id(hostile)} JOIN ${id(`${at} ${hostile}`)} ON owner = self`;
        expect(await query(fresh.url, sql)).toEqual([{ word: hostile, self: 1 }]);
      }
      expect(await query(fresh.url, "SELECT * FROM keep")).toEqual([{ id: 1 }]);
      await run(["downgrade", "base"]);
      expect((globalThis as { pwned?: unknown }).pwned).toBeUndefined();
    } finally {
      await database.dispose();
      await fresh.dispose();
    }
  });

  it("in errors of the database and in what a revision says cannot steer a terminal or begin a line", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      const hostile = JSON.stringify(HOSTILE.join(" | "));
      const body = [
        `  op.log(${hostile});`,
        `  await op.execute("CREATE TABLE t (id integer PRIMARY KEY)");`,
        `  await op.execute('SELECT "' + ${hostile}.replaceAll('"', '""').slice(0, 60) + '" FROM t');`,
      ].join("\n");
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", message: "m", upgrade: body }));
      for (const args of [["upgrade"], ["upgrade", "-v"], ["upgrade", "--json"], ["status"], ["log"]]) {
        expectSafe(await project.run(args));
      }
      for (const args of [
        ["upgrade", HOSTILE.join(" ")],
        ["show", HOSTILE[8]!],
        ["stamp", HOSTILE[7]!],
        ["revision", "-m", "x", "--branch-label", HOSTILE[8]!],
        ["revision", "-m", "x", "--rev-id", HOSTILE[5]!],
        ["revision", "-m", "x", "--version-path", `../${HOSTILE[5]!}`],
        [HOSTILE[8]!],
        ["upgrade", `--${HOSTILE[8]!}`],
      ]) {
        const refused = await project.run(args);
        expect([args, refused.exitCode]).toEqual([args, expect.not.toBeOneOf([0])]);
        expectSafe(refused);
        expectSafe(await project.run([...args, "--json"]));
      }
      expect(project.revisions()).toEqual(["a.ts"]);
    } finally {
      await database.dispose();
    }
  });
});
