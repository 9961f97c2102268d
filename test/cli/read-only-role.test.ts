/** A role that may read and make nothing: what the server cannot be asked is compared as text, and that is said. */
import { describe, expect, it, onTestFinished } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { type TempProject, tempProject } from "../support/temp-project.js";
import { runSql } from "../support/used-databases.js";

const SETUP = `
CREATE TABLE users (
  id integer CONSTRAINT pk_users PRIMARY KEY,
  name varchar(20) CONSTRAINT ck_users_name CHECK (name IN ('a', 'b')),
  boss_id integer CONSTRAINT fk_users_boss_id_users REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX ix_users_lower ON users (lower(name));
INSERT INTO users VALUES (1, 'a', NULL), (2, 'b', 1);`;

const MODELS = `
import { check, index, integer, sql, table, varchar } from "tsmigrate/schema";
export const users = table("users", {
  id: integer().primaryKey(),
  name: varchar(20),
  boss_id: integer().references("users.id", { onDelete: "set null" }),
}, [check("ck_users_name", sql\`name in ('a', 'b')\`), index("ix_users_lower").on(sql\`lower(name)\`)]);
`;

const UNASKED =
  "the server could not be asked whether texts mean the same, since the role may create nothing to ask with; compared " +
  "as they are written, and maybe no change at all: check ck_users_name of users, index ix_users_lower of users (the " +
  "role needs CREATE on the database)";

describe.each(POSTGRES_DIALECTS)("a role that may create nothing on $name", ({ open }) => {
  /** The URL of the role. It is a role of the server, so it goes with the test. */
  async function readerOf(url: string, mayTemporary: boolean): Promise<string> {
    const name = new URL(url).pathname.slice(1);
    const role = `${name}_reader`;
    await runSql(
      url,
      `CREATE ROLE ${role} LOGIN PASSWORD 'secret';
       REVOKE ALL ON DATABASE ${name} FROM PUBLIC;
       GRANT CONNECT${mayTemporary ? ", TEMPORARY" : ""} ON DATABASE ${name} TO ${role};
       GRANT USAGE ON SCHEMA public TO ${role};
       GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    );
    onTestFinished(() => runSql(url, `DROP OWNED BY ${role}; DROP ROLE ${role}`));
    return url.replace(/\/\/[^@]*@/, `//${role}:secret@`);
  }

  async function prepared(mayTemporary: boolean): Promise<TempProject> {
    const database = await open();
    onTestFinished(() => database.dispose());
    await runSql(database.url, SETUP);
    const reader = await readerOf(database.url, mayTemporary);
    return tempProject({ url: reader, models: MODELS });
  }

  it("is warned by check, diff and autogenerate of what may be no change, for people and in JSON", async () => {
    const project = await prepared(false);
    const commands = [["check"], ["diff", "--exit-code"], ["revision", "--autogenerate", "-m", "x"]];
    for (const command of commands) {
      const isRevision = command[0] === "revision";
      const shown = await project.run(isRevision ? [...command, "--rev-id", "aaaa"] : command);
      expect([command, shown.exitCode, shown.stderr]).toEqual([command, isRevision ? 0 : 1, `warning: ${UNASKED}\n`]);
      if (isRevision) continue;
      const json = await project.run([...command, "--json"]);
      expect([json.exitCode, json.stderr, json.json().warnings]).toEqual([1, "", [UNASKED]]);
    }
    const other = await prepared(false);
    const written = await other.run(["revision", "--autogenerate", "-m", "x", "--json"]);
    expect([written.exitCode, written.stderr, written.json().warnings]).toEqual([0, "", [UNASKED]]);
  });

  it("gets true answers where temporary tables are allowed, and no warning", async () => {
    const project = await prepared(true);
    const check = await project.run(["check", "--json"]);
    expect([check.exitCode, check.stderr, check.json()]).toEqual([0, "", { upToDate: true, operations: [] }]);
    const revision = await project.run(["revision", "--autogenerate", "-m", "x", "--json"]);
    expect([revision.json().revision, project.revisions()]).toEqual([null, []]);
  });

  it("sees what differs in any case, and is not warned of what was not asked", async () => {
    const project = await prepared(false);
    await project.run(["pull", "--no-baseline", "--force"]);
    project.write("models.ts", project.read("models.ts").replace("varchar(20)", "varchar(30)"));
    const { exitCode, stderr, json } = await project.run(["check", "--json"]);
    expect([exitCode, stderr, json().warnings]).toEqual([1, "", undefined]);
    expect(json().operations.map(({ kind }: { kind: string }) => kind)).toEqual(["alterColumn"]);
  });

  it("pulls, and is told by pull --check that the models were compared and not made", async () => {
    const project = await prepared(false);
    const pulled = await project.run(["pull", "--no-baseline", "--force", "--json"]);
    expect([pulled.exitCode, pulled.stderr, pulled.json().notReproduced, pulled.json().warnings]).toEqual([
      0,
      "",
      [],
      undefined,
    ]);
    const check = await project.run(["pull", "--check"]);
    expect([check.exitCode, check.stderr]).toEqual([
      0,
      "warning: the role may not make a scratch database, so the models were compared and not made: allow it with " +
        "`ALTER ROLE … CREATEDB`, or name an empty database with --scratch\n",
    ]);
    const json = await project.run(["pull", "--check", "--json"]);
    expect(json.json()).toMatchObject({
      notReproduced: [],
      warnings: [expect.stringContaining("compared and not made")],
    });
    const offline = await project.run(["check", "--offline", "--json"]);
    expect([offline.exitCode, offline.json().error.code]).toEqual([4, "TSM_SCRATCH_REFUSED"]);
  });
});
