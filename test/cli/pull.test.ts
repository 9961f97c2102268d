import { existsSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { DIALECTS, POSTGRES_DIALECTS, SQLITE_DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import type { TestDatabase } from "../support/postgres-server.js";
import { revisionText, tempProject } from "../support/temp-project.js";
import { succeed } from "../support/used-databases.js";

const SETUP = `
CREATE TABLE users (
  id integer NOT NULL CONSTRAINT pk_users PRIMARY KEY,
  email varchar(100) NOT NULL CONSTRAINT uq_users_email UNIQUE,
  boss_id integer CONSTRAINT fk_users_boss_id_users REFERENCES users (id) ON DELETE SET NULL
);
CREATE TABLE posts (
  id integer NOT NULL CONSTRAINT pk_posts PRIMARY KEY,
  user_id integer NOT NULL CONSTRAINT posts_author REFERENCES users (id) ON DELETE CASCADE,
  title varchar(50) DEFAULT 'none',
  CONSTRAINT ck_posts_title CHECK (length(title) > 0)
);
CREATE INDEX ix_posts_user_id ON posts (user_id);
CREATE VIEW titles AS SELECT id, title FROM posts;
INSERT INTO users VALUES (1, 'a@x', NULL), (2, 'b@x', 1);
INSERT INTO posts VALUES (1, 1, 'one'), (2, 2, 'two');
`;

const open: TestDatabase[] = [];
afterEach(async () => {
  for (const database of open.splice(0)) await database.dispose();
});

async function database(create: () => Promise<TestDatabase>, sql = ""): Promise<string> {
  const made = await create();
  open.push(made);
  await run(made.url, sql);
  return made.url;
}

async function run(url: string, sql: string, ask = "SELECT 1"): Promise<readonly unknown[]> {
  const connection = await connectTo(url);
  try {
    if (sql !== "") await connection.script(sql);
    return (await connection.query(ask)).rows;
  } finally {
    await connection.close();
  }
}

describe.each(DIALECTS)("pull on $name", ({ open: create }) => {
  it("writes models, a baseline and a stamp, with which everything agrees and no row has moved", async () => {
    const url = await database(create, SETUP);
    const project = tempProject({ url });
    const shown = await project.run(["pull"]);
    expect([shown.exitCode, shown.stderr]).toEqual([0, ""]);
    const [baseline = ""] = project.revisions();
    const id = baseline.split("_")[0];
    expect(shown.stdout).toBe(
      `models.ts\nmigrations/versions/${baseline}\nPulled 2 tables, 1 other object.\nThe database is stamped with ${id}.\n`,
    );
    const models = project.read("models.ts");
    expect(models).toContain("id: integer().primaryKey()");
    expect(models).toContain("email: varchar(100).notNull().unique(),");
    expect(models).toContain('boss_id: integer().references("users.id", { onDelete: "set null" }),');
    expect(models).toContain('name: "posts_author",');
    expect(models).toContain("index().on(t.user_id)");
    expect((await succeed(project, "current")).current).toEqual([id]);
    expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
    expect(await succeed(project, "check", "--offline")).toMatchObject({ upToDate: true, operations: [] });
    expect(await succeed(project, "check", "--drift")).toMatchObject({ upToDate: true, operations: [] });
    expect(await run(url, "", "SELECT title FROM posts ORDER BY id")).toEqual([{ title: "one" }, { title: "two" }]);

    const again = await project.run(["pull", "--force", "--json"]);
    expect([again.exitCode, again.json().baseline]).toEqual([0, null]);
    expect(project.read("models.ts")).toBe(models);
    expect(project.revisions()).toEqual([baseline]);
  });

  it("makes the same database elsewhere, from the baseline and from the models", async () => {
    const url = await database(create, SETUP);
    const project = tempProject({ url });
    await succeed(project, "pull");
    const elsewhere = await database(create);
    await succeed(project, "upgrade", "head", "--url", elsewhere);
    expect((await succeed(project, "diff", "--from", url, "--to", elsewhere)).operations).toEqual([]);
    const check = await succeed(project, "pull", "--check");
    expect(check).toEqual({
      models: "models.ts",
      baseline: null,
      tables: 2,
      objects: 1,
      notReproduced: [],
      namingConvention: null,
    });
    await succeed(project, "downgrade", "base", "--url", elsewhere);
    expect((await project.run(["check", "--drift", "--url", elsewhere])).exitCode).toBe(0);
  });

  it("--check writes nothing, and exits with 1 when something is not reproduced", async () => {
    const url = await database(create, SETUP);
    const project = tempProject({ url });
    const whole = await project.run(["pull", "--check"]);
    expect([whole.exitCode, whole.stdout]).toEqual([
      0,
      "The models make the same database: 2 tables, 1 other object.\n",
    ]);
    const part = await project.run(["pull", "--check", "--table", "posts"]);
    expect([part.exitCode, part.stdout]).toEqual([
      1,
      "The models do not make the same database (1 table, 0 other objects).\nNot reproduced:\n" +
        "  ! foreign key of posts (user_id) to users: its table is not there; add `--table users`\n",
    ]);
    expect([existsSync(project.path("models.ts")), project.revisions()]).toEqual([false, []]);
    expect((await succeed(project, "current")).current).toEqual([]);
  });

  it("overwrites models with --force only, but for those that init wrote", async () => {
    const url = await database(create, SETUP);
    const project = tempProject({ url, models: "// mine\n" });
    const refused = await project.run(["pull"]);
    expect([refused.exitCode, refused.stderr]).toEqual([
      2,
      "error: 'models.ts' is there already\nhint: Overwrite it with `tsmigrate pull --force`, or write to another file with `--out <file>`.\n",
    ]);
    expect([project.read("models.ts"), project.revisions()]).toEqual(["// mine\n", []]);
    expect((await succeed(project, "pull", "--out", "db/pulled.ts", "--no-baseline")).models).toBe("db/pulled.ts");
    expect(project.read("db/pulled.ts")).toContain("posts");
    expect([project.revisions(), (await succeed(project, "current")).current]).toEqual([[], []]);
    await succeed(project, "pull", "--force");
    expect(project.read("models.ts")).toBe(project.read("db/pulled.ts"));

    await succeed(project, "downgrade", "base");
    await run(url, SETUP);
    const fresh = tempProject({ config: "" });
    const home = fresh.path("home");
    fresh.write("home/package.json", "{}");
    expect((await fresh.run(["init", "--url", url], { cwd: home })).exitCode).toBe(0);
    const env = { DATABASE_URL: url };
    const pulled = await fresh.run(["pull"], { cwd: home, env });
    expect([pulled.exitCode, pulled.stderr]).toEqual([0, ""]);
  });

  it("leaves revisions and a stamp that are there alone", async () => {
    const url = await database(create, SETUP);
    const project = tempProject({ url });
    project.write("migrations/versions/aaaa_first.ts", revisionText({ id: "aaaa" }));
    await succeed(project, "stamp", "aaaa");
    const { exitCode, stderr } = await project.run(["pull"]);
    expect([exitCode, stderr]).toEqual([
      0,
      expect.stringContaining("there are revisions already, so no baseline was written"),
    ]);
    expect(project.revisions()).toEqual(["aaaa_first.ts"]);
    expect((await succeed(project, "current")).current).toEqual(["aaaa"]);
    expect(project.read("models.ts")).not.toContain("tsmigrate_");

    const other = tempProject({ url });
    const refused = await other.run(["pull"]);
    expect([refused.exitCode, refused.stderr]).toEqual([
      4,
      "error: the database is at 'aaaa', which no file declares\nhint: Get the code that has them, or run `tsmigrate pull --no-baseline`.\n",
    ]);
    expect(existsSync(other.path("models.ts"))).toBe(false);
    await succeed(other, "pull", "--no-baseline");
  });

  it("takes named tables with what they need, and names the nearest one for a wrong name", async () => {
    const url = await database(create, SETUP);
    const project = tempProject({ url });
    const wrong = await project.run(["pull", "--table", "usrs"]);
    expect([wrong.exitCode, wrong.stderr]).toEqual([
      2,
      "error: the database has no table 'usrs'\nhint: Did you mean 'users'?\n",
    ]);
    const { exitCode, stdout, stderr } = await project.run(["pull", "--table", "users", "--json"]);
    expect([exitCode, JSON.parse(stdout).tables, stderr]).toEqual([0, 1, ""]);
    const models = project.read("models.ts");
    expect([models.includes('table("users"'), models.includes("posts")]).toEqual([true, false]);
  });

  it("writes empty models of an empty database and says so, without a baseline", async () => {
    const url = await database(create);
    const project = tempProject({ url });
    await run(url, "CREATE TABLE t (id integer); DROP TABLE t;");
    const checked = await project.run(["pull", "--check"]);
    expect([checked.exitCode, checked.stderr]).toEqual([0, expect.stringContaining("so the models are empty")]);
    const empty = await project.run(["pull"]);
    expect([empty.exitCode, empty.stdout, empty.stderr]).toEqual([
      0,
      "models.ts\nPulled 0 tables, 0 other objects.\n",
      expect.stringMatching(/holds nothing that models say.*\n.*no baseline was written, as there is nothing to make/),
    ]);
    expect(project.read("models.ts")).toMatch(/^\/\/ .*\n.*\n\nexport default defineSchema\(\{\}\);\n$/);
    expect([project.revisions(), (await succeed(project, "current")).current]).toEqual([[], []]);
    expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
  });

  it("takes views of a database without tables, with a baseline that makes them", async () => {
    const url = await database(create, "CREATE VIEW one AS SELECT 1 AS id");
    const project = tempProject({ url });
    expect(await succeed(project, "pull")).toMatchObject({ tables: 0, objects: 1, notReproduced: [] });
    expect([project.read("models.ts").includes('view("one"'), project.revisions().length]).toEqual([true, 1]);
    expect(await succeed(project, "check", "--offline")).toMatchObject({ upToDate: true, operations: [] });
  });

  it("keeps queries of several lines as lines, without the spaces at their ends", async () => {
    const url = await database(
      create,
      "CREATE VIEW quoted AS SELECT 'a  \n`b`' AS a,  \n  '\\' AS b -- it''s a comment  \n  ,1 AS c",
    );
    const project = tempProject({ url });
    expect((await succeed(project, "pull")).notReproduced).toEqual([]);
    expect(project.read("models.ts")).toContain("'a \\x20\n\\`b\\`'");
    expect(project.read("models.ts")).not.toMatch(/[ \t]$/m);
    expect((await succeed(project, "pull", "--check")).notReproduced).toEqual([]);
    expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
    expect(await succeed(project, "check", "--offline")).toMatchObject({ upToDate: true, operations: [] });
  });

  it("refuses a file that is no module", async () => {
    const project = tempProject({ url: await database(create) });
    const wrong = await project.run(["pull", "--out", "models.sql"]);
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining("'models.sql' is no TypeScript file")]);
    expect(project.revisions()).toEqual([]);
  });

  it("writes names, defaults and texts of strangers as data", async () => {
    const name = `x"); process.exit(7); ("`;
    const quoted = `"${name.replaceAll('"', '""')}"`;
    const url = await database(
      create,
      `CREATE TABLE ${quoted} (
         id integer NOT NULL CONSTRAINT "p\`k" PRIMARY KEY,
         "*/ globalThis.pwned=1; /*" text DEFAULT '\${process.env.HOME}',
         "\`+globalThis.pwned+\`" text DEFAULT '\`\\\`',
         "__proto__" integer, "constructor" integer,
         CONSTRAINT "\${globalThis.pwned=2}" CHECK (id <> 7 OR '\`\${globalThis.pwned=3}\`' <> '')
       );
       CREATE INDEX "i\`\${globalThis.pwned=4}" ON ${quoted} ("__proto__", "*/ globalThis.pwned=1; /*");
       CREATE VIEW "v\`" AS SELECT '\`\${globalThis.pwned=5}\`' AS "\`"`,
    );
    const project = tempProject({ url });
    await succeed(project, "pull");
    expect((await succeed(project, "pull", "--check")).notReproduced).toEqual([]);
    const elsewhere = await database(create);
    await succeed(project, "upgrade", "head", "--url", elsewhere);
    expect((await succeed(project, "diff", "--to", elsewhere)).operations).toEqual([]);
    const ask = `SELECT "*/ globalThis.pwned=1; /*" AS a, "\`+globalThis.pwned+\`" AS b FROM ${quoted} WHERE "__proto__" IS NULL`;
    expect(await run(elsewhere, `INSERT INTO ${quoted} (id) VALUES (1)`, ask)).toEqual([
      { a: "${process.env.HOME}", b: "`\\`" },
    ]);
    expect((globalThis as { pwned?: unknown }).pwned).toBeUndefined();
  });
});

