/** Words that are misspelt in the config, in models and in revisions are errors, each with one sentence. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { revisionText, tempProject } from "../support/temp-project.js";

const config = (more: string) =>
  `import { defineConfig } from "tsmigrate/config";\nexport default defineConfig({ url: "sqlite:///./app.db", models: "./models.ts", ${more} } as any);\n`;
const model = (columns: string, options = "") =>
  `import * as m from "tsmigrate/schema";\nconst { sql, table, integer, text, view, trigger, enumType, foreignKey } = m as any;\nexport const a = table("a", { id: integer().primaryKey(), ${columns} }, [], { ${options} });\n`;

describe("a word that is misspelt", () => {
  it.each([
    ['manage: ["triger"]', "'manage[0]' is no known kind: 'triger'", "Did you mean 'trigger'?"],
    ['manage: ["views"]', "'manage[0]' is 'views', which is always compared", "Leave it out."],
    ['manage: ["zzz"]', "'manage[0]' is no known kind: 'zzz'", "The kinds are sequence, domain"],
    ['manag: ["trigger"]', "'manag' is not a known key", "Did you mean 'manage'?"],
    ["retry: { attempt: 3 }", "'retry.attempt' is not a known key", "Did you mean 'attempts'?"],
    [
      'lint: { rules: { LK20: "off" } }',
      "'lint.rules.LK20' is not the code of a rule",
      "Rules are named as in 'LK201'.",
    ],
    ['lint: { rules: { LK201: "wraning" } }', "'lint.rules.LK201' must be one of", "Did you mean 'warning'?"],
    ["lint: { rule: {} }", "'lint.rule' is not a known key", "Did you mean 'rules'?"],
    ['dialect: "postgre"', "'dialect' must be one of", "Did you mean 'postgres'?"],
    ['timezone: "Europe/Berln"', "'timezone' is no known time zone: 'Europe/Berln'", "Use an IANA name"],
    ['fileTemplate: "{revi}_{slug}"', "'fileTemplate' holds the unknown placeholder '{revi}'", "Did you mean '{rev}'?"],
    ['namingConvention: { uniqe: "u" }', "'namingConvention.uniqe' is not a known key", "Did you mean 'unique'?"],
    ['targets: [{ shema: "a" }]', "'targets[0].shema' is not a known key", "Did you mean 'schema'?"],
    ['environments: { a: { urll: "x" } }', "'environments.a.urll' is not a known key", "Did you mean 'url'?"],
    ['transaction: "al"', "'transaction' must be one of", "Did you mean 'all'?"],
  ])("in the config is named: %s", async (more, message, hint) => {
    const project = tempProject({ config: config(more), models: model("n: integer()") });
    const { exitCode, stderr } = await project.run(["check"]);
    const plain = stderr.replace(/ in '[^']*migrate\.config\.ts'/, "");
    expect([exitCode, plain]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr).toContain(hint);
  });

  it.each([
    [
      'n: integer().references("a.id", { onDelet: "cascade" })',
      "",
      ".references(…) has no option 'onDelet'",
      "onDelete",
    ],
    ['n: integer().references("a.id", { match: "ful" })', "", "'match' of .references(…) must be one of", "full"],
    ["n: integer().identity({ alway: true })", "", ".identity(…) has no option 'alway'", "always"],
    ["n: text().generatedAs(sql`id`, { store: true })", "", ".generatedAs(…) has no option 'store'", "stored"],
    ['n: integer(), o: text().only("postgress")', "", ".only(…) must be one of 'sqlite', 'postgres'", "postgres"],
    ['n: integer().sqlType({ postgre: "int2" })', "", ".sqlType(…) has no option 'postgre'", "postgres"],
    ["n: integer()", "coment: 'x'", "table 'a' has no option 'coment'", "comment"],
    ["n: integer()", "sqlite: { strickt: true }", "'sqlite' of table 'a' has no option 'strickt'", "strict"],
    ["n: integer()", "postgres: { unloged: true }", "'postgres' of table 'a' has no option 'unloged'", "unlogged"],
    ["n: integer()", 'rowSecurity: "force"', "'rowSecurity' of table 'a' must be one of", "forced"],
  ])("in the models is named: %s %s", async (columns, options, message, near) => {
    const project = tempProject({ models: model(columns, options) });
    const { exitCode, stderr } = await project.run(["check"]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr).toContain(`Did you mean '${near}'?`);
  });

  it.each([
    ['{ n: text("n") }', "models.ts': text takes no argument, not 1"],
    ["{ n: text() }, (t) => [index().on(t.n.lower())]", "the constraints of table 'a': t.n.lower is not a function"],
    [
      '{ n: text() }, (t) => [foreignKey([t.n]).references("a", ["n"], { onDelete: "set nul" })]',
      "the constraints of table 'a': 'onDelete' of .references(…) must be one of 'cascade', 'restrict', 'set null'",
    ],
  ])("or given something else has its place in the models: %s", async (columns, message) => {
    const models = `import * as m from "tsmigrate/schema";\nconst { foreignKey, index, table, text } = m as any;\nexport const a = table("a", ${columns});\n`;
    const project = tempProject({ models });
    const { exitCode, stderr } = await project.run(["check"]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr).toMatch(/models\.ts:3:\d+\)\n/);
  });

  it.each([
    ['op.setTableOptions("a", { sqlite: { strikt: true } })', "'sqlite' of table 'a' has no option 'strikt'", "strict"],
    [
      'op.batchAlterTable("a", () => {}, { recreate: "alway" })',
      "'recreate' of op.batchAlterTable must be one of",
      "always",
    ],
  ])("in a revision is named, and nothing runs: %s", async (call, message, near) => {
    const project = tempProject({ models: model("n: integer()") });
    await project.run(["revision", "--autogenerate", "-m", "first"]);
    const path = project.revision("first");
    writeFileSync(
      path,
      readFileSync(path, "utf8").replace(/\n\}/, `\n  await ${call};\n}`).replace("op: Operations", "op: any"),
    );
    const { exitCode, stderr } = await project.run(["upgrade"]);
    expect([exitCode === 0, stderr]).toEqual([false, expect.stringContaining(message)]);
    expect(stderr).toContain(`Did you mean '${near}'?`);
    expect((await project.run(["current", "--json"])).json()).toMatchObject({ current: [] });
  });

  it.each([
    ["export const transactions = false;", "transactions", "transaction"],
    ["export const Transaction = false;", "Transaction", "transaction"],
    ['const dependOn = "aaaa";\nexport { dependOn };', "dependOn", "dependsOn"],
    ['export const branch_labels = ["x"];', "branch_labels", "branchLabels"],
    ["export async function downgarde() {}", "downgarde", "downgrade"],
    ["export default function () {}\nexport function upgarde() {}", "upgarde", "upgrade"],
  ])("among the exports of a revision is named, and the revision does not run: %s", async (extra, name, near) => {
    const project = tempProject();
    project.write("migrations/versions/a.ts", bare({ id: "aaaa" }));
    const lacks = near === "upgrade" || near === "downgrade" ? `function ${near}` : `const ${near}:`;
    const lines = bare({ id: "bbbb", down: "aaaa", extra }).split("\n");
    project.write("migrations/versions/b.ts", lines.filter((line) => !line.includes(lacks)).join("\n"));
    const { exitCode, stderr } = await project.run(["upgrade"]);
    const path = project.path("migrations/versions/b.ts");
    expect([exitCode, stderr]).toEqual([
      3,
      expect.stringContaining(`'${path}' exports '${name}', which nothing reads`),
    ]);
    expect(stderr).toContain(`Did you mean '${near}'?`);
    // What its text tells is known before the first revision; a list of exports when the file is loaded.
    const current = extra.includes("export {") ? ["aaaa"] : [];
    expect((await project.run(["current", "--json"])).json()).toMatchObject({ current });
  });

  it("among the exports of a revision is not seen in its helpers, comments and texts", async () => {
    const project = tempProject();
    const extra = `export const users = ["ada"];
export class Transition {}
export function upgraded() {}
/*
export const transactions = false;
*/
export const note = \`
export const transactions = true;
\`;`;
    project.write("migrations/versions/a.ts", bare({ id: "aaaa", extra }));
    expect(await project.run(["upgrade"])).toMatchObject({ exitCode: 0 });
    expect(await project.run(["downgrade", "base"])).toMatchObject({ exitCode: 0 });
  });
});

