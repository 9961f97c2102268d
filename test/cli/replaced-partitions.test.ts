/** Partitions that take the place of others, and partitions of a table that others refer to. */
import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { onEvolvingProject } from "../support/evolve.js";
import { wholeView } from "../support/whole-view.js";

type Parts = Readonly<Record<string, string>>;

const models = (parts: Parts, isReferenced: boolean) => `
import { foreignKey, integer, partition, primaryKey, sql, table } from "tsmigrate/schema";
export const events = table("events", { id: integer().notNull(), day: integer().notNull() }, (t) => [primaryKey().on(t.id, t.day)], { postgres: { partitionBy: "RANGE (day)" } });
${Object.entries(parts)
  .map(([name, bounds]) => `export const ${name} = partition("${name}", events, sql\`${bounds}\`);`)
  .join("\n")}
export const notes = table("notes", { id: integer(), day: integer() }${
  isReferenced
    ? `, (t) => [foreignKey("fk_notes", [t.id, t.day]).references("events", ["id", "day"], { onDelete: "set null" })]`
    : ""
});
`;

const range = (from: number, to: number) => `for values from (${from}) to (${to})`;
const REST = "default";

describe.each(POSTGRES_DIALECTS)("partitions on $name", ({ open, family }) => {
  it.each([
    ["that nothing refers to", false],
    ["that others refer to", true],
  ])("of a table %s go, come and take each other's place, up and down", async (_what, isReferenced) => {
    let url = "";
    const opened = async () => {
      const database = await open();
      url = database.url;
      return database;
    };
    await onEvolvingProject(opened, async ({ project, connection, evolve, run }) => {
      const first: Parts = { early: range(0, 100), middle: range(100, 200), rest: REST };
      await evolve(models(first, isReferenced));
      await connection.script(
        "INSERT INTO events VALUES (1, 150), (2, 150); INSERT INTO notes VALUES (1, 150), (NULL, NULL)",
      );
      const rows = async () => [
        (await connection.query("SELECT * FROM events ORDER BY id")).rows,
        (await connection.query("SELECT * FROM notes ORDER BY id")).rows,
      ];
      // The server numbers what a foreign key needs for each partition in the order in which they came.
      const look = async () => Object(await wholeView(family, url)).own;
      const [before, view] = [await rows(), await look()];
      // The key to the whole is left alone where the partitions that stay keep their bounds.
      const untouched = [true, true, false];
      const others: readonly Parts[] = [
        // One goes.
        { middle: range(100, 200), rest: REST },
        // Others come where some went.
        { sooner: range(0, 50), middle: range(100, 200), others: REST },
        // The rows are gone from the whole for a moment.
        { early: range(0, 50), middle: range(50, 300), rest: REST },
      ];
      const [initial] = project.revisions();
      for (const [at, parts] of others.entries()) {
        const done = await evolve(models(parts, isReferenced), "--no-renames");
        expect(done.some((text) => /foreign key/.test(text))).toBe(isReferenced && !untouched[at]);
        expect(await rows()).toEqual(before);
        await run("downgrade", "-1");
        expect(await rows()).toEqual(before);
        expect(await look()).toEqual(view);
        for (const file of project.revisions())
          if (file !== initial) rmSync(project.path(`migrations/versions/${file}`));
      }
    });
  });

  it("whose rows others refer to are not dropped", () =>
    onEvolvingProject(open, async ({ project, connection, evolve, run }) => {
      await evolve(models({ early: range(0, 100), rest: REST }, true));
      await connection.script("INSERT INTO events VALUES (1, 50); INSERT INTO notes VALUES (1, 50)");
      project.write("models.ts", models({ rest: REST }, true));
      const [initial] = project.revisions();
      await run("revision", "--autogenerate", "-m", "drop");
      const refused = await project.run(["upgrade"]);
      expect([refused.exitCode, refused.stderr]).toEqual([5, expect.stringContaining("violates foreign key")]);
      expect((await connection.query("SELECT * FROM notes")).rows).toEqual([{ id: 1, day: 50 }]);
      // Without the key they are.
      for (const file of project.revisions()) if (file !== initial) rmSync(project.path(`migrations/versions/${file}`));
      project.write("models.ts", models({ rest: REST }, false));
      await run("revision", "--autogenerate", "-m", "drop");
      await run("upgrade");
      expect((await connection.query("SELECT * FROM notes")).rows).toEqual([{ id: 1, day: 50 }]);
    }));

  it("a table that leaves its parent has the checks of those before it, and loses them with theirs", () =>
    onEvolvingProject(open, async ({ connection, evolve, run }) => {
      const family = (last: string, least: number) => `
import { check, integer, sql, table } from "tsmigrate/schema";
export const first = table("first", { id: integer() }, () => [check("ck_id", sql\`id > ${least}\`)]);
export const second = table("second", { a: integer() }, () => [], { inherits: ["first"] });
export const third = table("third", { b: integer() }, () => [], { inherits: ["${last}"] });
`;
      await evolve(family("second", 0));
      await connection.script("INSERT INTO third (id, a, b) VALUES (1, 2, 3)");
      await evolve(family("first", -1), "--no-renames");
      expect((await connection.query("SELECT * FROM third")).rows).toEqual([{ id: 1, b: 3 }]);
      await run("downgrade", "-1");
      expect((await connection.query("SELECT id, b FROM third")).rows).toEqual([{ id: 1, b: 3 }]);
    }));
});
