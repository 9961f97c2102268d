/** A view that says another query for the same columns becomes that where it is: what reads it is not touched. */
import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { onEvolvingProject } from "../support/evolve.js";

interface Texts {
  readonly first: string;
  readonly columns?: string;
}

const models = ({ first, columns = "id, name" }: Texts) => `
import { functionDefinition, index, integer, materializedView, sql, table, text, trigger, view } from "tsmigrate/schema";
export const people = table("people", { id: integer().primaryKey(), name: text(), boss: integer().references("people.id", { onDelete: "set null" }) });
export const posts = table("posts", { author: integer().references("people.id", { onDelete: "cascade" }) });
export const named = view("named", sql\`${first}\`, { options: { security_barrier: true }, columnDefaults: { name: "'?'" }, comment: "all of them" });
export const counted = view("counted", sql\`select named.${columns.split(",")[0]}, count(*) as n from named group by 1\`);
export const kept = materializedView("kept", sql\`select * from counted\`, { indexes: [index("ix_kept").on("n")] });
export const seen = functionDefinition("seen", { returns: "trigger", language: "plpgsql", body: "begin return null; end" });
export const on_named = trigger("on_named", { on: named, fires: "INSTEAD OF INSERT", action: "FOR EACH ROW EXECUTE FUNCTION seen()" });
`;

const ROWS = `INSERT INTO people VALUES (1, 'Ada', NULL), (2, NULL, 1); INSERT INTO posts VALUES (1), (2);
REFRESH MATERIALIZED VIEW kept; GRANT SELECT ON named, counted TO PUBLIC; GRANT UPDATE (name) ON named TO PUBLIC;`;

const STATE = `SELECT c.oid::text, c.relname, c.relacl::text, c.reloptions::text, obj_description(c.oid) AS comment,
  (SELECT json_agg(json_build_array(attname, attacl::text)) FROM pg_attribute a WHERE a.attrelid = c.oid) AS columns,
  (SELECT json_agg(tgname) FROM pg_trigger WHERE tgrelid = c.oid) AS triggers
  FROM pg_class c WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace ORDER BY relname`;

describe.each(POSTGRES_DIALECTS)("a view that changes on $name", ({ open }) => {
  it("with the same columns stays what it is, and all that reads it, up and down", () =>
    onEvolvingProject(open, async ({ connection, evolve, run }) => {
      await evolve(models({ first: "select id, name from people" }));
      await connection.script(ROWS);
      const state = async () => (await connection.query(STATE)).rows;
      const before = await state();
      expect(await evolve(models({ first: "select id, name from people where name is not null" }))).toEqual([
        "alter view named (definition)",
      ]);
      expect(await state()).toEqual(before);
      expect((await connection.query("SELECT id FROM named")).rows).toEqual([{ id: 1 }]);
      await run("downgrade", "-1");
      expect(await state()).toEqual(before);
      expect((await connection.query("SELECT count(*)::int AS n FROM named")).rows).toEqual([{ n: 2 }]);
    }));

  it.each([
    ["of another type", "select id::bigint as id, name from people", {}],
    ["under another name", "select id as number, name from people", { columns: "number" }],
    ["more", "select id, name, boss from people", {}],
  ])("with a column %s is made again, and what reads it around it", (_what, first, more) =>
    onEvolvingProject(open, async ({ connection, evolve }) => {
      await evolve(models({ first: "select id, name from people" }));
      await connection.script(ROWS);
      const done = await evolve(models({ first, ...more }));
      expect(done).toEqual(expect.arrayContaining(["drop view counted", "drop view named", "create view named"]));
      expect((await connection.query("SELECT count(*)::int AS n FROM posts, people")).rows).toEqual([{ n: 4 }]);
    }),
  );

  it("of all columns of a table has those that come with the revision, and so has what reads it", () =>
    onEvolvingProject(open, async ({ connection, evolve }) => {
      const part = (column: string) => `
import { integer, materializedView, sql, table, text, view } from "tsmigrate/schema";
export const people = table("people", { id: integer().primaryKey()${column} });
export const other = table("other", { id: integer().primaryKey() });
export const first = view("first", sql\`select p.* from people p\`);
export const second = materializedView("second", sql\`select * from first\`);
export const third = view("third", sql\`select count(*) as n from people\`);
export const fourth = view("fourth", sql\`select *, 2 * id as twice from other\`);
`;
      await evolve(part(""));
      await connection.script("INSERT INTO people VALUES (1)");
      const done = await evolve(part(", name: text().default('x')"));
      expect(done.filter((text) => /view/.test(text))).toEqual([
        "drop materialized view second",
        "drop view first",
        "create view first",
        "create materialized view second",
      ]);
      expect((await connection.query("SELECT * FROM second")).rows).toEqual([{ id: 1, name: "x" }]);
      await evolve(part(""));
    }));

  it("with what only this revision makes, or after a function that changes its result, is made again", () =>
    onEvolvingProject(open, async ({ evolve }) => {
      const part = (query: string, type: string, more = "") => `
import { functionDefinition, integer, sql, table, view } from "tsmigrate/schema";
export const people = table("people", { id: integer().primaryKey()${more} });
export const one = functionDefinition("one", { returns: "${type}", body: "select 1" });
export const first = view("first", sql\`${query}\`);
export const second = view("second", sql\`select * from first\`);
`;
      await evolve(part("select id, 1 as n from people", "integer"));
      expect(await evolve(part("select id, one() as n from people", "integer"))).toEqual([
        "alter view first (definition)",
      ]);
      expect(await evolve(part("select id, one() + 1 as n from people", "bigint"))).toContain("create view second");
      expect(await evolve(part("select id, age as n from people", "bigint", ", age: integer()"))).toContain(
        "create view second",
      );
    }));
});