describe("a method of the models that is misspelt", () => {
  it.each([
    ["text().notNul()", "notNul", "notNull"],
    ['integer().refrences("t.id")', "refrences", "references"],
    ["integer().primarykey()", "primarykey", "primaryKey"],
  ])("is told with its place and the nearest name: %s", async (call, given, meant) => {
    const models = `import { integer, table, text } from "tsmigrate/schema";
export const t = table("t", { id: integer().primaryKey(), a: text() });
export const u = table("u", { id: integer(), b: ${call} });
`;
    const project = tempProject({ models });
    expect((await project.run(["upgrade"])).exitCode).toBe(0);
    const { exitCode, stderr } = await project.run(["diff"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(new RegExp(`${given} is not a function \\(.*models\\.ts:3:\\d+\\)`));
    expect(stderr).toContain(`hint: Did you mean \`.${meant}()\` instead of \`.${given}()\`?`);
  });

  it("is not guessed at where nothing is near", async () => {
    const project = tempProject({ models: "export const t = ({}).entirely();\n" });
    const { exitCode, stderr } = await project.run(["diff"]);
    expect([exitCode, stderr]).toEqual([2, expect.not.stringContaining("Did you mean")]);
  });
});

/** Without what no file has to say, so that one that misspells it says it once. */
function bare(revision: Parameters<typeof revisionText>[0]): string {
  const optional = /export const (?:branchLabels|dependsOn):.*\n/g;
  const text = revisionText({ ...revision, upgrade: "void op;", downgrade: "void op;" });
  return text.replace(optional, "").replace(/\): Promise<void> \{\n(void op;)\n\}/g, "): Promise<void> { $1 }");
}
