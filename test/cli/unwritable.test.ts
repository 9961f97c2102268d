/** What no statement can change is an error, and never left out of a revision. */
import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { tempProject } from "../support/temp-project.js";

const events = (by: string | null) => `import { date, integer, primaryKey, table, text } from "tsmigrate/schema";
export const events = table("events", { id: integer(), at: date(), note: text() }, (t) => [primaryKey().on(t.at, t.id)]${
  by === null ? "" : `, { postgres: { partitionBy: ${JSON.stringify(by)} } }`
});
`;

describe.each(POSTGRES_DIALECTS)("partitioning on $name", ({ open }) => {
  const changes = [
    [null, "RANGE (at)", "not partitioned in the database and partitioned by RANGE (at) in the models"],
    ["RANGE (at)", null, "partitioned by RANGE (at) in the database and not partitioned in the models"],
    ["RANGE (at)", "RANGE (at, id)", "partitioned by RANGE (at) in the database and partitioned by RANGE (at, id)"],
  ] as const;

  it.each(changes)(
    "from %s to %s stops autogenerate and check, writes nothing and keeps the rows",
    async (was, is, text) => {
      const database = await open();
      const project = tempProject({ url: database.url, models: events(was) });
      const connection = await connectTo(database.url);
      try {
        for (const args of [["revision", "--autogenerate", "-m", "x"], ["upgrade"]]) {
          expect((await project.run(args)).exitCode).toBe(0);
        }
        if (was !== null) await connection.query("CREATE TABLE events_all PARTITION OF events DEFAULT");
        await connection.query("INSERT INTO events VALUES (1, '2024-01-01', 'a')");
        project.write("models.ts", events(is));
        for (const args of [["revision", "--autogenerate", "-m", "y"], ["check"]]) {
          const refused = await project.run(args);
          expect([refused.exitCode, refused.stderr]).toEqual([6, expect.stringContaining(text)]);
          expect(refused.stderr).toContain('`tsmigrate revision -m "partition events"`');
        }
        expect(project.revisions()).toHaveLength(1);
        const shown = await project.run(["diff"]);
        expect([shown.exitCode, shown.stderr]).toEqual([0, expect.stringContaining(text)]);
        expect((await connection.query("SELECT note FROM events")).rows).toEqual([{ note: "a" }]);
      } finally {
        await connection.close();
        await database.dispose();
      }
    },
  );

  const kinds = (values: string, id: string) => `import { enumType, integer, table, text } from "tsmigrate/schema";
export const kind = enumType("kind", ${values});
export const events = table("events", { id: ${id}, kind: kind() }, () => [], { postgres: { partitionBy: "LIST (kind)" } });
export const marks = table("marks", { id: ${id} }, () => [], { postgres: { partitionBy: "HASH (id)" } });
`;

  it.each([
    ["an enum that loses a value", `["a"]`, "integer()", "'kind' (its enum kind changes)"],
    ["another type", `["a", "b"]`, "text()", "'id' (its type changes)"],
  ])("%s of a column that a table is partitioned by stops autogenerate", async (_name, values, id, text) => {
    const database = await open();
    const project = tempProject({ url: database.url, models: kinds(`["a", "b"]`, "integer()") });
    try {
      for (const args of [["revision", "--autogenerate", "-m", "x"], ["upgrade"]]) {
        expect((await project.run(args)).exitCode).toBe(0);
      }
      project.write("models.ts", kinds(values, id));
      const refused = await project.run(["revision", "--autogenerate", "-m", "y"]);
      expect([refused.exitCode, refused.stderr]).toEqual([6, expect.stringContaining(text)]);
      expect(project.revisions()).toHaveLength(1);
      // What is added needs no other type.
      project.write("models.ts", kinds(`["a", "b", "c"]`, "integer()"));
      for (const args of [["revision", "--autogenerate", "-m", "z"], ["upgrade"], ["check"]]) {
        expect((await project.run(args)).exitCode).toBe(0);
      }
    } finally {
      await database.dispose();
    }
  });

  it("a part of a composite type that a column is of gets no other type, and more parts", async () => {
    const database = await open();
    const pair = (parts: string) => `import { compositeType, integer, table, text, bigint } from "tsmigrate/schema";
export const pair = compositeType("pair", { ${parts} });
export const pairs = table("pairs", { id: integer().primaryKey(), pair: pair() });
`;
    const project = tempProject({ url: database.url, models: pair("a: integer()") });
    const connection = await connectTo(database.url);
    try {
      for (const args of [["revision", "--autogenerate", "-m", "x"], ["upgrade"]]) {
        expect((await project.run(args)).exitCode).toBe(0);
      }
      await connection.query("INSERT INTO pairs VALUES (1, ROW(7))");
      project.write("models.ts", pair("a: bigint()"));
      const refused = await project.run(["revision", "--autogenerate", "-m", "y"]);
      expect([refused.exitCode, refused.stderr]).toEqual([6, expect.stringContaining("columns are of it: pairs.pair")]);
      project.write("models.ts", pair("a: integer(), b: text()"));
      for (const args of [["revision", "--autogenerate", "-m", "z"], ["upgrade"], ["check"], ["downgrade", "-1"]]) {
        expect((await project.run(args)).exitCode).toBe(0);
      }
      expect((await connection.query("SELECT (pair).a FROM pairs")).rows).toEqual([{ a: 7 }]);
    } finally {
      await connection.close();
      await database.dispose();
    }
  });

  it("a key that the server writes otherwise stops nothing", async () => {
    const database = await open();
    const project = tempProject({ url: database.url, models: events('range ( "at" date_ops )') });
    try {
      for (const args of [["revision", "--autogenerate", "-m", "x"], ["upgrade"], ["check"]]) {
        expect((await project.run(args)).exitCode).toBe(0);
      }
    } finally {
      await database.dispose();
    }
  });
});
