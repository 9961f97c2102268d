/** Schemas of real projects: pulled, made again from the models, and looked at by somebody else. */
import { existsSync, readdirSync } from "node:fs";
import * as prettier from "prettier";
import { describe, expect, it } from "vitest";
import { DIALECTS, type TestDialect } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { dumpStatements } from "../support/pg-dump.js";
import { realSchemaSql, realSchemas, whyNotTaken } from "../support/real-schemas.js";
import { type TempProject, tempProject } from "../support/temp-project.js";
import { compile, prepareProject } from "../support/type-compilers.js";
import { runSql } from "../support/used-databases.js";

/** One file is type-checked: the compiler takes longer than all else. */
const TYPE_CHECKED = ["pagila.sql", "northwind.sql"];

describe.each(DIALECTS.filter(({ name }) => name !== "sqlite-worker"))("pull of real schemas on $name", (dialect) => {
  const files = realSchemas(dialect.family);
  if (files.length === 0) it("are not there, so that nothing is pulled", () => undefined);

  it.for(files)("%s comes back from its models", { timeout: 300_000 }, async (file, context) => {
    const sql = realSchemaSql(dialect.family, file);
    const database = await dialect.open();
    const remade = await dialect.open();
    try {
      const reason = await whyNotTaken(file, database.url);
      if (reason !== null) context.skip(reason);
      await runSql(database.url, sql);
      const project = tempProject({ url: database.url });
      expect((await succeed(project, "pull")).notReproduced).toEqual([]);
      const texts = textsOf(project);
      for (const [, text] of texts) expect(await prettier.format(text, { parser: "typescript" })).toBe(text);
      await succeed(project, "pull", "--force");
      expect(textsOf(project)).toEqual(texts);
      expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
      expect((await succeed(project, "pull", "--check")).notReproduced).toEqual([]);
      if (TYPE_CHECKED.includes(file)) typeCheck(project, dialect.family);

      const models = tempProject({ url: remade.url });
      for (const [name, text] of texts) models.write(name, text);
      await succeed(models, "revision", "--autogenerate", "-m", "all");
      await succeed(models, "upgrade", "head");
      expect((await models.run(["revision", "--autogenerate", "-m", "again", "--json"])).json().revision).toBeNull();
      expect(await difference(dialect, database.url, remade.url)).toEqual([]);
    } finally {
      await database.dispose();
      await remade.dispose();
    }
  });
});

async function succeed(project: TempProject, ...args: readonly string[]): Promise<any> {
  const result = await project.run([...args, "--json"]);
  expect([args, result.exitCode, result.exitCode === 0 ? "" : result.stdout]).toEqual([args, 0, ""]);
  return result.json();
}

/** The files of models by their names. */
function textsOf(project: TempProject): readonly (readonly [string, string])[] {
  const folder = project.path("models");
  const parts = existsSync(folder) ? readdirSync(folder).map((name) => `models/${name}`) : [];
  return ["models.ts", ...parts].map((name) => [name, project.read(name)]);
}

function typeCheck(project: TempProject, family: "sqlite" | "postgres"): void {
  const folder = project.path("typed");
  const compilerOptions = prepareProject(folder);
  for (const [name, text] of textsOf(project)) project.write(`typed/${name}`, text);
  project.write(
    "typed/use.ts",
    `import type { Kysely } from "kysely";
import type { InferDatabase } from "tsmigrate/schema";
import type * as models from "./models.js";
export interface DB extends InferDatabase<typeof models, "${family}"> {}
export const names = (db: Kysely<DB>): Promise<unknown> => db.selectFrom("${family === "sqlite" ? "Customers" : "film"}").selectAll().execute();
// @ts-expect-error there is no such table
export const wrong = (db: Kysely<DB>): unknown => db.selectFrom("nothing_of_the_kind").selectAll().execute();
`,
  );
  project.write("typed/tsconfig.json", JSON.stringify({ compilerOptions, files: ["use.ts", "models.ts"] }));
  const { ok, output } = compile("TypeScript 7", folder);
  expect([ok, output]).toEqual([true, ""]);
}

/** What somebody else says of one of the two databases and not of the other. */
async function difference({ family }: TestDialect, a: string, b: string): Promise<readonly string[]> {
  const read = family === "postgres" ? dumpStatements : pragmas;
  const [first, second] = [(await read(a))?.map(normalized), (await read(b))?.map(normalized)];
  if (first === undefined || second === undefined) return [];
  return [
    ...first.filter((statement) => !second.includes(statement)).map((statement) => `- ${statement}`),
    ...second.filter((statement) => !first.includes(statement)).map((statement) => `+ ${statement}`),
  ];
}

/** What docs/pull.md says is written in another way and means the same. */
function normalized(statement: string): string {
  const text = statement
    .replace(/DEFAULT CURRENT_TIMESTAMP\b/g, "DEFAULT now()")
    .replace(/DEFAULT (-?\d+)\.0+\b/g, "DEFAULT $1")
    .replace(/ DEFAULT NULL::[\w ]+(?=[,\n])/g, "");
  if (/^\["column"/.test(text)) {
    return text
      .replace('"NULL"', "null")
      .replace(/"false"(?=,\d)/i, '"0"')
      .replace(/"true"(?=,\d)/i, '"1"');
  }
  if (!/^\["(?:view|trigger)"/.test(text)) return text;
  // The head is written anew: its names are quoted.
  return text.replace(/\\[rnt"]|["[\]\s]/g, "").toLowerCase();
}

/** SQLite's own description: what pragmas say of every table, key and index, and the texts of views and triggers. */
async function pragmas(url: string): Promise<readonly string[]> {
  const facts = [
    `SELECT json_array('column', m.name, c.name, upper(c.type), c."notnull", c.dflt_value, c.pk, c.hidden) AS fact
     FROM sqlite_schema m, pragma_table_xinfo(m.name) c WHERE m.type = 'table'`,
    `SELECT json_array('key', m.name, f."table", f."from", f."to", f.on_update, f.on_delete, f."match") AS fact
     FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`,
    `SELECT json_array('index', m.name, i."unique", i.origin, i.partial, iif(i.origin = 'c', i.name, ''),
       (SELECT group_concat(coalesce(x.name, '') || x.desc || x.coll, '|') FROM pragma_index_xinfo(i.name) x WHERE x.key)
     ) AS fact FROM sqlite_schema m, pragma_index_list(m.name) i WHERE m.type = 'table'`,
    "SELECT json_array('table', name, type, ncol, wr, strict) AS fact FROM pragma_table_list WHERE schema = 'main'",
    "SELECT json_array(type, name, tbl_name, sql) AS fact FROM sqlite_schema WHERE type IN ('view', 'trigger')",
  ];
  const connection = await connectTo(url);
  try {
    const rows: { fact: string }[] = [];
    for (const fact of facts) rows.push(...(await connection.query<{ fact: string }>(fact)).rows);
    return rows
      .map(({ fact }) => fact)
      .filter((fact) => !fact.includes("tsmigrate_"))
      .sort();
  } finally {
    await connection.close();
  }
}
