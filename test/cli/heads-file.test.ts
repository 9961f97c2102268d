import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { graphProject } from "../support/graph-project.js";
import { graph, zoo } from "../support/graphs.js";
import { type TempProject, tempProject } from "../support/temp-project.js";

const FILE = "migrations/versions/heads";
const MODELS =
  'import { integer, table } from "tsmigrate/schema";\nexport const t = table("t", { id: integer().primaryKey() });\n';

const revise = (project: TempProject, id: string, ...args: readonly string[]) =>
  project.run(["revision", "-m", `add ${id}`, "--rev-id", id, ...args]);

describe("the heads file", () => {
  it("names the heads, one a line, after revision, merge and rebase", async () => {
    const project = tempProject();
    await revise(project, "aaaa");
    expect(project.read(FILE)).toBe("aaaa\n");
    await revise(project, "bbbb");
    expect(project.read(FILE)).toBe("bbbb\n");
    await revise(project, "cccc", "--head", "aaaa", "--splice");
    await revise(project, "dddd", "--head", "bbbb");
    expect(project.read(FILE)).toBe("dddd\ncccc\n");
    await project.run(["rebase", "cccc", "--onto", "bbbb"]);
    expect(project.read(FILE)).toBe("dddd\ncccc\n");
    await project.run(["merge", "heads", "-m", "join", "--rev-id", "eeee"]);
    expect(project.read(FILE)).toBe("eeee\n");
  });

  it("is not kept where the config turns it off", async () => {
    const project = tempProject({ config: 'export default { url: "sqlite:///./app.db", headsFile: false };\n' });
    await revise(project, "aaaa");
    expect(existsSync(project.path(FILE))).toBe(false);
    expect((await project.run(["heads", "--write"])).exitCode).toBe(2);
  });

  it.each([
    ["absent", undefined],
    ["stale", "zzzz\n"],
    ["empty", ""],
    ["in conflict", "<<<<<<< HEAD\nbbbb\n=======\ncccc\n>>>>>>> theirs\n"],
  ])("changes nothing about the history when it is %s", async (_name, text) => {
    const project = graphProject(graph("aaaa <- bbbb, aaaa <- cccc"));
    const before = await project.run(["history"]);
    if (text !== undefined) project.write(FILE, text);
    expect(await project.run(["history"])).toMatchObject({ exitCode: 0, stdout: before.stdout });
    expect((await project.run(["upgrade", "heads"])).exitCode).toBe(0);
    expect((await project.run(["merge", "heads", "-m", "join", "--rev-id", "dddd"])).exitCode).toBe(0);
    expect(project.read(FILE)).toBe("dddd\n");
  });

  it("is compared with the history by check, which says how to come out of a conflict", async () => {
    const project = graphProject(graph("aaaa <- bbbb, aaaa <- cccc"), { config: 'models: "./models.ts"' });
    project.write("models.ts", MODELS);
    project.write(FILE, "<<<<<<< HEAD\nbbbb\n=======\ncccc\n>>>>>>> theirs\n");
    const checked = await project.run(["check"]);
    expect(checked.exitCode).toBe(3);
    expect(checked.stderr).toMatch(/holds a merge conflict: 'bbbb', 'cccc' were added in parallel/);
    expect(checked.stderr).toContain("tsmigrate rebase cccc --onto bbbb");
    expect((await project.run(["check", "--offline", "--json"])).json().error).toMatchObject({
      code: "TSM_HEADS_FILE",
      expected: ["bbbb", "cccc"],
      found: ["bbbb", "cccc"],
    });
    project.write(FILE, "bbbb\n");
    const stale = await project.run(["check"]);
    expect(stale.stderr).toMatch(/names 'bbbb', but the heads are 'bbbb', 'cccc'/);
    expect(stale.stderr).toMatch(/rebase cccc --onto bbbb[\s\S]*heads --write/);
    expect((await project.run(["heads", "--write"])).stdout).toBe("bbbb (head)\ncccc (head)\n");
    expect(project.read(FILE)).toBe("bbbb\ncccc\n");
    expect((await project.run(["check"])).stderr).not.toContain("heads");
  });

  it("is one for each version location, with the heads whose files are there", async () => {
    const project = tempProject({
      config:
        'export default { url: "sqlite:///./app.db", versionLocations: ["migrations/versions", "migrations/versions/billing", "plugin"] };\n',
    });
    mkdirSync(project.path("migrations/versions/billing"));
    mkdirSync(project.path("plugin"));
    await revise(project, "a1", "--version-path", "migrations/versions");
    await revise(
      project,
      "b1",
      "--version-path",
      "migrations/versions/billing",
      "--head",
      "base",
      "--branch-label",
      "billing",
    );
    await revise(project, "p1", "--version-path", "plugin", "--head", "base");
    await revise(project, "b2", "--head", "billing@head");
    const files = () =>
      ["migrations/versions", "migrations/versions/billing", "plugin"].map((location) =>
        readFileSync(project.path(location, "heads"), "utf8"),
      );
    expect(files()).toEqual(["a1\n", "b2\n", "p1\n"]);
    rmSync(project.path("plugin/heads"));
    await project.run(["merge", "a1", "b2", "-m", "join", "--rev-id", "m1"]);
    // What nothing was done to is left as it is.
    expect(existsSync(project.path("plugin/heads"))).toBe(false);
    expect(readFileSync(project.path("migrations/versions/billing/heads"), "utf8")).toBe("");
    expect(readFileSync(project.path("migrations/versions/heads"), "utf8")).toBe("m1\n");
  });

  it("that cannot be written is a warning, since the revision is there", async () => {
    const project = tempProject();
    mkdirSync(project.path(FILE));
    const made = await revise(project, "aaaa");
    expect(made.exitCode).toBe(0);
    expect(made.stderr).toContain("the heads file could not be written");
    expect((await project.run(["heads"])).stdout).toBe("aaaa (head)\n");
  });

  it("keeps the lines of lineages that nothing was done to", async () => {
    const project = graphProject(zoo.threeBases());
    await project.run(["heads", "--write"]);
    expect(project.read(FILE)).toBe("b1a\nb1b\nmergeb3d2\n");
    await revise(project, "c1a", "--head", "b1a");
    expect(project.read(FILE)).toBe("c1a\nb1b\nmergeb3d2\n");
  });

  it("conflicts in git where two people have added a revision, and nothing else does", async (test) => {
    const project = tempProject();
    const git = (...args: readonly string[]) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...args], {
        cwd: project.directory,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
    try {
      git("init", "--quiet");
    } catch {
      process.stderr.write("skipped, there is no git to run\n");
      test.skip();
    }
    project.write(".gitignore", "node_modules\n");
    const commit = (name: string) => {
      git("add", "--all");
      git("commit", "--quiet", "-m", name);
    };
    await revise(project, "aaaa");
    commit("a");
    const main = git("rev-parse", "--abbrev-ref", "HEAD").trim();
    git("checkout", "--quiet", "-b", "feature");
    await revise(project, "bbbb");
    commit("b");
    git("checkout", "--quiet", main);
    await revise(project, "cccc");
    commit("c");
    expect(() => git("merge", "feature")).toThrow();
    expect(git("diff", "--name-only", "--diff-filter=U").trim()).toBe(FILE);
    expect((await project.run(["heads"])).stdout).toBe("bbbb (head)\ncccc (head)\n");
    expect((await project.run(["rebase", "bbbb", "--onto", "cccc"])).exitCode).toBe(0);
    expect(project.read(FILE)).toBe("bbbb\n");
    commit("merge");
    expect((await project.run(["heads"])).stdout).toBe("bbbb (head)\n");
  });
});

