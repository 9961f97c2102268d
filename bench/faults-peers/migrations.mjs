/** The same migrations in the words of each tool. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes the folder of a tool; `migrations` are names of {@link MIGRATIONS}. */
export function writeMigrations(tool, folder, migrations) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "meta"), { recursive: true });
  const entries = [];
  migrations.forEach((name, index) => {
    const text = MIGRATIONS[name][tool];
    if (text === undefined) throw new Error(`${tool} has no '${name}'`);
    const number = String(index).padStart(4, "0");
    if (tool === "drizzle") {
      writeFileSync(join(folder, `${number}_${name}.sql`), text.join("\n--> statement-breakpoint\n"));
      entries.push({
        idx: index,
        version: "7",
        when: 1_700_000_000_000 + index,
        tag: `${number}_${name}`,
        breakpoints: true,
      });
    } else if (tool === "tsmigrate") {
      writeFileSync(join(folder, `${number}_${name}.ts`), revision(number, index, text));
    } else writeFileSync(join(folder, `${number}_${name}.mjs`), text);
  });
  const journal = { version: "7", dialect: "sqlite", entries };
  if (tool === "drizzle") writeFileSync(join(folder, "meta/_journal.json"), JSON.stringify(journal));
  else rmSync(join(folder, "meta"), { recursive: true });
}

function revision(number, index, body) {
  const down = index === 0 ? null : String(index - 1).padStart(4, "0");
  return `import { type Operations, varchar } from "tsmigrate";
export const revision = "${number}";
export const downRevision = ${JSON.stringify(down)};
export async function upgrade(op: Operations): Promise<void> {
${body}
}
export async function downgrade(_op: Operations): Promise<void> {}
`;
}

const REBUILD = [
  "CREATE TABLE new_parents (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL)",
  "INSERT INTO new_parents SELECT id, name FROM parents",
  "DROP TABLE parents",
  "ALTER TABLE new_parents RENAME TO parents",
];
const CONCURRENT = "CREATE INDEX CONCURRENTLY ix_items_name ON items (name)";
const MARKS = "CREATE TABLE marks (what text NOT NULL)";
const MARK = "INSERT INTO marks (what) VALUES ('second')";

const kysely = (statements, around = (run) => run) =>
  `import { sql } from "kysely";\nexport async function up(db) {\n${around(statements.map((text) => `  await sql\`${text}\`.execute(db);`).join("\n"))}\n}\n`;
const knex = (statements) =>
  `export async function up(knex) {\n${statements.map((text) => `  await knex.raw(${JSON.stringify(text)});`).join("\n")}\n}\nexport async function down() {}\n`;
const pgMigrate = (statements, before = "") =>
  `export const up = async (pgm) => {\n${before}${statements.map((text) => `  pgm.sql(${JSON.stringify(text)});`).join("\n")}\n};\n`;
const tsmigrate = (statements) => statements.map((text) => `  await op.execute(${JSON.stringify(text)});`).join("\n");
const everywhere = (statements) => ({
  kysely: kysely(statements),
  knex: knex(statements),
  drizzle: statements,
  "node-pg-migrate": pgMigrate(statements),
  tsmigrate: tsmigrate(statements),
});

export const MIGRATIONS = {
  /** Changes the type of a column of a table that others refer to. */
  rebuild: {
    // Kysely has no words for it: SQLite's own steps, and its migrations on SQLite run outside a transaction.
    kysely: kysely(["PRAGMA foreign_keys = OFF", ...REBUILD, "PRAGMA foreign_keys = ON"]),
    knex: 'export async function up(knex) {\n  await knex.schema.alterTable("parents", (t) => t.string("name", 80).notNullable().alter());\n}\nexport async function down() {}\n',
    // As drizzle-kit generates it.
    drizzle: ["PRAGMA foreign_keys=OFF;", ...REBUILD.map((text) => `${text};`), "PRAGMA foreign_keys=ON;"],
    tsmigrate: '  await op.alterColumn("parents", "name", { type: varchar(80), nullable: false });',
  },
  marks: everywhere([MARKS]),
  mark: everywhere([MARK]),
  /** Takes its time, so that processes meet. */
  slow: {
    ...everywhere(["SELECT pg_sleep(0.3)"]),
  },
  concurrent: {
    kysely: kysely([CONCURRENT]),
    knex: `export const config = { transaction: false };\n${knex([CONCURRENT])}`,
    "node-pg-migrate": pgMigrate([CONCURRENT], "  pgm.noTransaction();\n"),
    tsmigrate:
      '  await op.autocommitBlock(async () => {\n    await op.createIndex("ix_items_name", "items", ["name"], { concurrently: true });\n  });',
  },
  /** A statement fails, and the migration does not say so. */
  swallowed: {
    kysely: `import { sql } from "kysely";\nexport async function up(db) {\n  await sql\`CREATE TABLE wanted (id int)\`.execute(db);\n  await sql\`SELECT * FROM nowhere\`.execute(db).catch(() => {});\n}\n`,
    knex: 'export async function up(knex) {\n  await knex.raw("CREATE TABLE wanted (id int)");\n  await knex.raw("SELECT * FROM nowhere").catch(() => {});\n}\nexport async function down() {}\n',
    "node-pg-migrate":
      'export const up = async (pgm) => {\n  await pgm.db.query("CREATE TABLE wanted (id int)");\n  await pgm.db.query("SELECT * FROM nowhere").catch(() => {});\n};\n',
    tsmigrate:
      '  await op.execute("CREATE TABLE wanted (id int)");\n  await op.execute("SELECT * FROM nowhere").catch(() => {});',
  },
};
