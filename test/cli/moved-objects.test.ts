/** Enums, sequences, functions, views and the like in another schema: rows, numbers and grants stay. */
import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { onEvolvingProject } from "../support/evolve.js";

const IMPORTS =
  'import { check, compositeType, definition, domain, enumType, functionDefinition, index, integer, materializedView, pgSchema, sequence, sql, table, text, trigger, uniqueIndex, view } from "tsmigrate/schema";\n';

interface Place {
  readonly schema: string | null;
  /** Ends of the calls that make them. */
  readonly hint?: (old: string) => string;
  /** The names of the enum, the sequence, the view. */
  readonly names?: readonly [string, string, string];
}

/** People with a boss, posts that go with their author, notes that stay; everything that can be moved is used by something. */
const models = ({ schema, hint = () => "", names = ["mood", "numbers", "happy"] }: Place) => {
  const [mood, numbers, happy] = names;
  const at = (name: string) => (schema === null ? name : `${schema}.${name}`);
  const more = schema === null ? "" : `, schema: "${schema}"`;
  const only = schema === null ? "" : `, { schema: "${schema}" }`;
  return `${IMPORTS}
export const archive = pgSchema("archive");
export const vault = pgSchema("vault");
export const mood = enumType("${mood}", ["sad", "ok", "happy"]${only})${hint("mood")};
export const email = domain("email", text(), { check: { email_at: sql\`value like '%@%'\` }${more} })${hint("email")};
export const address = compositeType("address", { street: text(), zip: text() }${only})${hint("address")};
export const numbers = sequence("${numbers}", { start: 100${more} })${hint("numbers")};
export const label = functionDefinition("label", { arguments: "a text", returns: "text", volatility: "immutable", sqlBody: "return lower(a)"${more} })${hint("label")};
export const felt = functionDefinition("felt", { arguments: "m ${at(mood)}", returns: "text", volatility: "immutable", sqlBody: "return m::text"${more} })${hint("felt")};
export const tidy = functionDefinition("tidy", { returns: "trigger", language: "plpgsql", body: "begin new.name := trim(new.name); return new; end"${more} })${hint("tidy")};
export const span = definition("type", "${at("span")}", sql\`create type ${at("span")} as range (subtype = double precision, multirange_type_name = ${at("span_multirange")})\`)${hint("span")};
export const longest = definition("aggregate", "${at("longest")}(text)", sql\`create aggregate ${at("longest")}(text) (sfunc = text_larger, stype = text)\`)${hint("longest(text)")};
export const words = definition("text search configuration", "${at("words")}", sql\`create text search configuration ${at("words")} (parser = "default")\`)${hint("words")};
export const people = table("people", {
  id: integer().primaryKey(),
  name: text(),
  mood: mood().notNull().default("ok"),
  email: email(),
  home: address(),
  number: integer().default(sql\`nextval('${at(numbers)}'::regclass)\`),
  boss: integer().references("people.id", { onDelete: "set null" }),
}, (t) => [check("ck_name", sql\`${at("label")}(name) <> ''\`), index("ix_label").on(sql\`${at("label")}(name)\`).where(sql\`mood <> 'sad'::${at(mood)}\`)]);
export const known = definition("statistics", "${at("known")}", sql\`create statistics ${at("known")} on name, mood from people\`)${hint("known")};
export const posts = table("posts", { id: integer().primaryKey(), author: integer().references("people.id", { onDelete: "cascade" }) });
export const notes = table("notes", { id: integer().primaryKey(), author: integer().references("people.id", { onDelete: "set null" }) });
export const trims = trigger("trims", { on: people, fires: "BEFORE INSERT", action: "FOR EACH ROW EXECUTE FUNCTION ${at("tidy")}()" });
export const happy = view("${happy}", sql\`select p.id, p.mood, ${at("label")}(p.name) as name from people p where p.mood = 'happy'::${at(mood)}\`, { comment: "those"${more} })${hint("happy")};
export const names = view("names", sql\`select ${at("longest")}(name) as name, ${at("span")}(1, 2) as s from ${at(happy)}\`);
export const totals = materializedView("totals", sql\`select mood, ${at("felt")}(mood) as felt, count(*) as n from people group by mood\`, { indexes: [uniqueIndex("ix_totals").on("mood")]${more} })${hint("totals")};
export const most = view("most", sql\`select max(n) as n from ${at("totals")}\`);
`;
};