describe("revision", () => {
  it("says that there are two heads only where its own revision is one more", async () => {
    const project = tempProject();
    expect((await revise(project, "aaaa")).stderr).toBe("");
    expect((await revise(project, "bbbb")).stderr).toBe("");
    expect((await revise(project, "cccc", "--head", "aaaa", "--splice")).stderr).toContain(
      "there are 2 heads now: 'bbbb', 'cccc'",
    );
    expect((await revise(project, "dddd", "--head", "cccc")).stderr).toBe("");
    expect((await project.run(["merge", "heads", "-m", "join"])).stderr).toBe("");
  });

  it("writes no file that the history could not be read with", async () => {
    const project = tempProject();
    await revise(project, "aaaa", "--branch-label", "trunk");
    const again = await revise(project, "bbbb", "--branch-label", "trunk");
    expect(again).toMatchObject({ exitCode: 3 });
    expect(again.stderr).toContain("branch label 'trunk' is used by 'aaaa'");
    expect((await revise(project, "head")).exitCode).toBe(3);
    expect(project.revisions()).toEqual(["aaaa_add_aaaa.ts"]);
    project.write("migrate.config.ts", 'export default { url: "sqlite:///./app.db", fileTemplate: "{year}/{rev}" };\n');
    const lost = await revise(project, "cccc");
    expect(lost).toMatchObject({ exitCode: 2 });
    expect(lost.stderr).toContain("recursiveVersionLocations");
  });
});
