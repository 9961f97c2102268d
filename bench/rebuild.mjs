/**
 * What a table rebuild costs: a table of 6 columns and 2 indexes with children hanging on it, changed by `upgrade head`,
 * beside the twelve steps written by hand (https://www.sqlite.org/lang_altertable.html) through the same driver on a copy
 * of the same file, in one run. Whole processes, interleaved, medians of wall time and of peak memory; only the ratios
 * mean anything on another machine. `node bench/rebuild.mjs [rows] [runs]`, 1,000,000 and 3 by default.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const rows = Number(process.argv[2] ?? 1_000_000);
const runs = Number(process.argv[3] ?? 3);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const Database = createRequire(import.meta.url)("better-sqlite3");
const folder = mkdtempSync(join(tmpdir(), "tsmigrate-bench-"));
const template = join(folder, "template.db");

const TABLE = `(
  id INTEGER PRIMARY KEY, email TEXT NOT NULL, name TEXT, score INTEGER NOT NULL, balance REAL, note TEXT`;
const INDEXES = [
  "CREATE UNIQUE INDEX ix_users_email ON users (email)",
  "CREATE INDEX ix_users_score ON users (score, name)",
];
/** What the revision does, and the same by hand. */
const CASES = {
  "a default changes": {
    op: 'await op.alterColumn("users", "note", { default: "-" });',
    columns: TABLE.replace("note TEXT", "note TEXT DEFAULT '-'"),
  },
  "INTEGER becomes TEXT": {
    op: 'await op.alterColumn("users", "score", { type: text() });',
    columns: TABLE.replace("score INTEGER", "score TEXT"),
  },
};

try {
  prepare();
  for (const [name, { op, columns }] of Object.entries(CASES)) {
    writeRevision(op);
    const measured = { tsmigrate: [], "by hand": [] };
    for (let run = -1; run < runs; run += 1) {
      const ours = measure(["--import", join(folder, "peak.mjs"), join(root, "bin/tsmigrate.js"), "upgrade", "head"]);
      const floor = measure([writeHandWritten(columns)]);
      if (run < 0) continue;
      measured.tsmigrate.push(ours);
      measured["by hand"].push(floor);
    }
    const [ours, floor] = Object.values(measured).map((all) => ({
      seconds: median(all.map((one) => one.seconds)),
      cpu: median(all.map((one) => one.cpu)),
      megabytes: median(all.map((one) => one.megabytes)),
    }));
    console.log(
      `${rows} rows, ${name}: ${print(ours)}; by hand ${print(floor)}; ratio ${(ours.seconds / floor.seconds).toFixed(2)}, of CPU ${(ours.cpu / floor.cpu).toFixed(2)}`,
    );
  }
} finally {
  if (process.env.KEEP) console.log(folder);
  else rmSync(folder, { recursive: true, force: true });
}

function prepare() {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/tsmigrate"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(folder, "migrate.config.ts"),
    'import { defineConfig } from "tsmigrate/config";\nexport default defineConfig({ url: "sqlite:///./app.db" });\n',
  );
  mkdirSync(join(folder, "migrations/versions"), { recursive: true });
  writeFileSync(
    join(folder, "peak.mjs"),
    'import { writeFileSync } from "node:fs";\nprocess.on("exit", () => {\n  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();\n  writeFileSync("used", JSON.stringify({ megabytes: maxRSS / 1024, cpu: (userCPUTime + systemCPUTime) / 1e6 }));\n});\n',
  );
  const db = new Database(template);
  db.exec(`CREATE TABLE users ${TABLE})`);
  db.exec(`INSERT INTO users SELECT value, 'user' || value || '@example.org', 'name ' || (value * 7919 % 99991),
    value * 31 % 10007, value / 7.0, 'a note of some length about the user ' || value FROM (${series(rows)})`);
  for (const sql of INDEXES) db.exec(sql);
  for (const [child, action] of [
    ["orders", "CASCADE"],
    ["visits", "SET NULL"],
  ]) {
    db.exec(`CREATE TABLE ${child} (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users ON DELETE ${action})`);
    db.exec(`INSERT INTO ${child} SELECT value, value * 13 % ${rows} + 1 FROM (${series(Math.ceil(rows / 20))})`);
  }
  db.close();
}

function series(count) {
  return `WITH RECURSIVE counted (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM counted WHERE value < ${count}) SELECT value FROM counted`;
}

function writeRevision(op) {
  writeFileSync(
    join(folder, "migrations/versions/r.ts"),
    `/** change */\nimport { type Operations, text } from "tsmigrate";\nexport const revision = "rev";\nexport const downRevision = null;\nexport const unused = text;\nexport async function upgrade(op: Operations) {\n  ${op}\n}\nexport async function downgrade(_op: Operations) {}\n`,
  );
}

function writeHandWritten(columns) {
  const file = join(folder, "by-hand.mjs");
  const driver = join(root, "node_modules/better-sqlite3/lib/index.js");
  const statements = [
    "PRAGMA foreign_keys = OFF",
    "BEGIN IMMEDIATE",
    `CREATE TABLE new_users ${columns})`,
    "INSERT INTO new_users SELECT id, email, name, score, balance, note FROM users",
    "DROP TABLE users",
    "ALTER TABLE new_users RENAME TO users",
    ...INDEXES,
    "PRAGMA foreign_key_check",
    "COMMIT",
    "PRAGMA foreign_keys = ON",
  ];
  writeFileSync(
    file,
    `import "./peak.mjs";\nimport Database from ${JSON.stringify(driver)};\nconst db = new Database("app.db");\nfor (const sql of ${JSON.stringify(statements)}) db.exec(sql);\ndb.close();\n`,
  );
  return file;
}

function measure(args) {
  copyFileSync(template, join(folder, "app.db"));
  const started = performance.now();
  execFileSync(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
  const seconds = (performance.now() - started) / 1000;
  return { seconds, ...JSON.parse(readFileSync(join(folder, "used"), "utf8")) };
}

function print({ seconds, cpu, megabytes }) {
  return `${seconds.toFixed(2)} s (${cpu.toFixed(2)} s of CPU), ${megabytes.toFixed(0)} MB`;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
