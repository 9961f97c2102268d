import { globSync, readFileSync } from "node:fs";
import ts from "typescript5";
import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { revisionText, tempProject } from "../support/temp-project.js";

/** Grammar of SQL and not calls, names of types, and what is text of the user's own. */
const NO_CALLS = new Set(["extract", "char", "varchar", "text", "now", "nextval"]);

/** Calls and tables of the server's catalogs in the SQL of our files that do not say where they are. */
function unqualified(files: readonly string[], functions: ReadonlySet<string>): readonly string[] {
  const found: string[] = [];
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node)) {
        const words = [
          ...[...node.text.matchAll(/(?<![.\w"])([a-z_][a-z0-9_]*)\(/g)].filter(([, name]) => functions.has(name!)),
          ...node.text.matchAll(/\b(?:FROM|JOIN)\s+(?:ONLY\s+)?(pg_(?!catalog\.)[a-z_]+)/g),
        ];
        for (const [, name] of words) found.push(`${file}: ${name}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(tree);
  }
  return found;
}

const TRAP = "RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'a trap was called'; END $$";
/** Nearer than the catalogs' own by their arguments, or by their place. */
const TRAPS = [
  ...["quote_ident(name)", "format(text, name)", "lower(name)", "length(name)", "concat_ws(text, name)"],
  ...["substr(name, integer)", "replace(name, text, text)", "to_regclass(text)", "pg_get_constraintdef(oid)"],
  ...["pg_get_expr(pg_node_tree, oid)", "pg_backend_pid()", "pg_get_indexdef(oid)", "current_schema()"],
].map((signature) => `CREATE FUNCTION %.${signature} ${TRAP}`);
const TABLES = ["pg_class", "pg_namespace", "pg_attribute", "pg_index", "pg_constraint", "pg_stat_activity", "pg_proc"];

describe.each(POSTGRES_DIALECTS)("names of the catalogs on $name", ({ open }) => {
  it("are said with their schema in all SQL of ours", async () => {
    const database = await open();
    try {
      const sql = "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace";
      const functions = new Set((await query(database.url, sql)).map(({ proname }) => String(proname)));
      for (const name of NO_CALLS) functions.delete(name);
      expect(functions.has("quote_ident")).toBe(true);
      expect(unqualified(globSync("src/dialects/postgres/**/*.ts"), functions)).toEqual([]);
    } finally {
      await database.dispose();
    }
  });

  it.each([
    ["nearer by their arguments in the schema itself", "public", "public, decoys"],
    ["before them in search_path", "decoys", "public, decoys, pg_catalog"],
  ])("are not misled by others' of the same name, %s", async (_where, schema, path) => {
    const database = await open();
    try {
      const name = new URL(database.url).pathname.slice(1);
      await query(database.url, "CREATE SCHEMA decoys");
      for (const table of TABLES) await query(database.url, `CREATE TABLE decoys.${table} (oid oid, relname name)`);
      for (const trap of TRAPS) await query(database.url, trap.replace("%", schema));
      await query(database.url, `ALTER DATABASE "${name}" SET search_path = ${path}`);
      const project = tempProject({
        config: `export default { url: ${JSON.stringify(database.url)}, models: "./models.ts" };\n`,
        models: `import { integer, table, text } from "tsmigrate/schema";
export const users = table("users", { id: integer().primaryKey(), name: text().notNull().default("x") });
export const posts = table("posts", { id: integer().primaryKey(), author: integer().references("users.id") });
`,
      });
      const first = `  await op.execute("CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL DEFAULT 'x')");
  await op.autocommitBlock(() => op.createIndex("ix", "users", ["name"], { concurrently: true }));`;
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: first }));
      for (const args of [["upgrade"], ["status"], ["log"], ["diff"]]) {
        const { exitCode, stdout, stderr } = await project.run(args);
        expect([args[0], exitCode, `${stdout}${stderr}`]).toEqual([args[0], 0, expect.not.stringContaining("trap")]);
      }
      const checked = await project.run(["check", "--json"]);
      expect(checked.json().operations?.map(({ kind }: { kind: string }) => kind)).toEqual(
        expect.arrayContaining(["createTable", "dropIndex"]),
      );
    } finally {
      await database.dispose();
    }
  });
});
