/** The answer to COMMIT gets lost, and the server does not know the transaction any more: what it wrote decides. */
import { describe, expect, it } from "vitest";
import { startProxy } from "../faults/support/postgres-proxy.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { type CliResult, revisionText, type TempProject, tempProject } from "../support/temp-project.js";

const TIMEOUT = { timeout: 120_000 };
const FAMILY = `  await op.createTable("users", { id: integer().primaryKey(), boss: integer().references("users.id") });
  await op.createTable("posts", { id: integer().primaryKey(), author: integer().references("users.id", { onDelete: "cascade" }) });
  await op.createTable("marks", { what: text() });
  await op.bulkInsert("users", [{ id: 1, boss: null }, { id: 2, boss: 1 }]);
  await op.bulkInsert("posts", [{ id: 1, author: 2 }]);`;
const mark = (what: string) => `  await op.execute("INSERT INTO marks VALUES ('${what}')");\n`;
const SPLIT = `${mark("first")}  await op.autocommitBlock(() => op.createIndex("ix_boss", "users", ["boss"], { concurrently: true }));\n${mark("second")}`;

interface Scene {
  readonly project: TempProject;
  /** Runs `upgrade` and cuts the connection at the COMMIT of the transaction in which `sql` was met. */
  upgrade(cut: { readonly sql: string; readonly commit: "before" | "after" }): Promise<CliResult>;
  marks(): Promise<string>;
}

describe.each(POSTGRES_DIALECTS)(
  "a COMMIT whose answer is lost, of a transaction that $name has forgotten,",
  ({ open }) => {
    async function scene(second: string, work: (scene: Scene) => Promise<void>): Promise<void> {
      const database = await open();
      const { url } = database;
      try {
        const project = tempProject({ url });
        project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FAMILY }));
        expect((await project.run(["upgrade"])).exitCode).toBe(0);
        project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa", upgrade: second }));
        await work({
          project,
          marks: async () => (await query(url, "SELECT what FROM marks ORDER BY what")).map((row) => row.what).join(),
          async upgrade({ sql: met, commit }) {
            let state: "early" | "met" | "sent" | "over" = "early";
            const proxy = await startProxy(url, ({ from, sql }) => {
              if (sql?.includes("txid_status")) return { sql: "SELECT NULLIF($1::text, $1::text) AS status" };
              if (state === "early" && sql?.includes(met)) state = "met";
              if (state === "met" && sql === "COMMIT") {
                state = commit === "before" ? "over" : "sent";
                if (commit === "before") return "cut";
              } else if (state === "sent" && from === "server") {
                state = "over";
                return "cut";
              }
              return "pass";
            });
            try {
              return await project.run(["--url", proxy.url(new URL(url).pathname.slice(1)), "upgrade"]);
            } finally {
              await proxy.close();
            }
          },
        });
      } finally {
        await database.dispose();
      }
    }

    const NOTE = "warning: the connection was lost while committing; the transaction was committed";

    it("counts as done when the version table has moved, and a note says so", TIMEOUT, () =>
      scene(mark("first"), async ({ project, upgrade, marks }) => {
        const run = await upgrade({ sql: 'SET "rev" = ', commit: "after" });
        expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining(NOTE)]);
        expect((await project.run(["upgrade", "--json"])).json().steps).toEqual([]);
        expect(await marks()).toBe("first");
      }),
    );

    it("counts as rolled back when the version table has not", TIMEOUT, () =>
      scene(mark("first"), async ({ project, upgrade, marks }) => {
        const run = await upgrade({ sql: 'SET "rev" = ', commit: "before" });
        expect([run.exitCode, run.stderr]).toEqual([5, expect.stringContaining("the database rolled back")]);
        expect(run.stderr).not.toContain(NOTE);
        expect(await marks()).toBe("");
        expect((await project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);
        expect(await marks()).toBe("first");
      }),
    );

    it("counts as done when the ledger holds the step that it ended, and nothing runs twice", TIMEOUT, () =>
      scene(SPLIT, async ({ project, upgrade, marks }) => {
        const run = await upgrade({ sql: "INSERT INTO marks VALUES ('first')", commit: "after" });
        expect(run.stderr).toContain(NOTE);
        expect((await project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);
        expect(await marks()).toBe("first,second");
      }),
    );

    it("counts as rolled back when the ledger does not, and the step runs again", TIMEOUT, () =>
      scene(SPLIT, async ({ project, upgrade, marks }) => {
        const run = await upgrade({ sql: "INSERT INTO marks VALUES ('first')", commit: "before" });
        expect([run.exitCode, run.stderr]).toEqual([5, expect.stringContaining("the database rolled back")]);
        expect(await marks()).toBe("");
        expect((await project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);
        expect(await marks()).toBe("first,second");
      }),
    );
  },
);
