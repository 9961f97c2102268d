import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { POSTGRES_DIALECTS, SQLITE_DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { connectClient } from "../support/postgres-connection.js";
import { clientPrograms, openDumpableDatabase } from "../support/postgres-programs.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

const ROWS = `  await op.createTable("authors", { id: integer().primaryKey(), name: text().notNull() });
  await op.createTable("books", { id: integer().primaryKey(), author_id: integer().references("authors.id", { onDelete: "cascade" }) });
  await op.bulkInsert("authors", [{ id: 1, name: "Ada" }, { id: 2, name: "Bob" }]);
  await op.bulkInsert("books", [{ id: 1, author_id: 1 }, { id: 2, author_id: 2 }]);`;

/** A first revision with rows, and a second that loses some. */
function project(url: string): TempProject {
  const made = tempProject({ url });
  made.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: ROWS }));
  made.write(
    "migrations/versions/b.ts",
    revisionText({ id: "bbbb", down: "aaaa", upgrade: '  await op.execute("DELETE FROM authors WHERE id = 2");' }),
  );
  return made;
}

async function authors(url: string): Promise<readonly unknown[]> {
  await using connection = await connectTo(url);
  const { rows } = await connection.query<{ name: unknown }>("SELECT name FROM authors ORDER BY id");
  return rows.map((row) => row.name);
}

async function current(made: TempProject): Promise<readonly string[]> {
  return (await made.run(["current", "--json"])).json().current;
}

describe.each(SQLITE_DIALECTS)("--backup on $name", ({ name }) => {
  const url = name === "sqlite" ? "sqlite:///./app.db" : "sqlite+aiosqlite:///./app.db";
  const backups = (made: TempProject) => readdirSync(made.directory).filter((file) => file.endsWith(".bak"));

  it("copies the database beside it before the first step, and says where", async () => {
    const made = project(url);
    await made.run(["upgrade", "aaaa"]);
    const { exitCode, stderr } = await made.run(["upgrade", "--backup"]);
    expect(exitCode).toBe(0);
    const [file] = backups(made);
    expect(file).toMatch(/^app\.db\.\d{8}-\d{6}\.bak$/);
    expect(stderr).toContain(`backup ${made.path(file!)}`);
    expect(stderr.indexOf("backup")).toBeLessThan(stderr.indexOf("bbbb"));
    expect(await authors(`sqlite:///${made.path("app.db")}`)).toEqual(["Ada"]);
    expect(await authors(`sqlite:///${made.path(file!)}`)).toEqual(["Ada", "Bob"]);
    expect(readdirSync(made.directory).filter((each) => /tmp|-wal|-journal/.test(each))).toEqual([]);
  });

  it("gives back rows and revision by the documented command, also where a write-ahead log is left", async () => {
    const made = project(url);
    await made.run(["upgrade", "aaaa"]);
    {
      await using connection = await connectTo(`sqlite:///${made.path("app.db")}`);
      await connection.query("PRAGMA journal_mode = WAL");
    }
    const { json } = await made.run(["upgrade", "--backup", "./before.db", "--json"]);
    expect(json().backup).toBe(made.path("before.db"));
    writeFileSync(made.path("app.db-wal"), "left by a crash");
    execFileSync("sh", ["-c", "cp ./before.db ./app.db && rm -f ./app.db-wal ./app.db-shm ./app.db-journal"], {
      cwd: made.directory,
    });
    expect(await current(made)).toEqual(["aaaa"]);
    expect(await authors(`sqlite:///${made.path("app.db")}`)).toEqual(["Ada", "Bob"]);
    expect((await made.run(["upgrade"])).exitCode).toBe(0);
  });

  it("is named in the error of a revision that fails afterwards", async () => {
    const made = project(url);
    await made.run(["upgrade", "aaaa"]);
    made.write(
      "migrations/versions/b.ts",
      revisionText({ id: "bbbb", down: "aaaa", upgrade: '  await op.execute("SELECT nothing");' }),
    );
    const failed = await made.run(["upgrade", "--backup", "./before.db", "--json"]);
    expect(failed.exitCode).toBe(5);
    expect(failed.json().error).toMatchObject({ code: "TSM_MIGRATION_FAILED", backup: made.path("before.db") });
  });

  it("makes none when there is nothing to do", async () => {
    const made = project(url);
    await made.run(["upgrade"]);
    const { exitCode, json } = await made.run(["upgrade", "--backup", "--json"]);
    expect(exitCode).toBe(0);
    expect(json()).toMatchObject({ steps: [], backup: null });
    expect(backups(made)).toEqual([]);
  });

  it("goes into a folder that is there, under a name of its own", async () => {
    const made = project(url);
    mkdirSync(made.path("kept"));
    expect((await made.run(["upgrade", "--backup", "./kept"])).exitCode).toBe(0);
    expect(readdirSync(made.path("kept"))).toEqual([expect.stringMatching(/^app\.db\.\d{8}-\d{6}\.bak$/)]);
  });

  it("overwrites nothing, and runs nothing when it cannot be made", async () => {
    const made = project(url);
    await made.run(["upgrade", "aaaa"]);
    made.write("taken.db", "mine");
    const taken = await made.run(["upgrade", "--backup", "./taken.db"]);
    expect(taken.exitCode).toBe(4);
    expect(taken.stderr).toContain(`error: the backup would overwrite '${made.path("taken.db")}'`);
    expect(made.read("taken.db")).toBe("mine");
    const nowhere = await made.run(["upgrade", "--backup", "./no/such/folder/x.db"]);
    expect(nowhere.exitCode).toBe(4);
    expect(nowhere.stderr).toMatch(/error: the backup '.*x\.db' could not be made/);
    expect(nowhere.stderr).toContain("hint: Nothing was run.");
    expect(await current(made)).toEqual(["aaaa"]);
    expect(await authors(`sqlite:///${made.path("app.db")}`)).toEqual(["Ada", "Bob"]);
  });

  it("copies before a downgrade as well", async () => {
    const made = project(url);
    await made.run(["upgrade"]);
    const { exitCode, json } = await made.run(["downgrade", "-1", "--backup", "--json"]);
    expect(exitCode).toBe(0);
    expect(existsSync(json().backup)).toBe(true);
  });
});

