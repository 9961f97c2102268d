/** Functions that get other arguments or another result under all that calls them: rows are kept, up and down. */
import { describe, expect, it } from "vitest";
import type { SchemaDef, TableDef } from "../../src/schema/schema.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectTo, introspect } from "../support/engine.js";
import { tempProject } from "../support/temp-project.js";

const IMPORTS =
  'import { bigint, check, custom, definition, domain, exclude, foreignKey, functionDefinition, index, integer, materializedView, partition, policy, sql, table, text, trigger, unique, uniqueIndex, view } from "tsmigrate/schema";\n';

const fn = (name: string, args: string, returns: string, body: string, more = "") =>
  `export const fn_${name} = functionDefinition("${name}", { arguments: "${args}", returns: "${returns}", language: "sql", volatility: "immutable", comment: "a function", ${more}${body.startsWith("RETURN") ? "sqlBody" : "body"}: "${body}" });\n`;

/** A parent that refers to itself with set null, and a child that goes with it. */
const tables = (call: (text: string) => string, column = "integer()") => `
export const people = table("people", {
  id: integer().primaryKey(),
  boss: integer(),
  score: ${column}.default(sql\`${call("1")}\`),
  rank: ${column}.notNull().generatedAs(sql\`${call("id")}\`).comment("a column"),
}, (t) => [
  foreignKey(["boss"]).references("people", ["id"], { onDelete: "set null" }),
  check("ck_people_score", sql\`${call("id")} > 0\`).comment("a check"),
  index("ix_people_call").on(sql\`${call("id")}\`).comment("an index"),
  index("ix_people_some").on(t.boss).where(sql\`${call("id")} > 1\`),
  unique("uq_people_rank").on("rank"),
]);
export const pets = table("pets", {
  id: integer().primaryKey(),
  person: integer().notNull().references("people.id", { onDelete: "cascade" }),
  rank: ${column}.references("people.rank"),
});
export const ranks = view("ranks", sql\`select id, rank from people\`);
export const called = view("called", sql\`select r.id, ${call("r.id")} as found from ranks r\`);
export const stored = materializedView("stored", sql\`select id from people\`, { indexes: [uniqueIndex("ix_stored").on(sql\`${call("id")}\`)] });
export const seen = policy("seen", { on: "people", using: sql\`${call("id")} > 0\` });
export const ranked = policy("ranked", { on: "people", using: sql\`rank > 0\` });
export const touch = functionDefinition("touch", { returns: "trigger", language: "plpgsql", body: "begin return new; end" });
export const touched = trigger("touched", { on: "people", fires: "BEFORE UPDATE", action: "FOR EACH ROW WHEN (${call("new.id")} > 0) EXECUTE FUNCTION touch()" });
export const scored = domain("scored", integer(), { default: sql\`${call("1")}\`, check: { above: sql\`${call("1")} > 0\` } });
export const notes = table("notes", { id: integer().primaryKey(), s: scored() });
`;

const ROWS = [
  "INSERT INTO people (id, boss) VALUES (1, NULL), (2, 1), (3, 3)",
  "INSERT INTO pets VALUES (1, 1, NULL), (2, 2, NULL)",
  "INSERT INTO notes (id) VALUES (1)",
  "REFRESH MATERIALIZED VIEW stored",
];

interface Scenario {
  readonly from: string;
  readonly to: string;
  /** Query and what it gives after the second upgrade. */
  readonly afterwards: readonly [string, unknown];
  readonly rows?: readonly string[];
}

const once = fn("calc", "a integer", "integer", "select a + 1");
const plain = (text: string) => `calc(${text})`;
const outer = (text: string) => `outer_calc(${text})`;
const twice = fn("outer_calc", "a integer", "integer", "RETURN calc(a)");
const SCORES = "SELECT score, rank::int FROM people ORDER BY id";

const heirs = `export const events = table("events", { id: integer(), v: integer().default(sql\`calc(1)\`) }, (t) => [
  check("ck_events", sql\`calc(id) > 0\`),
  index("ix_events").on(sql\`calc(id)\`),
], { postgres: { partitionBy: "RANGE (id)" } });
export const some = partition("events_some", events, sql\`for values from (0) to (9)\`);
export const roots = table("roots", { id: integer(), v: integer().default(sql\`calc(1)\`) }, (t) => [
  check("ck_roots", sql\`calc(id) > 0\`),
]);
export const heirs = table("heirs", { more: integer() }, () => [], { inherits: ["roots"] });
`;

