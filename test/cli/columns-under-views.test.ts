/** A column becomes another type under everything that reads it, on PostgreSQL, with rows. */
import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { tempProject } from "../support/temp-project.js";

const models = (type: string) => `import * as m from "tsmigrate/schema";
const { check, functionDefinition, index, integer, materializedView, policy, sql, table, text, trigger, uniqueIndex, view, varchar, numeric, bigint, definition } = m;
export const people = table("people", {
  id: integer().primaryKey(),
  v: ${type}.notNull(),
  twice: integer().generatedAs(sql\`(v * 2)::integer\`, { stored: true }),
  boss: integer().references("people.id", { onDelete: "set null" }),
}, () => [check("positive", sql\`v > 0\`), index("by_next").on(sql\`(v + 1)\`).where(sql\`v < 1000\`)]);
export const posts = table("posts", { id: integer().primaryKey(), author: integer().notNull().references("people.id", { onDelete: "cascade" }) });
export const mine = policy("mine", { on: people, using: sql\`v < 500\`, withCheck: sql\`v < 500\` });
export const vw = view("vw", sql\`select id, v from people where v > 0\`, { comment: "who counts", options: { security_barrier: true, check_option: "local" } });
export const vw2 = view("vw2", sql\`select id, v + 1 as next from vw\`, { comment: "the next", options: { security_invoker: true } });
export const mv = materializedView("mv", sql\`select v, count(*) as n from vw2 join people using (id) group by v\`, { comment: "kept", indexes: [uniqueIndex("mv_v").on("v")] });
export const ignore = functionDefinition("ignore", { returns: "trigger", language: "plpgsql", body: "begin return new; end" });
export const instead = trigger("instead", { on: vw2, fires: "INSTEAD OF INSERT", action: "FOR EACH ROW EXECUTE FUNCTION ignore()", comment: "nothing happens" });
`;

/** All that is said of the views, but for the types of their columns. */
const SAID = `SELECT c.relname, c.reloptions, obj_description(c.oid, 'pg_class') AS comment, c.relacl::text AS grants,
  ARRAY(SELECT a.attname || ' ' || a.attacl::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL) AS columns,
  ARRAY(SELECT t.tgname || ' ' || coalesce(obj_description(t.oid, 'pg_trigger'), '') FROM pg_trigger t WHERE t.tgrelid = c.oid) AS triggers,
  ARRAY(SELECT r.rulename::text FROM pg_rewrite r WHERE r.ev_class = c.oid ORDER BY 1) AS rules,
  ARRAY(SELECT i.indexrelid::regclass::text FROM pg_index i WHERE i.indrelid = c.oid) AS indexes
FROM pg_class c WHERE c.relname IN ('vw', 'vw2', 'mv') ORDER BY 1`;

const CASES = [
  ["a wider one", "integer()", "bigint()"],
  ["a narrower one", "bigint()", "integer()"],
] as const;

describe.each(POSTGRES_DIALECTS)("columns under views on $name", ({ open }) => {
  it.each(CASES)("get %s, and what reads them keeps everything said of it", async (_what, from, to) => {
    const database = await open();
    const project = tempProject({ url: database.url, models: models(from) });
    const connection = await connectTo(database.url);
    const run = async (...args: readonly string[]) => {
      const result = await project.run(args);
      expect([args, result.exitCode, result.exitCode === 0 ? "" : result.stderr]).toEqual([args, 0, ""]);
    };
    const said = async () => (await connection.query(SAID)).rows;
    const rows = async () => ({
      people: (await connection.query("SELECT id, v::integer AS v, twice, boss FROM people ORDER BY id")).rows,
      posts: (await connection.query("SELECT * FROM posts ORDER BY id")).rows,
      next: (await connection.query("SELECT id, next::integer AS next FROM vw2 ORDER BY id")).rows,
      kept: (await connection.query("SELECT v::integer AS v, n::integer AS n FROM mv ORDER BY 1")).rows,
    });
    try {
      await run("revision", "--autogenerate", "-m", "first");
      await run("upgrade");
      await connection.script(
        "INSERT INTO people (id, v, boss) VALUES (1, 10, NULL), (2, 20, 1); INSERT INTO posts VALUES (1, 1), (2, 2); REFRESH MATERIALIZED VIEW mv",
      );
      await connection.script("CREATE RULE quiet AS ON DELETE TO vw2 DO INSTEAD NOTHING");
      const [before, had] = [await said(), await rows()];
      project.write("models.ts", models(to));
      await run("revision", "--autogenerate", "-m", "second");
      for (const args of [["upgrade"], ["check"], ["downgrade", "-1"], ["upgrade"], ["check"]]) {
        await run(...args);
        expect(await rows()).toEqual(had);
        expect(await said()).toEqual(before);
      }
      await run("downgrade", "base");
    } finally {
      await connection.close();
      await database.dispose();
    }
  });
});
