/** A column under another name, wherever it is named: rows stay, nothing differs afterwards, and the way back is exact. */
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { DIALECTS, POSTGRES_DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { tempProject } from "../support/temp-project.js";
import { runSql, succeed, usedDatabases } from "../support/used-databases.js";
import { wholeView } from "../support/whole-view.js";

const { open, roles } = usedDatabases();

const PEOPLE = `CREATE TABLE people (id integer PRIMARY KEY, email text NOT NULL UNIQUE, n integer, boss integer, boss_email text,
  CONSTRAINT uq_both UNIQUE (id, email), CONSTRAINT ck_email CHECK (email <> ''),
  CONSTRAINT fk_boss FOREIGN KEY (boss, boss_email) REFERENCES people (id, email) ON DELETE SET NULL);
CREATE TABLE posts (id integer PRIMARY KEY, who text REFERENCES people (email) ON DELETE CASCADE ON UPDATE CASCADE);`;
const ROWS = `INSERT INTO people (id, email, n, boss, boss_email) VALUES (1, 'a@x', 1, NULL, NULL), (2, 'b@x', 2, 1, 'a@x');
INSERT INTO posts VALUES (1, 'a@x'), (2, 'b@x');`;

/** By what it stands in: what is made beside the tables. */
const EVERYWHERE: Readonly<Record<string, string>> = {
  "keys, a check and foreign keys": "",
  "a partial index, one of an expression and one that includes it": `CREATE INDEX ix_part ON people (n) WHERE email <> 'x';
    CREATE INDEX ix_lower ON people (lower(email)); CREATE INDEX ix_incl ON people (n) INCLUDE (email);`,
  "a generated column": "ALTER TABLE people ADD g text GENERATED ALWAYS AS (email || '!') STORED;",
  "an exclusion":
    "ALTER TABLE people ADD area int4range, ADD CONSTRAINT ex EXCLUDE USING gist (area WITH &&) WHERE (email <> 'x');",
  statistics: "CREATE STATISTICS st (ndistinct) ON email, n FROM people;",
  "views of views and one that is materialized": `CREATE VIEW v1 AS SELECT id, email FROM people WHERE email <> 'x'; CREATE VIEW v2 AS SELECT email FROM v1;
    CREATE MATERIALIZED VIEW m AS SELECT email, count(*) AS c FROM people GROUP BY email; CREATE UNIQUE INDEX ix_m ON m (email);`,
  "functions in SQL's words and in texts": `CREATE FUNCTION f1() RETURNS text LANGUAGE sql RETURN (SELECT email FROM people WHERE id = 1);
    CREATE FUNCTION f2() RETURNS text LANGUAGE sql AS 'select email from people where id = 1';
    CREATE FUNCTION f3() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT max(email) FROM people; END;`,
  "a trigger's columns and condition": `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'begin new.email := new.email; return new; end';
    CREATE TRIGGER tr BEFORE UPDATE OF email ON people FOR EACH ROW WHEN (new.email IS DISTINCT FROM old.email) EXECUTE FUNCTION touch();`,
  policies: `ALTER TABLE people ENABLE ROW LEVEL SECURITY; CREATE POLICY po ON people USING (email <> '') WITH CHECK (email LIKE '%@%');`,
  "a rule":
    "CREATE VIEW v1 AS SELECT id, email FROM people; CREATE RULE ru AS ON UPDATE TO v1 DO INSTEAD UPDATE people SET email = new.email WHERE id = old.id;",
  "a publication's columns": "CREATE PUBLICATION pub FOR TABLE people (id, email) WHERE (id > 0);",
  comments: "COMMENT ON COLUMN people.email IS 'where to write';",
  children: "CREATE TABLE staff (wage integer) INHERITS (people); CREATE INDEX ix_staff ON staff (email);",
};

const PARTITIONED = `CREATE TABLE logs (id integer, email text NOT NULL, PRIMARY KEY (id, email)) PARTITION BY LIST (email);
CREATE TABLE logs_a PARTITION OF logs FOR VALUES IN ('a'); CREATE TABLE logs_rest PARTITION OF logs DEFAULT;
CREATE INDEX ix_logs ON logs (lower(email)); INSERT INTO logs VALUES (1, 'a'), (2, 'b');`;

describe.each(POSTGRES_DIALECTS)("a renamed column on $name", ({ open: create, family }) => {
  async function renamed(
    sql: string,
    table: string,
    pullArgs: readonly string[] = [],
    change = (text: string) => text.replace(/\bemail\b/g, "mail"),
  ) {
    const database = await create();
    open.push(database);
    const { url } = database;
    await runSql(url, sql);
    const project = tempProject({ url });
    await succeed(project, "pull", ...pullArgs);
    const first = project.read("models.ts");
    const start = await wholeView(family, url);
    project.write("models.ts", change(first));
    await succeed(project, "revision", "--autogenerate", "-m", "rename", "--rename", `${table}.email:mail`);
    const end = async () => {
      await succeed(project, "upgrade");
      expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
    };
    await end();
    const texts = await wholeView(family, url);
    await succeed(project, "downgrade", "-1");
    expect(await wholeView(family, url)).toEqual(start);
    await end();
    expect(await wholeView(family, url)).toEqual(texts);
    return { url, project };
  }

  it.each(Object.keys(EVERYWHERE))("in %s", async (what) => {
    const { url } = await renamed(`${PEOPLE}${EVERYWHERE[what]!}${ROWS}`, "people");
    expect(await query(url, "SELECT id, mail, n, boss, boss_email FROM people ORDER BY id")).toEqual([
      { id: 1, mail: "a@x", n: 1, boss: null, boss_email: null },
      { id: 2, mail: "b@x", n: 2, boss: 1, boss_email: "a@x" },
    ]);
    expect(await query(url, "SELECT who FROM posts ORDER BY id")).toEqual([{ who: "a@x" }, { who: "b@x" }]);
  });

  it("in all of them at once", async () => {
    const all = Object.entries(EVERYWHERE).flatMap(([what, sql]) => (what === "a rule" ? [] : [sql]));
    const { url } = await renamed(`${PEOPLE}${all.join("\n")}${ROWS}`, "people");
    expect(await query(url, "SELECT mail FROM ONLY people ORDER BY id")).toEqual([{ mail: "a@x" }, { mail: "b@x" }]);
  });

  it("in a partitioned table that is divided by it", async () => {
    const { url } = await renamed(PARTITIONED, "logs");
    expect(await query(url, "SELECT mail FROM logs ORDER BY id")).toEqual([{ mail: "a" }, { mail: "b" }]);
  });

  it("beside a view of its name", async () => {
    const sql = `${PEOPLE} CREATE VIEW email AS SELECT email FROM people; CREATE VIEW v AS SELECT email.email FROM email;${ROWS}`;
    const change = (text: string) =>
      text
        .replace(/\bemail\b/g, "mail")
        .replace(/(view\(\s*")mail("[^`]*`[^`]*)\bmail\b(?=\s+FROM people)/, "$1email$2mail AS email")
        .replace(/\bmail(\s+)FROM mail\b/, "email$1FROM email");
    const { url } = await renamed(sql, "people", [], change);
    expect(await query(url, "SELECT email FROM v ORDER BY email")).toEqual([{ email: "a@x" }, { email: "b@x" }]);
  });

  it("with grants on it, managed, and an owner", async () => {
    const database = await create();
    open.push(database);
    const [reader, owner] = ["reader", "owner"].map((word) => `"tsm ${word} ${randomBytes(4).toString("hex")}"`) as [
      string,
      string,
    ];
    roles.push(reader, owner);
    const { url } = database;
    await runSql(
      url,
      `CREATE ROLE ${reader}; CREATE ROLE ${owner}; ${PEOPLE} ${ROWS}
      CREATE VIEW v AS SELECT id, email FROM people; CREATE FUNCTION f(a text) RETURNS text LANGUAGE sql AS 'select a'; CREATE TYPE mood AS ENUM ('a');
      GRANT UPDATE (email), SELECT (email, n) ON people TO ${reader}; GRANT SELECT ON v TO ${reader}; GRANT INSERT (email) ON people TO ${reader} WITH GRANT OPTION;
      GRANT EXECUTE ON FUNCTION f(text) TO ${reader}; GRANT USAGE ON TYPE mood TO ${reader}; REVOKE ALL ON FUNCTION f(text) FROM PUBLIC;
      ALTER VIEW v OWNER TO ${owner}; ALTER FUNCTION f(text) OWNER TO ${owner}; ALTER TYPE mood OWNER TO ${owner};`,
    );
    const project = tempProject({ url });
    await succeed(project, "pull", "--include-grants", "--include-owners");
    project.write(
      "migrate.config.ts",
      `import { defineConfig } from "tsmigrate/config";\nexport default defineConfig({ url: ${JSON.stringify(url)}, models: "./models.ts", manage: ["grant", "owner"] });\n`,
    );
    expect(await succeed(project, "check")).toMatchObject({ operations: [] });
    const acl = `SELECT (SELECT json_agg(a.attacl::text ORDER BY a.attnum)::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) AS columns, c.relacl::text AS acl, pg_get_userbyid(c.relowner) AS owner
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND c.relname NOT LIKE 'tsmigrate%' UNION ALL
      SELECT NULL, p.proacl::text, pg_get_userbyid(p.proowner) FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace UNION ALL
      SELECT NULL, t.typacl::text, pg_get_userbyid(t.typowner) FROM pg_type t WHERE t.typname IN ('mood', 'feeling') ORDER BY 3, 2, 1`;
    const before = await query(url, acl);
    const first = project.read("models.ts");
    const second = first
      .replace(/\bemail\b/g, "mail")
      .replace(/"people/g, '"humans')
      .replace(/FROM people/g, "FROM humans")
      .replace(/"v"/g, '"w"')
      .replace(/"f"/g, '"g"')
      .replace(/"mood"/g, '"feeling"');
    project.write("models.ts", second);
    const flags = ["people:humans", "humans.email:mail", "view:v:w", "function:f:g", "enum:mood:feeling"].flatMap(
      (one) => ["--rename", one],
    );
    const made = await succeed(project, "revision", "--autogenerate", "-m", "rename", ...flags);
    const kinds = made.operations.map(({ description }: { description: string }) => description);
    expect(kinds.filter((text: string) => /grant|revoke|give/.test(text))).toEqual([]);
    for (const args of [["upgrade"], ["check"], ["downgrade", "-1"]]) await succeed(project, ...args);
    expect(await query(url, acl)).toEqual(before);
    await succeed(project, "upgrade");
    expect(await succeed(project, "check")).toMatchObject({ operations: [] });
    expect(await query(url, acl)).toEqual(before);
  });
});

const COMMON =
  'import { check, enumType, index, integer, sql, table, text, unique, varchar, view } from "tsmigrate/schema";\n';
const table = (columns: string, more = "") =>
  `${COMMON}export const t = table("t", { id: integer().primaryKey(), ${columns} }, () => [${more}]);\n`;

interface Edit {
  readonly from: string;
  readonly to: string;
  readonly args: readonly string[];
  readonly rows: string;
  readonly query: string;
  readonly gives: readonly object[];
}

const renames = (...all: readonly string[]) => all.flatMap((one) => ["--rename", one]);

const EDITS: Readonly<Record<string, Edit>> = {
  "a chain of names": {
    from: table("a: text(), b: text()", 'index("ix").on("a", "b"), check("ck", sql`a <> b`)'),
    to: table("b: text(), c: text()", 'index("ix").on("b", "c"), check("ck", sql`b <> c`)'),
    args: renames("t.a:b", "t.b:c"),
    rows: "INSERT INTO t (id, a, b) VALUES (1, 'was a', 'was b')",
    query: "SELECT b, c FROM t",
    gives: [{ b: "was a", c: "was b" }],
  },
  "two names that are swapped": {
    from: table("a: text(), b: integer()", 'index("ix").on("a"), check("ck", sql`a <> \'\' and b > 0`)'),
    to: table("b: text(), a: integer()", 'index("ix").on("b"), check("ck", sql`b <> \'\' and a > 0`)'),
    args: renames("t.a:b", "t.b:a"),
    rows: "INSERT INTO t (id, a, b) VALUES (1, 'was a', 7)",
    query: "SELECT a, b FROM t",
    gives: [{ a: 7, b: "was a" }],
  },
  "a name, a type and a new constraint": {
    from: table("a: varchar(10)"),
    to: table("b: text().notNull()", 'unique("uq").on("b"), check("ck", sql`b <> \'\'`)'),
    args: renames("t.a:b"),
    rows: "INSERT INTO t (id, a) VALUES (1, 'x')",
    query: "SELECT b FROM t",
    gives: [{ b: "x" }],
  },
  "a value that is a default, in a check, in a partial index and in a view": {
    from: `${COMMON}export const mood = enumType("mood", ["sad", "glad"]);
export const t = table("t", { id: integer().primaryKey(), m: mood().notNull().default("sad") }, () => [check("ck", sql\`m <> 'glad' or id > 0\`), index("ix").on("id").where(sql\`m = 'sad'\`)]);
export const v = view("v", sql\`select id from t where m = 'sad'\`);\n`,
    to: `${COMMON}export const mood = enumType("mood", ["low", "glad"]);
export const t = table("t", { id: integer().primaryKey(), m: mood().notNull().default("low") }, () => [check("ck", sql\`m <> 'glad' or id > 0\`), index("ix").on("id").where(sql\`m = 'low'\`)]);
export const v = view("v", sql\`select id from t where m = 'low'\`);\n`,
    args: renames("mood.sad:low"),
    rows: "INSERT INTO t (id) VALUES (1)",
    query: "SELECT t.m, v.id FROM t JOIN v ON v.id = t.id",
    gives: [{ m: "low", id: 1 }],
  },
};

describe.each(DIALECTS)("renames in one edit on $name", ({ open: create, family }) => {
  it.each(Object.keys(EDITS))("%s: rows stay, up and down", async (what) => {
    const { from, to, args, rows, query: sql, gives } = EDITS[what]!;
    const database = await create();
    open.push(database);
    const { url } = database;
    const project = tempProject({ url, models: from });
    await succeed(project, "revision", "--autogenerate", "-m", "first");
    await succeed(project, "upgrade");
    await runSql(url, rows);
    const start = await wholeView(family, url);
    project.write("models.ts", to);
    await succeed(project, "revision", "--autogenerate", "-m", "second", ...args);
    for (const _again of [1, 2]) {
      await succeed(project, "upgrade");
      expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
      expect(await query(url, sql)).toEqual(gives);
      await succeed(project, "downgrade", "-1");
      expect(await wholeView(family, url)).toEqual(start);
    }
  });
});