const ROWS = `INSERT INTO people (id, name, mood, email, home, boss) VALUES
  (1, ' Ada', 'happy', 'a@b', ROW('Lane', '1'), NULL), (2, 'Bob', 'ok', NULL, NULL, 1);
INSERT INTO posts VALUES (1, 1), (2, 2); INSERT INTO notes VALUES (1, 1), (2, 2);`;

const KINDS = {
  mood: "enum",
  email: "domain",
  address: "type",
  numbers: "sequence",
  felt: "function",
  label: "function",
  tidy: "function",
  happy: "view",
  totals: "view",
  "longest(text)": "definition",
  known: "definition",
  words: "definition",
  span: "definition",
};

function moves(from: string | null, to: string | null): readonly string[] {
  const at = (name: string) => (from === null ? name : `${from}.${name}`);
  const where = to === null ? "the default schema" : `schema ${to}`;
  const mood = to === null ? "mood" : `${to}.mood`;
  return [
    `move enum ${at("mood")} to ${where}`,
    `move domain ${at("email")} to ${where}`,
    `move composite type ${at("address")} to ${where}`,
    `move sequence ${at("numbers")} to ${where}`,
    `move function ${at("tidy")}() to ${where}`,
    `move function ${at("felt")}(${mood}) to ${where}`,
    `move function ${at("label")}(text) to ${where}`,
    `move view ${at("happy")} to ${where}`,
    `move materialized view ${at("totals")} to ${where}`,
    `move aggregate ${at("longest")}(text) to ${where}`,
    `move statistics ${at("known")} to ${where}`,
    `move text search configuration ${at("words")} to ${where}`,
    `move type ${at("span")} to ${where}`,
  ];
}

const CASES = [
  [null, "archive"],
  ["archive", null],
  ["archive", "vault"],
] as const;

