/** Grants and owners over a drop and a create, where the role that runs the revision is no superuser. */
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { revisionText, tempProject } from "../support/temp-project.js";
import { runSql, usedDatabases } from "../support/used-databases.js";

const { open, roles } = usedDatabases();

const SETUP = (owner: string, member: string, host: string, reader: string) => `
GRANT ${owner} TO ${member};
ALTER SCHEMA public OWNER TO ${host};
GRANT ALL ON SCHEMA public TO ${owner}, ${member};
SET ROLE ${owner};
CREATE TABLE users (id integer PRIMARY KEY, name text);
INSERT INTO users VALUES (1, 'Ada');
CREATE VIEW names AS SELECT id, name FROM users;
CREATE FUNCTION shout(a text) RETURNS text LANGUAGE sql AS 'select upper(a)';
GRANT SELECT ON names TO ${reader} WITH GRANT OPTION;
GRANT UPDATE (name) ON names TO ${reader};
REVOKE TRUNCATE ON names FROM ${owner};
REVOKE EXECUTE ON FUNCTION shout(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shout(text) TO ${reader};
RESET ROLE;
ALTER DEFAULT PRIVILEGES FOR ROLE ${member} GRANT ALL ON TABLES TO PUBLIC;
`;

const STATE = `SELECT relname::text AS name, pg_get_userbyid(relowner) AS owner, relacl::text AS acl, pg_get_viewdef(oid) AS text,
    (SELECT json_agg(json_build_array(attname, attacl::text) ORDER BY attname) FROM pg_attribute
      WHERE attrelid = c.oid AND attnum > 0 AND attacl IS NOT NULL) AS columns
  FROM pg_class c WHERE relname = 'names'
  UNION ALL SELECT proname, pg_get_userbyid(proowner), proacl::text, prosrc, NULL FROM pg_proc WHERE proname = 'shout'`;

const CHANGE = `await op.replaceView("names", "SELECT id, name FROM users WHERE id > 0");
  await op.dropFunction("shout", "text");
  await op.createFunction("shout", { arguments: "a text", returns: "text", body: "select upper(a)" });`;

describe.each(POSTGRES_DIALECTS)(
  "grants and owners kept by a role that is no superuser on $name",
  ({ open: create }) => {
    async function scene() {
      const database = await create();
      open.push(database);
      const { url } = database;
      const [owner, member, host, reader] = ["owner", "member", "host", "reader"].map(
        (word) => `tsm_${word}_${randomBytes(4).toString("hex")}`,
      ) as [string, string, string, string];
      for (const name of [owner, member, host, reader]) {
        await runSql(url, `CREATE ROLE ${name}`);
        roles.push(name);
      }
      await runSql(url, SETUP(owner, member, host, reader));
      const project = tempProject({ url });
      const write = (upgrade: string, extra = "") =>
        project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade, extra }));
      const upgradeAs = (role: string) => project.run(["--role", role, "upgrade", "--json"]);
      const state = () => query(url, STATE);
      return { url, write, upgradeAs, state, owner, member, host };
    }
    const bare = (rows: readonly Record<string, unknown>[]) => rows.map(({ text: _text, ...rest }) => rest);

    it.each(["owner", "member"] as const)("the %s of what is made again gives them back", async (word) => {
      const bench = await scene();
      const before = await bench.state();
      bench.write(CHANGE);
      const run = await bench.upgradeAs(bench[word]);
      expect([run.exitCode, run.exitCode === 0 ? "" : run.stdout]).toEqual([0, ""]);
      expect(bare(await bench.state())).toEqual(bare(before));
    });

    it.each(["", "export const transaction = false;"])(
      "one who may drop a view and cannot give it back is told so before it is gone (%s)",
      async (extra) => {
        const bench = await scene();
        const before = await bench.state();
        bench.write(CHANGE, extra);
        const run = await bench.upgradeAs(bench.host);
        expect([run.exitCode, run.json().error.message, run.json().error.hint]).toEqual([
          5,
          expect.stringContaining(
            `'names' belongs to '${bench.owner}' and could not be given back when it is made again: '${bench.host}' cannot act as '${bench.owner}'`,
          ),
          expect.stringContaining(`GRANT "${bench.owner}" TO "${bench.host}"`),
        ]);
        expect(await bench.state()).toEqual(before);
      },
    );

    it("so is one whose owner may create nothing in the schema any more", async () => {
      const bench = await scene();
      await runSql(bench.url, `REVOKE CREATE ON SCHEMA public FROM ${bench.owner}`);
      const before = await bench.state();
      bench.write(CHANGE);
      const run = await bench.upgradeAs(bench.member);
      expect([run.exitCode, run.json().error.message]).toEqual([
        5,
        expect.stringContaining(`'${bench.owner}' may create nothing in schema 'public'`),
      ]);
      expect(await bench.state()).toEqual(before);
    });

    it("who drops what stays dropped need not be able to give it back", async () => {
      const bench = await scene();
      bench.write('await op.dropView("names");');
      expect((await bench.upgradeAs(bench.host)).exitCode).toBe(0);
      expect((await bench.state()).map(({ name }) => name)).toEqual(["shout"]);
    });
  },
);
