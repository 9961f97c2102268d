import { afterEach, describe, expect, it } from "vitest";
import { DIALECTS, POSTGRES_DIALECTS, SQLITE_DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import type { TestDatabase } from "../support/postgres-server.js";
import { revisionText, tempProject } from "../support/temp-project.js";

const MODELS = `
import { index, integer, sql, table, text } from "tsmigrate/schema";
export const users = table("users", {
  id: integer().primaryKey(),
  name: text().notNull().unique(),
  manager_id: integer().references("users.id", { onDelete: "set null" }),
}, (t) => [index().on(t.manager_id)]);
export const posts = table("posts", {
  id: integer().primaryKey(),
  user_id: integer().notNull().references("users.id", { onDelete: "cascade" }),
  title: text().default("none"),
});
`;
const SQL = `
CREATE TABLE users (
  id integer NOT NULL CONSTRAINT pk_users PRIMARY KEY,
  name text NOT NULL CONSTRAINT uq_users_name UNIQUE,
  manager_id integer CONSTRAINT fk_users_manager_id_users REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX ix_users_manager_id ON users (manager_id);
CREATE TABLE posts (
  id integer NOT NULL CONSTRAINT pk_posts PRIMARY KEY,
  user_id integer NOT NULL CONSTRAINT fk_posts_user_id_users REFERENCES users (id) ON DELETE CASCADE,
  title text DEFAULT 'none'
);
`;
const ROWS = `
INSERT INTO users VALUES (1, 'ann', NULL), (2, 'bob', 1);
INSERT INTO posts VALUES (1, 1, 'a'), (2, 2, 'b');
`;

const open: TestDatabase[] = [];
afterEach(async () => {
  for (const database of open.splice(0)) await database.dispose();
});

async function database(create: () => Promise<TestDatabase>, ...sql: readonly string[]): Promise<string> {
  const made = await create();
  open.push(made);
  const connection = await connectTo(made.url);
  try {
    for (const text of sql) await connection.script(text);
  } finally {
    await connection.close();
  }
  return made.url;
}

describe.each(DIALECTS)("diff on $name", ({ open: create }) => {
  it("finds no difference between the models, a database, a .sql file and the revisions that make them", async () => {
    const url = await database(create, SQL, ROWS);
    const project = tempProject({ url, models: MODELS });
    project.write("schema.sql", SQL);
    const id = "aaaaaaaaaaaa";
    const statements = SQL.split(";").filter((text) => text.trim() !== "");
    const upgrade = statements.map((text) => `  await op.execute(${JSON.stringify(text)});`).join("\n");
    project.write(`migrations/versions/${id}_first.ts`, revisionText({ id, upgrade }));
    for (const from of ["models", "database", url, "schema.sql", "revision:head"]) {
      for (const to of ["models", "database", url, "schema.sql", "revision:aaaa"]) {
        const result = await project.run(["diff", "--from", from, "--to", to, "--json", "--exit-code"]);
        expect([from, to, result.exitCode, result.stdout.trim()]).toEqual([from, to, 0, '{"operations":[],"sql":[]}']);
      }
    }
  });

  it("shows what is missing under the object it belongs to, and both ways", async () => {
    const url = await database(create, "CREATE TABLE users (id integer CONSTRAINT pk_users PRIMARY KEY)");
    const project = tempProject({ url, models: MODELS });
    const there = await project.run(["diff"]);
    expect([there.exitCode, there.stderr]).toEqual([0, ""]);
    expect(there.stdout.split("\n")).toEqual(
      expect.arrayContaining([
        "From database to models:",
        "table users",
        "  + add column users.name",
        "table posts",
        "  + create table posts",
      ]),
    );
    const back = await project.run(["diff", "--from", "models", "--to", "database", "--exit-code"]);
    expect(back.exitCode).toBe(1);
    expect(back.stdout).toContain("  ! drop column users.name (destroys data)\n");
    expect(back.stdout).toContain("  ! drop table posts (destroys data)\n");
  });

  it("writes a script that makes the one into the other and keeps the rows", async () => {
    const url = await database(create, SQL, ROWS);
    const models = MODELS.replace("title: text()", "slug: text(),\n  title: text().notNull()");
    const project = tempProject({ url, models });
    const { stdout, exitCode } = await project.run(["diff", "--sql"]);
    expect(exitCode).toBe(0);
    const document = (await project.run(["diff", "--json"])).json();
    expect(document.operations.map(({ kind }: { kind: string }) => kind)).toEqual(["addColumn", "alterColumn"]);
    expect(document.sql.length).toBeGreaterThan(0);
    const connection = await connectTo(url);
    try {
      await connection.script(stdout);
      const { rows } = await connection.query("SELECT id, user_id, title, slug FROM posts ORDER BY id");
      expect(rows).toEqual([
        { id: 1, user_id: 1, title: "a", slug: null },
        { id: 2, user_id: 2, title: "b", slug: null },
      ]);
    } finally {
      await connection.close();
    }
    expect((await project.run(["diff", "--exit-code"])).exitCode).toBe(0);
  });

  it("takes a rename as one when it is told", async () => {
    const url = await database(create, SQL);
    const project = tempProject({ url, models: MODELS.replace("title:", "headline:") });
    const kinds = async (...args: readonly string[]) =>
      (await project.run(["diff", "--json", ...args])).json().operations.map((op: { kind: string }) => op.kind);
    expect(await kinds()).toEqual(["addColumn", "dropColumn"]);
    expect(await kinds("--rename", "posts.title:headline")).toEqual(["renameColumn"]);
  });

  it("refuses what is no source, and a file that does not run", async () => {
    const url = await database(create);
    const project = tempProject({ url, models: MODELS });
    project.write("broken.sql", "CREATE TABLE users (id integer); CREATE TABLE users (id integer);");
    const nothing = await project.run(["diff", "--to", "nothing"]);
    expect([nothing.exitCode, nothing.stderr]).toEqual([
      2,
      "error: 'nothing' is no source: there is no such database file\n" +
        "hint: A source is `models`, `database`, `revision:<rev>`, a `.sql` file or a database URL.\n",
    ]);
    const broken = await project.run(["diff", "--to", "broken.sql"]);
    expect(broken.exitCode).toBe(2);
    expect(broken.stderr).toMatch(/^error: '.*broken\.sql' cannot be run: .*already exists/);
    const missing = await project.run(["diff", "--to", "missing.sql"]);
    expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining("missing.sql' cannot be read")]);
    const unknown = await project.run(["diff", "--to", "revision:ffff"]);
    expect([unknown.exitCode, unknown.stderr]).toEqual([3, expect.stringContaining("matches 'ffff'")]);
  });
});

