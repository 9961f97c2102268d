import { describe, expect, it } from "vitest";
import { QueryError } from "../../src/errors.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectClient, withPostgres } from "../support/postgres-connection.js";

const BEGIN = { foreignKeys: "keep", lockTimeoutMilliseconds: 0, goesWithNext: true } as const;

describe.each(POSTGRES_DIALECTS)("statements asked together on $name", ({ open }) => {
  it("run in their order, and each has its own answer", async () => {
    await withPostgres(open, async (connection) => {
      await connection.script("CREATE TABLE t (a integer, b text)");
      await connection.begin(BEGIN);
      const answers = await connection.together(() =>
        Promise.all([
          connection.query("INSERT INTO t VALUES ($1, $2), (2, NULL)", [1, "ann's"]),
          connection.query("UPDATE t SET a = a + 10"),
          connection.query("SELECT a, b FROM t ORDER BY a"),
        ]),
      );
      await connection.commit();
      expect(answers).toEqual([
        { rows: [], affectedRows: 2 },
        { rows: [], affectedRows: 2 },
        {
          rows: [
            { a: 11, b: "ann's" },
            { a: 12, b: null },
          ],
          affectedRows: 0,
        },
      ]);
      expect((await connection.query("SELECT count(*)::int AS rows FROM t")).rows).toEqual([{ rows: 2 }]);
    });
  });

  it("do not run behind one that fails, whose error is told, and nothing of their transaction stays", async () => {
    await withPostgres(open, async (connection) => {
      await connection.script("CREATE TABLE t (a integer)");
      await connection.begin(BEGIN);
      const answers = await connection.together(() =>
        Promise.allSettled([
          connection.query("INSERT INTO t VALUES (1)"),
          connection.query("SELECT 1 / 0"),
          connection.query("SELECT pg_catalog.set_config('work_mem', '77MB', false)"),
        ]),
      );
      expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
      expect((answers[1] as PromiseRejectedResult).reason).toBeInstanceOf(QueryError);
      expect((answers[1] as PromiseRejectedResult).reason).toMatchObject({ sql: "SELECT 1 / 0", sqlState: "22012" });
      await expect(connection.commit()).rejects.toMatchObject({ sqlState: "25P02" });
      expect((await connection.query("SELECT count(*)::int AS rows FROM t")).rows).toEqual([{ rows: 0 }]);
      expect((await connection.query("SHOW work_mem")).rows).not.toEqual([{ work_mem: "77MB" }]);
    });
  });

  it("take one statement a message", async () => {
    await withPostgres(open, async (connection) => {
      const two = connection.together(() => connection.query("SELECT 1; SELECT 2"));
      await expect(two).rejects.toMatchObject({ sqlState: "42601" });
    });
  });

  it("say that the connection was lost, each of them", async () => {
    await withPostgres(open, async (connection, url) => {
      await connection.begin(BEGIN);
      const client = await connectClient(url);
      await client.query("SELECT pg_terminate_backend($1)", [connection.facts.processId]);
      await client.end();
      const answers = await connection.together(() =>
        Promise.allSettled([connection.query("SELECT 1"), connection.query("SELECT 2")]),
      );
      for (const answer of answers) expect(answer).toMatchObject({ reason: { code: "TSM_CONNECTION" } });
      await connection.rollback();
    });
  });
});

describe.each(POSTGRES_DIALECTS)("a BEGIN that goes with what comes next on $name", ({ open }) => {
  it("is there for whatever comes, and for nothing when it is taken back", async () => {
    await withPostgres(open, async (connection) => {
      const inside = "SELECT pg_catalog.txid_current_if_assigned() IS NOT NULL AS inside";
      await connection.begin(BEGIN);
      expect(connection.inTransaction).toBe(true);
      expect((await connection.query(inside)).rows).toEqual([{ inside: true }]);
      await connection.rollback();
      await connection.begin(BEGIN);
      await connection.rollback();
      expect(connection.inTransaction).toBe(false);
      expect((await connection.query(inside)).rows).toEqual([{ inside: false }]);
      await connection.begin(BEGIN);
      await connection.commit();
      expect(connection.inTransaction).toBe(false);
    });
  });
});
