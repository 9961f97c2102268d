import { renameSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DIALECTS, type TestDialect } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

async function onDatabase(open: TestDialect["open"], work: (url: string) => Promise<void>): Promise<void> {
  const database = await open();
  try {
    await work(database.url);
  } finally {
    await database.dispose();
  }
}

const FILE = "migrations/versions/a.ts";
const APPLIED = revisionText({
  id: "aaaa",
  upgrade: `  await op.createTable("users", { id: integer().primaryKey(), name: text() });
  if (op.args.rows !== "none") {
    await op.bulkInsert("users", [{ id: 1, name: "ada" }]);
  }
  await op.execute(\`UPDATE users SET name = 'bob'\`);`,
  downgrade: '  await op.dropTable("users");',
});

/** What a formatter, another editor or a colleague's comments make of it. */
const SAME: Readonly<Record<string, (text: string) => string>> = {
  "line ends of Windows": (text) => text.replaceAll("\n", "\r\n"),
  "a byte order mark and no end of line": (text) => `\uFEFF${text.trimEnd()}`,
  "other comments": (text) =>
    text.replace(/\/\*\*[\s\S]*?\*\//, "/** other words\n *\n * Revision ID: aaaa\n */\n// more"),
  "single quotes": (text) => text.replaceAll('"users"', "'users'").replace('"tsmigrate"', "'tsmigrate'"),
  "no semicolons, other spaces": (text) => text.replaceAll(";\n", "\n").replaceAll("  await", "\t await"),
  "trailing commas and a call over several lines": (text) =>
    text.replace(
      "{ id: integer().primaryKey(), name: text() }",
      "{\n  id: integer().primaryKey(),\n  name: text(),\n  }",
    ),
  "quoted keys": (text) => text.replace("{ id: 1, name:", '{ "id": 1, "name":'),
  "no braces": (text) => text.replace(/\) \{\n( +await op\.bulkInsert.*)\n {2}\}/, ")\n$1"),
  "a string for a template": (text) =>
    text.replace(/`UPDATE users SET name = 'bob'`/, `"UPDATE users SET name = 'bob'"`),
  "imports in another order": (text) => text.replace("integer, sql, text, varchar", "varchar, text, sql, integer"),
  "no types": (text) => text.replaceAll(": Operations", "").replaceAll(": Promise<void>", ""),
};

const OTHER: Readonly<Record<string, (text: string) => string>> = {
  "another value": (text) => text.replace('"ada"', '"eve"'),
  "another number": (text) => text.replace("id: 1,", "id: 2,"),
  "a column more": (text) => text.replace("name: text() }", "name: text(), mail: text() }"),
  "a space inside SQL": (text) => text.replace("UPDATE users", "UPDATE  users"),
  "an operation less": (text) => text.replace(/ {2}await op\.execute.*\n/, ""),
  "another condition": (text) => text.replace("!==", "==="),
  "another downgrade": (text) => text.replace("op.dropTable", "op.truncate"),
  "no await": (text) => text.replace("await op.bulkInsert", "op.bulkInsert"),
  "another parent": (text) => text.replace("| null = null;", '| null = "zzzz";'),
};

async function appliedProject(url: string): Promise<TempProject> {
  const project = tempProject({ url });
  project.write(FILE, APPLIED);
  expect((await project.run(["upgrade"])).exitCode).toBe(0);
  return project;
}

async function editedBy(project: TempProject): Promise<readonly string[]> {
  return (await project.run(["status", "--json"])).json().edited;
}

