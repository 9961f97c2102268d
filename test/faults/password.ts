/** A password that needs every kind of escaping, in everything that can go wrong: is any of it to be seen anywhere? */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Bench, must, type Scenario } from "./support/bench.js";
import { type Ended, revisionFile, runCli, writeProject } from "./support/cli.js";
import { startProxy } from "./support/postgres-proxy.js";
import { databaseUrl, withClient } from "./support/postgres-state.js";

const PASSWORD = `p@ss:w/rd%#é'"`;
const ENCODED = encodeURIComponent(PASSWORD).replaceAll("'", "%27");
/** As people write it when they think of some of the characters. */
const SPELLINGS = [
  ENCODED,
  PASSWORD,
  encodeURI(PASSWORD),
  PASSWORD.replace("@", "%40"),
  PASSWORD.replace("@", "%40").replace("/", "%2F"),
  PASSWORD.replace("%", "%25").replace("#", "%23"),
  ENCODED.toLowerCase(),
];
const MODES: readonly (readonly string[])[] = [[], ["--verbose"], ["--json"]];

const GOOD = revisionFile({
  id: "aaaa",
  down: null,
  upgrade: '  await op.execute("CREATE TABLE items (id int PRIMARY KEY)");',
  downgrade: '  await op.dropTable("items");',
});
const bad = (upgrade: string) => revisionFile({ id: "bbbb", down: "aaaa", upgrade, downgrade: "" });
const SQL_PASSWORD = PASSWORD.replaceAll("'", "''");

/** What is tried on a server where the password is right, and what goes wrong then. */
const REVISIONS: Readonly<Record<string, string>> = {
  "nothing goes wrong": bad(""),
  "a statement fails": bad('  await op.execute("SELECT 1/0");'),
  "an error holds the URL": bad("  throw new Error(`cannot reach ${process.env.DATABASE_URL}`);"),
  "an error has a cause that holds the URL": bad(
    "  throw new Error('no', { cause: new Error(`${process.env.DATABASE_URL}`) });",
  ),
  "the URL is logged": bad('  op.log(`on ${process.env.DATABASE_URL}`);\n  await op.execute("SELECT 1/0");'),
  "a statement holds the password": bad(
    `  await op.execute(${JSON.stringify(`CREATE ROLE r_in_text PASSWORD '${SQL_PASSWORD}'; SELECT 1/0`)});`,
  ),
  "a value of a row is the password": bad(
    `  await op.execute(${JSON.stringify(`INSERT INTO items VALUES ('${SQL_PASSWORD}')`)});`,
  ),
  "something that is no error is thrown": bad("  throw { url: process.env.DATABASE_URL };"),
  "the connection is ended by the server": bad('  await op.execute("SELECT pg_terminate_backend(pg_backend_pid())");'),
  "the file has a syntax error": `${bad("")}\nconst url = "x`,
};

interface Place {
  readonly bench: Bench;
  readonly folder: string;
  readonly serverUrl: string;
  readonly mode: readonly string[];
}

export const password: Scenario = {
  name: "password",
  title: `the password \`${PASSWORD}\` in everything that fails, plain, verbose, JSON: not to be seen`,
  async run(bench) {
    const { url: serverUrl } = await bench.server();
    await withClient(serverUrl, (client) =>
      client.query(
        `CREATE ROLE secret SUPERUSER LOGIN PASSWORD '${SQL_PASSWORD}'; CREATE ROLE other LOGIN PASSWORD 'x'`,
      ),
    );
    const cases = allCases();
    const runs = bench.count(cases.length * MODES.length, 6);
    await bench.series("case", runs, async ({ index }) => {
      const number = Math.floor((index * cases.length * MODES.length) / runs);
      const [name, attempt] = cases[number % cases.length]!;
      const mode = MODES[Math.floor(number / cases.length)]!;
      const folder = join(bench.folder("password"), "project");
      await attempt({ bench, folder, serverUrl, mode });
      bench.note(name.startsWith("an URL") ? "URLs that do not work" : "others");
      rmSync(folder, { recursive: true, force: true });
    });
  },
};

function allCases(): readonly (readonly [string, (place: Place) => Promise<void>])[] {
  const cases: [string, (place: Place) => Promise<void>][] = [];
  for (const [name, revision] of Object.entries(REVISIONS)) {
    for (const way of ["DATABASE_URL", "--url", "PGPASSWORD"] as const) {
      cases.push([name, (place) => onServer(place, name, revision, way)]);
    }
  }
  for (const spelling of SPELLINGS) {
    for (const [why, url] of Object.entries(brokenUrls(spelling))) {
      for (const way of ["DATABASE_URL", "--url", "config"] as const) {
        cases.push([`an URL: ${why}`, (place) => withBrokenUrl(place, why, url, way)]);
      }
    }
  }
  cases.push(["init writes files", (place) => onInit(place)]);
  cases.push(["the network is cut", (place) => onCut(place)]);
  return cases;
}

function brokenUrls(spelling: string): Readonly<Record<string, string>> {
  const user = `secret:${spelling}`;
  return {
    "nobody listens": `postgres://${user}@127.0.0.1:1/app`,
    "no such host": `postgres://${user}@no-such-host.invalid/app`,
    "a port that is none": `postgres://${user}@127.0.0.1:port/app`,
    "an unknown sslmode": `postgres://${user}@127.0.0.1:1/app?sslmode=perhaps`,
    "an unknown scheme": `mysql://${user}@127.0.0.1/app`,
    "a wrong password": `postgres://other:${spelling}@SERVER/postgres`,
    "no such database": `postgres://${user}@SERVER/no_such_database`,
    "TLS that is not there": `postgres://${user}@SERVER/postgres?sslmode=require`,
    "a password as a parameter": `postgres://secret@127.0.0.1:1/app?password=${spelling}`,
    "a file": `sqlite://${user}@somewhere/app.db`,
  };
}