describe.each(DIALECTS)("models of the config on $name", ({ open: create }) => {
  const config = (url: string, models: string) =>
    `export default { url: ${JSON.stringify(url)}, models: ${models} };\n`;

  it("may be a .sql file, several, a database or several modules, which all give the same revision", async () => {
    const url = await database(create);
    const other = await database(create, SQL);
    const [users = "", posts = ""] = SQL.split("CREATE TABLE posts");
    const [head = "", tail = ""] = MODELS.split("export const posts");
    const imports = head.split("\n")[1]!;
    const bodies: string[] = [];
    for (const models of [
      '"./all.sql"',
      '["./users.sql", "./posts.sql"]',
      JSON.stringify(other),
      '["./a.ts", "./b.ts"]',
    ]) {
      const project = tempProject({ config: config(url, models) });
      project.write("all.sql", SQL);
      project.write("users.sql", users);
      project.write("posts.sql", `CREATE TABLE posts${posts}`);
      project.write("a.ts", head);
      project.write("b.ts", `${imports}\nexport const posts${tail}`);
      const made = await project.run(["revision", "--autogenerate", "-m", "first"]);
      expect([models, made.exitCode, made.stderr.replace(/^warning: the database file.*\n/, "")]).toEqual([
        models,
        0,
        "",
      ]);
      bodies.push(project.read(`migrations/versions/${project.revisions()[0]}`).split("export async function")[1]!);
    }
    expect(bodies[0]).toContain("await op.createTable(");
    expect(new Set(bodies.slice(0, 3)).size).toBe(1);
    expect(bodies[3]!.match(/op\.\w+/g)).toEqual(bodies[0]!.match(/op\.\w+/g));
  });

  it("may not mix sources that each say all of it", async () => {
    const url = await database(create);
    const project = tempProject({ models: MODELS, config: config(url, '["./models.ts", "./more.sql"]') });
    const { exitCode, stderr } = await project.run(["check"]);
    expect([exitCode, stderr.split("\n").filter((line) => !line.startsWith("warning"))]).toEqual([
      2,
      [
        "error: 'models' mixes sources that each say all of the schema",
        "hint: Keep modules, or `.sql` files, or one database URL.",
        "",
      ],
    ]);
  });
});

