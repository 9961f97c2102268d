import { chmodSync, readFileSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DIALECTS } from "../support/dialects.js";
import { graphProject } from "../support/graph-project.js";
import { graph, zoo } from "../support/graphs.js";

/** Two people began at `aaaa`. */
const parallel = () => graph("aaaa <- b1b1 <- c1c1, aaaa <- b2b2 <- c2c2");

async function graphOf(project: ReturnType<typeof graphProject>): Promise<string> {
  return (await project.run(["history"])).stdout.replace(/, add .*/g, "");
}

describe("rebase", () => {
  it("puts one branch behind the other, and what stands on the revision comes along", async () => {
    const project = graphProject(parallel());
    const path = project.revision("b2b2");
    chmodSync(path, 0o640);
    const before = readFileSync(path, "utf8");
    const moved = await project.run(["rebase", "b2b2", "--onto", "c1c1"]);
    expect(moved.exitCode).toBe(0);
    expect(moved.stdout).toBe("migrations/versions/000003_b2b2.ts\nMoved b2b2 from aaaa onto c1c1.\n");
    expect(await graphOf(project)).toBe(
      "b2b2 -> c2c2 (head)\nc1c1 -> b2b2\nb1b1 -> c1c1\naaaa -> b1b1\n<base> -> aaaa\n",
    );
    expect(readFileSync(path, "utf8")).toBe(
      before.replace("Revises: aaaa", "Revises: c1c1").replace('| null = "aaaa"', '| null = "c1c1"'),
    );
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(project.read("migrations/versions/heads")).toBe("c2c2\n");
    expect((await project.run(["upgrade", "head", "--json"])).json().to).toEqual(["c2c2"]);
  });

  it("says what heads are left, and answers in JSON", async () => {
    const project = graphProject(parallel());
    const moved = await project.run(["rebase", "c2c2", "--onto", "c1c1", "--json"]);
    expect(moved.json()).toEqual({
      revision: "c2c2",
      from: ["b2b2"],
      downRevision: ["c1c1"],
      path: "migrations/versions/000004_c2c2.ts",
      heads: ["b2b2", "c2c2"],
      warnings: [],
    });
    expect((await project.run(["rebase", "b2", "--onto", "c2"])).stdout).toContain("onto c2c2");
    expect((await project.run(["heads"])).stdout).toBe("b2b2 (head)\n");
  });

  it("makes a first revision with base, and a later one of a first revision", async () => {
    const project = graphProject(zoo.forest());
    expect((await project.run(["rebase", "a2a2", "--onto", "b1b1"])).exitCode).toBe(0);
    expect(await graphOf(project)).toContain("b1b1 -> a2a2\n");
    expect((await project.run(["rebase", "a2a2", "--onto", "base"])).exitCode).toBe(0);
    expect(await graphOf(project)).toContain("<base> -> a2a2\n");
    const again = await project.run(["rebase", "a2a2", "--onto", "base"]);
    expect(again).toMatchObject({ exitCode: 0, stdout: "Nothing to do: a2a2 stands on base.\n" });
  });

  it.each([
    ["itself", ["b2b2", "--onto", "b2b2"], /'b2b2' cannot stand on itself/],
    ["what stands on it", ["b2b2", "--onto", "c2c2"], /'c2c2' needs 'b2b2'/],
    ["several revisions", ["b2b2", "--onto", "heads"], /'heads' means 2 revisions: 'c1c1', 'c2c2'/],
    [
      "what is not there",
      ["b2b2", "--onto", "c1c9"],
      /no revision or branch label matches 'c1c9'[\s\S]*Did you mean 'c1c1'/,
    ],
  ])("refuses %s as the target, and changes nothing", async (_name, args, message) => {
    const project = graphProject(parallel());
    const before = await graphOf(project);
    const refused = await project.run(["rebase", ...args]);
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toMatch(message);
    expect(await graphOf(project)).toBe(before);
  });

  it("refuses a circle through a dependency", async () => {
    const project = graphProject(graph("aaaa <- bbbb, cccc", { dependsOn: { cccc: ["bbbb"] } }));
    const refused = await project.run(["rebase", "bbbb", "--onto", "cccc"]);
    expect(refused).toMatchObject({ exitCode: 3 });
    expect(refused.stderr).toContain("'cccc' needs 'bbbb'");
  });

  it("leaves merge points alone, and says which merges have become idle", async () => {
    const project = graphProject(graph("aaaa <- b1b1, aaaa <- b2b2, b1b1+b2b2 <- mmmm"));
    expect((await project.run(["rebase", "mmmm", "--onto", "aaaa"])).stderr).toContain("is a merge point");
    const moved = await project.run(["rebase", "b2b2", "--onto", "b1b1"]);
    expect(moved.stderr).toContain("the merge 'mmmm' has nothing left to join");
    expect((await project.run(["upgrade", "head", "--json"])).json().to).toEqual(["mmmm"]);
  });

  it("needs --onto", async () => {
    const refused = await graphProject(parallel()).run(["rebase", "b2b2"]);
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(refused.stderr).toContain("tsmigrate rebase b2b2 --onto <rev>");
  });

  it("refuses while the database cannot be asked, unless told that it need not be", async () => {
    const project = graphProject(parallel(), { url: "postgres://127.0.0.1:1/nowhere" });
    const refused = await project.run(["rebase", "b2b2", "--onto", "c1c1"]);
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toMatch(/cannot be asked whether 'b2b2' is applied[\s\S]*--offline/);
    expect((await project.run(["rebase", "b2b2", "--onto", "c1c1", "--offline"])).exitCode).toBe(0);
    expect(await graphOf(project)).toContain("c1c1 -> b2b2");
    const named = await project.run(["rebase", "b2b2", "--onto", "current", "--offline"]);
    expect(named.exitCode).toBe(2);
  });
});