describe.each(SQLITE_DIALECTS)("pull of what models refuse on $name", ({ open: create }) => {
  it.each([
    ["a missing table", "CREATE TABLE c (id integer PRIMARY KEY, a int REFERENCES gone (x), b int REFERENCES gone)"],
    ["a missing column", "CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE c (a int REFERENCES p (gone))"],
    ["what is not unique", "CREATE TABLE p (id int, x int REFERENCES p (id)); CREATE TABLE c (a int REFERENCES p (x))"],
    ["too few columns", "CREATE TABLE p (a, b, PRIMARY KEY (a, b)); CREATE TABLE c (a int REFERENCES p)"],
    ["a view", "CREATE TABLE t (a int REFERENCES v (a)); CREATE VIEW v AS SELECT 1 AS a"],
  ])("keeps a foreign key to %s, and the baseline makes it again", async (_what, sql) => {
    const url = await database(create, sql);
    const project = tempProject({ url });
    expect((await succeed(project, "pull")).notReproduced).toEqual([]);
    expect(project.read("models.ts")).toContain("unchecked: true");
    expect((await succeed(project, "pull", "--check")).notReproduced).toEqual([]);
    expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
    const elsewhere = await database(create);
    await succeed(project, "upgrade", "head", "--url", elsewhere);
    expect((await succeed(project, "diff", "--to", elsewhere)).operations).toEqual([]);
  });

  it("gives a repeated name to the first constraint, and tells what texts hold besides", async () => {
    const url = await database(
      create,
      `CREATE TABLE t ( -- why
         a int CONSTRAINT d DEFAULT 1 CONSTRAINT x CHECK (a > 0),
         CONSTRAINT x UNIQUE (a), CHECK (a < 9) ON CONFLICT FAIL
       );
       INSERT INTO t VALUES (3); ANALYZE`,
    );
    const project = tempProject({ url });
    const { exitCode, stderr } = await project.run(["pull"]);
    expect([exitCode, stderr]).toEqual([
      0,
      "warning: not in the models: table t: the comments in the text; the name 'd' of a DEFAULT; the name 'x' of all " +
        "constraints that have it but the first; ON CONFLICT of a CHECK, which SQLite does not heed; statistics, " +
        "which `ANALYZE` makes again\n",
    ]);
    expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
    const models = project.read("models.ts").replace('custom<number>("int")', 'custom("text").notNull()');
    project.write("models.ts", models);
    const changed = await project.run(["revision", "--autogenerate", "-m", "not null"]);
    expect([changed.exitCode, changed.stderr]).toEqual([0, expect.stringContaining("t.a becomes NOT NULL")]);
    await succeed(project, "upgrade", "head");
    expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
    expect(await run(url, "", "SELECT a FROM t")).toEqual([{ a: "3" }]);
  });
});