describe.each(POSTGRES_DIALECTS)("diff of PostgreSQL's objects on $name", ({ open: create }) => {
  it("compares every kind of object between two databases, in all schemas", async () => {
    const a = await database(
      create,
      "CREATE SCHEMA billing; CREATE TABLE billing.invoices (id int); CREATE TYPE mood AS ENUM ('sad', 'ok')",
      "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'select 1'",
    );
    const b = await database(
      create,
      "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE VIEW v AS SELECT 1 AS one",
    );
    const project = tempProject({ url: a, models: MODELS });
    const { stdout } = await project.run(["diff", "--to", b]);
    expect(stdout.split("\n").slice(1, -1)).toEqual([
      "function one()",
      "  - drop function one()",
      "enum mood",
      "  + add value 'happy' to enum mood",
      "table billing.invoices",
      "  ! drop table billing.invoices (destroys data)",
      "view v",
      "  + create view v",
    ]);
    expect(stdout.split("\n")[0]).not.toContain(":password@");
  });

  it("shows a schema that only one of a file and a database named by its URL has, both ways", async () => {
    const url = await database(create, SQL, "CREATE SCHEMA audit; CREATE TABLE audit.t (id integer)");
    const project = tempProject({ url, models: MODELS });
    project.write("schema.sql", SQL);
    const kinds = async (from: string, to: string) =>
      (await project.run(["diff", "--from", from, "--to", to, "--json"]))
        .json()
        .operations.map(({ kind }: { kind: string }) => kind);
    expect(await kinds("schema.sql", url)).toEqual(["createSchema", "createTable"]);
    expect(await kinds(url, "schema.sql")).toEqual(["dropTable"]);
    // What else the configured database holds is somebody else's.
    expect(await kinds("schema.sql", "database")).toEqual([]);
  });

  it("reads what pg_dump writes", async () => {
    const url = await database(create, SQL);
    const project = tempProject({ url, models: MODELS });
    const dump = `\\restrict abc\nSET statement_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n${SQL.replaceAll("CREATE TABLE ", "CREATE TABLE public.").replaceAll("REFERENCES ", "REFERENCES public.").replace("ON users", "ON public.users")}\n\\unrestrict abc\n`;
    project.write("dump.sql", dump);
    const same = await project.run(["diff", "--to", "dump.sql", "--exit-code"]);
    expect([same.exitCode, same.stderr]).toEqual([0, ""]);
  });
});

describe.each(SQLITE_DIALECTS)("diff of SQLite's objects on $name", ({ open: create }) => {
  it("writes a script that rebuilds a table after a view and a trigger went and others came", async () => {
    const more = (suffix: string) => `
      CREATE VIEW "names ${suffix}" AS SELECT name FROM users;
      CREATE TRIGGER "t ${suffix}" AFTER INSERT ON posts BEGIN UPDATE users SET name = name WHERE id = new.user_id; END;
      CREATE VIEW kept AS SELECT id /* as it is */ FROM users;
      CREATE TRIGGER keeps AFTER DELETE ON users BEGIN DELETE FROM posts WHERE user_id = old.id; END;`;
    const url = await database(create, SQL, ROWS, more("old"));
    const wanted = await database(create, SQL.replace("name text NOT NULL", "name varchar(20)"), more("new"));
    const project = tempProject({ url, models: MODELS });
    const { stdout, stderr, exitCode } = await project.run(["diff", "--to", wanted, "--sql"]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    const connection = await connectTo(url);
    try {
      await connection.script(stdout);
      const { rows } = await connection.query("SELECT u.name FROM posts p JOIN users u ON u.id = p.user_id ORDER BY 1");
      expect(rows).toEqual([{ name: "ann" }, { name: "bob" }]);
      const kept = await connection.query("SELECT sql FROM sqlite_master WHERE name = 'kept'");
      expect(kept.rows).toEqual([{ sql: "CREATE VIEW kept AS SELECT id /* as it is */ FROM users" }]);
    } finally {
      await connection.close();
    }
    expect((await project.run(["diff", "--to", wanted, "--exit-code"])).exitCode).toBe(0);
  });

  it("refuses to compare with another kind of database", async () => {
    const url = await database(create, SQL);
    const { exitCode, stderr } = await tempProject({ url, models: MODELS }).run([
      "diff",
      "--to",
      "postgres://u:secret@h/x",
    ]);
    expect([exitCode, stderr]).toEqual([2, expect.not.stringContaining("secret")]);
    expect(stderr).toContain("not a database of the same kind");
  });
});
