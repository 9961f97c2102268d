/** Tables that get another schema and another name in one edit, also where a schema comes or leaves with it. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import type { Connection } from "../../src/dialects/dialect.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { hasShell, runScript } from "../support/run-script.js";
import { type TempProject, tempProject } from "../support/temp-project.js";
import { wholeView } from "../support/whole-view.js";

interface Place {
  readonly schema?: string;
  readonly name: string;
}

/** A table with a parent of its own kind and rows that cascade and that stay, and other tables with one column each. */
const models = (
  accounts: Place,
  options: { readonly hint?: string; readonly others?: readonly Place[]; readonly schemas?: readonly string[] } = {},
) => {
  const { others = [], hint = "" } = options;
  const schemas = new Set([accounts, ...others].flatMap(({ schema }) => schema ?? []).concat(options.schemas ?? []));
  const call = ({ schema }: Place) => (schema === undefined ? "table" : `${schema}.table`);
  const path = [accounts.schema ?? [], accounts.name].flat().join(".");
  return `import { check, index, integer, pgSchema, policy, serial, sql, table, text, view } from "tsmigrate/schema";
${[...schemas].map((name) => `export const ${name} = pgSchema("${name}");`).join("\n")}
export const accounts = ${call(accounts)}("${accounts.name}", {
  id: integer().primaryKey().autoIncrement(), ticket: serial(), name: text().notNull().unique({ name: "uq_named" }),
  parent: integer().references("${path}.id", { onDelete: "set null", name: "fk_parent" }),
}, (t) => [check("named", sql\`name <> ''\`), index("by_lower").on(sql\`lower(name)\`)])${hint};
export const bills = table("bills", { id: integer().primaryKey(), account: integer().references("${path}.id", { onDelete: "cascade", name: "fk_bill" }) });
export const notes = table("notes", { id: integer().primaryKey(), account: integer().references("${path}.id", { onDelete: "set null", name: "fk_note" }) });
export const names = view("names", sql\`select name from ${path}\`);
export const all = policy("all_of_them", { on: accounts, using: sql\`ticket > 0\` });
${others.map((one, at) => `export const other${at} = ${call(one)}("${one.name}", { other: text() });`).join("\n")}
`;
};

const sales = (name: string): Place => ({ schema: "sales", name });
const archive = (name: string): Place => ({ schema: "archive", name });
const plain = (name: string): Place => ({ name });
const shown = ({ schema, name }: Place) => (schema === undefined ? name : `${schema}.${name}`);

interface Bench {
  readonly project: TempProject;
  readonly connection: Connection;
  readonly url: string;
  /** The database before the edit. */
  readonly start: object;
  run(...args: readonly string[]): Promise<any>;
}

