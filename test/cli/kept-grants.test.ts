/** What a revision drops and makes again keeps its owner, its grants and all that hangs on it, as production has them. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { hasShell, runScript } from "../support/run-script.js";
import { tempProject } from "../support/temp-project.js";
import { runSql, succeed, usedDatabases } from "../support/used-databases.js";

const { open, roles } = usedDatabases();

async function role(url: string, word: string): Promise<string> {
  const name = `"tsm ${word} ${randomBytes(4).toString("hex")}"`;
  await runSql(url, `CREATE ROLE ${name}`);
  roles.push(name);
  return name;
}

interface Roles {
  readonly reader: string;
  readonly admin: string;
  /** Gets everything on whatever is new. */
  readonly greedy: string;
}

const SETUP = ({ reader, admin, greedy }: Roles) => `
CREATE TYPE mood AS ENUM ('sad', 'glad', 'odd');
CREATE DOMAIN email AS varchar(60) CHECK (value LIKE '%@%');
CREATE FUNCTION add_one(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select a + 1';
CREATE FUNCTION shout(a text) RETURNS text LANGUAGE sql IMMUTABLE AS 'select upper(a)';
CREATE TABLE users (id integer PRIMARY KEY, name varchar(20), mail email, mood mood DEFAULT 'sad',
  doubled integer GENERATED ALWAYS AS (id * 2) STORED, boss_id integer REFERENCES users (id) ON DELETE SET NULL);
CREATE TABLE posts (id integer PRIMARY KEY, user_id integer REFERENCES users (id) ON DELETE CASCADE);
CREATE VIEW names AS SELECT id, name FROM users;
COMMENT ON VIEW names IS 'who is there';
COMMENT ON COLUMN names.name IS 'in full';
CREATE VIEW "Odd.names" AS SELECT name AS "a ""b""" FROM names;
CREATE MATERIALIZED VIEW totals AS SELECT name, count(*) AS n FROM users GROUP BY name;
CREATE UNIQUE INDEX ix_totals ON totals (name);
CREATE FUNCTION insert_name() RETURNS trigger LANGUAGE plpgsql AS 'begin insert into users (id, name) values (new.id, new.name); return new; end';
CREATE TRIGGER name_inserted INSTEAD OF INSERT ON names FOR EACH ROW EXECUTE FUNCTION insert_name();
CREATE RULE no_delete AS ON DELETE TO names DO INSTEAD NOTHING;
INSERT INTO users (id, name, mail, mood, boss_id) VALUES (1, 'Ada', 'a@x', 'glad', NULL), (2, 'Bob', 'b@x', 'sad', 1);
INSERT INTO posts VALUES (1, 2);
GRANT SELECT ON names TO ${reader} WITH GRANT OPTION;
GRANT INSERT, UPDATE (name) ON names TO ${reader};
GRANT SELECT ON totals TO PUBLIC;
GRANT UPDATE ("a ""b""") ON "Odd.names" TO ${reader};
GRANT SELECT (doubled) ON users TO ${reader};
REVOKE EXECUTE ON FUNCTION add_one(integer), shout(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION add_one(integer), shout(text) TO ${reader};
REVOKE USAGE ON TYPE mood FROM PUBLIC;
GRANT USAGE ON TYPE mood TO ${reader};
GRANT USAGE ON TYPE email TO ${reader} WITH GRANT OPTION;
GRANT CREATE ON SCHEMA public TO ${admin};
GRANT SELECT ON users TO ${admin};
ALTER VIEW names OWNER TO ${admin};
ALTER TYPE mood OWNER TO ${admin};
ALTER FUNCTION add_one(integer) OWNER TO ${admin};
ALTER DOMAIN email OWNER TO ${admin};
REVOKE TRUNCATE ON names FROM ${admin};
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO ${greedy};
ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO ${greedy};
ALTER DEFAULT PRIVILEGES GRANT ALL ON TYPES TO ${greedy};
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
`;

const explode = (acl: string, kind: string, owner: string) =>
  `(SELECT json_agg(a ORDER BY a) FROM (SELECT concat_ws(' ', CASE WHEN grantee = 0 THEN 'public' ELSE pg_get_userbyid(grantee) END, privilege_type, is_grantable) AS a
    FROM aclexplode(coalesce(${acl}, acldefault('${kind}', ${owner})))) e)`;

