/** Where revision files go and what stands in them, as the config says. */
import { existsSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tempProject } from "../support/temp-project.js";

const configOf = (keys: string) => `export default { url: "sqlite:///./app.db", ${keys} };\n`;

describe("version locations that are not there yet", () => {
  it("are made by the first revision that goes into them", async () => {
    const config = configOf('versionLocations: ["core", "billing"]');
    const project = tempProject({ config });
    expect((await project.run(["heads"])).exitCode).toBe(2);
    const unnamed = await project.run(["revision", "-m", "one"]);
    expect(unnamed.stderr).toContain("there are several version locations");
    expect(existsSync(project.path("core"))).toBe(false);
    const first = await project.run(["revision", "-m", "one", "--version-path", "core", "--rev-id", "a1"]);
    expect(first.exitCode).toBe(0);
    const other = ["revision", "-m", "two", "--head", "base", "--version-path", "billing", "--rev-id", "b1"];
    expect((await project.run(other)).exitCode).toBe(0);
    expect((await project.run(["heads"])).stdout).toBe("a1 (head)\nb1 (head)\n");
    expect(existsSync(project.path("core/a1_one.ts")) && existsSync(project.path("billing/b1_two.ts"))).toBe(true);
  });

  it("keep every command that writes no revision from going on", async () => {
    const project = tempProject();
    rmSync(project.path("migrations"), { recursive: true });
    for (const args of [["upgrade"], ["history"], ["current"], ["check"]]) {
      const result = await project.run(args);
      expect(result.stderr).toContain("there is no directory of revisions");
      expect(result.exitCode).toBe(2);
    }
    expect((await project.run(["revision", "-m", "one"])).exitCode).toBe(0);
    expect(project.revisions()).toHaveLength(1);
  });
});

describe("the timezone of the config", () => {
  it("is that of the date in the header of a revision, which is read back", async () => {
    const project = tempProject({ config: configOf('timezone: "Asia/Kolkata"') });
    await project.run(["revision", "-m", "one", "--rev-id", "a1"]);
    const date = /Create Date: (\S+)/.exec(project.read("migrations/versions/a1_one.ts"))?.[1] ?? "";
    expect(date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+05:30$/);
    expect((await project.run(["history", "--json"])).json().revisions[0].createdAt).toBe(date);
  });
});
