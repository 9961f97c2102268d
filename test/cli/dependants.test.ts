/** Changes of what other things stand on, with rows: up, down, up again, and nothing differs. */
import { describe, expect, it } from "vitest";
import { DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { tempProject } from "../support/temp-project.js";

const IMPORTS =
  'import * as m from "tsmigrate/schema";\nconst { sql, table, integer, bigint, text, varchar, index, uniqueIndex, unique, check, primaryKey, foreignKey, view, materializedView, enumType, trigger, policy, functionDefinition, domain, array, uuid, serial, boolean, numeric } = m;\n';

interface Scenario {
  readonly from: string;
  readonly to: string;
  /** Run after the first upgrade. */
  readonly rows?: readonly string[];
  readonly only?: "sqlite" | "postgres";
  readonly args?: readonly string[];
  /** Query and what it gives after the second upgrade. */
  readonly afterwards?: readonly [string, unknown];
}

const t = (columns: string, constraints = "") =>
  `export const t = table("t", { id: integer().primaryKey(), ${columns} }, () => [${constraints}]);\n`;

const everythingOn = (type: string, more = "") =>
  t(
    `v: ${type}, g: text().generatedAs(sql\`v || 'x'\`, { stored: false }), w: integer()`,
    `index("ix_v").on("v"), index("ix_e").on(sql\`lower(v)\`).where(sql\`v <> ''\`), check("ck_v", sql\`length(v) > 0\`), unique("uq_v").on("v")`,
  ) +
  `export const child = table("child", { id: integer().primaryKey(), tv: ${type}.references("t.v") });
export const vw = view("vw", sql\`select id, v from t\`);
export const vw2 = view("vw2", sql\`select v from vw where id > 0\`);
${more}`;

const touch =
  'export const touch = functionDefinition("touch", { returns: "trigger", language: "plpgsql", body: "begin return new; end" });\n';
const triggers = (of: string) =>
  `${touch}export const tr = trigger("tr", { on: "t", fires: "BEFORE UPDATE OF ${of}", action: "FOR EACH ROW WHEN (new.${of} IS NOT NULL) EXECUTE FUNCTION touch()" });\n`;

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "a type is widened under a view, indexes, a check, a generated column, a key and a foreign key": {
    from: everythingOn("varchar(10)"),
    to: everythingOn("varchar(20)"),
    rows: ["INSERT INTO t (id, v) VALUES (1, 'a')", "INSERT INTO child VALUES (1, 'a')"],
    afterwards: ["SELECT v FROM vw2", [{ v: "a" }]],
  },
  "a type becomes another under everything that stands on it": {
    from: everythingOn("varchar(10)"),
    to: everythingOn("text()"),
    rows: ["INSERT INTO t (id, v) VALUES (1, 'a')", "INSERT INTO child VALUES (1, 'a')"],
    afterwards: ["SELECT v FROM vw2", [{ v: "a" }]],
  },
  "a type changes under a trigger and a policy": {
    from:
      t("v: varchar(10), w: integer()") +
      triggers("v") +
      'export const po = policy("po", { on: "t", using: sql`v <> \'\'` });\n',
    to:
      t("v: text(), w: integer()") +
      triggers("v") +
      'export const po = policy("po", { on: "t", using: sql`v <> \'\'` });\n',
    rows: ["INSERT INTO t VALUES (1, 'a', 1)"],
    only: "postgres",
  },
  "both sides of a foreign key become another type": {
    from:
      t("v: text().unique()") +
      'export const child = table("child", { id: integer().primaryKey(), tv: text().references("t.v", { onDelete: "cascade" }) });\n',
    to:
      t("v: uuid().unique()") +
      'export const child = table("child", { id: integer().primaryKey(), tv: uuid().references("t.v", { onDelete: "cascade" }) });\n',
    rows: [
      "INSERT INTO t VALUES (1, '00000000-0000-0000-0000-000000000001')",
      "INSERT INTO child VALUES (1, '00000000-0000-0000-0000-000000000001')",
    ],
  },
  "an enum loses a value under a foreign key, a policy, a materialized view, a trigger, an array and a generated column":
    {
      from: `export const mood = enumType("mood", ["sad", "ok", "glad"]);
export const kinds = table("kinds", { m: mood().primaryKey() });
${t("m: mood().notNull().default('ok').references('kinds.m'), ms: array(mood).default(['ok']), g: boolean().generatedAs(sql`m = 'ok'`)", "uniqueIndex('ux').on('m').where(sql`m <> 'glad'`), check('ck', sql`m in ('ok', 'sad', 'glad')`)")}
${triggers("m")}export const po = policy("po", { on: "t", using: sql\`m <> 'sad'\` });
export const mv = materializedView("mv", sql\`select m, count(*) as n from t where m = 'ok' group by m\`);
export const vw = view("vw", sql\`select m from kinds where m <> 'sad'\`);\n`,
      to: `export const mood = enumType("mood", ["ok", "sad"]);
export const kinds = table("kinds", { m: mood().primaryKey() });
${t("m: mood().notNull().default('ok').references('kinds.m'), ms: array(mood).default(['ok']), g: boolean().generatedAs(sql`m = 'ok'`)", "uniqueIndex('ux').on('m').where(sql`m <> 'sad'`), check('ck', sql`m in ('ok', 'sad')`)")}
${triggers("m")}export const po = policy("po", { on: "t", using: sql\`m <> 'sad'\` });
export const mv = materializedView("mv", sql\`select m, count(*) as n from t where m = 'ok' group by m\`);
export const vw = view("vw", sql\`select m from kinds where m <> 'sad'\`);\n`,
      rows: ["INSERT INTO kinds VALUES ('ok')", "INSERT INTO t (id) VALUES (1)"],
      only: "postgres",
      afterwards: ["SELECT m::text, ms::text, g FROM t", [{ m: "ok", ms: "{ok}", g: true }]],
    },
  "a column goes with its index, check, key, generated column and view": {
    from: everythingOn("varchar(10)"),
    to: `${t("w: integer()")}export const child = table("child", { id: integer().primaryKey() });\nexport const vw = view("vw", sql\`select id from t\`);\n`,
    rows: ["INSERT INTO t (id, v) VALUES (1, 'a')", "INSERT INTO child VALUES (1, 'a')"],
    args: ["--no-renames"],
    afterwards: ["SELECT id FROM vw", [{ id: 1 }]],
  },
  "a column goes with its trigger and policy": {
    from:
      t("v: text(), w: integer()") +
      triggers("v") +
      'export const po = policy("po", { on: "t", using: sql`v <> \'\'` });\n',
    to: `${t("w: integer()") + triggers("w")}export const po = policy("po", { on: "t", using: sql\`w > 0\` });\n`,
    rows: ["INSERT INTO t VALUES (1, 'a', 1)"],
    only: "postgres",
  },
  "a table goes that others refer to and a view reads": {
    from: `${t("v: text()")}export const child = table("child", { id: integer().primaryKey(), t_id: integer().references("t.id", { onDelete: "cascade" }) });\nexport const vw = view("vw", sql\`select c.id, t.v from child c join t on t.id = c.t_id\`);\n`,
    to: 'export const child = table("child", { id: integer().primaryKey(), t_id: integer() });\nexport const vw = view("vw", sql`select id from child`);\n',
    rows: ["INSERT INTO t VALUES (1, 'a')", "INSERT INTO child VALUES (1, NULL)"],
    args: ["--no-renames"],
    afterwards: ["SELECT id FROM child", [{ id: 1 }]],
  },
  "tables that refer to each other come, and go": {
    from: t("v: integer()"),
    to: `${t("v: integer()")}export const a = table("a", { id: integer().primaryKey(), b: integer().references("b.id") });
export const b = table("b", { id: integer().primaryKey(), c: integer().notNull().references("c.id", { onDelete: "cascade" }) });
export const c = table("c", { id: integer().primaryKey(), a: integer().references("a.id"), up: integer().references("c.id") });\n`,
    args: ["--no-renames"],
  },
  "one of two tables that refer to each other goes": {
    from: 'export const a = table("a", { id: integer().primaryKey(), b: integer().references("b.id") });\nexport const b = table("b", { id: integer().primaryKey(), a: integer().references("a.id") });\n',
    to: 'export const a = table("a", { id: integer().primaryKey(), b: integer() });\n',
    rows: ["INSERT INTO a VALUES (1, NULL)", "INSERT INTO b VALUES (1, 1)"],
    afterwards: ["SELECT * FROM a", [{ id: 1, b: null }]],
  },
  "a primary key changes under foreign keys to it": {
    from: 'export const p = table("p", { id: integer().notNull(), n: integer().notNull() }, () => [primaryKey().on("id"), unique().on("n")]);\nexport const k = table("k", { id: integer().primaryKey(), p: integer().references("p.id", { onDelete: "set null" }) });\n',
    to: 'export const p = table("p", { id: integer().notNull(), n: integer().notNull() }, () => [primaryKey().on("n"), unique().on("id")]);\nexport const k = table("k", { id: integer().primaryKey(), p: integer().references("p.id", { onDelete: "set null" }) });\n',
    rows: ["INSERT INTO p VALUES (1, 2)", "INSERT INTO k VALUES (1, 1)"],
    afterwards: ["SELECT * FROM k", [{ id: 1, p: 1 }]],
  },
  "a foreign key comes together with the key that it refers to": {
    from: `${t("v: text()")}export const a = table("a", { id: integer().primaryKey(), tv: text() });\n`,
    to: `${t("v: text().unique()")}export const a = table("a", { id: integer().primaryKey(), tv: text().references("t.v") });\n`,
    rows: ["INSERT INTO t VALUES (1, 'a')", "INSERT INTO a VALUES (1, 'a')"],
  },
  "a unique constraint becomes a unique index of the same name": {
    from: t("v: text()", 'unique("uq").on("v")'),
    to: t("v: text()", 'uniqueIndex("uq").on("v")'),
    rows: ["INSERT INTO t VALUES (1, 'a')"],
  },
  "a table becomes a view of its name": {
    from: `${t("v: text()")}export const x = table("x", { id: integer().primaryKey() });\n`,
    to: `${t("v: text()")}export const x = view("x", sql\`select id from t\`);\n`,
    rows: ["INSERT INTO t VALUES (1, 'a')", "INSERT INTO x VALUES (7)"],
    afterwards: ["SELECT * FROM x", [{ id: 1 }]],
  },
  "a view becomes a table of its name": {
    from: `${t("v: text()")}export const x = view("x", sql\`select id from t\`);\n`,
    to: `${t("v: text()")}export const x = table("x", { id: integer().primaryKey() });\n`,
    rows: ["INSERT INTO t VALUES (1, 'a')"],
  },
  "a function changes and comes under defaults, checks, indexes and generated columns": {
    from: `export const one = functionDefinition("one", { arguments: "a integer", returns: "integer", language: "sql", volatility: "immutable", body: "select a + 1" });\n${t("v: integer().default(sql`one(1)`)", "check('ck', sql`one(v) > 0`)")}`,
    to: `export const one = functionDefinition("one", { arguments: "a integer", returns: "integer", language: "sql", volatility: "immutable", body: "select a + 2" });
export const two = functionDefinition("two", { arguments: "a integer", returns: "integer", language: "sql", volatility: "immutable", body: "select a + 3" });\n${t("v: integer().default(sql`two(1)`), g: integer().generatedAs(sql`two(id)`)", "check('ck', sql`two(v) > 0`), index('ix').on(sql`two(v)`)")}`,
    rows: ["INSERT INTO t (id) VALUES (1)"],
    only: "postgres",
    afterwards: ["SELECT g FROM t", [{ g: 4 }]],
  },
  "a column that everything names is renamed": {
    from: everythingOn("varchar(10)"),
    to: everythingOn("varchar(10)")
      .replaceAll(/\bv:/g, "val:")
      .replaceAll(/\bv\b(?! from t)/g, (found) => found)
      .replace("varchar(10), g", 'varchar(10).renamedFrom("v"), g')
      .replaceAll('"v"', (found) => found)
      .replace("sql`v || 'x'`", "sql`val || 'x'`")
      .replaceAll('.on("v")', '.on("val")')
      .replace("lower(v)", "lower(val)")
      .replace("v <> ''", "val <> ''")
      .replace("length(v)", "length(val)")
      .replace("t.v", "t.val")
      .replace("select id, v from t", "select id, val as v from t"),
    rows: ["INSERT INTO t (id, v) VALUES (1, 'a')", "INSERT INTO child VALUES (1, 'a')"],
    afterwards: ["SELECT t.val, t.g, vw2.v FROM t, vw2", [{ val: "a", g: "ax", v: "a" }]],
  },
  "a table is renamed with its columns, a type, a new column, a view and a foreign key to it": {
    from: `export const p = table("p", { id: serial().primaryKey(), v: varchar(10), w: integer() }, () => [index().on("v"), unique().on("w", "v")]);\nexport const k = table("k", { id: integer().primaryKey(), p: integer().notNull().references("p.id", { onDelete: "cascade" }) });\nexport const vw = view("vw", sql\`select id, v from p\`);\n`,
    to: `export const p = table("q", { id: serial().primaryKey(), val: varchar(20).renamedFrom("v"), w: bigint(), z: text() }, () => [index().on("val"), unique().on("w", "val")]).renamedFrom("p");\nexport const k = table("k", { id: integer().primaryKey(), q: integer().notNull().references("q.id", { onDelete: "cascade" }).renamedFrom("p") });\nexport const vw = view("vw", sql\`select id, val from q\`);\n`,
    rows: ["INSERT INTO p (v, w) VALUES ('a', 1)", "INSERT INTO k VALUES (1, 1)"],
    afterwards: ["SELECT q.val, k.q FROM q JOIN k ON k.q = q.id", [{ val: "a", q: 1 }]],
  },
  "a composite key is renamed in part, and its foreign key with it": {
    from: 'export const p = table("p", { a: integer().notNull(), b: integer().notNull() }, () => [primaryKey().on("a", "b")]);\nexport const k = table("k", { a: integer(), b: integer() }, () => [foreignKey(["a", "b"]).references("p", ["a", "b"])]);\n',
    to: 'export const p = table("p", { a: integer().notNull(), c: integer().notNull().renamedFrom("b") }, () => [primaryKey().on("a", "c")]);\nexport const k = table("k", { a: integer(), c: integer().renamedFrom("b") }, () => [foreignKey(["a", "c"]).references("p", ["a", "c"])]);\n',
    rows: ["INSERT INTO p VALUES (1, 2)", "INSERT INTO k VALUES (1, 2)"],
    afterwards: ["SELECT * FROM k", [{ a: 1, c: 2 }]],
  },
  "a self reference, its key and its type change together": {
    from: 'export const n = table("n", { id: integer().primaryKey(), up: integer().references("n.id", { onDelete: "cascade" }) });\n',
    to: 'export const n = table("n", { id: bigint().primaryKey(), up: bigint().references("n.id", { onDelete: "set null" }) });\n',
    rows: ["INSERT INTO n VALUES (1, NULL)", "INSERT INTO n VALUES (2, 1)"],
  },
  "a domain changes under the columns of it": {
    from: `export const pos = domain("pos", integer(), { check: { above: sql\`VALUE > 0\` } });\n${t("v: pos()")}export const vw = view("vw", sql\`select v from t\`);\n`,
    to: `export const pos = domain("pos", bigint(), { check: { above: sql\`VALUE > 1\` } });\n${t("v: pos()")}export const vw = view("vw", sql\`select v from t\`);\n`,
    rows: ["INSERT INTO t VALUES (1, 5)"],
    only: "postgres",
  },
  "an index is on other columns, in another order, partial": {
    from: t("a: integer(), b: integer()", 'index("one").on("a", "b"), index("two").on("a")'),
    to: t("a: integer(), b: integer()", 'index("one").on("b", "a"), index("two").on("a").where(sql`b > 0`)'),
    rows: ["INSERT INTO t VALUES (1, 2, 3)"],
  },
};