/** Everything of everybody, with comments, triggers, rules and indexes. */
const STATE = `SELECT c.relname::text AS name, pg_get_userbyid(c.relowner) AS owner, ${explode("c.relacl", "r", "c.relowner")} AS acl,
    obj_description(c.oid, 'pg_class') AS comment,
    (SELECT json_agg(json_build_array(a.attname, col_description(c.oid, a.attnum), ${explode("a.attacl", "c", "c.relowner")}) ORDER BY a.attname)
       FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    (SELECT json_agg(tgname) FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal) AS triggers,
    (SELECT json_agg(rulename ORDER BY rulename) FROM pg_rewrite WHERE ev_class = c.oid) AS rules,
    (SELECT json_agg(indexrelid::regclass::text ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = c.oid) AS indexes
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm') AND c.relname NOT LIKE 'tsmigrate%'
  UNION ALL SELECT p.proname, pg_get_userbyid(p.proowner), ${explode("p.proacl", "f", "p.proowner")}, NULL, NULL, NULL, NULL, NULL
  FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
  UNION ALL SELECT t.typname, pg_get_userbyid(t.typowner), ${explode("t.typacl", "T", "t.typowner")}, NULL, NULL, NULL, NULL, NULL
  FROM pg_type t WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd') ORDER BY 1`;

const ROWS = `SELECT u.id, u.name, u.mail, u.mood::text AS mood, u.doubled, u.boss_id, p.id AS post, v.name AS seen
  FROM users u LEFT JOIN posts p ON p.user_id = u.id JOIN names v ON v.id = u.id ORDER BY u.id`;

/** What is changed in the models, so that something has to make way. */
const CHANGES: Readonly<Record<string, (models: string) => string>> = {
  "the type of a column under views": (models) => models.replace("varchar(20)", "varchar(30)"),
  "the text of a view": (models) => models.replace(/SELECT\s+id,\s+name\b/, "SELECT id, name, mail"),
  "the result of a function": (models) =>
    models.replace(/(functionDefinition\("add_one"[^)]*?returns: )"integer"/s, '$1"bigint"'),
  "the arguments of a function": (models) =>
    models.replace(/(functionDefinition\("shout"[^)]*?arguments: )"a text"/s, '$1"a text, b text"'),
  "the values of an enum": (models) => models.replace(', "odd"', ""),
  "the type of a domain": (models) => models.replace("varchar(60)", "varchar(70)"),
  "what a column is made of": (models) => models.replace(/id \* 2/, "id * 3"),
};

