/** Enums, domains, sequences, functions and views under new names: rows, numbers, grants and comments stay. */
import { describe, expect, it } from "vitest";
import { DIALECTS, POSTGRES_DIALECTS } from "../support/dialects.js";
import { onEvolvingProject } from "../support/evolve.js";

const IMPORTS =
  'import { check, compositeType, domain, enumType, functionDefinition, index, integer, materializedView, sequence, sql, table, text, trigger, uniqueIndex, view } from "tsmigrate/schema";\n';

interface Names {
  readonly mood?: string;
  readonly email?: string;
  readonly address?: string;
  readonly numbers?: string;
  readonly label?: string;
  readonly happy?: string;
  readonly totals?: string;
  /** Ends of the calls that make them. */
  readonly hint?: (old: string) => string;
}

/** People with a boss and posts of theirs; everything that can be renamed is used by something. */
const models = ({
  mood = "mood",
  email = "email",
  address = "address",
  numbers = "numbers",
  label = "label",
  happy = "happy_people",
  totals = "totals",
  hint = () => "",
}: Names = {}) => `${IMPORTS}
export const mood = enumType("${mood}", ["sad", "ok", "happy"])${hint("mood")};
export const email = domain("${email}", text(), { check: { email_at: sql\`value like '%@%'\` } })${hint("email")};
export const address = compositeType("${address}", { street: text(), zip: text() })${hint("address")};
export const numbers = sequence("${numbers}", { start: 100 })${hint("numbers")};
export const label = functionDefinition("${label}", { arguments: "a text", returns: "text", volatility: "immutable", sqlBody: "return lower(a)" })${hint("label")};
export const people = table("people", {
  id: integer().primaryKey(),
  name: text(),
  mood: mood().notNull().default("ok"),
  email: email(),
  home: address(),
  number: integer().default(sql\`nextval('${numbers}'::regclass)\`),
  boss: integer().references("people.id", { onDelete: "set null" }),
}, (t) => [check("ck_name", sql\`${label}(name) <> ''\`), index("ix_label").on(sql\`${label}(name)\`).where(sql\`mood <> 'sad'::${mood}\`)]);
export const posts = table("posts", { id: integer().primaryKey(), author: integer().references("people.id", { onDelete: "cascade" }) });
export const happy = view("${happy}", sql\`select p.id, p.mood, ${label}(p.name) as name from people p where p.mood = 'happy'::${mood}\`, { comment: "those" })${hint("happy_people")};
export const names = view("names", sql\`select name from ${happy}\`);
export const totals = materializedView("${totals}", sql\`select mood, count(*) as n from people group by mood\`, { indexes: [uniqueIndex("ix_totals").on("mood")] })${hint("totals")};
export const most = view("most", sql\`select max(n) as n from ${totals}\`);
`;

const ROWS = `INSERT INTO people (id, name, mood, email, home, boss) VALUES
  (1, 'Ada', 'happy', 'a@b', ROW('Lane', '1'), NULL), (2, 'Bob', 'ok', NULL, NULL, 1);
INSERT INTO posts VALUES (1, 1), (2, 2);`;

const ALL: Names = {
  mood: "feeling",
  email: "mail",
  address: "place",
  numbers: "counter",
  label: "plain",
  happy: "the_happy",
  totals: "sums",
};
const RENAMES = [
  "rename enum mood to feeling",
  "rename domain email to mail",
  "rename composite type address to place",
  "rename sequence numbers to counter",
  "rename function label(text) to plain",
  "rename view happy_people to the_happy",
  "rename materialized view totals to sums",
];

