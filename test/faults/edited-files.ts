/** Applied revision files edited at random: what changes their meaning is caught, what only changes their looks is not. */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { type Bench, must, type Run, type Scenario } from "./support/bench.js";
import { runCli, tell, writeProject } from "./support/cli.js";
import type { Random } from "./support/random.js";
import { sqliteUrl } from "./support/sqlite-family.js";

const head = (id: string, down: string | null) => `/**
 * revision ${id}
 *
 * Revision ID: ${id}
 * Revises: ${down ?? "<base>"}
 */
import { integer, type Operations, sql, text, varchar } from "tsmigrate";

export const revision = "${id}";
export const downRevision: string | null = ${JSON.stringify(down)};
`;

/** Operations as data; SQL and TypeScript of the user's own; and both with what people write around them. */
const FILES: Readonly<Record<string, string>> = {
  "aaaa.ts": `${head("aaaa", null)}
export async function upgrade(op: Operations): Promise<void> {
  await op.createTable("users", {
    id: integer().primaryKey().autoIncrement(),
    name: varchar(40).notNull().default("nobody"),
    boss_id: integer().references("users.id", { onDelete: "set null" }),
    active: integer().notNull().default(1),
  });
  await op.createTable("posts", { id: integer().primaryKey(), user_id: integer().references("users.id", { onDelete: "cascade" }), title: text() });
  await op.createIndex("ix_users_name", "users", ["name"], { unique: true });
  await op.createIndex("ix_posts_user", "posts", ["user_id"], { unique: false });
}

export async function downgrade(op: Operations): Promise<void> {
  await op.dropTable("posts");
  await op.dropTable("users");
}
`,
  "bbbb.ts": `${head("bbbb", "aaaa")}
const NAMES = ["ada", "bob", "cyd"] as const;

export async function upgrade(op: Operations): Promise<void> {
  for (const [index, name] of NAMES.entries()) {
    await op.execute(sql\`INSERT INTO users (id, name) VALUES (\${index + 1}, \${name})\`);
  }
  await op.execute("UPDATE users SET boss_id = 1 WHERE id > 1");
  await op.execute("INSERT INTO posts (id, user_id, title) SELECT id, id, 'first post' FROM users");
}

export async function downgrade(op: Operations): Promise<void> {
  await op.execute("DELETE FROM posts");
  await op.execute("DELETE FROM users");
}
`,
  "cccc.ts": `${head("cccc", "bbbb")}
export async function upgrade(op: Operations): Promise<void> {
  await op.addColumn("users", "email", varchar(100));
  await op.alterColumn("users", "name", { type: varchar(80), nullable: false });
  await op.createCheckConstraint("ck_users_active", "users", "active IN (0, 1)");
  await op.execute("UPDATE users SET email = name || '@example.com'");
}

export async function downgrade(op: Operations): Promise<void> {
  await op.dropConstraint("ck_users_active", "users");
  await op.alterColumn("users", "name", { type: varchar(40) });
  await op.dropColumn("users", "email");
}
`,
};
const NAMES = Object.keys(FILES);

export const editedFiles: Scenario = {
  name: "edited-files",
  title:
    "edits of applied files: every change of meaning refused, no formatting, comment, line ending or other wording flagged",
  async run(bench) {
    const folder = bench.folder("edits");
    const first = join(folder, "lane-0");
    writeProject(first, FILES);
    const applied = await runCli(["upgrade"], { cwd: first, url: sqliteUrl(join(first, "app.db")) });
    must(applied.code === 0, tell(applied));
    for (let lane = 1; lane < bench.options.jobs; lane++)
      cpSync(first, join(folder, `lane-${lane}`), { recursive: true });
    await bench.series("edit", bench.count(300, 30), (run) => oneEdit(bench, folder, run));
  },
};

async function oneEdit(bench: Bench, folder: string, { index, random, lane }: Run): Promise<void> {
  const name = random.pick(NAMES);
  const project = join(folder, `lane-${lane}`);
  const isMeant = index % 2 === 0;
  const original = FILES[name]!;
  let edit: Edit = { how: "", text: original };
  while (edit.text === original) edit = isMeant ? changeMeaning(original, random) : await changeLooks(original, random);
  const path = join(project, "migrations/versions", name);
  writeFileSync(path, edit.text);
  try {
    const options = { cwd: project, url: sqliteUrl(join(project, "app.db")) };
    const what = `${name}, ${edit.how}`;
    const status = await runCli(["status", "--json"], options);
    must(status.code === 0, `${what}: ${tell(status)}`);
    const { edited } = JSON.parse(status.stdout) as { edited: readonly string[] };
    const upgrade = await runCli(["upgrade"], options);
    const wanted = isMeant ? [name.slice(0, 4)] : [];
    must(edited.join() === wanted.join(), `${what}: status says ${JSON.stringify(edited)}\n${edit.text}`);
    must(upgrade.code === (isMeant ? 3 : 0), `${what}: ${tell(upgrade)}`);
    must(!isMeant || upgrade.stderr.includes("accept-edit"), `${what}: ${tell(upgrade)}`);
    bench.note(isMeant ? "changes of meaning" : "changes of looks");
  } finally {
    writeFileSync(path, original);
  }
}

interface Edit {
  readonly how: string;
  readonly text: string;
}

/** Where the bodies begin: what is above them is known by other means (the graph). */
function bodyStart(text: string): number {
  return text.indexOf("\n", text.indexOf("export const downRevision")) + 1;
}

