import { describe, expect, it } from "vitest";
import { DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

const FIRST = revisionText({
  id: "aaaa",
  upgrade: `  await op.createTable("users", { id: integer().primaryKey(), boss: integer().references("users.id") });
  await op.createTable("posts", { id: integer().primaryKey(), author: integer().references("users.id", { onDelete: "cascade" }) });
  await op.bulkInsert("users", [{ id: 1, boss: null }, { id: 2, boss: 1 }]);
  await op.bulkInsert("posts", [{ id: 1, author: 2 }]);`,
});
const MODELS = `import { integer, table, text } from "tsmigrate/schema";
export const users = table("users", { id: integer().primaryKey(), boss: integer().references("users.id"), name: text() });
export const posts = table("posts", { id: integer().primaryKey(), author: integer().references("users.id", { onDelete: "cascade" }) });
`;

/** The first target is at the only revision, the second is empty. */
async function twoTargets(targets: string, url = ""): Promise<TempProject> {
  const project = tempProject({
    config: `export default { ${url} targets: async () => ${targets}, models: "./models.ts" };\n`,
    models: MODELS,
  });
  project.write("migrations/versions/a.ts", FIRST);
  expect(await project.run(["upgrade", "--target", "one"])).toMatchObject({ exitCode: 0 });
  return project;
}

async function expectOneTarget(project: TempProject): Promise<void> {
  const run = async (...args: readonly string[]) => {
    const result = await project.run(args);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    return result;
  };
  expect((await run("log", "--target", "one", "--json")).json().entries).toMatchObject([{ revision: "aaaa" }]);
  expect((await run("log", "--target", "two", "--json")).json().entries).toEqual([]);
  expect((await run("history", "-i", "--target", "one")).stdout).toContain("(current)");
  expect((await run("history", "-i", "--target", "two")).stdout).not.toContain("(current)");
  expect((await run("show", "current", "--target", "one")).stdout).toContain("Rev: aaaa");
  expect((await run("diff", "--target", "one", "--json")).json().operations).toMatchObject([{ kind: "addColumn" }]);
  expect((await run("diff", "--target", "two", "--json")).json().operations).toMatchObject([
    { kind: "createTable" },
    { kind: "createTable" },
  ]);
  expect((await run("ensure-version", "--target", "two")).stdout).toContain("Created");
  const behind = await project.run(["revision", "--autogenerate", "-m", "add name", "--target", "two"]);
  expect(behind.exitCode).toBe(4);
  const made = await run("revision", "--autogenerate", "-m", "add name", "--target", "one", "--json");
  expect(made.json().operations).toMatchObject([{ kind: "addColumn" }]);
  expect(project.read("migrations/versions/heads")).toBe(`${made.json().revision}\n`);
  project.write("migrations/versions/a.ts", FIRST.replace("boss: null", "boss: 1"));
  expect((await run("accept-edit", "aaaa", "--target", "one", "--json")).json()).toMatchObject({ edited: true });
  expect((await project.run(["resolve", "aaaa", "--done", "--target", "one"])).stderr).toContain(
    "no step of 'aaaa' waits for an answer",
  );
  const wrong = await project.run(["log", "--target", "tow"]);
  expect(wrong).toMatchObject({ exitCode: 2 });
  expect(wrong.stderr).toContain("Did you mean `--target two`?");
}

describe("a command that asks one database, with --target", () => {
  it("asks that target of the config", async () => {
    const project = await twoTargets(
      '[{ name: "one", url: "sqlite:///./one.db" }, { name: "two", url: "sqlite:///./two.db" }]',
    );
    await expectOneTarget(project);
    const unnamed = await project.run(["log"]);
    expect(unnamed.exitCode).toBe(2);
    expect(unnamed.stderr).toContain("--target <name>");
  });

  const postgres = DIALECTS.find(({ family }) => family === "postgres");
  it.runIf(postgres !== undefined)("asks the schema of that target on PostgreSQL", async () => {
    const database = await postgres!.open();
    try {
      for (const schema of ["one", "two"]) await query(database.url, `CREATE SCHEMA ${schema}`);
      await expectOneTarget(
        await twoTargets('[{ schema: "one" }, { schema: "two" }]', `url: ${JSON.stringify(database.url)},`),
      );
    } finally {
      await database.dispose();
    }
  });
});
