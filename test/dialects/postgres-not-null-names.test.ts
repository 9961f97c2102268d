import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { tempProject } from "../support/temp-project.js";

const models = (columns: string) => `import { integer, table, text } from "tsmigrate/schema";
export const marks = table("marks", { id: integer().primaryKey(), ${columns} });
`;

describe.each(POSTGRES_DIALECTS)("the name of a NOT NULL on $name", ({ open }) => {
  it("goes from a column that is dropped to one that is added, and back, with the rows kept", async (context) => {
    const database = await open();
    try {
      const [version] = await query(database.url, "SELECT current_setting('server_version_num')::int AS number");
      if (Number(version!.number) < 180_000) context.skip("needs PostgreSQL 18");
      const project = tempProject({ url: database.url });
      const evolve = async (columns: string) => {
        project.write("models.ts", models(columns));
        for (const args of [["revision", "--autogenerate", "-m", "step", "--no-renames"], ["upgrade"]]) {
          const result = await project.run(args);
          expect([args, result.exitCode, result.exitCode === 0 ? "" : result.stderr]).toEqual([args, 0, ""]);
        }
        expect((await project.run(["check", "--json"])).json()).toMatchObject({ upToDate: true });
      };
      await evolve("md5: text().notNull()");
      await query(database.url, "INSERT INTO marks VALUES (1, 'a')");
      await evolve('digest: text().notNull({ name: "marks_md5_not_null" }).default("b")');
      expect(await query(database.url, "SELECT * FROM marks")).toEqual([{ id: 1, digest: "b" }]);
      expect((await project.run(["downgrade", "-1"])).exitCode).toBe(0);
      expect(await query(database.url, "SELECT id FROM marks")).toEqual([{ id: 1 }]);
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      expect((await project.run(["check", "--json"])).json()).toMatchObject({ upToDate: true });
    } finally {
      await database.dispose();
    }
  });
});