describe.each(DIALECTS)("what stands on what changes, on $name", ({ open, family }) => {
  const all = Object.entries(SCENARIOS).filter(([, { only }]) => only === undefined || only === family);
  it.each(all)("%s", { timeout: 120_000 }, async (_label, { from, to, rows, args = [], afterwards }) => {
    const database = await open();
    const project = tempProject({ url: database.url });
    const connection = await connectTo(database.url);
    const run = async (...words: readonly string[]) => {
      const result = await project.run(words);
      expect([words, result.exitCode, result.exitCode === 0 ? "" : result.stderr + result.stdout]).toEqual([
        words,
        0,
        "",
      ]);
    };
    const agree = async () => {
      const { stdout } = await project.run(["check", "--json"]);
      expect(JSON.parse(stdout)).toMatchObject({ upToDate: true, operations: [] });
    };
    try {
      project.write("models.ts", IMPORTS + from);
      await run("revision", "--autogenerate", "-m", "first");
      await run("upgrade");
      await agree();
      for (const sql of rows ?? []) await connection.query(sql);
      project.write("models.ts", IMPORTS + to);
      await run("revision", "--autogenerate", "-m", "second", ...args);
      await run("upgrade");
      await agree();
      if (afterwards !== undefined) expect((await connection.query(afterwards[0])).rows).toEqual(afterwards[1]);
      await run("downgrade", "-1");
      project.write("models.ts", IMPORTS + from);
      const back = await project.run([
        "revision",
        "--autogenerate",
        "-m",
        "back",
        "--no-renames",
        "--head",
        "head",
        "--json",
      ]);
      expect([back.exitCode, back.json().error?.code]).toEqual([4, "TSM_DATABASE_BEHIND"]);
      project.write("models.ts", IMPORTS + to);
      await run("upgrade");
      await agree();
      await run("downgrade", "base");
    } finally {
      await connection.close();
      await database.dispose();
    }
  });
});