describe("--backup", () => {
  it("does not take a revision for the name of a file", async () => {
    const { exitCode, stderr } = await project("sqlite:///./app.db").run(["upgrade", "--backup", "head"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("hint: Put the revision first, as in `tsmigrate upgrade head --backup`");
  });

  it.each(["--sql", "--dry-run"])("is refused with %s, which changes nothing", async (option) => {
    const { exitCode, stderr } = await project("sqlite:///./app.db").run(["upgrade", "--backup", option]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`--backup has nothing to save: ${option} changes no database`);
  });
});

describe.each(POSTGRES_DIALECTS)("--backup on $name", ({ open }) => {
  it("runs nothing where pg_dump is missing or older than the server", async () => {
    const database = await open();
    try {
      const made = project(database.url);
      vi.stubEnv("PGDUMP", made.path("no-pg_dump"));
      const missing = await made.run(["upgrade", "--backup"]);
      expect(missing.exitCode).toBe(4);
      expect(missing.stderr).toContain("error: a backup needs pg_dump, which is not there");
      expect(missing.stderr).toContain("PGDUMP");
      const programs = clientPrograms();
      await using connection = await connectTo(database.url);
      if (programs !== null && programs.majorVersion < Number(connection.serverVersion.split(".")[0])) {
        vi.stubEnv("PGDUMP", join(programs.folder, "pg_dump"));
        const older = await made.run(["upgrade", "--backup"]);
        expect(older.exitCode).toBe(4);
        expect(older.stderr).toContain(`error: pg_dump is of version ${programs.majorVersion}, and the server is`);
      }
      expect(await current(made)).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      await database.dispose();
    }
  });

  it("is a dump of the database that the documented command restores, and shows no password", async () => {
    const database = await openDumpableDatabase();
    if (database === null) return;
    // No other test says it, since all processes of the machine are looked at.
    const password = `k@ep:d/mp%#é'"`;
    const admin = await connectClient(database.url);
    await admin.query(`CREATE ROLE keeper LOGIN SUPERUSER PASSWORD 'k@ep:d/mp%#é''"'`);
    const url = new URL(database.url);
    url.username = "keeper";
    url.password = encodeURIComponent(password);
    const made = project(url.href);
    made.write(
      "dump.sh",
      `#!/bin/sh\nprintf '%s\\n' "$@" >> ${made.path("seen")}\nps -eo args >> ${made.path("seen")}\nexec ${database.programs}/pg_dump "$@"\n`,
    );
    chmodSync(made.path("dump.sh"), 0o755);
    vi.stubEnv("PGDUMP", made.path("dump.sh"));
    vi.stubEnv("PGRESTORE", join(database.programs, "pg_restore"));
    try {
      await made.run(["upgrade", "aaaa"]);
      const { exitCode, stderr, json } = await made.run(["upgrade", "--backup", "--json"]);
      expect(stderr).toBe("");
      expect(exitCode).toBe(0);
      const file: string = json().backup;
      expect(file).toMatch(/tsm_test_\w+\.\d{8}-\d{6}\.dump$/);
      expect(statSync(file).mode & 0o077).toBe(0);
      const seen = readFileSync(made.path("seen"), "utf8");
      expect(seen).toContain("--no-password");
      for (const secret of [password, encodeURIComponent(password), "k@ep"]) expect(seen).not.toContain(secret);
      expect(await authors(url.href)).toEqual(["Ada"]);
      await admin.query("CREATE DATABASE restored");
      const restored = new URL(database.url);
      restored.pathname = "/restored";
      execFileSync(
        join(database.programs, "pg_restore"),
        ["--exit-on-error", "--single-transaction", `--dbname=${restored.href}`, file],
        { stdio: "pipe" },
      );
      expect(await authors(restored.href)).toEqual(["Ada", "Bob"]);
      await using connection = await connectTo(restored.href);
      expect((await connection.query("SELECT rev FROM tsmigrate_version")).rows).toEqual([{ rev: "aaaa" }]);
    } finally {
      vi.unstubAllEnvs();
      await admin.end();
    }
  });

  it("runs nothing when pg_dump fails", async () => {
    const database = await openDumpableDatabase();
    if (database === null) return;
    const made = project(database.url);
    vi.stubEnv("PGDUMP", join(database.programs, "pg_dump"));
    try {
      await made.run(["upgrade", "aaaa"]);
      const { exitCode, stderr } = await made.run(["upgrade", "--backup", "./no/such/folder.dump"]);
      expect(exitCode).toBe(4);
      expect(stderr).toMatch(/error: the backup '.*folder\.dump' could not be made/);
      expect(await current(made)).toEqual(["aaaa"]);
    } finally {
      vi.unstubAllEnvs();
      await database.dispose();
    }
  });
});
