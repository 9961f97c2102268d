import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EngineEvent, openMigrator } from "../../src/index.js";
import { connectClient } from "../support/postgres-connection.js";
import { createPostgresDatabase, type PostgresServer, startWithStandby } from "../support/postgres-server.js";
import { revisionText, tempProject } from "../support/temp-project.js";

const TIMEOUT = { timeout: 120_000 };
const FILL = `  await op.execute("CREATE TABLE users (id int PRIMARY KEY, name text, boss int REFERENCES users)");
  await op.execute("CREATE TABLE posts (id int PRIMARY KEY, author int REFERENCES users ON DELETE CASCADE)");
  await op.execute("INSERT INTO users SELECT i, 'n' || i, 1 FROM generate_series(1, 3000) i");
  await op.execute("INSERT INTO posts SELECT i, i FROM generate_series(1, 3000) i");`;
const BACKFILL =
  '  await op.backfill("users", { set: { name: sql`(SELECT $$filled$$ FROM pg_sleep(0.3))` }, batchSize: 500 });';

/** `onBatch` is called after each batch. */
type Upgrade = (onWait: (text: string) => void, onBatch?: () => void) => Promise<void>;

describe("a backfill on a server with a standby", () => {
  let servers: { readonly primary: PostgresServer; readonly standby: PostgresServer };
  beforeAll(async () => {
    servers = await startWithStandby();
  }, 120_000);
  afterAll(async () => {
    await servers.standby.stop();
    await servers.primary.stop();
  });

  /** Runs it, and calls `onWait` with each sentence that it waits with. */
  async function backfill(
    config: Readonly<Record<string, unknown>>,
    act: (database: pg.Client, url: string, upgrade: Upgrade) => Promise<void>,
  ): Promise<void> {
    const database = await createPostgresDatabase(servers.primary.url);
    const client = await connectClient(database.url);
    try {
      const project = tempProject();
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FILL }));
      project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa", upgrade: BACKFILL }));
      await act(client, database.url, async (onWait, onBatch) => {
        await using migrator = await openMigrator({
          directory: "migrations",
          connectionString: database.url,
          cwd: project.directory,
          config,
          onEvent(event: EngineEvent) {
            if (event.type === "statement" && event.sql.startsWith("UPDATE")) onBatch?.();
            if (event.type === "progress" && event.text.startsWith("waiting, as")) onWait(event.text);
          },
        });
        await migrator.upgrade();
        const { rows } = await client.query("SELECT name, count(*)::int AS n FROM users GROUP BY name");
        expect(rows).toEqual([{ name: "filled", n: 3000 }]);
        expect((await client.query("SELECT count(*)::int AS n FROM posts")).rows).toEqual([{ n: 3000 }]);
      });
    } finally {
      await client.end();
      await database.dispose();
    }
  }

  it("waits while the standby is behind, and goes on when it has caught up", TIMEOUT, () =>
    backfill({ maxReplicationLag: 300 }, async (_client, _url, upgrade) => {
      const standby = await connectClient(servers.standby.url);
      await standby.query("SELECT pg_wal_replay_pause()");
      const waits: string[] = [];
      await upgrade((text) => {
        waits.push(text);
        if (waits.length === 3) void standby.query("SELECT pg_wal_replay_resume()");
      });
      await standby.end();
      expect(waits.length).toBeGreaterThanOrEqual(3);
      expect(waits[0]).toMatch(/^waiting, as a standby is \d+ s behind$/);
    }),
  );

  it("does not wait where the config says so, or where the standby follows", TIMEOUT, async () => {
    const standby = await connectClient(servers.standby.url);
    await backfill({}, async (_client, _url, upgrade) => upgrade((text) => expect.unreachable(text)));
    await standby.query("SELECT pg_wal_replay_pause()");
    await backfill({ maxReplicationLag: 0 }, async (_client, _url, upgrade) =>
      upgrade((text) => expect.unreachable(text)),
    );
    await standby.query("SELECT pg_wal_replay_resume()");
    await standby.end();
  });

  it("warns a role that is not shown how far the standby is, once and with what to do", TIMEOUT, () =>
    backfill({}, async (client, url) => {
      await client.query("CREATE ROLE filler LOGIN PASSWORD 'filler'; CREATE SCHEMA filler AUTHORIZATION filler");
      const project = tempProject({ url: url.replace(/\/\/[^@]*@/, "//filler:filler@") });
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FILL }));
      project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa", upgrade: BACKFILL }));
      const { exitCode, stderr } = await project.run(["upgrade"]);
      const warnings = stderr.split("\n").filter((line) => line.includes("standbys"));
      expect([exitCode, warnings]).toEqual([
        0,
        [
          "warning: this server has standbys, and filler may not see how far they are, so the backfill does not wait for " +
            "them: run `GRANT pg_monitor TO filler`, or set `maxReplicationLag: 0` if that is meant",
        ],
      ]);
    }),
  );

  it("is refused on the standby itself before anything is tried, which can be looked at", TIMEOUT, async () => {
    const project = tempProject({ url: servers.standby.url });
    project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FILL }));
    const refused = await project.run(["upgrade"]);
    expect([refused.exitCode, refused.stderr]).toEqual([4, expect.stringContaining("nothing can be changed here")]);
    expect(refused.stderr).toContain("Connect to the primary server");
    const current = await project.run(["current", "--verbose"]);
    expect([current.exitCode, current.stderr]).toEqual([0, expect.stringContaining("encryption: none, local")]);
  });

  it("waits while many sessions queue for locks", TIMEOUT, () =>
    backfill({}, async (_client, url, upgrade) => {
      const sessions = await Promise.all(Array.from({ length: 8 }, () => connectClient(url)));
      const [holder, ...others] = sessions;
      let queue: Promise<unknown> | undefined;
      let waits = 0;
      await upgrade(
        () => {
          if (++waits === 2) void holder!.query("COMMIT");
        },
        () => {
          // One session has the table, and seven wait for it.
          queue ??= holder!
            .query("BEGIN; LOCK TABLE posts")
            .then(() => Promise.all(others.map((other) => other.query("BEGIN; LOCK TABLE posts; COMMIT"))));
        },
      );
      await queue;
      expect(waits).toBeGreaterThanOrEqual(2);
      await Promise.all(sessions.map((session) => session.end()));
    }),
  );
});