const same = (args: string) => fn("alike", args, "boolean", "select $1 = $2");
const operated = `export const op = definition("operator", "=== (integer, integer)", "CREATE OPERATOR === (FUNCTION = alike, LEFTARG = integer, RIGHTARG = integer)");
export const t = table("t", { id: integer().primaryKey(), v: integer() }, (t) => [
  check("ck_t", sql\`id === v\`),
  index("ix_t").on(sql\`alike(id, v)\`),
  exclude("ex_t").on([sql\`alike(v, 0)::text || id\`, "="]),
]);
`;

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "another result": {
    from: once + tables(plain),
    to: fn("calc", "a integer", "bigint", "select a + 2::bigint") + tables(plain),
    afterwards: [SCORES, [2, 2, 2].map((score, at) => ({ score, rank: at + 3 }))],
  },
  "another name of an argument": {
    from: once + tables(plain),
    to: fn("calc", "b integer", "integer", "select b + 1") + tables(plain),
    afterwards: [SCORES, [2, 2, 2].map((score, at) => ({ score, rank: at + 2 }))],
  },
  "a default of an argument less": {
    from:
      fn("calc", "a integer, b integer DEFAULT 1", "integer", "select a + b") + tables((text) => `calc(${text}, 1)`),
    to: fn("calc", "a integer, b integer", "integer", "select a + b") + tables((text) => `calc(${text}, 1)`),
    afterwards: [SCORES, [2, 2, 2].map((score, at) => ({ score, rank: at + 2 }))],
  },
  "one more argument with a default, called in the same words": {
    from: once + tables(plain),
    to: fn("calc", "a integer, b integer DEFAULT 2", "integer", "select a + b") + tables(plain),
    afterwards: [SCORES, [2, 2, 2].map((score, at) => ({ score, rank: at + 3 }))],
  },
  "one more argument, called in other words": {
    from: once + tables(plain),
    to: fn("calc", "a integer, b integer", "integer", "select a + b") + tables((text) => `calc(${text}, 2)`),
    afterwards: [SCORES, [2, 2, 2].map((score, at) => ({ score, rank: at + 3 }))],
  },
  "another result under a function that everything calls": {
    from: once + twice + tables(outer),
    to:
      fn("calc", "a integer", "bigint", "select a + 2::bigint") +
      fn("outer_calc", "a integer", "integer", "RETURN calc(a)::integer") +
      tables(outer),
    afterwards: [SCORES, [2, 2, 2].map((score, at) => ({ score, rank: at + 3 }))],
  },
  "another result under a partitioned table and one with a child": {
    from: `${once}${heirs}`,
    to: `${fn("calc", "a integer", "bigint", "select a + 2::bigint")}${heirs}`,
    rows: [
      "INSERT INTO events (id) VALUES (1)",
      "INSERT INTO roots (id) VALUES (1)",
      "INSERT INTO heirs (id) VALUES (2)",
    ],
    afterwards: [
      "SELECT id, v FROM events UNION ALL SELECT id, v FROM roots ORDER BY 1",
      [
        { id: 1, v: 2 },
        { id: 1, v: 2 },
        { id: 2, v: 2 },
      ],
    ],
  },
  "another name of an argument under an operator and an exclusion": {
    from: `${same("a integer, b integer")}${operated}`,
    to: `${same("x integer, y integer")}${operated}`,
    rows: ["INSERT INTO t (id, v) VALUES (1, 1), (2, 2)"],
    afterwards: ["SELECT id, v FROM t ORDER BY id", [1, 2].map((id) => ({ id, v: id }))],
  },
  "another type of an argument, written as a text that either reads": {
    from: `${once}export const t = table("t", { id: integer().primaryKey(), v: integer().default(sql\`calc('1')\`) });
export const vw = view("vw", sql\`select calc('4') as four from t\`);\n`,
    to: `${fn("calc", "a text", "integer", "select length(a)")}export const t = table("t", { id: integer().primaryKey(), v: integer().default(sql\`calc('1')\`) });
export const vw = view("vw", sql\`select calc('4') as four from t\`);\n`,
    rows: ["INSERT INTO t (id) VALUES (1)"],
    afterwards: ["SELECT v, four FROM t, vw", [{ v: 2, four: 1 }]],
  },
};

