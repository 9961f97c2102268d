import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { tempProject } from "../support/temp-project.js";

const EXAMPLE = join(import.meta.dirname, "../../examples/postgres-models.ts");

describe.each(POSTGRES_DIALECTS)("the example of PostgreSQL's objects on $name", ({ open }) => {
  it("becomes a database in which its rules hold, is found to be the same, and goes away again", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      project.write("models.ts", readFileSync(EXAMPLE, "utf8"));
      const run = async (...args: readonly string[]) => {
        const result = await project.run(args);
        expect([args, result.exitCode, result.exitCode === 0 ? "" : result.stderr]).toEqual([args, 0, ""]);
        return result;
      };
      await run("revision", "--autogenerate", "-m", "example");
      for (const args of [["upgrade"], ["downgrade", "base"], ["upgrade"]]) await run(...args);
      await query(database.url, "INSERT INTO rooms (code, name) VALUES ('hall', 'The hall')");
      const book = (from: string, to: string) =>
        query(
          database.url,
          `INSERT INTO bookings (tenant, room_id, during) VALUES (gen_random_uuid(), 1, '[${from},${to})')`,
        );
      await book("2026-01-01", "2026-01-03");
      await expect(book("2026-01-02", "2026-01-04")).rejects.toThrow(/ex_bookings_room_during/);
      await query(database.url, "INSERT INTO events VALUES (1, '2026-05-01', 'inside'), (2, '2031-01-01', 'beyond')");
      expect(await query(database.url, "SELECT count(*)::int AS n FROM events_rest")).toEqual([{ n: 1 }]);
      expect((await run("check", "--json")).json()).toMatchObject({ upToDate: true, operations: [] });
    } finally {
      await database.dispose();
    }
  });
});