describe.each(POSTGRES_DIALECTS)("what is dropped and made again on $name", ({ open: create }) => {
  async function setUp() {
    const database = await create();
    open.push(database);
    const { url } = database;
    const [reader, admin, greedy] = [await role(url, "reader"), await role(url, "admin"), await role(url, "greedy")];
    const given: Roles = { reader, admin, greedy };
    await runSql(url, SETUP(given));
    const project = tempProject({ url });
    await succeed(project, "pull");
    return { url, project, given };
  }

  it.each(Object.keys(CHANGES))("keeps grants, owner and what is on it when %s changes", async (what) => {
    const { url, project } = await setUp();
    const before = [await query(url, STATE), await query(url, ROWS)];
    const changed = CHANGES[what]!(project.read("models.ts"));
    expect(changed).not.toBe(project.read("models.ts"));
    project.write("models.ts", changed);
    await succeed(project, "revision", "--autogenerate", "-m", "change");
    expect(readFileSync(project.revision("change"), "utf8")).toMatch(/owner and (its|their) grants/);
    await succeed(project, "upgrade", "head");
    expect(await succeed(project, "check")).toMatchObject({ operations: [] });
    const relevant = (rows: readonly any[]) =>
      // The view that gets another text has one column more.
      rows.map(({ columns, ...rest }) => ({
        ...rest,
        columns: columns?.filter(([name]: [string]) => name !== "mail"),
      }));
    expect(relevant(await query(url, STATE))).toEqual(relevant(before[0]!));
    await succeed(project, "downgrade", "-1");
    expect([await query(url, STATE), await query(url, ROWS)]).toEqual(before);
  });

  it.each(["driver", "shell"] as const)("keeps the same in a script through the %s", async (road) => {
    if (road === "shell" && !hasShell("postgres")) return;
    const { url, project } = await setUp();
    const before = await query(url, STATE);
    project.write(
      "models.ts",
      Object.values(CHANGES).reduce((text, change) => change(text), project.read("models.ts")),
    );
    await succeed(project, "revision", "--autogenerate", "-m", "change");
    const script = async (...args: readonly string[]) => (await project.run([...args, "--sql"])).stdout;
    const [base, head] = ["baseline", "change"].map((slug) => basename(project.revision(slug)).split("_")[0]);
    const up = await script("upgrade", `${base}:${head}`);
    const down = await script("downgrade", `${head}:${base}`);
    await succeed(project, "upgrade", "head");
    const online = await query(url, STATE);
    await succeed(project, "downgrade", "-1");
    expect(await query(url, STATE)).toEqual(before);
    await runScript("postgres", url, up, road);
    expect(await query(url, STATE)).toEqual(online);
    await runScript("postgres", url, down, road);
    expect(await query(url, STATE)).toEqual(before);
  });

  /** A revision with this body, on top of the pulled baseline. */
  async function byHand({ project }: Awaited<ReturnType<typeof setUp>>, upgrade: string): Promise<void> {
    await succeed(project, "revision", "-m", "by hand");
    const path = project.revision("by_hand");
    writeFileSync(
      path,
      readFileSync(path, "utf8").replace(/upgrade\(op.*?\{[^}]*\}/s, `upgrade(op: any) {\n${upgrade}\n}`),
    );
  }

  it("keeps them in a revision by hand, in and out of a transaction", async () => {
    const bench = await setUp();
    const before = await query(bench.url, STATE);
    await byHand(
      bench,
      `await op.dropView("Odd.names"); await op.replaceView("names", "SELECT id, name FROM users WHERE id > 0", { comment: "who is there", columnComments: { name: "in full" } });
await op.createTrigger("name_inserted", "names", { fires: "INSTEAD OF INSERT", action: "FOR EACH ROW EXECUTE FUNCTION insert_name()" });
await op.createDefinition("rule", "no_delete ON names", "CREATE RULE no_delete AS ON DELETE TO names DO INSTEAD NOTHING", { table: "names" });
await op.autocommitBlock(async () => { await op.execute("SELECT 1"); });
await op.createView("Odd.names", 'SELECT name AS "a ""b""" FROM names');
await op.dropColumn("users", "doubled"); await op.execute("SELECT 1"); await op.execute("ALTER TABLE users ADD spare integer");
await op.execute("ALTER TABLE users DROP spare");
await op.execute("ALTER TABLE users ADD other integer; ALTER TABLE users DROP other");
await op.addColumn("users", "doubled", (await import("tsmigrate/schema")).integer().generatedAs("id * 2", { stored: true }));`,
    );
    await succeed(bench.project, "upgrade");
    expect(await query(bench.url, STATE)).toEqual(before);
  });

  it("gives them to a table that takes the place of another", async () => {
    const bench = await setUp();
    await runSql(
      bench.url,
      `GRANT INSERT (id), DELETE ON posts TO ${bench.given.reader}; ALTER TABLE posts OWNER TO ${bench.given.admin}`,
    );
    const before = (await query(bench.url, STATE)).find(({ name }) => name === "posts");
    await byHand(
      bench,
      `const { integer } = await import("tsmigrate/schema");
await op.createTable("posts_new", { id: integer().primaryKey("posts_pkey"), user_id: integer() });
await op.execute("INSERT INTO posts_new SELECT id, user_id FROM posts");
await op.dropTable("posts"); await op.renameTable("posts_new", "posts");`.replace(
        'primaryKey("posts_pkey")',
        "primaryKey()",
      ),
    );
    await succeed(bench.project, "upgrade");
    const after = (await query(bench.url, STATE)).find(({ name }) => name === "posts");
    expect({ ...after, indexes: null }).toEqual({ ...before, indexes: null });
  });

  it("gives those of a function to none where several of its name go, and says so", async () => {
    const bench = await setUp();
    await runSql(bench.url, "CREATE FUNCTION shout(a integer) RETURNS integer LANGUAGE sql AS 'select a'");
    await byHand(
      bench,
      `await op.dropFunction("shout", "text"); await op.dropFunction("shout", "integer");
await op.createFunction("shout", { arguments: "a bigint", returns: "bigint", body: "select a" });
await op.createFunction("shout", { arguments: "a text", returns: "text", body: "select a" });`,
    );
    const { stderr, exitCode } = await bench.project.run(["upgrade"]);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("function shout(bigint) has no grants")]);
    const acl = await query(
      bench.url,
      "SELECT proacl::text AS acl FROM pg_proc WHERE oid = 'shout(text)'::regprocedure",
    );
    expect(JSON.stringify(acl)).toContain("reader");
  });
});