async function onServer(
  { bench, folder, serverUrl, mode }: Place,
  name: string,
  revision: string,
  way: "DATABASE_URL" | "--url" | "PGPASSWORD",
): Promise<void> {
  const database = `case_${bench.passed}_${Math.floor(performance.now() * 1000)}`;
  await withClient(serverUrl, (client) => client.query(`CREATE DATABASE ${database}`));
  try {
    writeProject(folder, { "a.ts": GOOD, "b.ts": revision });
    const { host } = new URL(serverUrl);
    const user = way === "PGPASSWORD" ? "secret" : `secret:${ENCODED}`;
    const url = `postgres://${user}@${host}/${database}`;
    const given = way === "--url" ? ["--url", url] : [];
    // Some revisions hold the password themselves, and so do their copies.
    const own = [join(folder, "migrations"), join(folder, "node_modules/.cache")];
    const env = { DATABASE_URL: url, ...(way === "PGPASSWORD" ? { PGPASSWORD: PASSWORD } : {}) };
    for (const command of [["upgrade"], ["status"], ["log"], ["downgrade", "base"]]) {
      await look(folder, [...command, ...given, ...mode], env, `${name}, ${way}`, own);
    }
    await withClient(databaseUrl(serverUrl, database), async (client) => {
      const { rows: found } = await client.query("SELECT to_regclass('tsmigrate_log') IS NOT NULL AS found");
      if (!found[0].found) return;
      const { rows } = await client.query(
        "SELECT coalesce(string_agg((to_jsonb(l) - 'source')::text, ' '), '') AS text FROM tsmigrate_log l",
      );
      must(!shows(rows[0].text), `${name}: the ledger holds it: ${rows[0].text}`);
    });
  } finally {
    await withClient(serverUrl, (client) => client.query(`DROP DATABASE ${database} WITH (FORCE)`));
  }
}

async function withBrokenUrl(
  { folder, serverUrl, mode }: Place,
  why: string,
  pattern: string,
  way: "DATABASE_URL" | "--url" | "config",
): Promise<void> {
  const url = pattern.replace("SERVER", new URL(serverUrl).host);
  writeProject(folder, { "a.ts": GOOD }, way === "config" ? JSON.stringify({ url }) : "{}");
  const given = way === "--url" ? ["--url", url] : [];
  const env: Record<string, string> = way === "DATABASE_URL" ? { DATABASE_URL: url } : {};
  const own = [join(folder, "migrate.config.ts"), join(folder, "node_modules")];
  for (const command of [["upgrade"], ["status"]]) {
    await look(folder, [...command, ...given, ...mode], env, `${why}, ${way}, ${url}`, own);
  }
}

async function onInit({ folder, mode }: Place): Promise<void> {
  for (const spelling of SPELLINGS) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    const url = `postgres://secret:${spelling}@127.0.0.1:1/app`;
    await look(folder, ["init", "migrations", "--url", url, ...mode], {}, `init, ${url}`, []);
  }
}

async function onCut({ folder, serverUrl, mode }: Place): Promise<void> {
  writeProject(folder, { "a.ts": GOOD });
  for (const number of [3, 12, 25, 40, 60]) {
    const proxy = await startProxy(serverUrl, (message) => (message.number === number ? "cutAll" : "pass"));
    const url = new URL(proxy.url("postgres"));
    const env = { DATABASE_URL: `postgres://secret:${ENCODED}@${url.host}/postgres?sslmode=disable` };
    await look(folder, ["upgrade", "--dry-run", ...mode], env, `cut at ${number}`, []);
    await proxy.close();
  }
}

/** Runs it, and searches what it printed and every file it may have written but those that hold the password already. */
async function look(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  what: string,
  own: readonly string[],
): Promise<Ended> {
  const temporary = `${folder}-tmp`;
  mkdirSync(temporary, { recursive: true });
  const ended = await runCli(args, { cwd: folder, env: { ...env, TMPDIR: temporary, PGCONNECT_TIMEOUT: "3" } });
  must(!ended.hung, `${what}: ${args.join(" ")} hangs`);
  const output = `${ended.stdout}\n${ended.stderr}`;
  must(!shows(output), `${what}: ${args[0]} prints it: ${output.trim().slice(0, 1500)}`);
  for (const file of [...filesIn(folder, own), ...filesIn(temporary, own)]) {
    must(!shows(readFileSync(file, "utf8")), `${what}: it is in ${file}`);
  }
  return ended;
}

function filesIn(folder: string, own: readonly string[]): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (own.includes(path) || entry.isSymbolicLink()) return [];
    if (entry.isDirectory()) return filesIn(path, own);
    return statSync(path).isFile() ? [path] : [];
  });
}

/** Four characters in a row, however they are escaped, are a hit. */
const PIECE = 4;

function shows(text: string): boolean {
  const readings = new Set([text]);
  for (let round = 0; round < 3; round++) {
    for (const reading of [...readings]) readings.add(percentDecoded(reading)).add(unescaped(reading));
  }
  const all = [...readings].join("\n").toLowerCase();
  const secret = PASSWORD.toLowerCase();
  for (let at = 0; at + PIECE <= secret.length; at++) if (all.includes(secret.slice(at, at + PIECE))) return true;
  return false;
}

function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"));
}

function unescaped(text: string): string {
  return text
    .replace(/\\u([0-9a-f]{4})/gi, (_whole, code) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/\\(["'\\/])/g, "$1")
    .replaceAll("''", "'");
}
