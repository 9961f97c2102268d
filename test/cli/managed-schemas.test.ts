/** Which schemas of a database belong to a project, by its config and its models. */
import { expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { tempProject } from "../support/temp-project.js";

const OTHERS = `CREATE TYPE mood AS ENUM ('a'); CREATE TABLE parents (id int PRIMARY KEY, m mood);
  CREATE TABLE children (id int PRIMARY KEY REFERENCES parents ON DELETE CASCADE); CREATE VIEW seen AS SELECT id FROM parents;
  INSERT INTO parents VALUES (1); INSERT INTO children VALUES (1); CREATE SCHEMA app; CREATE TABLE app.old (id int PRIMARY KEY)`;
const OWN = `import { integer, pgSchema, table } from "tsmigrate/schema";
export const notes = pgSchema("app").table("notes", { id: integer().primaryKey() });
`;
const configOf = (url: string, schemas: string) =>
  `export default { url: ${JSON.stringify(url)}, models: "./models.ts", schemas: ${schemas} };\n`;

it.each(POSTGRES_DIALECTS)(
  "the default schema is left alone where the config names others on $name",
  async ({ open }) => {
    const database = await open();
    try {
      const connection = await connectTo(database.url);
      await connection.query(OTHERS);
      const project = tempProject({ config: configOf(database.url, '["app"]'), models: OWN });
      const described = async (...args: readonly string[]) =>
        (await project.run([...args, "--json"])).json().operations.map((op: { description: string }) => op.description);
      const own = ["create table app.notes", "drop table app.old"];
      expect((await described("check")).toSorted()).toEqual(own);
      expect((await described("diff")).toSorted()).toEqual(own);
      const pulled = await project.run(["pull", "--out", "pulled.ts", "--no-baseline"]);
      expect(pulled.exitCode).toBe(0);
      expect(project.read("pulled.ts")).toContain('"old"');
      expect(project.read("pulled.ts")).not.toMatch(/parents|seen|mood/);

      // Named, or with a table of the models in it, it is managed.
      project.write("migrate.config.ts", configOf(database.url, '["app", "public"]'));
      expect(await described("check")).toContain("drop table parents");
      project.write("migrate.config.ts", configOf(database.url, '["app"]'));
      project.write("models.ts", `${OWN}export const mine = table("mine", { id: integer().primaryKey() });\n`);
      expect(await described("check")).toContain("drop table parents");
      expect((await connection.query("SELECT count(*)::int AS n FROM children")).rows).toEqual([{ n: 1 }]);
      await connection.close();
    } finally {
      await database.dispose();
    }
  },
);
