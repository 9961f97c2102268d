/** `.sql` files as people have them: dumps, rows, commands of the shells, other line ends. */
import { describe, expect, it, onTestFinished } from "vitest";
import { DIALECTS, POSTGRES_DIALECTS, SQLITE_DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import type { TestDatabase } from "../support/postgres-server.js";
import { type TempProject, tempProject } from "../support/temp-project.js";

const TABLES = `CREATE TABLE users (id integer NOT NULL CONSTRAINT pk_users PRIMARY KEY, boss_id integer CONSTRAINT fk_boss REFERENCES users (id) ON DELETE SET NULL);
CREATE TABLE posts (id integer NOT NULL CONSTRAINT pk_posts PRIMARY KEY, user_id integer CONSTRAINT fk_user REFERENCES users (id) ON DELETE CASCADE, title text);
`;
const ROWS = "INSERT INTO users VALUES (1, NULL), (2, 1);\nINSERT INTO posts VALUES (1, 2, 'it''s; \"x\"');\n";

async function projectOf(open: () => Promise<TestDatabase>, sql: string): Promise<TempProject> {
  const database = await open();
  onTestFinished(() => database.dispose());
  const connection = await connectTo(database.url);
  try {
    await connection.script(sql);
  } finally {
    await connection.close();
  }
  const config = `export default { url: ${JSON.stringify(database.url)}, models: "./schema/*.sql" };\n`;
  return tempProject({ config });
}

async function compare(project: TempProject, file: string): Promise<readonly [number, string, string]> {
  const { exitCode, stdout, stderr } = await project.run(["diff", "--to", file, "--exit-code"]);
  return [exitCode, stdout.split("\n").slice(1).join("\n"), stderr];
}

const SAME = [0, "", ""];

describe.each(DIALECTS)(".sql files on $name", ({ open }) => {
  it("may begin with a byte order mark, end lines as Windows does, and hold rows", async () => {
    const project = await projectOf(open, TABLES + ROWS);
    project.write("dump.sql", `\ufeff${TABLES}${ROWS}INSERT INTO nowhere VALUES (1);\n`.replaceAll("\n", "\r\n"));
    expect(await compare(project, "dump.sql")).toEqual(SAME);
  });

  it("say the file and the line of an error", async () => {
    const project = await projectOf(open, TABLES);
    project.write("broken.sql", `${TABLES}\n-- nonsense\nCREATE TABLE posts (id integer);\n`);
    const { exitCode, stderr } = await project.run(["diff", "--to", "broken.sql"]);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringMatching(/^error: '.*broken\.sql' cannot be run: line 5: .*already exists/),
    ]);
  });

  it("are read in the order of their names where the config says schema/*.sql", async () => {
    const project = await projectOf(open, TABLES);
    const [users = "", posts = ""] = TABLES.split(/(?<=;\n)/);
    project.write("schema/02-posts.sql", posts);
    project.write("schema/01-users.sql", users);
    project.write("schema/notes.txt", "no SQL");
    const check = await project.run(["check", "--json"]);
    expect([check.exitCode, check.json()]).toEqual([0, { upToDate: true, operations: [] }]);
    const none = await project.run(["diff", "--to", "schema/x*.sql"]);
    expect([none.exitCode, none.stderr]).toEqual([2, expect.stringContaining("names no file")]);
  });
});

describe.each(POSTGRES_DIALECTS)(".sql files of psql on $name", ({ open }) => {
  const FUNCTIONS =
    `CREATE FUNCTION one() RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN 1 > 0 THEN 1; SELECT 2; END;
CREATE FUNCTION two() RETURNS integer LANGUAGE plpgsql AS $a$ begin perform '$b$;'; return 2; end; $a$;
`.replace("THEN 1;", "THEN 1 END;");

  it("read a dump with rows, settings, commands, owners and grants of roles that are not there", async () => {
    const project = await projectOf(open, TABLES + FUNCTIONS);
    const qualified = TABLES.replaceAll("CREATE TABLE ", "CREATE TABLE public.").replaceAll(
      "REFERENCES ",
      "REFERENCES public.",
    );
    project.write(
      "dump.sql",
      `--\n-- PostgreSQL's; dump\n--\n\\restrict abc\nSET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);\n\\connect elsewhere
/* a /* nested; */ comment; */\n${qualified}${FUNCTIONS.replaceAll("FUNCTION ", "FUNCTION public.")}
COPY public.posts (id, user_id, title) FROM stdin;\n1\t2\tit's; $$ \\N\n2\t\\N\t"\n\\.\n
INSERT INTO public.users VALUES (1, NULL);
ALTER TABLE public.users OWNER TO nobody_of_that_name;
GRANT SELECT ON TABLE public.users TO nobody_of_that_name;
\\unrestrict abc\n`,
    );
    expect(await compare(project, "dump.sql")).toEqual(SAME);
  });

  it("run what runs in no transaction, and transactions of their own", async () => {
    const project = await projectOf(open, `${TABLES}CREATE INDEX ix_title ON posts (title);`);
    project.write("a.sql", `${TABLES}CREATE INDEX CONCURRENTLY ix_title ON posts (title);\nVACUUM posts;\n`);
    project.write("b.sql", `BEGIN;\n${TABLES}COMMIT;\nBEGIN;\nCREATE INDEX ix_title ON posts (title);\nEND;\n`);
    expect(await compare(project, "a.sql")).toEqual(SAME);
    expect(await compare(project, "b.sql")).toEqual(SAME);
  });

  it("may not include others, which only psql can do", async () => {
    const project = await projectOf(open, TABLES);
    project.write("all.sql", "\\set x 1\n\\ir other.sql\n");
    const { exitCode, stderr } = await project.run(["diff", "--to", "all.sql"]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("uses '\\ir' in line 2, which only psql can do")]);
  });
});

describe.each(SQLITE_DIALECTS)(".sql files of sqlite3 on $name", ({ open }) => {
  it("read what .dump writes: a transaction, rows, triggers, virtual tables with their shadow tables", async () => {
    const trigger =
      "CREATE TRIGGER g AFTER INSERT ON posts BEGIN UPDATE posts SET title = 'a;b'; DELETE FROM users; END;\n";
    const project = await projectOf(
      open,
      `${TABLES}${trigger}CREATE VIRTUAL TABLE found USING fts5(body, tokenize = 'porter');`,
    );
    project.write(
      "dump.sql",
      `PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n${TABLES}${ROWS}PRAGMA writable_schema=ON;
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','found','found',0,'CREATE VIRTUAL TABLE found USING fts5(body, tokenize = ''porter'')');
CREATE TABLE IF NOT EXISTS 'found_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO found_data VALUES(1,X'');
CREATE TABLE IF NOT EXISTS 'found_config'(k PRIMARY KEY, v) WITHOUT ROWID;
${trigger}PRAGMA writable_schema=OFF;\nCOMMIT;\n`,
    );
    expect(await compare(project, "dump.sql")).toEqual(SAME);
  });
});
