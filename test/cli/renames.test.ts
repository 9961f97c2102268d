/** Renames that the models say, that `--rename` says, and that nobody said. */
import { describe, expect, it } from "vitest";
import type { Connection } from "../../src/dialects/dialect.js";
import { DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { type TempProject, tempProject } from "../support/temp-project.js";

const IMPORTS =
  'import { check, enumType, foreignKey, index, integer, sql, table, text, unique, uniqueIndex, varchar } from "tsmigrate/schema";\n';

interface Bench {
  readonly project: TempProject;
  readonly connection: Connection;
  /** Autogenerates and upgrades; gives what the revision holds. Fails when something differs afterwards. */
  evolve(models: string, ...args: readonly string[]): Promise<readonly string[]>;
  rows(sql: string): Promise<readonly unknown[]>;
  downAndUp(): Promise<void>;
}

async function onBench(
  open: () => Promise<{ readonly url: string; dispose(): Promise<void> }>,
  work: (bench: Bench) => Promise<void>,
): Promise<void> {
  const database = await open();
  const project = tempProject({ url: database.url });
  const run = async (...args: readonly string[]) => {
    const result = await project.run(args);
    expect([args, result.exitCode, result.exitCode === 0 ? "" : result.stderr + result.stdout]).toEqual([args, 0, ""]);
    return result;
  };
  let count = 0;
  const connection = await connectTo(database.url);
  try {
    await work({
      project,
      connection,
      async evolve(models, ...args) {
        project.write("models.ts", IMPORTS + models);
        count += 1;
        const made = await run("revision", "--autogenerate", "-m", `step ${count}`, "--json", ...args);
        await run("upgrade");
        expect((await run("check", "--json")).json()).toMatchObject({ upToDate: true, operations: [] });
        return made.json().operations.map((op: { description: string }) => op.description);
      },
      rows: async (sql) => (await connection.query(sql)).rows,
      async downAndUp() {
        for (const args of [["downgrade", "-1"], ["upgrade"], ["downgrade", "base"], ["upgrade"]]) await run(...args);
        expect((await run("check", "--json")).json()).toMatchObject({ upToDate: true, operations: [] });
      },
    });
  } finally {
    await connection.close();
    await database.dispose();
  }
}

const people = (columns: string, constraints = "", name = "people") =>
  `export const p = table("${name}", { id: integer().primaryKey(), ${columns} }, () => [${constraints}]);\n`;

describe.each(DIALECTS)("renames on $name", ({ open, family }) => {
  it("an undecided column stops autogenerate, names the reason and the flags of both answers, and writes nothing", () =>
    onBench(open, async ({ project, evolve, rows, downAndUp }) => {
      await evolve(people("fullname: text()"));
      await rows("INSERT INTO people VALUES (1, 'Ada')");
      project.write("models.ts", IMPORTS + people("full_name: text()"));
      const asked = await project.run(["revision", "--autogenerate", "-m", "x"]);
      expect(asked.exitCode).toBe(2);
      expect(asked.stderr).toContain(
        "rename column people.fullname to full_name? (same type, names alike, same place in the table)",
      );
      expect(asked.stderr).toContain("`--rename people.fullname:full_name` to rename, or with `--no-renames`");
      expect(project.revisions()).toHaveLength(1);
      const asJson = await project.run(["revision", "--autogenerate", "-m", "x", "--json"]);
      expect(asJson.json().error).toMatchObject({
        code: "TSM_RENAME_UNDECIDED",
        flags: ["--rename people.fullname:full_name"],
        candidates: [{ kind: "column", subject: "column people.full_name" }],
      });
      expect(await evolve(people("full_name: text()"), "--rename", "people.fullname:full_name")).toEqual([
        "rename column people.fullname to full_name",
      ]);
      expect(await rows("SELECT full_name FROM people")).toEqual([{ full_name: "Ada" }]);
      await downAndUp();
    }));

  it("check and diff show what may be a rename beside the drop and the add, with the flags that decide", () =>
    onBench(open, async ({ project, evolve }) => {
      await evolve(people("fullname: text(), nick: integer()"));
      project.write("models.ts", IMPORTS + people("full_name: text(), age: integer()"));
      const flags = "--rename people.fullname:full_name --rename people.nick:age";
      const shown = await project.run(["check", "--no-color"]);
      expect(shown.exitCode).toBe(1);
      expect(shown.stdout).toContain("! drop column people.fullname");
      expect(shown.stdout).toContain("~ rename column people.fullname to full_name? (same type, names alike");
      expect(shown.stdout).toContain(`--autogenerate -m "…" ${flags}\` to rename, or`);
      const candidates = [
        { kind: "column", subject: "column people.full_name", choices: [{ argument: "people.fullname:full_name" }] },
        { kind: "column", subject: "column people.age", choices: [{ argument: "people.nick:age" }] },
      ];
      expect((await project.run(["check", "--json"])).json()).toMatchObject({ upToDate: false, candidates });
      expect((await project.run(["check", "--offline", "--json"])).json()).toMatchObject({ candidates });
      expect((await project.run(["diff", "--json"])).json()).toMatchObject({ candidates });
      expect((await project.run(["diff", "--no-color"])).stdout).toContain("--rename people.nick:age");
      const decided = await project.run(["diff", "--json", ...flags.split(" ")]);
      expect(decided.json().candidates).toBeUndefined();
    }));

  it("--no-renames drops and adds, and answers beside it still hold", () =>
    onBench(open, async ({ evolve, downAndUp }) => {
      await evolve(people("aa: text(), bb: text()"));
      const next = people("ax: text(), bx: text()");
      expect(await evolve(next, "--rename", "people.aa:ax", "--no-renames")).toEqual([
        "rename column people.aa to ax",
        "add column people.bx",
        "drop column people.bb",
      ]);
      await downAndUp();
    }));

  it("two columns that both go are offered for each that comes, the likeliest pairs as flags", () =>
    onBench(open, async ({ project, evolve }) => {
      await evolve(people("first: text(), last: text()"));
      project.write("models.ts", IMPORTS + people("last_name: text(), first_name: text()"));
      const asked = await project.run(["revision", "--autogenerate", "-m", "x", "--json"]);
      expect(asked.json().error.flags).toEqual(["--rename people.last:last_name", "--rename people.first:first_name"]);
    }));

  it("a column under another name and of another type is asked about where the names are alike", () =>
    onBench(open, async ({ project, evolve, rows, downAndUp }) => {
      await evolve(people("amount: varchar(10)"));
      await rows("INSERT INTO people VALUES (1, '12')");
      const next = people("amounts: varchar(30)");
      project.write("models.ts", IMPORTS + next);
      const asked = await project.run(["revision", "--autogenerate", "-m", "x"]);
      expect(asked.stderr).toContain("type varchar(10) becomes varchar(30), names alike");
      expect(await evolve(next, "--rename", "people.amount:amounts")).toEqual([
        "rename column people.amount to amounts",
        "alter column people.amounts (type varchar(30))",
      ]);
      expect(await rows("SELECT amounts FROM people")).toEqual([{ amounts: "12" }]);
      await downAndUp();
    }));

  it("a table goes together with its columns, and a foreign key to it stays", () =>
    onBench(open, async ({ project, evolve, rows, downAndUp }) => {
      const posts = (target: string) =>
        `export const posts = table("posts", { id: integer().primaryKey(), author: integer().notNull().references("${target}", { onDelete: "cascade" }) });\n`;
      await evolve(people("name: text().notNull(), mail: text().unique(), age: integer()") + posts("people.id"));
      await rows("INSERT INTO people VALUES (1, 'Ada', 'a@b', 36)");
      await rows("INSERT INTO posts VALUES (5, 1)");
      const next =
        people("name: text().notNull(), email: text().unique(), age: integer()", "", "persons") + posts("persons.id");
      project.write("models.ts", IMPORTS + next);
      const asked = await project.run(["revision", "--autogenerate", "-m", "x", "--json"]);
      expect(asked.json().error.flags).toEqual(["--rename people:persons", "--rename persons.mail:email"]);
      const done = await evolve(next, "--rename", "people:persons", "--rename", "people.mail:email");
      expect(done).toEqual(["rename table people to persons", "rename column persons.mail to email"]);
      expect(await rows("SELECT author FROM posts")).toEqual([{ author: 1 }]);
      await downAndUp();
    }));

  it("a table that takes the old name of a renamed one is made beside it, keys and indexes as well", () =>
    onBench(open, async ({ evolve, rows, downAndUp }) => {
      await evolve(people("name: text().unique()", "index().on('name')"));
      await rows("INSERT INTO people VALUES (1, 'Ada')");
      await evolve(
        `export const old = table("folks", { id: integer().primaryKey(), name: text().unique() }, () => [index().on("name")]).renamedFrom("people");\n` +
          people("name: text().unique(), n: integer()", "index().on('name')").replace("const p", "const q"),
        "--rename",
        "people:folks",
      );
      expect(await rows("SELECT name FROM folks")).toEqual([{ name: "Ada" }]);
      await downAndUp();
    }));

  it("a chain is renamed from its free end, and a circle only when --rename says it", () =>
    onBench(open, async ({ project, evolve, rows, downAndUp }) => {
      await evolve(people("a: text(), b: text()"));
      await rows("INSERT INTO people VALUES (1, 'A', 'B')");
      project.write("models.ts", IMPORTS + people('a: text().renamedFrom("b"), b: text().renamedFrom("a")'));
      const swap = await project.run(["revision", "--autogenerate", "-m", "x"]);
      expect([swap.exitCode, swap.stdout]).toEqual([0, expect.stringContaining("No changes")]);
      expect(swap.stderr).toContain("in a circle of renames");
      const swapped = await evolve(people("a: text(), b: text()"), "--rename", "people.a:b", "--rename", "people.b:a");
      expect(swapped).toHaveLength(3);
      expect(await rows("SELECT a, b FROM people")).toEqual([{ a: "B", b: "A" }]);
      await downAndUp();
    }));

  it("--rename that names nothing is refused", () =>
    onBench(open, async ({ project, evolve }) => {
      await evolve(people("a: text()"));
      const refused = await project.run(["revision", "--autogenerate", "-m", "x", "--rename", "people.nope:a"]);
      expect([refused.exitCode, refused.stderr]).toEqual([
        2,
        expect.stringContaining("'people.nope:a' renames nothing"),
      ]);
      const moved = await project.run(["revision", "--autogenerate", "-m", "x", "--rename", "people.a:others.a"]);
      expect([moved.exitCode, moved.stderr]).toEqual([2, expect.stringContaining("renames nothing")]);
      const odd = await project.run(["revision", "--autogenerate", "-m", "x", "--rename", "people.a"]);
      expect([odd.exitCode, odd.stderr]).toEqual([2, expect.stringContaining("is not of the form")]);
    }));

  it("names with dots, colons and quotes are answered as they are printed", () =>
    onBench(open, async ({ project, evolve, rows }) => {
      await evolve(people(`"a.b: \\"c'": text()`, "", "o.d"));
      const next = people(`"a.b: \\"d'": text()`, "", "o.d");
      project.write("models.ts", IMPORTS + next);
      const asked = await project.run(["revision", "--autogenerate", "-m", "x", "--json"]);
      const [candidate] = asked.json().error.candidates;
      await evolve(next, "--rename", candidate.choices[0].argument);
      expect(await rows(`SELECT "a.b: ""d'" FROM "o.d"`)).toEqual([]);
    }));

  it("a name that differs in the case of its letters is one name or two, as the database has it", () =>
    onBench(open, async ({ project, evolve, rows, downAndUp }) => {
      await evolve(people("Name: text()"));
      await rows(`INSERT INTO people VALUES (1, 'Ada')`);
      project.write("models.ts", IMPORTS + people("name: text()"));
      const asked = await project.run(["revision", "--autogenerate", "-m", "x"]);
      expect(asked.exitCode).toBe(family === "sqlite" ? 0 : 2);
      await evolve(people('name: text().renamedFrom("Name")'));
      expect(await rows("SELECT name FROM people")).toEqual([{ name: "Ada" }]);
      await downAndUp();
    }));

  it("indexes and constraints that only have another name are renamed without a question", () =>
    onBench(open, async ({ evolve, rows, downAndUp }) => {
      const named = (x: string) =>
        people(
          "a: integer(), b: text(), parent: integer()",
          `index("ix_${x}").on("a", sql\`lower(b)\`).where(sql\`a > 0\`), uniqueIndex("ux_${x}").on("b"), unique("uq_${x}").on("a", "b"), check("ck_${x}", sql\`a > 0 and b in ('x', 'y')\`), foreignKey("fk_${x}", ["parent"]).references("people", ["id"])`,
        );
      await evolve(named("old"));
      await rows("INSERT INTO people VALUES (1, 1, 'x', 1)");
      expect([...(await evolve(named("new")))].sort()).toEqual([
        "rename constraint ck_old of people to ck_new",
        "rename constraint fk_old of people to fk_new",
        "rename constraint uq_old of people to uq_new",
        "rename index ix_old to ix_new",
        "rename index ux_old to ux_new",
      ]);
      await downAndUp();
    }));

  it("names that a chain of indexes hands on move in order, names that two of them swap are made anew", () =>
    onBench(open, async ({ evolve, downAndUp }) => {
      const indexes = (a: string, b: string) =>
        people("a: integer(), b: text()", `index("${a}").on("a"), index("${b}").on("b")`);
      await evolve(indexes("one", "two"));
      expect(await evolve(indexes("two", "three"))).toEqual(["rename index two to three", "rename index one to two"]);
      expect(await evolve(indexes("three", "two"))).toHaveLength(4);
      await downAndUp();
    }));

  it("an index whose name moves to another table is dropped there first", () =>
    onBench(open, async ({ evolve, downAndUp }) => {
      const two = (a: string, z: string) =>
        `export const a = table("a", { id: integer().primaryKey(), v: integer() }, () => [${a}]);\nexport const z = table("z", { id: integer().primaryKey(), v: integer() }, () => [${z}]);\n`;
      await evolve(two("", 'index("ix_v").on("v")'));
      await evolve(two('index("ix_v").on("v")', ""));
      await downAndUp();
      await evolve(two("", 'index("ix_v").on("v", "id")'));
      await evolve(
        'export const b = table("b", { w: integer().primaryKey(), x: text(), y: text() }, () => [index("ix_v").on("x")]);\nexport const a = table("a", { id: integer().primaryKey(), v: integer() });\n',
        "--no-renames",
      );
      await downAndUp();
    }));

  it("a value of an enum is renamed in the rows, by the models, by --rename, or not at all", () =>
    onBench(open, async ({ project, evolve, rows, downAndUp }) => {
      const mood = (values: string, options = "{}") =>
        `export const mood = enumType("mood", [${values}], ${options});\n` +
        people(
          'm: mood().notNull().default("ok"), k: mood()',
          "check(\"ck_m\", sql`m <> 'ok' or k is null`)",
        ).replaceAll("'ok'", values.includes('"fine"') ? "'fine'" : "'ok'");
      await evolve(mood('"sad", "ok"'));
      await rows("INSERT INTO people (id, m, k) VALUES (1, 'sad', 'sad'), (2, 'sad', null)");
      const next = mood('"blue", "ok"');
      project.write("models.ts", IMPORTS + next);
      const asked = await project.run(["revision", "--autogenerate", "-m", "x", "--json"]);
      expect(asked.json().error.flags).toEqual(["--rename value:mood.sad:blue"]);
      await evolve(next, "--rename", "mood.sad:blue");
      expect(await rows("SELECT m, k FROM people ORDER BY id")).toEqual([
        { m: "blue", k: "blue" },
        { m: "blue", k: null },
      ]);
      await evolve(
        mood('"blue", "fine"', '{ renamedValues: { ok: "fine" } }').replace('default("ok")', 'default("fine")'),
      );
      await rows("INSERT INTO people (id) VALUES (3)");
      expect(await rows("SELECT m FROM people WHERE id = 3")).toEqual([{ m: "fine" }]);
      await downAndUp();
    }));

  it("a value that goes takes its rows along to another where the models say which, and is refused otherwise", () =>
    onBench(open, async ({ project, evolve, rows, downAndUp }) => {
      const mood = (values: string, options = "{}") =>
        `export const mood = enumType("mood", [${values}], ${options});\n${people('m: mood().notNull().default("ok")')}`;
      await evolve(mood('"awful", "sad", "ok"'));
      await rows("INSERT INTO people (id, m) VALUES (1, 'awful'), (2, 'sad')");
      project.write("models.ts", IMPORTS + mood('"sad", "ok"'));
      expect((await project.run(["revision", "--autogenerate", "-m", "gone", "--no-renames"])).exitCode).toBe(0);
      const failed = await project.run(["upgrade"]);
      expect([failed.exitCode, await rows("SELECT m FROM people WHERE id = 1")]).toEqual([5, [{ m: "awful" }]]);
      const { unlinkSync } = await import("node:fs");
      unlinkSync(project.revision("gone"));
      await evolve(mood('"sad", "ok"', '{ renamedValues: { awful: "sad" } }'));
      expect(await rows("SELECT m FROM people ORDER BY id")).toEqual([{ m: "sad" }, { m: "sad" }]);
      await downAndUp();
    }));

  it("values of an enum come anywhere in the list and change places", () =>
    onBench(open, async ({ evolve, rows, downAndUp }) => {
      const mood = (values: string) =>
        `export const mood = enumType("mood", [${values}]);\n${people('m: mood().default("b")')}`;
      await evolve(mood('"b", "d"'));
      await rows("INSERT INTO people (id) VALUES (1)");
      await evolve(mood('"a", "b", "c", "d", "e"'));
      await evolve(mood('"e", "d", "c", "b", "a"'));
      expect(await rows("SELECT m FROM people")).toEqual([{ m: "b" }]);
      await downAndUp();
    }));
});