describe.each(POSTGRES_DIALECTS)("a table with another schema and another name on $name", ({ open, family }) => {
  async function onBench(first: string, from: Place, work: (bench: Bench) => Promise<void>): Promise<void> {
    const database = await open();
    const project = tempProject({ url: database.url, models: first });
    const connection = await connectTo(database.url);
    const run = async (...args: readonly string[]) => {
      const result = await project.run([...args, "--json"]);
      expect([args, result.exitCode, result.exitCode === 0 ? "" : result.stdout]).toEqual([args, 0, ""]);
      return result.json();
    };
    try {
      await run("revision", "--autogenerate", "-m", "first");
      await run("upgrade");
      await connection.script(`INSERT INTO ${shown(from)} (name, parent) VALUES ('a', NULL), ('b', 1);
        INSERT INTO bills VALUES (1, 1), (2, 2); INSERT INTO notes VALUES (1, 1), (2, 2)`);
      await work({ project, connection, url: database.url, start: await wholeView(family, database.url), run });
    } finally {
      await connection.close();
      await database.dispose();
    }
  }

  const rowsOf = async (connection: Connection, place: Place) =>
    (
      await connection.query(`SELECT a.id, a.ticket, a.name, a.parent, b.id AS bill, n.id AS note, v.name AS seen
      FROM ${shown(place)} a JOIN bills b ON b.account = a.id JOIN notes n ON n.account = a.id JOIN names v ON v.name = a.name ORDER BY a.id`)
    ).rows;

  const upAndDown = async ({ project, connection, url, start, run }: Bench, from: Place, to: Place) => {
    const second = project.read("models.ts").replace(/\.renamedFrom\("[^"]*"\)/, "");
    const rows = [
      { id: 1, ticket: 1, name: "a", parent: null, bill: 1, note: 1, seen: "a" },
      { id: 2, ticket: 2, name: "b", parent: 1, bill: 2, note: 2, seen: "b" },
    ];
    await run("upgrade");
    expect(await rowsOf(connection, to)).toEqual(rows);
    await run("check");
    project.write("models.ts", second);
    await run("check");
    await run("downgrade", "-1");
    expect(await rowsOf(connection, from)).toEqual(rows);
    expect(await wholeView(family, url)).toEqual(start);
    await run("upgrade");
    await connection.script(`INSERT INTO ${shown(to)} (name) VALUES ('c')`);
    await connection.script(`DELETE FROM ${shown(to)} WHERE id = 1`);
    expect((await connection.query(`SELECT id, parent FROM ${shown(to)} ORDER BY id`)).rows).toEqual([
      { id: 2, parent: null },
      { id: 3, parent: null },
    ]);
    expect((await connection.query("SELECT id FROM bills")).rows).toEqual([{ id: 2 }]);
  };

  const PLACES: readonly (readonly [string, Place, Place, string])[] = [
    ["another schema", sales("accounts"), archive("ledgers"), "sales.accounts:archive.ledgers"],
    ["a named schema", plain("accounts"), sales("ledgers"), "accounts:sales.ledgers"],
    ["the default schema", sales("accounts"), plain("ledgers"), "sales.accounts:public.ledgers"],
    ["another schema, alone", sales("accounts"), archive("accounts"), "sales.accounts:archive.accounts"],
  ];
  const LIVES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["both schemas stay", ["sales", "archive"], ["sales", "archive"]],
    ["the old schema leaves the models", ["sales", "archive"], []],
    ["the new schema comes", [], ["sales", "archive"]],
    ["one comes and one leaves", [], []],
  ];
  const CASES = PLACES.flatMap(([title, from, to, argument]) =>
    LIVES.map(([life, before, after]) => [title, life, from, to, argument, before, after] as const),
  );

  it.each(CASES)("to %s keeps its rows when %s", async (_title, _life, from, to, argument, before, after) => {
    const first = models(from, { schemas: before });
    await onBench(first, from, async (bench) => {
      const { project, run } = bench;
      project.write("models.ts", models(to, { schemas: after }));
      const asked = await project.run(["revision", "--autogenerate", "-m", "x"]);
      expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining(`--rename ${argument}`)]);
      await run("revision", "--autogenerate", "-m", "move", "--rename", argument);
      await upAndDown(bench, from, to);
    });
  });

  it.each(CASES.filter(([, life]) => life !== "both schemas stay"))(
    "to %s by renamedFrom keeps its rows when %s",
    async (_title, _life, from, to, _argument, before, after) => {
      const first = models(from, { schemas: before });
      await onBench(first, from, async (bench) => {
        const hint = from.schema === undefined ? `public.${from.name}` : shown(from);
        bench.project.write("models.ts", models(to, { schemas: after, hint: `.renamedFrom("${hint}")` }));
        await bench.run("revision", "--autogenerate", "-m", "move");
        await upAndDown(bench, from, to);
      });
    },
  );

  it.each(CASES.filter(([, life]) => life === "both schemas stay"))(
    "to %s by a script comes to the same",
    async (_title, _life, from, to, argument, before, after) => {
      await onBench(models(from, { schemas: before }), from, async ({ project, connection, url, start, run }) => {
        project.write("models.ts", models(to, { schemas: after }));
        await run("revision", "--autogenerate", "-m", "move", "--rename", argument);
        const [base, head] = ["first", "move"].map((slug) => basename(project.revision(slug)).split("_")[0]);
        const scripts = [
          (await project.run(["upgrade", `${base}:${head}`, "--sql"])).stdout,
          (await project.run(["downgrade", `${head}:${base}`, "--sql"])).stdout,
        ] as const;
        await run("upgrade");
        const [online, rows] = [await wholeView(family, url), await rowsOf(connection, to)];
        await run("downgrade", "-1");
        for (const road of ["driver", ...(hasShell(family) ? ["shell" as const] : [])] as const) {
          await runScript(family, url, scripts[0], road);
          expect([await wholeView(family, url), await rowsOf(connection, to)]).toEqual([online, rows]);
          await runScript(family, url, scripts[1], road);
          expect(await wholeView(family, url)).toEqual(start);
        }
      });
    },
  );

  it("finds its way past names that are taken on either side", async () => {
    const others = [archive("accounts"), sales("ledgers")];
    const first = models(sales("accounts"), { others });
    await onBench(first, sales("accounts"), async (bench) => {
      bench.project.write("models.ts", models(archive("ledgers"), { others }));
      await bench.run("revision", "--autogenerate", "-m", "move", "--rename", "sales.accounts:archive.ledgers");
      await upAndDown(bench, sales("accounts"), archive("ledgers"));
    });
  });

  it("takes the name that another gives away in the same edit", async () => {
    const first = models(sales("accounts"), { others: [archive("accounts")] });
    await onBench(first, sales("accounts"), async (bench) => {
      bench.project.write("models.ts", models(archive("accounts"), { others: [archive("older")], schemas: ["sales"] }));
      const flags = ["--rename", "sales.accounts:archive.accounts", "--rename", "archive.accounts:archive.older"];
      await bench.run("revision", "--autogenerate", "-m", "move", ...flags);
      await upAndDown(bench, sales("accounts"), archive("accounts"));
    });
  });

  it("leaves a table alone that stays behind in a schema which has left the models", async () => {
    const first = models(sales("accounts"));
    await onBench(first, sales("accounts"), async ({ project, connection, run }) => {
      await connection.script("DELETE FROM bills; DELETE FROM notes");
      project.write("models.ts", models(archive("accounts")));
      await run("revision", "--autogenerate", "-m", "another", "--no-renames");
      await run("upgrade");
      expect((await connection.query("SELECT name FROM sales.accounts ORDER BY id")).rows).toEqual([
        { name: "a" },
        { name: "b" },
      ]);
      expect((await connection.query("SELECT name FROM archive.accounts")).rows).toEqual([]);
      await run("check");
    });
  });

  const others = (schema: string, end = "") => `import * as m from "tsmigrate/schema";
const { check, domain, functionDefinition, integer, materializedView, pgSchema, sequence, sql, table, text, view } = m;
export const sales = pgSchema("sales");
export const archive = pgSchema("archive");
export const mood = ${schema}.enumType("mood${end}", ["sad", "glad"]);
export const email = domain("email${end}", text(), { schema: "${schema}", check: { at: sql\`value like '%@%'\` } });
export const numbers = sequence("numbers${end}", { schema: "${schema}", start: 100 });
export const label = functionDefinition("label${end}", { schema: "${schema}", arguments: "a text", returns: "text", volatility: "immutable", sqlBody: "return lower(a)" });
export const bills = table("bills", { id: integer().primaryKey(), account: integer() });
export const notes = table("notes", { id: integer().primaryKey(), account: integer() });
export const people = table("people", { id: integer().primaryKey().autoIncrement(), parent: integer(), name: text(), mood: mood().notNull().default("glad"), mail: email(),
  number: integer().default(sql\`nextval('${schema}.numbers${end}'::regclass)\`) }, () => [check("ck", sql\`${schema}.label${end}(name) <> ''\`)]);
export const names = view("names${end}", sql\`select name from people where mood = 'glad'\`, { schema: "${schema}" });
export const totals = materializedView("totals${end}", sql\`select count(*) as n from people\`, { schema: "${schema}" });
`;

  it.each(["", "2"])(
    "enums, domains, sequences, functions and views are made there, where that is said, without a row lost (%s)",
    async (end) => {
      await onBench(others("sales"), plain("people"), async ({ project, connection, url, start, run }) => {
        project.write("models.ts", others("archive", end));
        await run("revision", "--autogenerate", "--no-renames", "-m", "move");
        const text = readFileSync(project.revision("move"), "utf8");
        expect(text).toContain("// destroys data: sequence sales.numbers and the number it stands at");
        const rows = () => connection.query("SELECT id, name, mood::text AS mood, number FROM people ORDER BY id");
        const before = (await rows()).rows;
        await run("upgrade");
        expect(await run("check")).toMatchObject({ upToDate: true, operations: [] });
        expect((await rows()).rows).toEqual(before);
        expect((await connection.query(`SELECT name FROM archive.names${end} ORDER BY name`)).rows).toEqual([
          { name: "a" },
          { name: "b" },
        ]);
        await run("downgrade", "-1");
        expect((await rows()).rows).toEqual(before);
        expect(await wholeView(family, url)).toEqual(start);
        await run("upgrade");
      });
    },
  );
});
