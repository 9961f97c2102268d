import { readFileSync, rmSync } from "node:fs";
import { format } from "prettier";
import { describe, expect, it } from "vitest";
import { commands } from "../../src/cli/commands/index.js";
import { DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { revisionText, tempProject } from "../support/temp-project.js";

const ID = /^[0-9a-f]{12}$/;
const MODELS = `import { boolean, integer, table, text, varchar } from "tsmigrate/schema";
export const users = table("users", {
  id: integer().primaryKey().autoIncrement(),
  email: varchar(100).notNull().unique(),
});
`;

describe("init", () => {
  it("writes a config, the folder and models, says what it kept, and overwrites nothing", async () => {
    const project = tempProject({ models: "export const mine = 1;\n" });
    rmSync(project.path("migrate.config.ts"));
    rmSync(project.path("migrations"), { recursive: true });
    const result = await project.run(["init", "db", "--url", "sqlite:///./x.db", "--json"]);
    expect(result.json()).toEqual({
      directory: "db",
      created: ["migrate.config.ts", "db/versions/.gitkeep", "db/revision.ts.tpl"],
      kept: ["models.ts"],
    });
    expect(project.read("models.ts")).toBe("export const mine = 1;\n");
    expect((await project.run(["init", "db"])).exitCode).toBe(2);
    const forced = await project.run(["init", "db", "--force", "--json"]);
    expect(forced.json().created).toEqual([]);
    expect(forced.json().kept).toContain("migrate.config.ts");
  });

  it("writes no password", async () => {
    const project = tempProject();
    rmSync(project.path("migrate.config.ts"));
    rmSync(project.path("migrations"), { recursive: true });
    const result = await project.run(["init", "--url", "postgres://app:s3cret@localhost/app"]);
    expect(result.exitCode).toBe(0);
    expect(result.stdout + result.stderr + project.read("migrate.config.ts")).not.toContain("s3cret");
    expect(project.read("migrate.config.ts")).toContain("process.env.DATABASE_URL");
  });

  it("offers every template, and each gives a config that loads", async () => {
    const project = tempProject();
    const { templates } = (await project.run(["templates", "--json"])).json();
    expect(templates.map((template: { name: string }) => template.name)).toEqual(["generic", "minimal", "multi-env"]);
    for (const { name } of templates) {
      for (const path of ["migrate.config.ts", "migrations", "models.ts"])
        rmSync(project.path(path), { recursive: true, force: true });
      expect((await project.run(["init", "-t", name])).exitCode).toBe(0);
      expect((await project.run(["revision", "--autogenerate", "-m", "first"])).stderr).not.toContain("error");
      expect((await project.run(["history"])).exitCode).toBe(0);
      expect(await format(project.read("migrate.config.ts"), { parser: "typescript" })).toBe(
        project.read("migrate.config.ts"),
      );
    }
    const wrong = await project.run(["init", "other", "-t", "genric"]);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain("generic");
  });
});

describe("help", () => {
  it("of every command has an example that names it", async () => {
    const project = tempProject();
    for (const command of commands) {
      const result = await project.run(["help", command.name]);
      expect(result.exitCode).toBe(0);
      expect(result.stdout).toMatch(new RegExp(`\\$ .*tsmigrate ${command.name}\\b`));
    }
  });

  it("says that config, models and revisions are programs", async () => {
    const help = await tempProject().run(["--help"]);
    expect(help.stdout).toContain("Config, models and revisions are programs: they run with your rights.");
  });

  it("lists every command, and the version is that of package.json", async () => {
    const project = tempProject();
    const help = await project.run(["--help"]);
    for (const command of commands) expect(help.stdout).toContain(`  ${command.name}`);
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    expect((await project.run(["--version"])).stdout).toBe(`tsmigrate ${version}\n`);
  });
});

describe("history, heads, show", () => {
  it("read files only, newest first, with the marks of their places", async () => {
    const project = tempProject({ url: "postgres://nobody@127.0.0.1:1/nowhere" });
    project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", message: "create users table" }));
    project.write(
      "migrations/versions/b.ts",
      revisionText({ id: "bbbb", down: "aaaa", message: "add user roles table" }),
    );
    expect((await project.run(["history"])).stdout).toBe(
      "aaaa -> bbbb (head), add user roles table\n<base> -> aaaa, create users table\n",
    );
    expect((await project.run(["heads"])).stdout).toBe("bbbb (head)\n");
    expect((await project.run(["history", "-r", ":aaaa"])).stdout).toBe("<base> -> aaaa, create users table\n");
    const [entry] = (await project.run(["show", "bb", "--json"])).json().revisions;
    expect(entry).toEqual({
      revision: "bbbb",
      downRevision: ["aaaa"],
      dependsOn: [],
      branchLabels: [],
      message: "add user roles table",
      createdAt: "2026-01-02T03:04:05.000Z",
      path: project.path("migrations/versions/b.ts"),
      isHead: true,
      isBranchPoint: false,
      isMergePoint: false,
    });
  });
});

describe("edit", () => {
  it("opens the file with the editor of the environment", async () => {
    const project = tempProject();
    project.write("migrations/versions/a.ts", revisionText({ id: "aaaa" }));
    project.write(
      "editor.mjs",
      'import { appendFileSync } from "node:fs"; appendFileSync(process.argv[2], "// edited\\n");',
    );
    const result = await project.run(["edit", "head"], {
      env: { EDITOR: `${process.execPath} ${project.path("editor.mjs")}` },
    });
    expect(result.exitCode).toBe(0);
    expect(project.read("migrations/versions/a.ts")).toMatch(/\/\/ edited\n$/);
    expect((await project.run(["edit", "head"], { env: { EDITOR: "no-such-editor" } })).exitCode).toBe(2);
  });
});

describe("output", () => {
  it("is quiet, coloured and verbose when asked to", async () => {
    const project = tempProject({ models: MODELS });
    await project.run(["revision", "--autogenerate", "-m", "users"]);
    const quiet = await project.run(["upgrade", "--quiet"]);
    expect(quiet.stderr).toBe("");
    const coloured = await project.run(["history"], { env: { FORCE_COLOR: "1" } });
    expect(coloured.stdout).toContain("\u001b[");
    for (const env of [{ FORCE_COLOR: "1", NO_COLOR: "1" }, {}]) {
      expect((await project.run(["history"], { env })).stdout).not.toContain("\u001b[");
    }
    const verbose = await project.run(["downgrade", "-1", "-v"]);
    expect(verbose.stderr).toContain('DROP TABLE "users"');
  });

  it("shows no control characters that come from files or databases", async () => {
    const project = tempProject();
    project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", message: "evil \u001b[31m\u0007 \u202etxt" }));
    expect((await project.run(["history"])).stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

describe.each(DIALECTS)("the commands on $name", ({ open, family }) => {
  it("answer in JSON as the contract says, from an empty project to a second revision", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url, models: MODELS });
      const first = (await project.run(["revision", "--autogenerate", "-m", "Create users", "--json"])).json();
      expect(first).toMatchObject({
        downRevision: [],
        path: `migrations/versions/${first.revision}_create_users.ts`,
        message: "Create users",
        operations: [{ kind: "createTable", description: "create table users", destructive: false }],
        warnings: [],
      });
      expect(first.revision).toMatch(ID);
      const up = (await project.run(["upgrade", "head", "--json"])).json();
      expect(up).toEqual({
        direction: "upgrade",
        from: [],
        to: [first.revision],
        steps: [
          { revision: first.revision, direction: "upgrade", message: "Create users", milliseconds: expect.any(Number) },
        ],
      });
      expect((await project.run(["current", "--json"])).json()).toEqual({
        current: [first.revision],
        heads: [first.revision],
        isAtHead: true,
      });
      expect((await project.run(["check", "--json"])).json()).toMatchObject({ upToDate: true, operations: [] });
      expect((await project.run(["revision", "--autogenerate", "-m", "again", "--json"])).json()).toEqual({
        revision: null,
        operations: [],
      });

      project.write(
        "models.ts",
        MODELS.replace("  email: varchar(100).notNull().unique(),", "  is_admin: boolean().notNull().default(false),"),
      );
      const check = await project.run(["check", "--json"]);
      expect(check.exitCode).toBe(1);
      expect(
        check.json().operations.map((op: { kind: string; destructive: boolean }) => [op.kind, op.destructive]),
      ).toEqual([
        ["dropConstraint", false],
        ["addColumn", false],
        ["dropColumn", true],
      ]);
      const second = (await project.run(["revision", "--autogenerate", "-m", "Admins", "--json"])).json();
      const file = project.read(second.path);
      expect(file).toContain("// destroys data: users.email (varchar(100))");
      expect(await format(file, { parser: "typescript" })).toBe(file);
      expect((await project.run(["current", "--check-heads"])).exitCode).toBe(1);
      expect((await project.run(["status", "--json"])).json()).toMatchObject({
        environment: null,
        dialect: family,
        current: [first.revision],
        heads: [second.revision],
        pending: [second.revision],
        missing: [],
      });

      const connection = await connectTo(database.url);
      await connection.query("INSERT INTO users (email) VALUES ('ada@example.com'), ('grace@example.com')");
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      expect((await connection.query("SELECT * FROM users")).rows).toHaveLength(2);
      // Two rows cannot share the placeholder of a unique column; one can have it.
      expect((await project.run(["downgrade", first.revision.slice(0, 5)])).exitCode).toBe(5);
      await connection.query("DELETE FROM users WHERE id = 1");
      expect((await project.run(["downgrade", first.revision.slice(0, 5)])).exitCode).toBe(0);
      expect((await connection.query("SELECT * FROM users")).rows).toEqual([{ id: 2, email: "" }]);
      await connection.close();
    } finally {
      await database.dispose();
    }
  });

  it("stamp and ensure-version write the version table and nothing else", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      project.write(
        "migrations/versions/a.ts",
        revisionText({ id: "aaaa", upgrade: '  await op.createTable("t", { id: integer() });' }),
      );
      expect((await project.run(["ensure-version", "--json"])).json()).toMatchObject({ created: true });
      expect((await project.run(["ensure-version", "--json"])).json()).toMatchObject({ created: false });
      expect((await project.run(["stamp", "head", "--json"])).json()).toEqual({ from: [], to: ["aaaa"] });
      expect((await project.run(["upgrade"])).stdout).toBe("Already at head (aaaa).\n");
      expect((await project.run(["stamp", "base", "--json"])).json()).toEqual({ from: ["aaaa"], to: [] });
    } finally {
      await database.dispose();
    }
  });

  it("keep hostile names and texts as data, in files and in the database", async () => {
    const database = await open();
    try {
      const table = 'x"); process.exit(7); ("';
      const project = tempProject({ url: database.url });
      const models = (columns: string) =>
        `import { integer, sql, table, text } from "tsmigrate/schema";\nexport const t = table(${JSON.stringify(table)}, { id: integer().primaryKey().autoIncrement(), ${columns} });\n`;
      project.write(
        "models.ts",
        models(
          `"\${process.exit(8)}": text().default("\${process.env.HOME}\`+x()+\`"), "__proto__x": text().default("*/ globalThis.pwned=1; /*"), "emoji 🦖\\n; --": text().comment("*/ globalThis.pwned=1; /*")`,
        ),
      );
      const result = await project.run(["revision", "--autogenerate", "-m", "*/ globalThis.pwned = 1; /* \u202e"]);
      expect(result.stderr).not.toContain("error");
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      expect((await project.run(["check", "--json"])).json()).toMatchObject({ upToDate: true, operations: [] });
      // Dropped by the next revision: its downgrade is made of what the database says.
      project.write("models.ts", models("name: text()"));
      const second = await project.run(["revision", "--autogenerate", "-m", "drop", "--no-renames", "--json"]);
      expect(second.exitCode).toBe(0);
      const file = project.read(second.json().path);
      expect(await format(file, { parser: "typescript" })).toBe(file);
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      expect((await project.run(["downgrade", "-1"])).exitCode).toBe(0);
      expect((globalThis as { pwned?: number }).pwned).toBeUndefined();
    } finally {
      await database.dispose();
    }
  });

  it("stop at a likely rename until it is answered, and keep the data when it is one", async () => {
    const database = await open();
    try {
      const project = tempProject({
        url: database.url,
        models: MODELS.replace("});", "  fullname: varchar(80),\n});"),
      });
      await project.run(["revision", "--autogenerate", "-m", "users"]);
      await project.run(["upgrade"]);
      const connection = await connectTo(database.url);
      await connection.query("INSERT INTO users (email, fullname) VALUES ('a@b', 'Ada')");
      project.write("models.ts", MODELS.replace("});", "  full_name: varchar(80),\n});"));
      const undecided = await project.run(["revision", "--autogenerate", "-m", "names"]);
      expect(undecided.exitCode).toBe(2);
      expect(undecided.stderr).toContain("--rename users.fullname:full_name");
      const renamed = await project.run([
        "revision",
        "--autogenerate",
        "-m",
        "names",
        "--rename",
        "users.fullname:full_name",
        "--json",
      ]);
      expect(renamed.json().operations).toEqual([
        { kind: "renameColumn", description: "rename column users.fullname to full_name", destructive: false },
      ]);
      await project.run(["upgrade"]);
      expect((await connection.query("SELECT full_name FROM users")).rows).toEqual([{ full_name: "Ada" }]);
      await connection.close();
    } finally {
      await database.dispose();
    }
  });

  it("leave out what includeObject says no to", async () => {
    const database = await open();
    try {
      const project = tempProject({
        models: MODELS,
        config: `export default { url: ${JSON.stringify(database.url)}, models: "./models.ts", includeObject: (object) => object.name !== "legacy" };\n`,
      });
      const connection = await connectTo(database.url);
      await connection.query("CREATE TABLE legacy (id integer)");
      const result = await project.run(["revision", "--autogenerate", "-m", "users", "--json"]);
      expect(result.json().operations.map((op: { description: string }) => op.description)).toEqual([
        "create table users",
      ]);
      await connection.close();
    } finally {
      await database.dispose();
    }
  });
});