describe("rebase with targets", () => {
  const LIST = `[1, 2, 3].map((n) => ({ name: "t" + n, url: "sqlite:///./t" + n + ".db" }))`;
  const open = (targets: string, url = "") => {
    const project = graphProject(parallel());
    project.write("migrate.config.ts", `export default { ${url} targets: ${targets} };\n`);
    return project;
  };

  it.each([
    ["a list", LIST],
    ["a function", `async () => ${LIST}`],
  ])("asks each of %s, and says which have the revision", async (_what, targets) => {
    const project = open(targets);
    await project.run(["upgrade", "c2c2", "--target", "t2", "--target", "t3"]);
    await project.run(["upgrade", "c1c1", "--target", "t1"]);
    const refused = await project.run(["rebase", "b2b2", "--onto", "c1c1"]);
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain(
      "revision 'b2b2' is applied in the targets 't2', 't3', since the target 't2' is at 'c2c2'",
    );
    expect(refused.stderr).toContain("tsmigrate downgrade b2b2@aaaa --target t2");
    for (const target of ["t2", "t3"]) await project.run(["downgrade", "b2b2@aaaa", "--target", target]);
    expect(await project.run(["rebase", "b2b2", "--onto", "c1c1"])).toMatchObject({ exitCode: 0 });
    const last = await project.run(["rebase", "c1c1", "--onto", "base", "--json"]);
    expect(last.json().error).toMatchObject({ code: "TSM_REVISION_APPLIED", revision: "c1c1", targets: ["t1"] });
  });

  it("asks the database of the config as well", async () => {
    const project = open(LIST, 'url: "sqlite:///./app.db",');
    await project.run(["upgrade", "c2c2"]);
    const refused = await project.run(["rebase", "b2b2", "--onto", "c1c1", "--json"]);
    expect(refused.json().error).toMatchObject({ message: expect.stringContaining("the database is at"), targets: [] });
    expect((await project.run(["rebase", "c1c1", "--onto", "current"])).exitCode).toBe(0);
  });

  it("refuses while one of them cannot be asked, unless told that none need be", async () => {
    const project = open('["sqlite:///./one.db", { name: "far", url: "postgres://127.0.0.1:1/nowhere" }]');
    const refused = await project.run(["rebase", "b2b2", "--onto", "c1c1"]);
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toMatch(/the target 'far' cannot be asked whether 'b2b2' is applied[\s\S]*--offline/);
    expect((await project.run(["rebase", "b2b2", "--onto", "c1c1", "--offline"])).exitCode).toBe(0);
  });

  it("names the target that is at a revision which no file declares", async () => {
    const project = open(LIST);
    const other = graphProject(graph("xxxx"), { url: `sqlite:///${project.path("t2.db")}` });
    await other.run(["upgrade"]);
    const refused = await project.run(["rebase", "b2b2", "--onto", "c1c1"]);
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain("target 't2': the database is at 'xxxx'");
  });
});

describe.each(DIALECTS)("rebase on $name", ({ open }) => {
  it("refuses what is applied, or has something applied on it, and what nobody knows", async () => {
    const database = await open();
    try {
      const project = graphProject(parallel(), { url: database.url });
      await project.run(["upgrade", "c2c2"]);
      for (const rev of ["c2c2", "b2b2"]) {
        const refused = await project.run(["rebase", rev, "--onto", "c1c1"]);
        expect(refused.exitCode).toBe(3);
        expect(refused.stderr).toContain(`revision '${rev}' is applied`);
      }
      expect((await project.run(["rebase", "b2b2", "--onto", "c1c1"])).stderr).toContain(
        "since the database is at 'c2c2'",
      );
      expect((await project.run(["rebase", "b1b1", "--onto", "c2c2"])).exitCode).toBe(0);
      expect((await project.run(["upgrade", "head", "--json"])).json()).toMatchObject({
        to: ["c1c1"],
        steps: [{ revision: "b1b1" }, { revision: "c1c1" }],
      });
      const other = graphProject(graph("aaaa <- x1x1, aaaa <- x2x2"), { url: database.url });
      const unknown = await other.run(["rebase", "x2x2", "--onto", "x1x1"]);
      expect(unknown).toMatchObject({ exitCode: 3 });
      expect(unknown.stderr).toContain("which no revision file declares");
    } finally {
      await database.dispose();
    }
  });

  it("refuses a revision that an applied one depends on", async () => {
    const database = await open();
    try {
      const project = graphProject(zoo.dependency(), { url: database.url });
      await project.run(["upgrade", "c2c2"]);
      const refused = await project.run(["rebase", "b1b1", "--onto", "base"]);
      expect(refused).toMatchObject({ exitCode: 3 });
      expect((await project.run(["rebase", "d1d1", "--onto", "b1b1"])).exitCode).toBe(0);
    } finally {
      await database.dispose();
    }
  });
});