describe.each(POSTGRES_DIALECTS)("objects in another schema on $name", ({ open }) => {
  it.each(CASES)("from %s to %s nothing but the place changes, whatever uses them", (from, to) =>
    onEvolvingProject(open, async ({ project, connection, evolve }) => {
      const old = (name: string) => (from === null ? name : `${from}.${name}`);
      const now = (name: string) => (to === null ? name : `${to}.${name}`);
      await evolve(models({ schema: from }));
      await connection.script(ROWS);
      await connection.script(
        `REFRESH MATERIALIZED VIEW ${old("totals")}; GRANT SELECT ON ${old("happy")} TO PUBLIC; GRANT USAGE ON SEQUENCE ${old("numbers")} TO PUBLIC; DELETE FROM people WHERE id > 2`,
      );
      const rows = async () => (await connection.query("SELECT to_json(p) AS row FROM people p ORDER BY id")).rows;
      const before = await rows();
      project.write("models.ts", models({ schema: to }));
      const asked = await project.run(["revision", "--autogenerate", "-m", "x", "--json"]);
      expect(asked.exitCode).toBe(2);
      const flags = asked.json().error.flags as readonly string[];
      const target = (name: string) => (to === null ? name : `${to}.${name}`);
      const said = Object.entries(KINDS).map(([name, kind]) => `${kind}:${old(name)}:${target(name)}`);
      expect(flags.map((flag) => flag.replace(/^--rename /, "").replaceAll("'", "")).sort()).toEqual([...said].sort());
      const done = await evolve(models({ schema: to }), ...said.flatMap((text) => ["--rename", text]));
      expect([...done].sort()).toEqual([...moves(from, to)].sort());
      expect(await rows()).toEqual(before);
      expect((await connection.query("SELECT n FROM most")).rows).toEqual([{ n: "1" }]);
      expect((await connection.query("SELECT name, s::text FROM names")).rows).toEqual([{ name: "ada", s: "[1,2)" }]);
      const kept = `SELECT relname AS name, relacl::text LIKE '%=%/%' AS granted, obj_description(oid) AS comment FROM pg_class
        WHERE relname IN ('happy', 'numbers') ORDER BY relname`;
      expect((await connection.query(kept)).rows).toEqual([
        { name: "happy", granted: true, comment: "those" },
        { name: "numbers", granted: true, comment: null },
      ]);
      await connection.script("INSERT INTO people (id, name) VALUES (3, ' Cy')");
      expect((await connection.query("SELECT number, mood, name FROM people WHERE id = 3")).rows).toEqual([
        { number: 102, mood: "ok", name: "Cy" },
      ]);
      expect((await connection.query(`SELECT count(*)::int AS n FROM ${now("happy")}`)).rows).toEqual([{ n: 1 }]);
      await connection.script("DELETE FROM people WHERE id = 1");
      expect((await connection.query("SELECT id FROM posts")).rows).toEqual([{ id: 2 }]);
      expect((await connection.query("SELECT id, author FROM notes ORDER BY id")).rows).toEqual([
        { id: 1, author: null },
        { id: 2, author: 2 },
      ]);
    }),
  );

  it("by renamedFrom, under another name and to a schema that comes with it, in one revision", () =>
    onEvolvingProject(open, async ({ connection, evolve }) => {
      const without = (text: string) => text.replace(/^export const (?:archive|vault) = .*\n/gm, "");
      await evolve(without(models({ schema: null })));
      await connection.script(ROWS);
      const done = await evolve(
        without(
          models({
            schema: "archive",
            hint: (old) => `.renamedFrom("public.${old}")`,
            names: ["feeling", "counter", "the_happy"],
          }),
        ),
      );
      expect(done.slice(0, 3)).toEqual([
        "create schema archive",
        "rename enum mood to feeling",
        "move enum feeling to schema archive",
      ]);
      expect(done.filter((text) => !/^(?:move|rename|create schema) /.test(text))).toEqual([]);
      await connection.script("INSERT INTO people (id, name) VALUES (3, 'Cy')");
      expect((await connection.query("SELECT id, number FROM people ORDER BY id")).rows).toEqual([
        { id: 1, number: 100 },
        { id: 2, number: 101 },
        { id: 3, number: 102 },
      ]);
    }));

  it("from a schema that leaves the models with it", () =>
    onEvolvingProject(open, async ({ connection, project, evolve }) => {
      const plain = (schema: string | null) => `${IMPORTS}
const place = ${schema === null ? "{}" : `{ schema: "${schema}" }`};
export const mood = enumType("mood", ["sad", "ok"], place);
export const seq = sequence("seq", { start: 5, ...place });
export const people = table("people", { id: integer().primaryKey().default(sql\`nextval('${schema === null ? "" : `${schema}.`}seq'::regclass)\`), mood: mood() });
export const happy = view("happy", sql\`select id from people\`, place);
`;
      await evolve(plain("archive"));
      await connection.script("INSERT INTO people (mood) VALUES ('sad')");
      project.write("models.ts", plain(null));
      const asked = await project.run(["revision", "--autogenerate", "-m", "x"]);
      expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining("--rename enum:archive.mood:mood")]);
      const answers = ["enum:archive.mood:mood", "sequence:archive.seq:seq", "view:archive.happy:happy"];
      expect(await evolve(plain(null), ...answers.flatMap((text) => ["--rename", text]))).toEqual([
        "move enum archive.mood to the default schema",
        "move sequence archive.seq to the default schema",
        "move view archive.happy to the default schema",
      ]);
      await connection.script("INSERT INTO people (mood) VALUES ('ok')");
      expect((await connection.query("SELECT id FROM happy ORDER BY id")).rows).toEqual([{ id: 5 }, { id: 6 }]);
    }));

  it("--no-renames drops and makes them, and says what is lost", () =>
    onEvolvingProject(open, async ({ project, connection, evolve }) => {
      const plain = (schema: string | null) => `${IMPORTS}
const place = ${schema === null ? "{}" : `{ schema: "${schema}" }`};
export const other = pgSchema("archive");
export const mood = enumType("mood", ["sad", "ok"], place);
export const seq = sequence("seq", { start: 5, ...place });
export const people = table("people", { id: integer().primaryKey(), mood: mood() });
`;
      await evolve(plain(null));
      await connection.script("INSERT INTO people VALUES (1, 'sad')");
      project.write("models.ts", plain("archive"));
      const shown = (await project.run(["check", "--json"])).json().candidates as readonly { kind: string }[];
      expect(shown.map(({ kind }) => kind).sort()).toEqual(["enum", "sequence"]);
      const done = await evolve(plain("archive"), "--no-renames");
      expect(done).toContain("drop sequence seq");
      expect(done).toContain("create enum archive.mood");
      expect((await connection.query("SELECT id, mood FROM people")).rows).toEqual([{ id: 1, mood: "sad" }]);
    }));
});