describe.each(POSTGRES_DIALECTS)("pull of PostgreSQL's own on $name", ({ open: create }) => {
  it("names what it cannot read, and writes no password into the models", async () => {
    const url = await database(
      create,
      `${SETUP}
CREATE TYPE half;
CREATE FOREIGN DATA WRAPPER files;
CREATE SERVER there FOREIGN DATA WRAPPER files;
CREATE USER MAPPING FOR public SERVER there OPTIONS (user 'me', password 'hunter2');
CREATE FOREIGN TABLE far (id integer) SERVER there;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
CREATE TRIGGER far_touch BEFORE INSERT ON far FOR EACH ROW EXECUTE FUNCTION touch();`,
    );
    const project = tempProject({ url });
    const { notReproduced } = await succeed(project, "pull");
    expect(notReproduced).toEqual([
      "not read, and so not in the models: options of user mapping for public on server there",
      "not read, and so not in the models: trigger far_touch on foreign table far",
      "not read, and so not in the models: type half",
    ]);
    expect(project.read("models.ts")).not.toContain("hunter2");
    expect(project.read("models.ts")).toContain("CREATE SERVER there");
  });

  it("writes comments and enum labels of strangers as data", async () => {
    const url = await database(
      create,
      `CREATE TYPE mood AS ENUM ('\`\${globalThis.pwned=1}\`', '"); process.exit(7); ("', '\\');
       CREATE TABLE t (id integer, mood mood DEFAULT '\`\${globalThis.pwned=1}\`', moods mood[]);
       COMMENT ON TABLE t IS '*/ globalThis.pwned=1; /*';
       COMMENT ON COLUMN t.id IS '\`\${process.exit(7)}\`';
       CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'select ''\`\${globalThis.pwned=6}\`''';`,
    );
    const project = tempProject({ url });
    await succeed(project, "pull");
    expect((await succeed(project, "pull", "--check")).notReproduced).toEqual([]);
    expect((globalThis as { pwned?: unknown }).pwned).toBeUndefined();
    expect(project.read("models.ts")).toContain("mood: mood().default(");
  });

  it("takes every schema, or those that are named", async () => {
    const url = await database(
      create,
      `CREATE SCHEMA billing; CREATE SCHEMA other;
       CREATE TYPE billing.state AS ENUM ('open', 'paid');
       CREATE TABLE users (id integer CONSTRAINT pk_users PRIMARY KEY);
       CREATE TABLE billing.invoices (id integer, state billing.state, user_id integer CONSTRAINT fk_invoices_user_id_users REFERENCES users (id));
       CREATE TABLE other.users (id integer)`,
    );
    const project = tempProject({ url });
    expect((await succeed(project, "pull")).tables).toBe(3);
    const models = project.read("models.ts");
    expect(models).toContain('export const invoices = billing.table("invoices", {');
    expect(models).toContain("state: state(),");
    expect(models).toContain('user_id: integer().references("users.id"),');
    expect(models).toContain('export const usersTable = other.table("users", {');
    expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
    expect((await succeed(project, "pull", "--check")).notReproduced).toEqual([]);

    const part = await project.run(["pull", "--schema", "billing", "--out", "billing.ts", "--json"]);
    expect([part.exitCode, part.json().tables, part.json().notReproduced]).toEqual([
      0,
      1,
      ["foreign key of billing.invoices (user_id) to users: its table is not there; add `--schema public`"],
    ]);
    expect(project.read("billing.ts")).not.toContain("other");
    const wrong = await project.run(["pull", "--schema", "biling", "--out", "b.ts"]);
    expect([wrong.exitCode, wrong.stderr]).toEqual([
      2,
      "error: the database has no schema 'biling'\nhint: Did you mean 'billing'?\n",
    ]);
  });

  it("takes a schema with the types it needs of others, without views of what is not there", async () => {
    const url = await database(
      create,
      `CREATE SCHEMA a; CREATE SCHEMA b; CREATE SCHEMA tools; COMMENT ON SCHEMA b IS 'beside';
       CREATE EXTENSION hstore SCHEMA tools; CREATE EXTENSION citext;
       CREATE DOMAIN b.word AS text; CREATE TYPE b.mood AS ENUM ('sad'); CREATE TYPE b.idle AS ENUM ('x');
       CREATE TABLE b.t (id integer); CREATE VIEW b.v AS SELECT id FROM b.t;
       CREATE TABLE a.t (id b.word, mood b.mood, mail citext);
       CREATE VIEW a.own AS SELECT id FROM a.t;
       CREATE VIEW a.others AS SELECT id FROM b.v;
       CREATE VIEW a.of_others AS SELECT id FROM a.others`,
    );
    const project = tempProject({ url });
    const result = await project.run(["pull", "--schema", "a", "--json"]);
    expect([result.exitCode, result.json().notReproduced]).toEqual([
      0,
      [
        "view a.others: b.v, which it reads, is not there; add `--schema b`",
        "view a.of_others: a.others, which it reads, is not there",
      ],
    ]);
    const models = project.read("models.ts");
    expect(
      models
        .match(/(?:pgSchema|extension|enumType|domain|table|view)\(\s*"\w+"/g)
        ?.map((call) => call.replace(/\s+/, "")),
    ).toEqual([
      'pgSchema("a"',
      'pgSchema("b"',
      'extension("citext"',
      'enumType("mood"',
      'domain("word"',
      'table("t"',
      'view("own"',
    ]);
    const elsewhere = await database(create);
    await succeed(project, "upgrade", "head", "--url", elsewhere);
  });

  it("says of everything that names what is left out what to add, and makes what is left", async () => {
    const url = await database(
      create,
      `CREATE SCHEMA a; CREATE SCHEMA b;
       CREATE TABLE b.u (id int PRIMARY KEY, a text);
       CREATE TABLE b.parent (id int) PARTITION BY RANGE (id);
       CREATE TABLE a.kept (id int PRIMARY KEY, u int REFERENCES b.u);
       CREATE TABLE a.whole (id int PRIMARY KEY REFERENCES b.u, one b.u, many b.u[]);
       CREATE TABLE a.part PARTITION OF b.parent FOR VALUES FROM (0) TO (10);
       CREATE FUNCTION a.of_row(r b.u) RETURNS text LANGUAGE sql AS 'select r.a';
       CREATE FUNCTION a.counted() RETURNS bigint LANGUAGE sql AS 'select count(*) from b.u';
       CREATE FUNCTION a.plain(u int) RETURNS int LANGUAGE sql AS 'select u';
       CREATE VIEW a.seen AS SELECT a.counted() AS n;
       CREATE POLICY p ON a.kept USING (EXISTS (SELECT FROM b.u WHERE u.id = kept.u));
       INSERT INTO b.u VALUES (1, 'x'); INSERT INTO a.kept VALUES (1, 1);`,
    );
    const project = tempProject({ url });
    const part = await project.run(["pull", "--schema", "a", "--check", "--json"]);
    expect([part.exitCode, part.json().tables, part.json().notReproduced]).toEqual([
      1,
      1,
      [
        "foreign key of a.kept (u) to b.u: its table is not there; add `--schema b`",
        "function a.counted: b.u, which it names, is not there; add `--schema b`",
        "function a.of_row: b.u, which it names, is not there; add `--schema b`",
        "policy p of a.kept: b.u, which it reads, is not there; add `--schema b`",
        "view a.seen: a.counted, which it reads, is not there",
        "table a.part: its parent b.parent is not there; add `--schema b`",
        "table a.whole: b.u, whose rows the column one holds, is not there; add `--schema b`",
      ],
    ]);
    const table = await project.run(["pull", "--table", "a.whole", "--check", "--json"]);
    expect(table.json().notReproduced).toEqual([
      "table a.whole: b.u, whose rows the column one holds, is not there; add `--table b.u`",
    ]);
    const both = await succeed(project, "pull", "--schema", "a", "--schema", "b", "--check");
    expect(both).toMatchObject({ tables: 5, notReproduced: [] });
  });

  it("takes a table with its type, sequence, function and trigger, and nothing else", async () => {
    const url = await database(
      create,
      `CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE unused AS ENUM ('a');
       CREATE DOMAIN word AS text CHECK (value ~ '^[a-z]*$');
       CREATE SEQUENCE "Numbers"; CREATE SEQUENCE idle;
       CREATE TABLE t (id integer DEFAULT nextval('"Numbers"'), mood mood, word word);
       CREATE TABLE other (id integer);
       CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
       CREATE FUNCTION unrelated() RETURNS int LANGUAGE sql AS 'select 1';
       CREATE TRIGGER touched BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch()`,
    );
    const project = tempProject({ url });
    const result = await project.run(["pull", "--table", "t", "--json"]);
    expect([result.exitCode, result.json().notReproduced]).toEqual([0, []]);
    expect(project.read("models.ts").match(/^export const \w+/gm)).toEqual([
      "export const mood",
      "export const word",
      "export const numbers",
      "export const t",
      "export const touched",
      "export const touch",
    ]);
  });

  it("finds the rules that names follow, with which in the config models are shorter and the same", async () => {
    const url = await database(
      create,
      `CREATE TABLE users (id integer PRIMARY KEY, email text UNIQUE, boss_id integer REFERENCES users);
       CREATE INDEX ON users (boss_id);
       INSERT INTO users VALUES (1, 'a', NULL), (2, 'b', 1);`,
    );
    const project = tempProject({ url });
    const { stdout } = await project.run(["pull", "--no-baseline"]);
    expect(stdout).toBe(
      [
        "models.ts",
        "Pulled 1 table, 0 other objects.",
        "4 names follow rules that the config does not have. With these in it, `tsmigrate pull --force --no-baseline` leaves them out of the models:",
        "  namingConvention: {",
        '    primaryKey: "{table}_pkey",',
        '    unique: "{table}_{columns}_key",',
        '    index: "{table}_{columns}_idx",',
        '    foreignKey: "{table}_{columns}_fkey",',
        "  },",
        "",
      ].join("\n"),
    );
    expect(project.read("models.ts")).toContain('.primaryKey({ name: "users_pkey" })');

    const { namingConvention } = await succeed(project, "pull", "--force", "--no-baseline");
    const config = project.read("migrate.config.ts");
    const rules = `namingConvention: ${JSON.stringify(namingConvention)},`;
    project.write("migrate.config.ts", config.replace("defineConfig({", `defineConfig({ ${rules}`));
    expect((await succeed(project, "pull", "--force", "--no-baseline")).namingConvention).toBeNull();
    const models = project.read("models.ts");
    expect(models).not.toContain("name:");
    expect(models).toContain('boss_id: integer().references("users.id"),');
    await succeed(project, "pull", "--force", "--no-baseline");
    expect(project.read("models.ts")).toBe(models);
    expect((await succeed(project, "pull", "--check")).notReproduced).toEqual([]);
    expect(await succeed(project, "check")).toMatchObject({ upToDate: true });
  });

  it("splits what is large by schema, into files that type-check each other's names", async () => {
    const tables = Array.from(
      { length: 60 },
      (_, at) => `CREATE TABLE ${at % 2 === 0 ? "" : "billing."}t${at} (id integer, mood mood)`,
    );
    const url = await database(create, `CREATE SCHEMA billing; CREATE TYPE mood AS ENUM ('sad'); ${tables.join("; ")}`);
    const project = tempProject({ url });
    const { stdout } = await project.run(["pull"]);
    expect(stdout.split("\n").slice(0, 3)).toEqual(["models.ts", "models/public.ts", "models/billing.ts"]);
    expect(project.read("models.ts").split("\n").slice(1)).toEqual([
      'export * from "./models/public.js";',
      'export * from "./models/billing.js";',
      "",
    ]);
    expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
    const refused = await project.run(["pull"]);
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining("'models.ts' is there already")]);
  });
});

