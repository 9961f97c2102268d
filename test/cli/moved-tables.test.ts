/** A table that comes in another schema than it goes from is moved, with everything that is its own. */
import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { tempProject } from "../support/temp-project.js";

/** Accounts with a parent of their own kind, an owner, a trigger, a policy, bills that cascade and notes that stay. */
const models = (schema: string | null, hint = "") => {
  const table = schema === null ? "table" : `${schema}.table`;
  const path = schema === null ? "accounts" : `${schema}.accounts`;
  return `import { check, functionDefinition, index, integer, pgSchema, policy, serial, sql, table, text, trigger, view } from "tsmigrate/schema";
export const sales = pgSchema("sales");
export const archive = pgSchema("archive");
export const owners = table("owners", { id: integer().primaryKey() });
export const accounts = ${table}("accounts", {
  id: integer().primaryKey().autoIncrement(),
  ticket: serial(),
  name: text().notNull().unique().comment("as it is called"),
  parent: integer().references("${path}.id", { onDelete: "set null" }),
  owner: integer().references("owners.id", { onDelete: "cascade" }),
}, (t) => [check("named", sql\`name <> ''\`), index("by_lower").on(sql\`lower(name)\`)]).comment("who pays")${hint};
export const bills = table("bills", { id: integer().primaryKey(), account: integer().references("${path}.id", { onDelete: "cascade" }) });
export const notes = table("notes", { id: integer().primaryKey(), account: integer().references("${path}.id", { onDelete: "set null" }) });
export const names = view("names", sql\`select name from ${path}\`);
export const trim = functionDefinition("trim_name", { returns: "trigger", language: "plpgsql", body: "begin new.name := trim(new.name); return new; end" });
export const trims = trigger("trims", { on: accounts, fires: "BEFORE INSERT", action: "FOR EACH ROW EXECUTE FUNCTION trim_name()" });
export const all = policy("all_of_them", { on: accounts, using: sql\`ticket > 0\` });
`;
};

const CASES = [
  [null, "sales", "accounts:sales.accounts", "move table accounts to schema sales"],
  ["sales", null, "sales.accounts:accounts", "move table sales.accounts to the default schema"],
  ["sales", "archive", "sales.accounts:archive.accounts", "move table sales.accounts to schema archive"],
] as const;

describe.each(POSTGRES_DIALECTS)("tables in another schema on $name", ({ open }) => {
  it.each(CASES)(
    "from %s to %s keeps rows, keys and sequences, down and up",
    async (from, to, argument, description) => {
      const database = await open();
      const project = tempProject({ url: database.url, models: models(from) });
      const connection = await connectTo(database.url);
      const run = async (...args: readonly string[]) => {
        const result = await project.run(args);
        expect([args, result.exitCode, result.exitCode === 0 ? "" : result.stderr]).toEqual([args, 0, ""]);
        return result;
      };
      const path = (schema: string | null) => (schema === null ? "accounts" : `${schema}.accounts`);
      try {
        await run("revision", "--autogenerate", "-m", "first");
        await run("upgrade");
        await connection.script(
          `INSERT INTO owners VALUES (1); INSERT INTO ${path(from)} (name, parent, owner) VALUES ('a', NULL, NULL), (' b', 1, 1); INSERT INTO bills VALUES (1, 1), (2, 2); INSERT INTO notes VALUES (1, 1), (2, 2)`,
        );
        project.write("models.ts", models(to));
        const asked = await project.run(["revision", "--autogenerate", "-m", "x"]);
        expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining(`--rename ${argument}`)]);
        const made = await run("revision", "--autogenerate", "-m", "move", "--json", "--rename", argument);
        const done = made.json().operations.map((op: { description: string }) => op.description);
        expect(done).toEqual(["drop view names", description, "create view names"]);
        for (const args of [["upgrade"], ["check"], ["downgrade", "-1"], ["upgrade"], ["check"]]) await run(...args);
        await connection.script(`INSERT INTO ${path(to)} (name, parent) VALUES (' c', 2)`);
        expect((await connection.query(`SELECT id, ticket, name, parent FROM ${path(to)} ORDER BY id`)).rows).toEqual([
          { id: 1, ticket: 1, name: "a", parent: null },
          { id: 2, ticket: 2, name: "b", parent: 1 },
          { id: 3, ticket: 3, name: "c", parent: 2 },
        ]);
        await connection.script(`DELETE FROM ${path(to)} WHERE name = 'a'`);
        expect((await connection.query("SELECT id FROM bills")).rows).toEqual([{ id: 2 }]);
        expect((await connection.query("SELECT id, account FROM notes ORDER BY id")).rows).toEqual([
          { id: 1, account: null },
          { id: 2, account: 2 },
        ]);
        expect((await connection.query("SELECT name FROM names ORDER BY name")).rows).toEqual([
          { name: "b" },
          { name: "c" },
        ]);
      } finally {
        await connection.close();
        await database.dispose();
      }
    },
  );

  it("by renamedFrom, to a schema that comes with it", async () => {
    const database = await open();
    const project = tempProject({
      url: database.url,
      models: models("sales").replace(/^export const archive.*\n/m, ""),
    });
    const run = async (...args: readonly string[]) => {
      const result = await project.run(args);
      expect([args, result.exitCode, result.exitCode === 0 ? "" : result.stderr]).toEqual([args, 0, ""]);
      return result;
    };
    try {
      for (const args of [["revision", "--autogenerate", "-m", "first"], ["upgrade"]]) await run(...args);
      project.write("models.ts", models("archive", '.renamedFrom("sales.accounts")'));
      const made = await run("revision", "--autogenerate", "-m", "move", "--json");
      expect(made.stdout).toContain("move table sales.accounts to schema archive");
      for (const args of [["upgrade"], ["check"], ["downgrade", "-1"], ["upgrade"], ["check"]]) await run(...args);
    } finally {
      await database.dispose();
    }
  });

  it("not when the models name the default schema", async () => {
    const database = await open();
    const plain =
      'import { integer, pgSchema, table } from "tsmigrate/schema";\nconst columns = { id: integer().primaryKey() };\n';
    const project = tempProject({ url: database.url, models: `${plain}export const t = table("t", columns);\n` });
    try {
      for (const args of [["revision", "--autogenerate", "-m", "first"], ["upgrade"]]) {
        expect((await project.run(args)).exitCode).toBe(0);
      }
      project.write("models.ts", `${plain}export const t = pgSchema("public").table("t", columns);\n`);
      const checked = await project.run(["check"]);
      expect([checked.exitCode, checked.stdout]).toEqual([0, expect.not.stringContaining("move")]);
    } finally {
      await database.dispose();
    }
  });
});
