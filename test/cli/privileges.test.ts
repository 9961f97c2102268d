import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { type TempProject, tempProject } from "../support/temp-project.js";
import { runSql, succeed, usedDatabases } from "../support/used-databases.js";

const { open, roles } = usedDatabases();

function configWith(url: string, manage: string): string {
  return `import { defineConfig } from "tsmigrate/config";
export default defineConfig({ url: ${JSON.stringify(url)}, models: "./models.ts", manage: ${manage} });\n`;
}

/** Roles are of the whole server, so that each test has its own. */
async function role(url: string, word: string): Promise<string> {
  const name = `tsm_${word}_${randomBytes(4).toString("hex")}`;
  await runSql(url, `CREATE ROLE ${name}`);
  roles.push(name);
  return name;
}

const SETUP = (reader: string, admin: string) => `
CREATE SCHEMA billing;
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE users (id integer PRIMARY KEY, email text, boss_id integer REFERENCES users (id) ON DELETE SET NULL);
CREATE TABLE posts (id integer PRIMARY KEY, user_id integer REFERENCES users (id) ON DELETE CASCADE);
CREATE VIEW names AS SELECT email FROM users;
CREATE FUNCTION add_one(a integer) RETURNS integer LANGUAGE sql AS 'select a + 1';
CREATE SEQUENCE numbers;
INSERT INTO users VALUES (1, 'a@x', NULL), (2, 'b@x', 1);
INSERT INTO posts VALUES (1, 2);
GRANT SELECT, INSERT ON users TO ${reader};
GRANT UPDATE (email) ON users TO ${reader};
GRANT SELECT ON names TO ${reader} WITH GRANT OPTION;
GRANT USAGE ON SCHEMA billing TO ${reader};
GRANT USAGE ON SEQUENCE numbers TO PUBLIC;
REVOKE EXECUTE ON FUNCTION add_one(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION add_one(integer) TO ${reader};
ALTER TABLE posts OWNER TO ${admin};
`;

const PRIVILEGES = `SELECT c.relname AS name, c.relacl::text AS acl, pg_get_userbyid(c.relowner) AS owner,
    (SELECT string_agg(a.attacl::text, ',') FROM pg_attribute a WHERE a.attrelid = c.oid) AS columns
  FROM pg_class c WHERE c.relname IN ('users', 'posts', 'names', 'numbers')
  UNION ALL SELECT p.proname, p.proacl::text, pg_get_userbyid(p.proowner), NULL FROM pg_proc p WHERE p.proname = 'add_one'
  UNION ALL SELECT n.nspname, n.nspacl::text, NULL, NULL FROM pg_namespace n WHERE n.nspname = 'billing' ORDER BY 1`;

describe.each(POSTGRES_DIALECTS)("grants and owners on $name", ({ open: create }) => {
  async function setUp(): Promise<{ url: string; reader: string; admin: string; project: TempProject }> {
    const database = await create();
    open.push(database);
    const [reader, admin] = [await role(database.url, "reader"), await role(database.url, "admin")];
    await runSql(database.url, SETUP(reader, admin));
    return { url: database.url, reader, admin, project: tempProject({ url: database.url }) };
  }

  it("are no part of anything unless somebody asks", async () => {
    const { project, reader } = await setUp();
    await succeed(project, "pull");
    expect(project.read("models.ts")).not.toContain(reader);
    expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
  });

  it("are pulled, and made again elsewhere as they were", async () => {
    const { project, url, admin } = await setUp();
    const args = ["--include-grants", "--include-owners"];
    expect((await succeed(project, "pull", ...args)).notReproduced).toEqual([]);
    expect((await succeed(project, "pull", "--check", ...args)).notReproduced).toEqual([]);
    const models = project.read("models.ts");
    expect(models).toMatch(/grant\(\s*\["insert", "select", "update \(email\)"\],\s*\{\s*on: "users",/);
    expect(models).toContain(`owner("${admin}", { of: "posts" })`);
    const elsewhere = await create();
    open.push(elsewhere);
    await succeed(project, "upgrade", "head", "--url", elsewhere.url);
    expect(await query(elsewhere.url, PRIVILEGES)).toEqual(await query(url, PRIVILEGES));
  });

  it("are compared where the config manages them, up and down, also around a view that is made anew", async () => {
    const { project, url, reader, admin } = await setUp();
    await succeed(project, "pull", "--include-grants", "--include-owners");
    project.write("migrate.config.ts", configWith(url, '["grant", "owner"]'));
    expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
    const before = await query(url, PRIVILEGES);
    const models = project
      .read("models.ts")
      .replace('"insert", "select", "update (email)"', '"delete", "select"')
      .replace(`owner("${admin}", { of: "posts" })`, `owner("${reader}", { of: "posts" })`)
      .replace("SELECT email\n", "SELECT email, id\n");
    project.write("models.ts", models);
    await succeed(project, "revision", "--autogenerate", "-m", "others may");
    await succeed(project, "upgrade", "head");
    expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
    expect(JSON.stringify(await query(url, PRIVILEGES))).toContain(`${reader}=rd/`);
    await succeed(project, "downgrade", "-1");
    expect(await query(url, PRIVILEGES)).toEqual(before);
    expect(await query(url, "SELECT count(*)::int AS n FROM posts")).toEqual([{ n: 1 }]);
  });

  it("of what is still to be made are listed and left alone", async () => {
    const { project, url } = await setUp();
    const owner = await role(url, "maker");
    await runSql(
      url,
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA billing GRANT SELECT ON TABLES TO PUBLIC;
       ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`,
    );
    const listed = async (...args: readonly string[]) => {
      const { notReproduced } = (await project.run(["pull", "--check", "--json", ...args])).json();
      return notReproduced.filter((line: string) => line.includes("default privileges"));
    };
    expect(await listed()).toEqual([]);
    expect(await listed("--include-grants")).toEqual([
      `not read, and so not in the models: default privileges of role ${owner} on functions`,
      `not read, and so not in the models: default privileges of role ${owner} on tables in schema billing`,
    ]);
    await runSql(url, `DROP OWNED BY ${owner}`);
  });

  it("name a role that is not there in one sentence", async () => {
    const { project, url } = await setUp();
    await succeed(project, "pull", "--include-grants");
    project.write("migrate.config.ts", configWith(url, '["grant"]'));
    project.write(
      "models.ts",
      `${project.read("models.ts")}\nexport const ghosts = grant("select", { on: "posts", to: "tsm_nobody" });\n`,
    );
    await succeed(project, "revision", "--autogenerate", "-m", "ghost");
    const failed = await project.run(["upgrade", "head", "--json"]);
    expect(failed.exitCode).not.toBe(0);
    expect(failed.json().error.message).toContain('role "tsm_nobody" does not exist');
  });
});