describe("an applied revision", () => {
  const [{ open }] = DIALECTS as readonly [TestDialect];

  it.each(Object.entries(SAME))("may be written with %s", (_what, change) =>
    onDatabase(open, async (url) => {
      const project = await appliedProject(url);
      expect(change(APPLIED)).not.toBe(APPLIED);
      project.write(FILE, change(APPLIED));
      expect(await editedBy(project)).toEqual([]);
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
    }),
  );

  it.each(Object.entries(OTHER).filter(([what]) => what !== "another parent"))(
    "counts as edited with %s",
    (_what, change) =>
      onDatabase(open, async (url) => {
        const project = await appliedProject(url);
        expect(change(APPLIED)).not.toBe(APPLIED);
        project.write(FILE, change(APPLIED));
        expect(await editedBy(project)).toEqual(["aaaa"]);
      }),
  );

  it("may have another file name", () =>
    onDatabase(open, async (url) => {
      const project = await appliedProject(url);
      renameSync(project.path(FILE), project.path("migrations/versions/users_at_last.ts"));
      expect(await editedBy(project)).toEqual([]);
      const upgraded = await project.run(["upgrade", "--json"]);
      expect([upgraded.exitCode, upgraded.json().steps]).toEqual([0, []]);
      expect((await project.run(["downgrade", "base"])).exitCode).toBe(0);
    }));

  it("counts as edited when a revision is pushed in below it", () =>
    onDatabase(open, async (url) => {
      const project = await appliedProject(url);
      project.write("migrations/versions/z.ts", revisionText({ id: "zzzz" }));
      project.write(FILE, OTHER["another parent"]!(APPLIED));
      expect(await editedBy(project)).toEqual(["aaaa"]);
      const status = (await project.run(["status", "--json"])).json();
      expect(status).toMatchObject({ pending: [], outOfOrder: ["zzzz"] });
      expect((await project.run(["status"])).stdout).toMatch(/^out of order +zzzz/m);
      const refused = await project.run(["upgrade", "--json"]);
      expect(refused.exitCode).toBe(3);
      expect(refused.json().error).toMatchObject({ code: "TSM_REVISION_OUT_OF_ORDER", revisions: ["zzzz"] });

      // What the hint says.
      expect(refused.json().error.hint).toContain("tsmigrate rebase zzzz --onto aaaa");
      project.write(FILE, APPLIED);
      expect((await project.run(["rebase", "zzzz", "--onto", "aaaa"])).exitCode).toBe(0);
      expect((await project.run(["upgrade", "--json"])).json().to).toEqual(["zzzz"]);
    }));

  it("counts as edited, and so keeps `check` from comparing", () =>
    onDatabase(open, async (url) => {
      const project = await appliedProject(url);
      project.write(FILE, OTHER["another value"]!(APPLIED));
      const refused = await project.run(["check", "--json"]);
      expect(refused.exitCode).toBe(3);
      expect(refused.json().error).toMatchObject({ code: "TSM_REVISION_EDITED" });
    }));
});

const PLAIN = revisionText({
  id: "aaaa",
  upgrade: `  const users = "users";
  await op.createTable(users, { id: integer().primaryKey(), name: text() });
  await op.createIndex("ix_users_name", users, ["name"], { unique: true, ifNotExists: true });`,
  downgrade: '  await op.dropTable("users");',
});