function changeMeaning(original: string, random: Random): Edit {
  const start = bodyStart(original);
  const body = original.slice(start);
  const edits: readonly (() => Edit | null)[] = [
    () => replaceOne(body, /"[^"\n]+"/g, random, "a text", (found) => `"${alterText(found.slice(1, -1), random)}"`),
    () => replaceOne(body, /(?<![\w"'])\d+(?![\w"'])/g, random, "a number", (found) => String(Number(found) + 1)),
    () => replaceOne(body, /\b(?:true|false)\b/g, random, "a boolean", (found) => String(found !== "true")),
    () => replaceOne(body, /^ {2}await .*;\n/gm, random, "a statement taken out", () => ""),
    () => replaceOne(body, /^ {2}await .*;\n/gm, random, "a statement twice", (found) => found + found),
    () => replaceOne(body, /^ {2}(?=await .*;\n)/gm, random, "a statement in a comment", () => "  // "),
    () => replaceOne(body, /(?<=\n)( {2}await .*;\n)( {2}await .*;\n)/g, random, "two statements swapped", swapLines),
    () => replaceOne(body, /\.notNull\(\)|\.primaryKey\(\)|\.autoIncrement\(\)/g, random, "a builder call", () => ""),
    () => replaceOne(body, /(?<=varchar\()\d+/g, random, "a length", (found) => `${found}0`),
  ];
  for (;;) {
    const edit = random.pick(edits)();
    if (edit !== null && edit.text !== body) return { how: edit.how, text: original.slice(0, start) + edit.text };
  }
}

function swapLines(lines: string): string {
  const [first, second] = lines.split("\n");
  return `${second}\n${first}\n`;
}

function alterText(text: string, random: Random): string {
  const at = random.integer(0, text.length - 1);
  const kind = random.pick(["insert", "space", "case", "remove"]);
  if (kind === "insert") return `${text.slice(0, at)}x${text.slice(at)}`;
  // A space around SQL means nothing, and is taken so.
  if (kind === "space" && text.length > 1) return `${text.slice(0, Math.max(at, 1))} ${text.slice(Math.max(at, 1))}`;
  if (kind === "case") return text === text.toUpperCase() ? `${text}y` : text.toUpperCase();
  return text.length > 1 ? text.slice(0, at) + text.slice(at + 1) : `${text}z`;
}

function replaceOne(
  text: string,
  pattern: RegExp,
  random: Random,
  how: string,
  by: (found: string) => string,
): Edit | null {
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return null;
  const match = random.pick(found);
  const after = by(match[0]);
  const changed = text.slice(0, match.index) + after + text.slice(match.index + match[0].length);
  return { how: `${how}: '${match[0].trim()}' to '${after.trim()}'`, text: changed };
}

async function changeLooks(original: string, random: Random): Promise<Edit> {
  let text = original;
  const how: string[] = [];
  const edits: Readonly<Record<string, () => string | Promise<string>>> = {
    "as Prettier would": () =>
      format(text, {
        parser: "typescript",
        printWidth: random.pick([40, 80, 100, 160]),
        semi: random.chance(0.5),
        singleQuote: random.chance(0.5),
        useTabs: random.chance(0.3),
        tabWidth: random.pick([2, 4, 8]),
        trailingComma: random.pick(["all", "none", "es5"]),
        bracketSpacing: random.chance(0.5),
        arrowParens: random.pick(["always", "avoid"]),
        objectWrap: random.pick(["preserve", "collapse"]),
      }),
    "comments between statements": () =>
      text.replace(/^(?=\s+await )/gm, () => (random.chance(0.5) ? "  // why: é\n  /* and\n     how */\n" : "")),
    "comments at the ends of lines": () => text.replace(/;$/gm, () => (random.chance(0.5) ? "; // so be it" : ";")),
    "another header": () => text.replace(/^\/\*\*[\s\S]*?\*\//, "/** What it does, in other words. */"),
    "a constant for a text": () =>
      // A revision with values of its own in its queries is what its text says.
      text.includes("TABLE") || text.includes("NAMES")
        ? text
        : text.replaceAll('"users"', "TABLE").replace(/^export async/m, 'const TABLE = "users";\n\n$&'),
    "empty lines": () => text.replace(/^(?=\s+await |export )/gm, () => "\n".repeat(random.integer(0, 2))),
    "no return types": () => text.replaceAll(": Promise<void>", ""),
    "another type": () => text.replaceAll("op: Operations", "op: Operations & object"),
    "a type of its own": () => `${text}\ninterface Unused {\n  readonly a: string;\n}\n`,
    "imports in another order": () =>
      text.replace(
        "{ integer, type Operations, sql, text, varchar }",
        "{ varchar, text, sql, integer, type Operations }",
      ),
    "spaces at the ends of lines": () => text.replace(/;$/gm, ";   "),
  };
  for (let round = random.integer(1, 3); round > 0; round--) {
    const name = random.pick(Object.keys(edits));
    how.push(name);
    text = await edits[name]!();
  }
  const ends: Readonly<Record<string, () => string>> = {
    LF: () => text,
    "CR LF": () => text.replaceAll(/\r?\n/g, "\r\n"),
    "a byte order mark": () => `\uFEFF${text}`,
    "no end of line at the end": () => text.trimEnd(),
    "many ends of line at the end": () => `${text}\n\n\n`,
  };
  const end = random.pick(Object.keys(ends));
  return { how: [...how, end].join(", "), text: ends[end]!() };
}