describe.each(POSTGRES_DIALECTS)("renamed objects on $name", ({ open }) => {
  it("by renamedFrom nothing but the names changes, whatever uses them", () =>
    onEvolvingProject(open, async ({ connection, evolve }) => {
      await evolve(models());
      await connection.script(ROWS);
      await connection.script("REFRESH MATERIALIZED VIEW totals; GRANT SELECT ON happy_people TO PUBLIC");
      const rows = async () => (await connection.query("SELECT to_json(p) AS row FROM people p ORDER BY id")).rows;
      const before = await rows();
      expect(await evolve(models({ ...ALL, hint: (old) => `.renamedFrom("${old}")` }))).toEqual(RENAMES);
      expect(await rows()).toEqual(before);
      expect((await connection.query("SELECT * FROM most")).rows).toEqual([{ n: "1" }]);
      const kept = `SELECT relacl::text LIKE '%=r/%' AS granted, obj_description(oid) AS comment FROM pg_class WHERE relname = 'the_happy'`;
      expect((await connection.query(kept)).rows).toEqual([{ granted: true, comment: "those" }]);
      await connection.script("INSERT INTO people (id, name) VALUES (3, 'Cy')");
      expect((await connection.query("SELECT number, mood FROM people WHERE id = 3")).rows).toEqual([
        { number: 102, mood: "ok" },
      ]);
      await connection.script("DELETE FROM people WHERE id = 1");
      expect((await connection.query("SELECT id, boss FROM people ORDER BY id")).rows).toEqual([
        { id: 2, boss: null },
        { id: 3, boss: null },
      ]);
      expect((await connection.query("SELECT id FROM posts")).rows).toEqual([{ id: 2 }]);
    }));

  it("without a word it stops with the flags of both answers, and each answer does what it says", () =>
    onEvolvingProject(open, async ({ project, connection, evolve }) => {
      await evolve(models());
      await connection.script(ROWS);
      project.write("models.ts", models(ALL));
      const asked = await project.run(["revision", "--autogenerate", "-m", "x"]);
      expect(asked.exitCode).toBe(2);
      expect(asked.stderr).toContain("rename enum mood to feeling? (same values)  --rename enum:mood:feeling");
      expect(asked.stderr).toContain("(same settings)  --rename sequence:numbers:counter");
      expect(asked.stderr).toContain("--no-renames");
      const json = await project.run(["revision", "--autogenerate", "-m", "x", "--json"]);
      const flags = json.json().error.flags as readonly string[];
      const shown = (await project.run(["check", "--json"])).json().candidates as readonly { kind: string }[];
      expect(shown.map(({ kind }) => kind)).toContain("enum");
      const said = Object.entries({
        "enum:mood": "feeling",
        "domain:email": "mail",
        "type:address": "place",
        "sequence:numbers": "counter",
        "function:label": "plain",
        "view:happy_people": "the_happy",
        "view:totals": "sums",
      }).flatMap(([old, now]) => ["--rename", `${old}:${now}`]);
      expect(flags).toContain("--rename enum:mood:feeling");
      expect(await evolve(models(ALL), ...said)).toEqual(RENAMES);
    }));

  it("--no-renames drops and makes them, and the rows of tables stay", () =>
    onEvolvingProject(open, async ({ connection, evolve }) => {
      const plain = (mood: string, seq: string) => `${IMPORTS}
export const mood = enumType("${mood}", ["sad", "ok"]);
export const seq = sequence("${seq}", { start: 5 });
export const people = table("people", { id: integer().primaryKey(), mood: mood() });
`;
      await evolve(plain("mood", "seq_a"));
      await connection.script("INSERT INTO people VALUES (1, 'sad')");
      const done = await evolve(plain("feeling", "seq_b"), "--no-renames");
      expect(done).toContain("drop sequence seq_a");
      expect(done).toContain("create enum feeling");
      expect((await connection.query("SELECT id, mood FROM people")).rows).toEqual([{ id: 1, mood: "sad" }]);
    }));

  it("what is renamed and changed at once is both, and a chain goes in the order that works", () =>
    onEvolvingProject(open, async ({ connection, evolve }) => {
      const step = (
        a: string,
        b: string,
        values: string,
        query: string,
        hints: readonly string[] = ["", ""],
      ) => `${IMPORTS}
export const a = enumType("${a}", [${values}])${hints[0]};
export const b = enumType("${b}", ["x", "y"])${hints[1]};
export const t = table("t", { id: integer().primaryKey(), a: a(), b: b() });
export const v = view("${a}_view", sql\`${query}\`)${hints[0]!.replace(/"(\w+)"/, '"$1_view"')};
`;
      await evolve(step("one", "two", '"p", "q"', "select id from t"));
      await connection.script("INSERT INTO t VALUES (1, 'q', 'x')");
      const hints = ['.renamedFrom("one")', '.renamedFrom("two")'];
      const done = await evolve(step("two", "three", '"p", "q", "r"', "select id, a from t", hints));
      expect(done.slice(0, 3)).toEqual([
        "rename enum two to three",
        "rename enum one to two",
        "rename view one_view to two_view",
      ]);
      expect(done).toContain("add value 'r' to enum two");
      expect((await connection.query("SELECT id, a FROM two_view")).rows).toEqual([{ id: 1, a: "q" }]);
    }));
});

describe.each(DIALECTS)("a view under a new name on $name", ({ open, family }) => {
  it("gives its rows, and what reads it goes on", () =>
    onEvolvingProject(open, async ({ connection, evolve }) => {
      const step = (name: string, hint: string) => `${IMPORTS}
export const t = table("t", { id: integer().primaryKey() });
export const v = view("${name}", sql\`select id from t\`)${hint};
export const w = view("w", sql\`select id from ${name}\`);
`;
      await evolve(step("v", ""));
      await connection.query("INSERT INTO t VALUES (1)");
      const done = await evolve(step("now", '.renamedFrom("v")'));
      if (family === "postgres") expect(done).toEqual(["rename view v to now"]);
      else expect(done).toContain("drop view v");
      expect((await connection.query("SELECT id FROM w")).rows).toEqual([{ id: 1 }]);
    }));
});
