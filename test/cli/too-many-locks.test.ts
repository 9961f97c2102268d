import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countLocks } from "../../src/commands/guards/refuse-locks.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { createPostgresDatabase, type PostgresServer, startPostgresServer } from "../support/postgres-server.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

/** Room for some hundred locks. */
const SMALL = [
  "max_locks_per_transaction=10",
  "max_connections=12",
  "max_worker_processes=1",
  "max_wal_senders=0",
  "autovacuum_max_workers=1",
];
const COUNT = 40;

const id = (at: number) => `r${String(at).padStart(3, "0")}`;

/** Locks on what is not the server's own. */
const HELD = `SELECT count(DISTINCT (locktype, relation, classid, objid))::int AS n FROM pg_locks
  WHERE pid = pg_backend_pid() AND locktype IN ('relation', 'object') AND coalesce(relation, 99999) > 16383`;

/** A parent, cascading and emptied children, and a self reference; and what takes them away. */
const UPGRADE = (at: number) => `  await op.createTable("t${at}", {
    id: integer().primaryKey().identity(),
    name: text().notNull().unique(),
    boss: integer().references("t${at}.id", { onDelete: "set null" }),
    before: integer()${at === 0 ? "" : `.references("t${at - 1}.id", { onDelete: "cascade" })`},
  });
  await op.createIndex("ix_t${at}_boss", "t${at}", ["boss"]);`;
const DOWNGRADE = (at: number) => `  await op.dropTable("t${at}");`;

// One kind of server is enough for what is asked of its settings.
describe.each(POSTGRES_DIALECTS.slice(0, 1))("one transaction for many revisions on $name", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgresServer(undefined, SMALL);
  });
  afterAll(() => server.stop());

  async function scene(
    write: (at: number) => { readonly upgrade: string; readonly downgrade?: string },
    work: (project: TempProject, url: string) => Promise<void>,
  ): Promise<void> {
    const database = await createPostgresDatabase(server.url);
    try {
      const project = tempProject({ url: database.url });
      for (let at = 0; at < COUNT; at += 1) {
        const down = at === 0 ? null : id(at - 1);
        project.write(`migrations/versions/${id(at)}.ts`, revisionText({ id: id(at), down, ...write(at) }));
      }
      await work(project, database.url);
    } finally {
      await database.dispose();
    }
  }
  const tables = (url: string) =>
    query(url, "SELECT count(*)::int AS count FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 't%'");

  it("is refused before it starts where the server has no room for its locks, and a transaction each is not", () =>
    scene(
      (at) => ({ upgrade: UPGRADE(at), downgrade: DOWNGRADE(at) }),
      async (project, url) => {
        for (const args of [
          ["upgrade", "--transaction", "all"],
          ["upgrade", "--dry-run"],
        ]) {
          const refused = await project.run([...args, "--json"]);
          const { error } = refused.json();
          expect([refused.exitCode, error.code]).toEqual([6, "TSM_OPERATION_UNSUPPORTED"]);
          expect(error.message).toMatch(
            /^one transaction for 40 revisions would hold up to \d+ locks, and the server has room for \d+$/,
          );
          expect(error.hint).toMatch(/raise max_locks_per_transaction of the server to \d+ and restart it/);
          expect(await tables(url)).toEqual([{ count: 0 }]);
        }
        const done = await project.run(["upgrade"]);
        expect([done.exitCode, await tables(url)]).toEqual([0, [{ count: COUNT + 2 }]]);
        expect((await project.run(["downgrade", "base", "--transaction", "all"])).exitCode).toBe(6);
        expect(await tables(url)).toEqual([{ count: COUNT + 2 }]);
        const few = await project.run(["downgrade", "-5", "--transaction", "all"]);
        expect([few.exitCode, await tables(url)]).toEqual([0, [{ count: COUNT - 3 }]]);
      },
    ));

  it("is warned of where SQL of the user's own may take too many locks, and runs", () =>
    scene(
      (at) => ({ upgrade: `  await op.execute("CREATE TABLE IF NOT EXISTS t${at % 3} (id integer)");` }),
      async (project, url) => {
        const run = await project.run(["upgrade", "--transaction", "all"]);
        expect([run.exitCode, await tables(url)]).toEqual([0, [{ count: 5 }]]);
        expect(run.stderr).toMatch(
          /warning: one transaction for 40 revisions may hold some 320 locks with what its SQL/,
        );
        expect((await project.run(["downgrade", "base", "--quiet"])).stderr).not.toMatch(/locks/);
      },
    ));
});

describe.each(POSTGRES_DIALECTS)("the locks of a revision on $name", ({ open }) => {
  it("are never counted as fewer than they are", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      const texts = {
        a: revisionText({ id: "aaaa", upgrade: `${UPGRADE(0)}\n${UPGRADE(1)}` }),
        b: revisionText({
          id: "bbbb",
          down: "aaaa",
          upgrade: `  await op.addColumn("t0", "note", text());
  await op.alterColumn("t1", "name", { type: varchar(50) });
  await op.dropIndex("ix_t1_boss", "t1");`,
        }),
        c: revisionText({
          id: "cccc",
          down: "bbbb",
          upgrade: `  await op.dropTable("t1");\n  await op.dropTable("t0");`,
        }),
      };
      for (const [name, text] of Object.entries(texts)) {
        const count = `  await op.execute(${JSON.stringify(`DROP TABLE IF EXISTS held; CREATE TABLE held AS ${HELD}`)});`;
        project.write(`migrations/versions/${name}.ts`, text.replace("\n}\n\nexport", `\n${count}\n}\n\nexport`));
        const run = await project.run(["upgrade", "--transaction", "all"]);
        expect([run.exitCode, run.stdout]).toEqual([0, expect.stringContaining("Upgraded")]);
        const [row] = await query(database.url, "SELECT n FROM held");
        // The version table, the ledger with its indexes, and the table of this count are not the revision's.
        const own = Number((row as { n: number }).n);
        expect(countLocks(text, "upgrade").calls + 6).toBeGreaterThanOrEqual(own);
      }
    } finally {
      await database.dispose();
    }
  });
});
