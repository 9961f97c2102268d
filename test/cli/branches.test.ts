import { describe, expect, it } from "vitest";
import { DIALECTS } from "../support/dialects.js";
import { graphProject } from "../support/graph-project.js";
import { zoo } from "../support/graphs.js";
import { revisionText, tempProject } from "../support/temp-project.js";

describe("branches", () => {
  it("several heads stop what needs one, and merge joins them", async () => {
    const project = tempProject();
    const table = (name: string) => ({
      upgrade: `  await op.createTable("${name}", { id: integer().primaryKey() });`,
      downgrade: `  await op.dropTable("${name}");`,
    });
    project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", ...table("a") }));
    project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa", ...table("b") }));
    project.write("migrations/versions/c.ts", revisionText({ id: "cccc", down: "aaaa", ...table("c") }));
    for (const args of [
      ["upgrade", "head"],
      ["revision", "-m", "x"],
    ]) {
      const stopped = await project.run(args);
      expect(stopped.exitCode).toBe(3);
      expect(stopped.stderr).toMatch(/bbbb.*cccc/);
    }
    expect((await project.run(["branches"])).stdout).toBe(
      "aaaa (branchpoint)\n     -> bbbb (head)\n     -> cccc (head)\n",
    );
    expect((await project.run(["upgrade", "heads", "--json"])).json().to.toSorted()).toEqual(["bbbb", "cccc"]);
    expect((await project.run(["merge", "bbbb", "-m", "one"])).exitCode).toBe(3);
    const merged = (await project.run(["merge", "heads", "-m", "join", "--json"])).json();
    expect(merged).toMatchObject({ downRevision: ["bbbb", "cccc"], operations: [] });
    expect((await project.run(["merge", "heads", "-m", "again"])).stderr).toContain("nothing to merge");
    expect((await project.run(["upgrade", "head", "--json"])).json()).toMatchObject({ to: [merged.revision] });
    expect((await project.run(["downgrade", "aaaa", "--json"])).json()).toMatchObject({ to: ["aaaa"] });
    expect((await project.run(["history"])).stdout).toContain(
      `bbbb, cccc -> ${merged.revision} (head) (mergepoint), join\n`,
    );
  });
});

describe("--verbose", () => {
  it("gives the full entries of history, heads, branches and current", async () => {
    const project = graphProject(zoo.fork());
    await project.run(["upgrade", "bbbb"]);
    const entry = async (...args: readonly string[]) => (await project.run([...args, "-v"])).stdout;
    const bbbb = (await project.run(["show", "bbbb"])).stdout;
    expect(bbbb).toMatch(/^Rev: bbbb \(branchpoint\)\nParent: aaaa\nBranches into: c1c1, c2c2\nPath: /);
    expect(await entry("branches")).toBe(bbbb);
    expect(await entry("current")).toBe(bbbb.replace("(branchpoint)", "(branchpoint) (current)"));
    expect(await entry("heads")).toBe((await project.run(["show", "heads"])).stdout);
    expect((await entry("history")).match(/^Rev: /gm)).toHaveLength(6);
  });
});

describe.each(DIALECTS)("hooks of the config on $name", ({ open }) => {
  it("see and change what autogenerate finds, run in each step, and work on the file that was written", async () => {
    const database = await open();
    try {
      const project = tempProject({
        models:
          'import { table, text, varchar } from "tsmigrate/schema";\nexport const t = table("t", { a: varchar(10), b: text().default("x") });\n',
        config: `import { appendFileSync } from "node:fs";
const say = (text) => appendFileSync(new URL("./said.txt", import.meta.url), text + "\\n");
export default {
  url: ${JSON.stringify(database.url)},
  models: "./models.ts",
  onOperations: (operations) => { say(operations.map((op) => op.kind).join()); return operations.filter((op) => op.kind !== "createIndex"); },
  onStep: (step) => say(step.direction + " " + step.revision.id + " " + step.headsAfter.join() + " " + [...Object.keys(step), ...Object.keys(step.revision)].join()),
  compareType: ({ column }) => (column === "a" ? false : undefined),
  compareDefault: () => false,
  postWriteHooks: [(path) => say("wrote " + path.split(/[\\\\/]/).at(-1)), { command: "no-such-program" }],
};
`,
      });
      const first = await project.run(["revision", "--autogenerate", "-m", "first", "--rev-id", "aaaa"]);
      expect(first.stderr).toContain("no-such-program");
      await project.run(["upgrade"]);
      project.write("models.ts", project.read("models.ts").replace("varchar(10)", "varchar(99)").replace('"x"', '"y"'));
      expect((await project.run(["check", "--json"])).json()).toMatchObject({ upToDate: true, operations: [] });
      expect(project.read("said.txt").split("\n").slice(0, 3)).toEqual([
        "createTable",
        "wrote aaaa_first.ts",
        "upgrade aaaa aaaa direction,revision,headsBefore,headsAfter,id,downRevisions,message,path",
      ]);
    } finally {
      await database.dispose();
    }
  });
});