/** Other words for the same operations. */
const SAME_PLAN: Readonly<Record<string, (text: string) => string>> = {
  "another name for a variable": (text) => text.replaceAll(/\busers\b(?!")/g, "table"),
  "a text where a variable was": (text) =>
    text.replace(/ {2}const users.*\n/, "").replaceAll(/(?<=\(|, )users\b/g, '"users"'),
  "a constant behind constants without semicolons": (text) =>
    text
      .replace(/;\n\n?(?=export async)/, `\nconst TABLE = "users"\n`)
      .replace(/ {2}const users.*\n/, "")
      .replaceAll(/(?<=\(|, )users\b/g, "TABLE"),
  "options in another order": (text) =>
    text.replace("unique: true, ifNotExists: true", "ifNotExists: true, unique: true"),
  "a loop around an operation": (text) =>
    text.replace(
      / {2}await op\.createIndex\("ix_users_name"(.*)\n/,
      '  for (const name of ["ix_users_name"]) await op.createIndex(name$1\n',
    ),
};

const OTHER_PLAN: Readonly<Record<string, readonly [change: (text: string) => string, what: string]>> = {
  "another name for a table": [
    (text) => text.replace('const users = "users"', 'const users = "people"'),
    "operation 1 of upgrade was",
  ],
  "an option less": [
    (text) => text.replace("unique: true, ", ""),
    'operation 2 of upgrade was "create unique index ix_users_name on users" and is "create index',
  ],
  "another type of a column": [
    (text) => text.replace("name: text()", "name: varchar(9)"),
    "in operation 1 of upgrade (create table users) table.columns[1].type.args is new ([9])",
  ],
  "an operation less": [(text) => text.replace(/ {2}await op\.createIndex.*\n?/, ""), "operation 2 of upgrade is gone"],
  "an operation more": [
    (text) => text.replace("  const users", '  await op.dropTable("old");\n  const users'),
    "operation 1 of upgrade was",
  ],
  "another downgrade": [
    (text) => text.replace('op.dropTable("users")', 'op.dropTable("users", { ifExists: true })'),
    "in operation 1 of downgrade (drop table users) ifExists is new (true)",
  ],
  "something that a run alone knows": [
    (text) => text.replace("  const users", '  if (op.tag === "x") return;\n  const users'),
    "edited after it was applied",
  ],
};

describe("an applied revision that only asks for operations", () => {
  const [{ open }] = DIALECTS as readonly [TestDialect];
  const apply = async (url: string, text: string, more: Readonly<Record<string, string>> = {}) => {
    const project = tempProject({ url });
    for (const [name, content] of Object.entries(more)) project.write(`migrations/versions/${name}`, content);
    project.write(FILE, text);
    expect(await project.run(["upgrade"])).toMatchObject({ exitCode: 0 });
    return project;
  };

  it.each(Object.entries(SAME_PLAN))("may be written with %s", (_what, change) =>
    onDatabase(open, async (url) => {
      const project = await apply(url, PLAIN);
      expect(change(PLAIN)).not.toBe(PLAIN);
      project.write(FILE, change(PLAIN));
      expect(await editedBy(project)).toEqual([]);
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
    }),
  );

  it.each(Object.entries(OTHER_PLAN))(
    "counts as edited with %s, and the error says what is another",
    (_what, [change, said]) =>
      onDatabase(open, async (url) => {
        const project = await apply(url, PLAIN);
        expect(change(PLAIN)).not.toBe(PLAIN);
        project.write(FILE, change(PLAIN));
        expect(await editedBy(project)).toEqual(["aaaa"]);
        const refused = await project.run(["upgrade"]);
        expect(refused.exitCode).toBe(3);
        expect(refused.stderr).toContain(said);
      }),
  );

  it("counts as edited when a file that it imports makes it do something else, until that is accepted", () =>
    onDatabase(open, async (url) => {
      const helper = (name: string) => `export const NAME: string = ${name};\n`;
      const text = PLAIN.replace('const users = "users"', "const users = NAME").replace(
        "export const revision",
        'import { NAME } from "../names.js";\n\nexport const revision',
      );
      const project = await apply(url, text, { "../names.ts": helper('"users"') });
      project.write("migrations/names.ts", helper("['users'].join('')"));
      expect(await editedBy(project)).toEqual([]);
      project.write("migrations/names.ts", helper('"people"'));
      expect(await editedBy(project)).toEqual(["aaaa"]);
      const refused = await project.run(["upgrade"]);
      expect(refused.exitCode).toBe(3);
      expect(refused.stderr).toContain("a file that it imports");
      expect((await project.run(["accept-edit", "aaaa"])).exitCode).toBe(0);
      expect(await editedBy(project)).toEqual([]);
      project.write("migrations/names.ts", helper('"users"'));
      expect(await editedBy(project)).toEqual(["aaaa"]);
    }));
});

describe.each(DIALECTS)("an edited revision on $name", ({ open }) => {
  it("stops an upgrade before anything runs, until the edit is accepted or taken back", () =>
    onDatabase(open, async (url) => {
      const project = await appliedProject(url);
      project.write(
        "migrations/versions/b.ts",
        revisionText({
          id: "bbbb",
          down: "aaaa",
          upgrade: '  await op.bulkInsert("users", [{ id: 5, name: "cyd" }]);',
        }),
      );
      const edited = APPLIED.replace('"ada"', '"eve"');
      project.write(FILE, edited);
      const refused = await project.run(["upgrade", "--json"]);
      expect(refused.exitCode).toBe(3);
      expect(refused.json().error).toMatchObject({ code: "TSM_REVISION_EDITED", revisions: ["aaaa"] });
      expect((await project.run(["status"])).stdout).toContain("edited       aaaa");
      expect(await query(url, "SELECT name FROM users")).toEqual([{ name: "bob" }]);

      project.write(FILE, APPLIED);
      expect((await project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);

      project.write(FILE, edited);
      expect((await project.run(["upgrade"])).exitCode).toBe(3);
      expect((await project.run(["accept-edit", "aa", "--json"])).json()).toEqual({ revision: "aaaa", edited: true });
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      expect((await project.run(["accept-edit", "aaaa", "--json"])).json()).toEqual({
        revision: "aaaa",
        edited: false,
      });
      expect((await project.run(["log", "-n", "1", "--json"])).json().entries).toMatchObject([
        { revision: "aaaa", direction: "accept-edit", step: 1, state: "done" },
      ]);
    }));

  it("may be edited before it is applied and after it was taken back", () =>
    onDatabase(open, async (url) => {
      const project = await appliedProject(url);
      expect((await project.run(["downgrade", "base"])).exitCode).toBe(0);
      project.write(FILE, APPLIED.replace('"ada"', '"eve"'));
      expect(await editedBy(project)).toEqual([]);
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      expect(await editedBy(project)).toEqual([]);
      expect((await project.run(["accept-edit", "aaaa"])).exitCode).toBe(0);
    }));

  it("is found when its revision was stamped", () =>
    onDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write(FILE, APPLIED);
      project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa" }));
      expect((await project.run(["stamp", "head"])).exitCode).toBe(0);
      expect(await editedBy(project)).toEqual([]);
      project.write(FILE, APPLIED.replace('"ada"', '"eve"'));
      expect(await editedBy(project)).toEqual(["aaaa"]);
      const { entries } = (await project.run(["log", "--json"])).json();
      expect(
        entries.map((entry: { revision: string; direction: string }) => [entry.revision, entry.direction]),
      ).toEqual([
        ["bbbb", "stamp"],
        ["aaaa", "stamp"],
      ]);
    }));
});

describe.each(DIALECTS)("a database that holds tables and no history on $name", ({ open, family }) => {
  const make =
    family === "sqlite"
      ? "CREATE TABLE users (id integer primary key, name text)"
      : "CREATE TABLE users (id int primary key, name text)";

  it("is not upgraded, keeps its rows, and says how to go on", () =>
    onDatabase(open, async (url) => {
      await query(url, make);
      await query(url, "INSERT INTO users VALUES (1, 'ada')");
      const project = tempProject({ url });
      project.write(FILE, APPLIED);
      const refused = await project.run(["upgrade", "--json"]);
      expect(refused.exitCode).toBe(4);
      expect(refused.json().error).toMatchObject({ code: "TSM_UNKNOWN_HISTORY", tables: ["users"] });
      expect(refused.json().error.hint).toContain("tsmigrate stamp head");
      expect((await project.run(["stamp", "head"])).exitCode).toBe(0);
      expect((await project.run(["upgrade", "--json"])).json()).toMatchObject({
        from: ["aaaa"],
        to: ["aaaa"],
        steps: [],
      });
      expect(await query(url, "SELECT name FROM users")).toEqual([{ name: "ada" }]);
    }));

  it("is upgraded when the config leaves the tables out", () =>
    onDatabase(open, async (url) => {
      await query(url, make.replace("users", "others"));
      const project = tempProject({
        config: `export default { url: ${JSON.stringify(url)}, includeObject: (object) => object.name !== "others" };\n`,
      });
      project.write(FILE, APPLIED);
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      expect((await project.run(["downgrade", "base"])).exitCode).toBe(0);
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
    }));

  it("is upgraded by revisions that were written for its tables", () =>
    onDatabase(open, async (url) => {
      await query(url, make);
      await query(url, "INSERT INTO users VALUES (1, 'ada')");
      const project = tempProject({ url });
      project.write(FILE, revisionText({ id: "aaaa", upgrade: '  await op.renameColumn("users", "name", "title");' }));
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      expect(await query(url, "SELECT title FROM users")).toEqual([{ title: "ada" }]);
    }));

  it("is upgraded on top of them after `stamp base`", () =>
    onDatabase(open, async (url) => {
      await query(url, make.replace("users", "others"));
      const project = tempProject({ url });
      project.write(FILE, APPLIED);
      expect((await project.run(["upgrade"])).exitCode).toBe(4);
      expect((await project.run(["stamp", "base"])).exitCode).toBe(0);
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
    }));
});

describe.each(DIALECTS)("the ledger on $name", ({ open }) => {
  it("is shown newest first with exactly the documented fields, and never changes the schema that is compared", () =>
    onDatabase(open, async (url) => {
      const project = tempProject({
        url,
        models:
          'import { integer, table, text } from "tsmigrate/schema";\nexport const users = table("users", { id: integer().primaryKey(), name: text() });\n',
      });
      project.write(FILE, APPLIED.replace("await op.execute(`UPDATE users SET name = 'bob'`)", "op.log('done')"));
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      expect((await project.run(["check"])).exitCode).toBe(0);
      expect((await project.run(["downgrade", "base"])).exitCode).toBe(0);
      const { entries } = (await project.run(["log", "--json"])).json();
      expect(entries).toEqual(
        ["downgrade", "upgrade"].map((direction) => ({
          revision: "aaaa",
          direction,
          step: 1,
          state: "done",
          startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
          milliseconds: expect.any(Number),
          toolVersion: expect.stringMatching(/^\d+\.\d+\.\d+/),
          host: expect.any(String),
        })),
      );
      expect((await project.run(["log", "-n", "1"])).stdout).toMatch(
        /downgrade aaaa step 1 done \(\d+ ms\), drop table users/,
      );
      expect((await project.run(["log", "-n", "0"])).exitCode).toBe(2);
    }));

  it("of a newer format is refused in a sentence by everything that reads or writes it", () =>
    onDatabase(open, async (url) => {
      const project = await appliedProject(url);
      await query(url, "UPDATE tsmigrate_log SET format = 2");
      for (const args of [["upgrade"], ["downgrade", "base"], ["status"], ["log"], ["stamp", "base"]]) {
        const refused = await project.run([...args, "--json"]);
        expect([args, refused.exitCode]).toEqual([args, 4]);
        expect(refused.json().error).toMatchObject({ code: "TSM_LEDGER_FORMAT", format: 2 });
      }
      expect((await project.run(["current", "--json"])).json().current).toEqual(["aaaa"]);
    }));
});