/** A generated column that was made again is the last one. */
function inAnyOrder(schema: SchemaDef): SchemaDef {
  const byName = (a: { readonly name: string | null }, b: { readonly name: string | null }) =>
    String(a.name) < String(b.name) ? -1 : 1;
  const tables = Object.entries(schema.tables).map(([key, table]): [string, TableDef] => [
    key,
    { ...table, columns: [...table.columns].sort(byName) },
  ]);
  return { ...schema, tables: Object.fromEntries(tables) };
}

describe.each(POSTGRES_DIALECTS)("a function that everything calls gets, on $name", ({ open }) => {
  it.each(Object.entries(SCENARIOS))(
    "%s",
    { timeout: 120_000 },
    async (_label, { from, to, rows = ROWS, afterwards }) => {
      const database = await open();
      const project = tempProject({ url: database.url });
      const connection = await connectTo(database.url);
      const run = async (...words: readonly string[]) => {
        const { exitCode, stdout, stderr } = await project.run(words);
        expect([words, exitCode, exitCode === 0 ? "" : stderr + stdout]).toEqual([words, 0, ""]);
        return stdout;
      };
      const agree = async () =>
        expect(JSON.parse(await run("check", "--json"))).toMatchObject({ upToDate: true, operations: [] });
      const catalog = async () => inAnyOrder(await introspect(connection));
      try {
        project.write("models.ts", IMPORTS + from);
        await run("revision", "--autogenerate", "-m", "first");
        await run("upgrade");
        await agree();
        for (const sql of rows) await connection.query(sql);
        const before = await catalog();
        project.write("models.ts", IMPORTS + to);
        await run("revision", "--autogenerate", "-m", "second", "--no-renames");
        await run("upgrade");
        await agree();
        expect((await connection.query(afterwards[0])).rows).toEqual(afterwards[1]);
        await run("downgrade", "-1");
        expect(await catalog()).toEqual(before);
        await run("upgrade");
        await agree();
        if (rows === ROWS) {
          expect((await connection.query("SELECT id, boss FROM people ORDER BY id")).rows).toEqual([
            { id: 1, boss: null },
            { id: 2, boss: 1 },
            { id: 3, boss: 3 },
          ]);
          expect((await connection.query("SELECT count(*)::int AS n FROM pets")).rows).toEqual([{ n: 2 }]);
          await connection.query("DELETE FROM people WHERE id = 1");
          expect((await connection.query("SELECT boss FROM people WHERE id = 2")).rows).toEqual([{ boss: null }]);
          expect((await connection.query("SELECT count(*)::int AS n FROM pets")).rows).toEqual([{ n: 1 }]);
        }
        await run("downgrade", "base");
      } finally {
        await connection.close();
        await database.dispose();
      }
    },
  );

  it("a body leaves all that calls it as it is", async () => {
    const database = await open();
    const project = tempProject({ url: database.url, models: IMPORTS + once + tables(plain) });
    try {
      for (const args of [["revision", "--autogenerate", "-m", "x"], ["upgrade"]]) {
        expect((await project.run(args)).exitCode).toBe(0);
      }
      project.write("models.ts", IMPORTS + fn("calc", "a integer", "integer", "select a + 2") + tables(plain));
      const { operations } = (await project.run(["check", "--json"])).json();
      expect(operations.map(({ kind }: { readonly kind: string }) => kind)).toEqual(["replaceFunction"]);
    } finally {
      await database.dispose();
    }
  });

  it("another argument, and those who were granted it and what calls it keep their rights", async () => {
    const database = await open();
    const config = `export default { url: ${JSON.stringify(database.url)}, models: "./models.ts", manage: ["grant"] };\n`;
    const project = tempProject({ config });
    const connection = await connectTo(database.url);
    const granted = (head: string, signature: string) =>
      `${IMPORTS}import { grant, revoke } from "tsmigrate/schema";\n${fn("calc", head, "integer", "select a + 1")}
export const t = table("t", { id: integer().primaryKey(), v: integer().default(sql\`calc(1)\`), w: integer().generatedAs(sql\`calc(id)\`) });
export const vw = view("vw", sql\`select id, w from t\`);
export const closed = revoke("execute", { on: { type: "function", name: "calc", arguments: "${signature}" }, from: "public" });
export const called = grant("execute", { on: { type: "function", name: "calc", arguments: "${signature}" }, to: "pg_monitor" });
export const seen = grant("select", { on: "vw", to: "pg_monitor" });
export const shown = grant("select (w)", { on: "t", to: "pg_monitor" });\n`;
    const run = async (...words: readonly string[]) => {
      const { exitCode, stdout, stderr } = await project.run(words);
      expect([words, exitCode, exitCode === 0 ? "" : stderr + stdout]).toEqual([words, 0, ""]);
    };
    const rights = async () => {
      const sql = `SELECT has_table_privilege('pg_monitor', 'vw', 'select') AS v, has_column_privilege('pg_monitor', 't', 'w', 'select') AS w,
        (SELECT proacl::text NOT LIKE '%{=X%' AND proacl::text LIKE '%pg_monitor=X%' FROM pg_proc WHERE proname = 'calc') AS f`;
      return (await connection.query(sql)).rows;
    };
    const all = [{ v: true, w: true, f: true }];
    try {
      project.write("models.ts", granted("a integer", "integer"));
      for (const args of [["revision", "--autogenerate", "-m", "x"], ["upgrade"], ["check"]]) await run(...args);
      expect(await rights()).toEqual(all);
      await connection.query("INSERT INTO t (id) VALUES (1)");
      project.write("models.ts", granted("a integer, b integer DEFAULT 0", "integer, integer"));
      for (const args of [["revision", "--autogenerate", "-m", "y"], ["upgrade"], ["check"]]) await run(...args);
      expect(await rights()).toEqual(all);
      await run("downgrade", "-1");
      expect(await rights()).toEqual(all);
      expect((await connection.query("SELECT id, v, w FROM vw NATURAL JOIN t")).rows).toEqual([{ id: 1, v: 2, w: 2 }]);
    } finally {
      await connection.close();
      await database.dispose();
    }
  });

  const partitioned = (argument: string) => `${fn("calc", `${argument} integer`, "integer", "select $1 + 1")}
export const events = table("events", { id: integer() }, () => [], { postgres: { partitionBy: "RANGE (calc(id))" } });
`;
  const ranged = (
    argument: string,
  ) => `${fn("calc", `${argument} integer, integer`, "float8", "select ($1 - $2)::float8")}
export const span = definition("type", "span", "CREATE TYPE span AS RANGE (SUBTYPE = integer, SUBTYPE_DIFF = calc, MULTIRANGE_TYPE_NAME = spans)");
export const events = table("events", { id: integer(), at: custom("span") });
`;

  it.each([
    ["a table is partitioned by it", partitioned, "table events (partitioned by RANGE (calc(id)))", "function calc("],
    ["the type of a column is made with it", ranged, "column events.at (its type)", "type span cannot"],
  ] as const)("an error while %s, and nothing is written", async (_label, models, users, what) => {
    const database = await open();
    const project = tempProject({ url: database.url, models: IMPORTS + models("a") });
    try {
      for (const args of [["revision", "--autogenerate", "-m", "x"], ["upgrade"]]) {
        expect((await project.run(args)).exitCode).toBe(0);
      }
      project.write("models.ts", IMPORTS + models("b"));
      for (const args of [["revision", "--autogenerate", "-m", "y"], ["check"]]) {
        const refused = await project.run(args);
        expect([refused.exitCode, refused.stderr]).toEqual([6, expect.stringContaining(users)]);
        expect(refused.stderr).toContain(what);
        expect(refused.stderr).toContain('`tsmigrate revision -m "replace ');
      }
      expect(project.revisions()).toHaveLength(1);
      const shown = await project.run(["diff"]);
      expect([shown.exitCode, shown.stderr]).toEqual([0, expect.stringContaining(users)]);
    } finally {
      await database.dispose();
    }
  });
});
