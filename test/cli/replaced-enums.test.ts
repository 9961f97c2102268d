/** An enum that loses a value while functions, aggregates, views, defaults and checks are made with it. */
import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { onEvolvingProject } from "../support/evolve.js";
import { wholeView } from "../support/whole-view.js";

const models = (values: string, unwanted: string) => `
import { array, check, compositeType, definition, domain, enumType, functionDefinition, index, integer, sql, table, text, trigger, view } from "tsmigrate/schema";
export const mood = enumType("mood", ${values});
export const rank = functionDefinition("rank", { arguments: "a mood", returns: "integer", volatility: "immutable", body: "select case a::text when 'old' then 1 else 0 end" });
export const best = functionDefinition("best", { arguments: "a mood, b mood", returns: "mood", volatility: "immutable", body: "select greatest(a, b)" });
export const parse = functionDefinition("parse", { arguments: "t text", returns: "mood", volatility: "immutable", body: "select t::public.mood" });
export const other = functionDefinition("other", { arguments: "mood_text text", returns: "text", volatility: "immutable", body: "select $1" });
export const seen = functionDefinition("seen", { returns: "trigger", language: "plpgsql", body: "begin return new; end" });
export const top = definition("aggregate", "top(mood)", "CREATE AGGREGATE top(mood) (SFUNC = best, STYPE = mood, INITCOND = 'new')");
export const kept = domain("kept", mood(), { default: "old", check: { kept_check: sql\`VALUE <> '${unwanted}'::mood\` } });
export const pair = compositeType("pair", { a: mood(), b: kept() });
export const people = table("people", {
  id: integer().primaryKey(),
  mood: mood().default(sql\`parse('old')\`),
  moods: array(mood()),
  kept: kept(),
  keptOnes: array(kept()),
  ranked: integer().generatedAs(sql\`rank(mood)\`),
  word: text().default(sql\`('old'::mood)::text\`),
  boss: integer().references("people.id", { onDelete: "set null" }),
}, () => [
  check("ranked", sql\`rank(mood) < 3\`), check("word", sql\`word::mood <> '${unwanted}'::mood\`),
  index("ix_rank").on(sql\`rank(mood)\`), index("ix_old").on("id").where(sql\`mood = 'old'\`),
]);
export const notes = table("notes", { id: integer().primaryKey(), person: integer().references("people.id", { onDelete: "cascade" }), word: text().default(sql\`('old'::mood)::text\`) });
export const tops = view("tops", sql\`select top(mood) as mood from people\`);
export const words = view("words", sql\`select 'new'::mood as word, other('x') as more\`);
export const onMood = trigger("on_mood", { on: people, fires: "BEFORE UPDATE", action: "FOR EACH ROW EXECUTE FUNCTION seen()" });
`;

const ROWS = `INSERT INTO people (id, mood, moods, kept, "keptOnes", boss)
  VALUES (1, 'new', '{new,old}', 'new', '{new,old}', NULL), (2, DEFAULT, NULL, DEFAULT, NULL, 1), (3, NULL, '{}', NULL, '{}', 2);
INSERT INTO notes (id, person) VALUES (1, 1), (2, 2);`;

describe.each(POSTGRES_DIALECTS)("an enum that loses a value on $name", ({ open, family }) => {
  it("is made again under everything that has it in arguments, results, casts and defaults, and comes back", async () => {
    let url = "";
    const opened = async () => {
      const database = await open();
      url = database.url;
      return database;
    };
    await onEvolvingProject(opened, async ({ connection, evolve, run }) => {
      await evolve(models(`["new", "old", "dead"]`, "dead"));
      await connection.script(ROWS);
      const rows = async () => [
        (
          await connection.query(
            "SELECT p.*, n.id AS note FROM people p LEFT JOIN notes n ON n.person = p.id ORDER BY p.id",
          )
        ).rows,
        (await connection.query("SELECT * FROM tops, words")).rows,
      ];
      const [before, view] = [await rows(), await wholeView(family, url)];
      const done = await evolve(models(`["new", "older", "old"]`, "older"));
      expect(done).toContain("replace enum mood (new, older, old)");
      expect(done.filter((text) => /other|seen|notes/.test(text))).toEqual([]);
      expect(await rows()).toEqual(before);
      await run("downgrade", "-1");
      expect(await rows()).toEqual(before);
      expect(await wholeView(family, url)).toEqual(view);
    });
  });
});
