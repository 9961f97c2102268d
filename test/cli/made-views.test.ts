/** SQLite takes any text for a view or a trigger; a revision that makes one which cannot work does not go through. */
import { describe, expect, it } from "vitest";
import { DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

const SETUP = `
  await op.createTable("people", { id: integer().primaryKey(), name: text(), boss_id: integer().references("people.id") });
  await op.execute("INSERT INTO people VALUES (1, 'ada', NULL), (2, 'bob', 1)");`;
const TRIGGER = (name: string, set: string) =>
  `await op.createTrigger("${name}", "people", { fires: "after update of name", action: "begin update people set ${set} where id = new.id; end" });`;

function project(url: string, second: string): TempProject {
  const made = tempProject({ url });
  const imports = 'import { integer, sql, text } from "tsmigrate";\n';
  made.write(
    "migrations/versions/aaaaaaaaaaaa_first.ts",
    imports + revisionText({ id: "aaaaaaaaaaaa", upgrade: SETUP }),
  );
  made.write(
    "migrations/versions/bbbbbbbbbbbb_second.ts",
    imports + revisionText({ id: "bbbbbbbbbbbb", down: "aaaaaaaaaaaa", upgrade: second }),
  );
  return made;
}

describe.each(DIALECTS.filter(({ family }) => family === "sqlite"))("what a revision made on $name", ({ open }) => {
  const of = async (second: string) => {
    const database = await open();
    try {
      const made = project(database.url, second);
      const result = await made.run(["upgrade", "head", "--json"]);
      const current = (await made.run(["current", "--json"])).json();
      const rows = await query(database.url, "SELECT count(*) AS n FROM people");
      expect(rows).toEqual([{ n: 2 }]);
      return { exitCode: result.exitCode, message: result.json().error?.message, current: current.current };
    } finally {
      await database.dispose();
    }
  };

  it("is a view over a column that is not there: nothing of the revision is kept", async () => {
    const { exitCode, message, current } = await of(
      'await op.createView("v", sql`select id from people`); await op.replaceView("v", sql`select missing from people`);',
    );
    expect([exitCode, message]).toEqual([
      6,
      "upgrade of 'bbbbbbbbbbbb' failed: the view 'v' cannot be read: no such column: missing",
    ]);
    expect(current).toEqual(["aaaaaaaaaaaa"]);
  });

  it("is a trigger that writes to a column that is not there: nothing of the revision is kept", async () => {
    const { exitCode, message } = await of(TRIGGER("touch", "missing = 1"));
    expect([exitCode, message]).toEqual([
      6,
      "upgrade of 'bbbbbbbbbbbb' failed: the trigger 'touch' cannot run: no such column: missing",
    ]);
  });

  it.each([
    [
      "a view that is made before what it reads",
      'await op.createView("v", sql`select id from later`); await op.createTable("later", { id: integer().primaryKey() });',
    ],
    [
      "a view with a function of the application",
      'await op.createView("v", sql`select shout(name) as n from people`);',
    ],
    ["a view that goes again", 'await op.createView("v", sql`select missing from people`); await op.dropView("v");'],
    ["a trigger that works", TRIGGER("touch", "boss_id = null")],
    [
      "a trigger that works beside one that never did",
      `await op.execute("create trigger old after update on people begin update people set missing = 1; end"); ${TRIGGER("touch", "boss_id = null")}`,
    ],
  ])("is %s: it goes through", async (_what, second) => {
    const { exitCode, message, current } = await of(second);
    expect([exitCode, message]).toEqual([0, undefined]);
    expect(current).toEqual(["bbbbbbbbbbbb"]);
  });
});
