/** What the command line says of the functions of a config that throw, or give what they must not. */
import { describe, expect, it } from "vitest";
import { tempProject } from "../support/temp-project.js";

const MODELS = `import { integer, table, text } from "tsmigrate/schema";
export const users = table("users", { id: integer().primaryKey(), email: text().unique() });
`;

/** A project whose database is at the newest revision, and whose models have a column more. */
async function changedProject(hook: string) {
  const config = (keys: string) =>
    `export default { url: "sqlite:///./app.db", models: "./models.ts",\n  ${keys}\n};\n`;
  const project = tempProject({ config: config(""), models: MODELS });
  await project.run(["revision", "--autogenerate", "-m", "first"]);
  expect((await project.run(["upgrade"])).exitCode).toBe(0);
  project.write("models.ts", MODELS.replace("email", "age: integer().default(1), email"));
  project.write("migrate.config.ts", config(hook));
  return project;
}

describe("a function of the config that throws", () => {
  it.each([
    ["connect", "connect: async () => { throw new Error('the vault is sealed'); }"],
    ["dialect.kysely", "dialect: { family: 'sqlite', kysely: () => { throw new Error('the vault is sealed'); } }"],
    ["includeObject", "includeObject: () => { throw new Error('the vault is sealed'); }"],
    ["onOperations", "onOperations: async () => { throw new Error('the vault is sealed'); }"],
    ["compareType", "compareType: () => { throw new Error('the vault is sealed'); }"],
    ["compareDefault", "compareDefault: () => { throw new Error('the vault is sealed'); }"],
    ["namingConvention.unique", "namingConvention: { unique: () => { throw new Error('the vault is sealed'); } }"],
  ])("is a mistake in the config with its place: %s", async (key, hook) => {
    const result = await (await changedProject(hook)).run(["check"]);
    expect(result.stderr).toContain(`error: '${key}' in '`);
    expect(result.stderr).toMatch(/failed: the vault is sealed \(.*migrate\.config\.ts:2:\d+\)/);
    expect(result.stderr).not.toContain("bug in tsmigrate");
    expect(result.exitCode).toBe(2);
  });

  it("shows no password of what it quotes", async () => {
    const hook = "connect: () => { throw new Error('cannot reach postgres://app:s3cret@db/app'); }";
    const result = await (await changedProject(hook)).run(["check"]);
    expect(result.stderr).toContain("postgres://app:***@db/app");
    expect(result.stderr).not.toContain("s3cret");
  });
});

describe("a function of the config that gives what it must not", () => {
  it.each([
    ["connect: () => 5", "must give a URL or a Kysely, but gives the number 5"],
    ["dialect: { family: 'sqlite', kysely: () => ({}) }", "must give a Kysely dialect, but gives an object"],
    ["includeObject: async () => false", "must give its answer at once, but gives a promise"],
    ["compareType: async () => false", "must give its answer at once, but gives a promise"],
    ["compareDefault: async () => false", "must give its answer at once, but gives a promise"],
    ["namingConvention: { unique: () => 5 }", "must give a name, but gives the number 5"],
    ["onOperations: () => 5", "must give a list of operations or nothing, but gives the number 5"],
    ["onOperations: (all) => [...all, {}]", "must give a list of operations, but number 2 of it is none"],
    ["onOperations: () => [{ kind: 'dropTabel' }]", "gives an operation of the unknown kind 'dropTabel'"],
  ])("is refused: %s", async (hook, message) => {
    const result = await (await changedProject(hook)).run(["check"]);
    expect(result.stderr).toContain(message);
    expect(result.exitCode).toBe(2);
  });
});