describe.each(SQLITE_DIALECTS)("pull of SQLite's own on $name", ({ open: create }) => {
  it("refuses --schema, since there are none", async () => {
    const url = await database(create, "CREATE TABLE a (id integer PRIMARY KEY, b_id integer REFERENCES b)");
    const project = tempProject({ url });
    const schemas = await project.run(["pull", "--schema", "main", "--force"]);
    expect([schemas.exitCode, schemas.stderr]).toEqual([2, expect.stringContaining("SQLite has no schemas")]);
  });

  it("keeps triggers, virtual tables and constraints without a name", async () => {
    const url = await database(
      create,
      `CREATE TABLE logs (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, UNIQUE (text));
       CREATE TABLE users (name TEXT PRIMARY KEY, mail TEXT UNIQUE COLLATE NOCASE, CHECK (length(name) > 0)) WITHOUT ROWID;
       CREATE VIRTUAL TABLE search USING fts5 (body);
       CREATE TRIGGER note AFTER INSERT ON users BEGIN INSERT INTO logs (text) VALUES (new.name); END;
       INSERT INTO users VALUES ('ann', 'a@x')`,
    );
    const project = tempProject({ url });
    await succeed(project, "pull");
    expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
    expect((await succeed(project, "pull", "--check")).notReproduced).toEqual([]);
  });
});
