import { describe, expect, it } from "vitest";
import { DIALECTS, POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { tempProject } from "../support/temp-project.js";

describe.each(POSTGRES_DIALECTS)("named schemas on $name", ({ open }) => {
  it("are made, changed with rows in them, and taken back", async () => {
    const database = await open();
    try {
      const models = (type: string) => `import { bigint, integer, pgSchema, table, text } from "tsmigrate/schema";
const billing = pgSchema("billing");
export const mood = billing.enumType("mood", ["a", "b"]);
export const invoices = billing.table("invoices", { id: ${type}().primaryKey().autoIncrement(), up: ${type}().references("billing.invoices.id"), m: mood().default("a") });
export const lines = table("lines", { id: integer().primaryKey(), inv: ${type}().notNull().references("billing.invoices.id", { onDelete: "cascade" }) });
`;
      const project = tempProject({ url: database.url, models: models("integer") });
      const step = async (message: string) => {
        const made = await project.run(["revision", "--autogenerate", "-m", message, "--json"]);
        expect(made.exitCode).toBe(0);
        const up = await project.run(["upgrade"]);
        expect([up.exitCode, (await project.run(["check", "--json"])).json()]).toEqual([
          0,
          { upToDate: true, operations: [] },
        ]);
        return made.json();
      };
      await step("first");
      const connection = await connectTo(database.url);
      await connection.query("INSERT INTO billing.invoices (up) VALUES (NULL), (1)");
      await connection.query("INSERT INTO lines VALUES (1, 1), (2, 2)");
      project.write("models.ts", models("bigint"));
      await step("second");
      expect((await project.run(["downgrade", "-1"])).exitCode).toBe(0);
      expect(
        (await connection.query("SELECT count(*)::int AS n FROM lines JOIN billing.invoices i ON i.id = inv")).rows,
      ).toEqual([{ n: 2 }]);

      // A table of the models keeps its foreign key into a schema that they no longer speak of.
      await project.run(["upgrade"]);
      project.write(
        "models.ts",
        'import { bigint, integer, table } from "tsmigrate/schema";\nexport const lines = table("lines", { id: integer().primaryKey(), inv: bigint().notNull() });\n',
      );
      expect((await step("third")).operations.map((op: { kind: string }) => op.kind)).toEqual(["dropConstraint"]);
      expect((await project.run(["downgrade", "-1"])).exitCode).toBe(0);
      await connection.close();
    } finally {
      await database.dispose();
    }
  });
});

describe.each(DIALECTS)("times as defaults on $name", ({ open }) => {
  it("go and come back with their columns", async () => {
    const database = await open();
    try {
      const columns =
        "a: timestamp().defaultNow(), b: date().defaultNow(), c: time().defaultNow(), d: timestamptz().default(sql`now()`)";
      const models = (rest: string) =>
        `import { date, integer, sql, table, time, timestamp, timestamptz } from "tsmigrate/schema";\nexport const t = table("t", { id: integer().primaryKey(), ${rest} });\n`;
      const project = tempProject({ url: database.url, models: models(columns) });
      await project.run(["revision", "--autogenerate", "-m", "first"]);
      await project.run(["upgrade"]);
      expect((await project.run(["check"])).exitCode).toBe(0);
      project.write("models.ts", models(columns.replaceAll(/\.default\w*\([^)]*\)?`?\)/g, "")));
      await project.run(["revision", "--autogenerate", "-m", "second"]);
      for (const args of [["upgrade"], ["downgrade", "-1"], ["upgrade"]]) {
        const result = await project.run(args);
        expect([args, result.exitCode, result.exitCode === 0 ? "" : result.stderr]).toEqual([args, 0, ""]);
      }
    } finally {
      await database.dispose();
    }
  });
});
