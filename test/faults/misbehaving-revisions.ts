/** Revisions that do what no revision should, and surroundings that do not play along. */
import { spawn } from "node:child_process";
import { chmodSync, chownSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { type Bench, must, type Run, type Scenario } from "./support/bench.js";
import { revisionFile, runCli, startCli, tell, writeProject } from "./support/cli.js";
import { databaseUrl, headsOf, withClient } from "./support/postgres-state.js";
import { sqliteUrl } from "./support/sqlite-family.js";
import { removeDatabase } from "./support/sqlite-state.js";

const FIRST = revisionFile({
  id: "aaaa",
  down: null,
  upgrade: `  await op.createTable("parents", { id: integer().primaryKey(), name: text() });
  await op.createTable("children", { id: integer().primaryKey(), parent_id: integer().references("parents.id", { onDelete: "cascade" }) });
  await op.execute("INSERT INTO parents VALUES (1, 'one')");
  await op.execute("INSERT INTO children VALUES (1, 1)");`,
  downgrade: "",
});

interface Misdeed {
  /** Of the second revision; it has made the table `half` before. */
  readonly body: string;
  /** Exit codes that tell the truth about a revision that was not applied. */
  readonly codes: readonly number[];
  /** It would run for ever: stopped by this signal once it says so. */
  readonly stop?: NodeJS.Signals;
  readonly only?: "postgres" | "sqlite";
}

const MISDEEDS: Readonly<Record<string, Misdeed>> = {
  "swallows the error of a statement and goes on": {
    body: `  await op.execute("SELECT 1/0 FROM a_table_that_is_not_there").catch(() => {});`,
    codes: [5],
    only: "postgres",
  },
  "swallows the error and makes another table": {
    body: `  try { await op.execute("INSERT INTO children VALUES (7, 7)"); } catch {}
  await op.execute("CREATE TABLE more (id int)").catch(() => {});`,
    codes: [5],
    only: "postgres",
  },
  "ends the process with 0": { body: "  process.exit(0);", codes: [5] },
  "ends the process with 7": { body: "  process.exit(7);", codes: [7] },
  "kills the process": { body: '  process.kill(process.pid, "SIGKILL");', codes: [] },
  "never resolves and keeps nothing alive": {
    body: "  await new Promise(() => {});",
    codes: [5],
    // A connection to a server keeps a process alive.
    only: "sqlite",
  },
  "never resolves, until SIGTERM": {
    body: '  setInterval(() => {}, 1000);\n  process.stdout.write("now\\n");\n  await new Promise(() => {});',
    codes: [143],
    stop: "SIGTERM",
  },
  "never resolves, until SIGINT": {
    body: '  setInterval(() => {}, 1000);\n  process.stdout.write("now\\n");\n  await new Promise(() => {});',
    codes: [130],
    stop: "SIGINT",
  },
  "commits by itself": { body: '  await op.execute("COMMIT");', codes: [5] },
  "rolls back by itself": { body: '  await op.execute("ROLLBACK");', codes: [5] },
  "throws later, where nobody waits": {
    body: "  setTimeout(() => { throw new Error('later'); }, 5);\n  await new Promise((resolve) => setTimeout(resolve, 50));",
    codes: [1, 5, 7, 70],
  },
  "rejects where nobody waits": {
    body: "  Promise.reject(new Error('unheard'));\n  await new Promise((resolve) => setTimeout(resolve, 50));",
    codes: [1, 5, 7, 70],
  },
  "throws what is no error": { body: "  throw undefined;", codes: [5] },
  "does not wait for a statement that fails": { body: '  void op.execute("SELECT * FROM nowhere");', codes: [5] },
};

export const misbehavingRevisions: Scenario = {
  name: "misbehaving-revisions",
  title: "revisions that swallow errors, end the process, never resolve, commit: never recorded as applied",
  async run(bench) {
    const { url: serverUrl } = await bench.server();
    const cases = Object.entries(MISDEEDS).flatMap(([name, misdeed]) =>
      (["sqlite", "postgres"] as const)
        .filter((dialect) => misdeed.only === undefined || misdeed.only === dialect)
        .map((dialect) => ({ name, misdeed, dialect })),
    );
    await bench.series("revision", cases.length, async (run) => {
      const { name, misdeed, dialect } = cases[run.index]!;
      await onDatabase(bench, dialect, serverUrl, run, (place) => misbehave(`${name}, ${dialect}`, misdeed, place));
    });
    await bench.series("surroundings", 4, (run) => badSurroundings(bench, run));
  },
};

interface Place {
  readonly folder: string;
  readonly url: string;
  /** Head, tables, rows of parents and children. */
  look(): Promise<{ readonly heads: readonly string[]; readonly tables: readonly string[]; readonly rows: number }>;
}

async function misbehave(what: string, { body, codes, stop }: Misdeed, { folder, url, look }: Place): Promise<void> {
  const second = (text: string) =>
    revisionFile({
      id: "bbbb",
      down: "aaaa",
      upgrade: `  await op.execute("CREATE TABLE half (id int)");\n  await op.execute("DELETE FROM parents");\n${text}`,
      downgrade: "",
    });
  writeProject(folder, { "a.ts": FIRST, "b.ts": second(body) });
  const started = startCli(["upgrade"], { cwd: folder, url, timeout: 60_000 });
  if (stop !== undefined) {
    await started.says("now");
    await sleep(50);
    started.child.kill(stop);
  }
  const ended = await started.ended;
  must(!ended.hung, `${what}: it hangs`);
  must(ended.code === null ? codes.length === 0 : codes.includes(ended.code), `${what}: ${tell(ended)}`);
  await sleep(50);
  const { heads, tables, rows } = await look();
  const committed = body.includes("COMMIT");
  must(heads.join() === "aaaa", `${what}: it is at ${heads}; ${tell(ended)}`);
  must(committed || (rows === 2 && !tables.includes("half")), `${what}: ${rows} rows, tables ${tables}`);
  if (committed) return;
  const fixed = await runCli(["current", "--json"], { cwd: folder, url });
  must(JSON.parse(fixed.stdout).current.join() === "aaaa", `${what}: current says ${tell(fixed)}`);
}

async function onDatabase(
  bench: Bench,
  dialect: "sqlite" | "postgres",
  serverUrl: string,
  { index }: Run,
  use: (place: Place) => Promise<void>,
): Promise<void> {
  const folder = bench.folder("misbehaving");
  if (dialect === "sqlite") {
    const file = join(folder, "app.db");
    const look = async () => {
      const db = new Database(file);
      const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[];
      const rows = db.prepare("SELECT (SELECT count(*) FROM parents) + (SELECT count(*) FROM children)").pluck().get();
      const heads = db.prepare("SELECT rev FROM tsmigrate_version").pluck().all() as string[];
      db.close();
      return { heads, tables, rows: rows as number };
    };
    return use({ folder, url: sqliteUrl(file), look });
  }
  const name = `misbehaving_${index}`;
  await withClient(serverUrl, (client) => client.query(`CREATE DATABASE ${name}`));
  const url = databaseUrl(serverUrl, name);
  const look = () =>
    withClient(url, async (client) => {
      const { rows } = await client.query(
        "SELECT ((SELECT count(*) FROM parents) + (SELECT count(*) FROM children))::int AS n",
      );
      const { rows: found } = await client.query(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
      );
      return { heads: await headsOf(client), tables: found.map(({ relname }) => relname), rows: rows[0].n as number };
    });
  await use({ folder, url, look });
}

/** A file that may not be written, a folder that may not, an output that nobody reads. */
async function badSurroundings(bench: Bench, { index }: Run): Promise<void> {
  const folder = bench.folder("surroundings");
  writeProject(folder, {
    "a.ts": FIRST,
    "b.ts": revisionFile({
      id: "bbbb",
      down: "aaaa",
      upgrade: '  await op.dropColumn("parents", "name");',
      downgrade: "",
    }),
  });
  const file = join(folder, "app.db");
  const options = { cwd: folder, url: sqliteUrl(file) };
  must((await runCli(["upgrade", "aaaa"], options)).code === 0, "the first revision fails");
  if (index < 2) {
    const isRoot = process.getuid?.() === 0;
    if (isRoot) for (const path of [folder, file]) chownSync(path, 65_534, 65_534);
    const [path, mode] = index === 0 ? [file, 0o444] : [folder, 0o555];
    chmodSync(path, mode);
    const refused = await runCli(["upgrade"], { ...options, asNobody: isRoot });
    chmodSync(path, 0o755);
    must(refused.code === 4 && refused.stderr.includes("read-only"), tell(refused));
  } else {
    await withClosedOutput(options, index === 2 ? "stdout" : "stderr");
  }
  const again = await runCli(["upgrade"], options);
  must(again.code === 0, `the second run: ${tell(again)}`);
  const db = new Database(file);
  must(db.prepare("SELECT count(*) FROM children").pluck().get() === 1, "the child is gone");
  db.close();
  removeDatabase(file);
}

async function withClosedOutput(options: { cwd: string; url: string }, closed: "stdout" | "stderr"): Promise<void> {
  const bin = join(import.meta.dirname, "../../bin/tsmigrate.js");
  const env = { PATH: process.env.PATH ?? "", DATABASE_URL: options.url };
  const child = spawn(process.execPath, [bin, "upgrade", "--verbose"], { cwd: options.cwd, env, stdio: "pipe" });
  child[closed].destroy();
  const code = await new Promise((resolve) => child.once("exit", resolve));
  must(code === 0, `with ${closed} closed it ended with ${code}`);
  const current = await runCli(["current", "--check-heads"], options);
  must(current.code === 0, `with ${closed} closed the work was not done: ${tell(current)}`);
}
