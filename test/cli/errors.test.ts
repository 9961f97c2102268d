import { chmodSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { revisionText, tempProject } from "../support/temp-project.js";

const USERS = `import { integer, table, text } from "tsmigrate/schema";
export const users = table("users", { id: integer().primaryKey().autoIncrement(), name: text() });
`;

/** Every error is one `error:` line and at most one `hint:` line. */
function expectOneError(result: { stdout: string; stderr: string }): void {
  expect(result.stderr.match(/^error: /gm)).toHaveLength(1);
  expect(result.stderr.match(/^hint: /gm)?.length ?? 0).toBeLessThanOrEqual(1);
  expect(result.stderr).not.toMatch(/^\s+at /m);
}

describe("bad input", () => {
  it("without a config names the folder and tells to run init", async () => {
    const project = tempProject();
    rmSync(project.path("migrate.config.ts"));
    const result = await project.run(["current"]);
    expect(result.exitCode).toBe(2);
    expectOneError(result);
    expect(result.stderr).toMatch(/hint: .*tsmigrate init/);
  });

  it("a model with the name of a table of ours is refused before anything is written", async () => {
    for (const name of ["tsmigrate_version", "tsmigrate_log"]) {
      const project = tempProject();
      project.write("models.ts", USERS.replace('table("users"', `table("${name}"`));
      const result = await project.run(["revision", "--autogenerate", "-m", "own"]);
      expect(result.exitCode).toBe(2);
      expectOneError(result);
      expect(result.stderr).toContain(`'${name}'`);
    }
  });

  it("a formatter that fails says why, and the file is there", async () => {
    const program = JSON.stringify(process.execPath);
    const args = `["-e", "console.error('no such option'); process.exit(3)", "--"]`;
    const project = tempProject({
      config: `export default { url: "sqlite:app.db", postWriteHooks: [{ command: ${program}, args: ${args} }] };\n`,
    });
    const result = await project.run(["revision", "-m", "formatted"]);
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toContain("ended with exit code 3: no such option");
  });

  it("a wrong key of the config is named with the nearest one", async () => {
    const project = tempProject({ config: 'export default { directry: "migrations" };\n' });
    const result = await project.run(["history"]);
    expect(result.exitCode).toBe(2);
    expectOneError(result);
    expect(result.stderr).toContain("directry");
    expect(result.stderr).toContain("directory");
  });

  it("an unknown command and an unknown flag suggest the nearest", async () => {
    const project = tempProject();
    const command = await project.run(["upgrde"]);
    expect(command.exitCode).toBe(2);
    expectOneError(command);
    expect(command.stderr).toContain("upgrade");
    const flag = await project.run(["revision", "--autogenrate"]);
    expect(flag.exitCode).toBe(2);
    expect(flag.stderr).toContain("--autogenerate");
  });

  it("as JSON an error is one document on stdout and nothing on stderr", async () => {
    const project = tempProject();
    const result = await project.run(["show", "nope", "--json"]);
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toBe("");
    expect(result.json().error).toMatchObject({ code: "TSM_REVISION_NOT_FOUND", given: "nope" });
    const usage = await project.run(["upgrde", "--json"]);
    expect(usage.exitCode).toBe(2);
    expect(usage.json().error.code).toBe("TSM_USAGE");
  });

  it("a models module that throws names file and line", async () => {
    const project = tempProject({ models: 'export const x = 1;\nthrow new Error("no models today");\n' });
    const result = await project.run(["revision", "--autogenerate", "-m", "x"]);
    expect(result.exitCode).toBe(2);
    expectOneError(result);
    expect(result.stderr).toMatch(/models\.ts:2/);
    expect(result.stderr).toContain("no models today");
  });

  it("models without a table are refused, not taken as 'drop everything'", async () => {
    const project = tempProject({ models: USERS });
    await project.run(["revision", "--autogenerate", "-m", "users"]);
    await project.run(["upgrade"]);
    project.write("models.ts", "export const nothing = 1;\n");
    const result = await project.run(["revision", "--autogenerate", "-m", "x"]);
    expect(result.exitCode).toBe(2);
    expectOneError(result);
    expect(project.revisions()).toHaveLength(1);
  });

  it("a foreign key to an unknown column names the nearest one", async () => {
    const project = tempProject({
      models: `${USERS}export const posts = table("posts", { id: integer().primaryKey(), user: integer().references("users.idd") });\n`,
    });
    const result = await project.run(["revision", "--autogenerate", "-m", "x"]);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain("users.idd");
    expect(result.stderr).toContain("users.id");
  });

  it("unknown and ambiguous revisions are told apart", async () => {
    const project = tempProject();
    project.write("migrations/versions/ab1_x.ts", revisionText({ id: "ab1111" }));
    project.write("migrations/versions/ab2_y.ts", revisionText({ id: "ab2222", down: "ab1111" }));
    const ambiguous = await project.run(["show", "ab"]);
    expect(ambiguous.exitCode).toBe(3);
    expect(ambiguous.stderr).toContain("ab1111");
    expect(ambiguous.stderr).toContain("ab2222");
    const unknown = await project.run(["upgrade", "ab2223"]);
    expect(unknown.exitCode).toBe(3);
    expect(unknown.stderr).toContain("ab2222");
  });

  it("autogenerate against a database that is behind says to upgrade first", async () => {
    const project = tempProject({ models: USERS });
    await project.run(["revision", "--autogenerate", "-m", "users"]);
    const result = await project.run(["revision", "--autogenerate", "-m", "again"]);
    expect(result.exitCode).toBe(4);
    expectOneError(result);
    expect(result.stderr).toContain("tsmigrate upgrade head");
    expect(project.revisions()).toHaveLength(1);
  });

  it("a revision with a syntax error is found before anything runs", async () => {
    const project = tempProject();
    project.write(
      "migrations/versions/a.ts",
      revisionText({ id: "aaaa", upgrade: '  await op.createTable("t", { id: integer() });' }),
    );
    project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa", upgrade: "  await op.(;" }));
    const result = await project.run(["upgrade"]);
    expect(result.exitCode).toBe(3);
    expectOneError(result);
    expect(result.stderr).toMatch(/b\.ts:16:12/);
    const current = await project.run(["current", "--json"]);
    expect(current.json().current).toEqual([]);
  });

  it("a corrupt SQLite file is a sentence", async () => {
    const project = tempProject();
    writeFileSync(project.path("app.db"), "this is no database, and it is long enough to be one".repeat(100));
    for (const command of [["current"], ["upgrade"], ["status"]]) {
      const result = await project.run(command);
      expect(result.exitCode).toBe(4);
      expectOneError(result);
      expect(result.stderr).toContain("app.db");
    }
  });

  it.skipIf(process.getuid?.() === 0)("a read-only SQLite file is found before a revision runs", async () => {
    const project = tempProject();
    project.write(
      "migrations/versions/a.ts",
      revisionText({ id: "aaaa", upgrade: '  await op.createTable("t", { id: integer() });' }),
    );
    writeFileSync(project.path("app.db"), "");
    chmodSync(project.path("app.db"), 0o444);
    const result = await project.run(["upgrade"]);
    expect(result.exitCode).toBe(4);
    expectOneError(result);
  });

  it("a missing database file is at base for commands that only look, and they do not make it", async () => {
    const project = tempProject({ models: USERS });
    for (const command of ["current", "status", "check"]) {
      const result = await project.run([command, "--json"]);
      expect(result.exitCode).toBe(command === "check" ? 1 : 0);
      const text = await project.run([command]);
      expect(text.stderr).toMatch(/^warning: the database file '.*app\.db' does not exist yet\n$/);
    }
    expect(existsSync(project.path("app.db"))).toBe(false);
    const down = await project.run(["downgrade", "base"]);
    expect(down.exitCode).toBe(4);
    expectOneError(down);
  });

  it("a message is required, and a revision is never written over another", async () => {
    const project = tempProject();
    expect((await project.run(["revision"])).exitCode).toBe(2);
    expect((await project.run(["revision", "-m", "a", "--rev-id", "abcd"])).exitCode).toBe(0);
    const again = await project.run(["revision", "-m", "a", "--rev-id", "abcd"]);
    expect(again.exitCode).toBe(2);
    expect((await project.run(["revision", "-m", "a", "--rev-id", "../x"])).exitCode).toBe(2);
  });

  it("an unknown kind of URL is an error that hides its password", async () => {
    const project = tempProject();
    const result = await project.run(["current", "--url", "mysql://root:s3cret@localhost/x", "-v"]);
    expect(result.exitCode).toBe(2);
    expect(result.stderr + result.stdout).not.toContain("s3cret");
  });
});

describe.each(POSTGRES_DIALECTS)("bad input on $name", ({ open }) => {
  it("a server that is down, a wrong password and a missing database are one sentence each, without the password", async () => {
    const database = await open();
    const url = new URL(database.url);
    const project = tempProject();
    try {
      const down = await project.run(["current", "--url", "postgres://app:s3c%2Fret@127.0.0.1:1/app", "--verbose"]);
      expect(down.exitCode).toBe(4);
      expect(down.stderr).toMatch(/^error: /);
      expect(down.stdout + down.stderr).not.toMatch(/s3c(?:%2F|\/)ret/);

      url.pathname = "/no_such_database";
      const missing = await project.run(["current", "--url", url.href]);
      expect(missing.exitCode).toBe(4);
      expectOneError(missing);
      expect(missing.stderr).toContain("no_such_database");
      expect(missing.stderr).toContain("createdb");
    } finally {
      await database.dispose();
    }
  });
});
