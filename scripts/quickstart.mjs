/** `npm run quickstart`: plays docs/tutorial.md in a temporary folder, and shows what each step does to the database. */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { editRevision, readTutorial, words } from "./tutorial.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "tsmigrate-quickstart-"));
const keep = process.argv.includes("--keep");
const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
const say = (text = "") => console.log(text);

run("node", [join(root, "scripts/build.mjs")], root);
writeFileSync(join(folder, "package.json"), '{ "name": "user_management", "private": true, "type": "module" }\n');
mkdirSync(join(folder, "node_modules"));
symlinkSync(root, join(folder, "node_modules/tsmigrate"), "junction");
say(`The tutorial of docs/tutorial.md, in ${folder}`);

const versions = join(folder, "migrations/versions");
let known = new Set();
try {
  for (const step of readTutorial()) {
    if (step.kind === "heading") say(`\n${paint("1;36", `== ${step.text}`)}`);
    else if (step.kind === "text") say(paint("2", step.text));
    else if (step.kind === "file") {
      writeFileSync(join(folder, step.name), step.text);
      say(`\n${paint("33", `[${step.name}]`)}\n${indent(step.text)}`);
    } else if (step.kind === "edit") {
      editRevision(folder, step.slug, step.text);
      say(`\n${paint("33", `[edited: ${step.slug}]`)}\n${indent(step.text)}`);
    } else play(step.line);
  }
  say(
    `\n${paint("1;32", "All eleven steps done.")} ${keep ? `The folder is kept: ${folder}` : "Run it with `-- --keep` to keep the folder."}`,
  );
} finally {
  if (!keep) rmSync(folder, { recursive: true, force: true });
}

function play(line) {
  const moves = /tsmigrate (upgrade|downgrade)/.test(line);
  if (moves) showDatabase("before");
  say(`\n${paint("1", `$ ${line}`)}`);
  const [program, ...args] = words(line);
  if (program === "npx") run("node", [join(root, "bin/tsmigrate.js"), ...args.slice(1)], folder);
  else run(program, args, folder);
  showNewRevisions();
  if (moves) {
    insertUsersOnce();
    showDatabase("after");
  }
}

function run(program, args, cwd) {
  const { DATABASE_URL: _theirs, ...env } = process.env;
  const { status } = spawnSync(program === "node" ? process.execPath : program, args, { cwd, env, stdio: "inherit" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with exit code ${status}`);
}

function showNewRevisions() {
  const files = existsSync(versions) ? readdirSync(versions).filter((name) => name.endsWith(".ts")) : [];
  for (const name of files.filter((file) => !known.has(file))) {
    say(`\n${paint("33", `[migrations/versions/${name}]`)}\n${indent(readFileSync(join(versions, name), "utf8"))}`);
  }
  known = new Set(files);
}

/** What an application would have done by now, so that there are rows to look after. */
function insertUsersOnce() {
  const db = new Database(join(folder, "user_management.db"));
  const tables = db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'users'").get();
  if (tables.n === 1 && db.prepare("SELECT count(*) AS n FROM users").get().n === 0) {
    db.exec("INSERT INTO users (username, email) VALUES ('ada', 'ada@example.com'), ('grace', 'grace@example.com')");
    say(paint("2", "(meanwhile the application has registered ada and grace)"));
  }
  db.close();
}

function showDatabase(when) {
  const file = join(folder, "user_management.db");
  if (!existsSync(file)) {
    say(paint("35", `  ${when}: no database file yet`));
    return;
  }
  const db = new Database(file, { readonly: true });
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .all();
  say(paint("35", `  ${when}: ${tables.length === 0 ? "no tables" : ""}`));
  for (const { name } of tables) {
    const columns = db.prepare("SELECT name FROM pragma_table_info(?)").all(name);
    say(paint("35", `    ${name} (${columns.map((column) => column.name).join(", ")})`));
    for (const row of db.prepare(`SELECT * FROM "${name}"`).all())
      say(paint("35", `      ${Object.values(row).join(" | ")}`));
  }
  db.close();
}

function indent(text) {
  return text.trimEnd().replace(/^/gm, "    ");
}
