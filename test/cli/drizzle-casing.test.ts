import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { DIALECTS, type TestDialect } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import type { TestDatabase } from "../support/postgres-server.js";
import { type TempProject, tempProject } from "../support/temp-project.js";
import { ROOT } from "../support/type-compilers.js";

/** Columns with names of their own, and columns that have none but their key. */
const POSTGRES = `
import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, pgPolicy, pgTable, pgView, primaryKey, serial, text, timestamp, unique, uniqueIndex } from "drizzle-orm/pg-core";
export const users = pgTable("users", {
  userId: integer().primaryKey().generatedAlwaysAsIdentity(),
  eMail: text().notNull().unique(),
  URLPath2: text().default(sql\`'a'\`),
  createdAt: timestamp().notNull().defaultNow(),
  keptName: text("keptName"),
  other_name: text(),
  lowered: text().generatedAlwaysAs(() => sql\`lower(\${users.eMail})\`),
  bossId: integer().references(() => users.userId, { onDelete: "set null" }),
  rowNo: serial(),
}, (t) => [
  index().on(t.createdAt, t.keptName.desc()),
  uniqueIndex("u1").on(sql\`lower(\${t.eMail})\`).where(sql\`\${t.bossId} > 1\`),
  unique().on(t.eMail, t.keptName),
  unique("named").on(t.URLPath2, t.createdAt),
  check("ck", sql\`\${t.bossId} <> \${t.userId}\`),
  pgPolicy("own", { using: sql\`\${t.eMail} = current_user\` }),
]);
export const likes = pgTable("likeList", { userId: integer(), postNo: integer(), mateId: integer() }, (t) => [
  primaryKey({ columns: [t.userId, t.postNo] }),
  foreignKey({ columns: [t.mateId], foreignColumns: [users.userId] }),
  foreignKey({ name: "fk", columns: [t.userId], foreignColumns: [users.userId] }),
]);
export const ids = pgView("ids", { id: integer() }).as(sql\`select \${users.userId} as id from \${users}\`);
`;

/** As drizzle-kit writes it with `snake_case`: the names of unique constraints keep the keys. */
const POSTGRES_SNAKE = `
CREATE TABLE "likeList" ("user_id" integer, "post_no" integer, "mate_id" integer, CONSTRAINT "likeList_user_id_post_no_pk" PRIMARY KEY("user_id","post_no"));
CREATE TABLE "users" (
  "user_id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "users_user_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
  "e_mail" text NOT NULL,
  "url_path2" text DEFAULT 'a',
  "created_at" timestamp DEFAULT now() NOT NULL,
  "keptName" text,
  "other_name" text,
  "lowered" text GENERATED ALWAYS AS (lower("users"."e_mail")) STORED,
  "boss_id" integer,
  "row_no" serial NOT NULL,
  CONSTRAINT "users_eMail_unique" UNIQUE("e_mail"),
  CONSTRAINT "users_eMail_keptName_unique" UNIQUE("e_mail","keptName"),
  CONSTRAINT "named" UNIQUE("url_path2","created_at"),
  CONSTRAINT "ck" CHECK ("users"."boss_id" <> "users"."user_id")
);
ALTER TABLE "users" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "likeList" ADD CONSTRAINT "likeList_mate_id_users_user_id_fk" FOREIGN KEY ("mate_id") REFERENCES "users"("user_id") ON DELETE no action ON UPDATE no action;
ALTER TABLE "likeList" ADD CONSTRAINT "fk" FOREIGN KEY ("user_id") REFERENCES "users"("user_id") ON DELETE no action ON UPDATE no action;
ALTER TABLE "users" ADD CONSTRAINT "users_boss_id_users_user_id_fk" FOREIGN KEY ("boss_id") REFERENCES "users"("user_id") ON DELETE set null ON UPDATE no action;
CREATE INDEX "users_created_at_keptName_index" ON "users" USING btree ("created_at","keptName" DESC NULLS LAST);
CREATE UNIQUE INDEX "u1" ON "users" USING btree (lower("e_mail")) WHERE "users"."boss_id" > 1;
CREATE VIEW "ids" AS (select "users"."user_id" as id from "users");
CREATE POLICY "own" ON "users" AS PERMISSIVE FOR ALL TO public USING ("users"."e_mail" = current_user);
`;

const SQLITE = `
import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, primaryKey, sqliteTable, sqliteView, text, unique, uniqueIndex } from "drizzle-orm/sqlite-core";
export const users = sqliteTable("users", {
  userId: integer().primaryKey(),
  eMail: text().notNull().unique(),
  URLPath2: text().default(sql\`'a'\`),
  createdAt: integer().notNull(),
  keptName: text("keptName"),
  other_name: text(),
  lowered: text().generatedAlwaysAs(() => sql\`lower(\${users.eMail})\`),
  bossId: integer().references(() => users.userId, { onDelete: "set null" }),
}, (t) => [
  index("ix").on(t.createdAt, t.keptName),
  uniqueIndex("u1").on(sql\`lower(\${t.eMail})\`).where(sql\`\${t.bossId} > 1\`),
  unique().on(t.eMail, t.keptName),
  unique("named").on(t.URLPath2, t.createdAt),
  check("ck", sql\`\${t.bossId} <> \${t.userId}\`),
]);
export const likes = sqliteTable("likeList", { userId: integer(), postNo: integer(), mateId: integer() }, (t) => [
  primaryKey({ columns: [t.userId, t.postNo] }),
  foreignKey({ columns: [t.mateId], foreignColumns: [users.userId] }),
  foreignKey({ name: "fk", columns: [t.userId], foreignColumns: [users.userId] }),
]);
export const ids = sqliteView("ids", { id: integer() }).as(sql\`select \${users.userId} as id from \${users}\`);
`;

const SQLITE_SNAKE = `
CREATE TABLE \`likeList\` (
  \`user_id\` integer, \`post_no\` integer, \`mate_id\` integer,
  PRIMARY KEY(\`user_id\`, \`post_no\`),
  FOREIGN KEY (\`mate_id\`) REFERENCES \`users\`(\`user_id\`) ON UPDATE no action ON DELETE no action,
  FOREIGN KEY (\`user_id\`) REFERENCES \`users\`(\`user_id\`) ON UPDATE no action ON DELETE no action
);
CREATE TABLE \`users\` (
  \`user_id\` integer PRIMARY KEY NOT NULL,
  \`e_mail\` text NOT NULL,
  \`url_path2\` text DEFAULT 'a',
  \`created_at\` integer NOT NULL,
  \`keptName\` text,
  \`other_name\` text,
  \`lowered\` text GENERATED ALWAYS AS (lower("e_mail")) VIRTUAL,
  \`boss_id\` integer,
  FOREIGN KEY (\`boss_id\`) REFERENCES \`users\`(\`user_id\`) ON UPDATE no action ON DELETE set null,
  CONSTRAINT "ck" CHECK("users"."boss_id" <> "users"."user_id")
);
CREATE UNIQUE INDEX \`users_eMail_unique\` ON \`users\` (\`e_mail\`);
CREATE INDEX \`ix\` ON \`users\` (\`created_at\`,\`keptName\`);
CREATE UNIQUE INDEX \`u1\` ON \`users\` (lower("e_mail")) WHERE "users"."boss_id" > 1;
CREATE UNIQUE INDEX \`users_eMail_keptName_unique\` ON \`users\` (\`e_mail\`,\`keptName\`);
CREATE UNIQUE INDEX \`named\` ON \`users\` (\`url_path2\`,\`created_at\`);
CREATE VIEW \`ids\` AS select "users"."user_id" as id from "users";
`;

/** The words that `camelCase` makes, or none at all leaves: of those that differ. */
function renamed(sql: string, names: Readonly<Record<string, string>>): string {
  return Object.entries(names).reduce(
    (text, [from, to]) => text.replace(new RegExp(`(?<![a-zA-Z])${from}(?![a-zA-Z0-9])`, "g"), to),
    sql,
  );
}

const KEYS = {
  user_id: "userId",
  e_mail: "eMail",
  url_path2: "URLPath2",
  created_at: "createdAt",
  boss_id: "bossId",
  row_no: "rowNo",
  post_no: "postNo",
  mate_id: "mateId",
};

const open: TestDatabase[] = [];
afterEach(async () => {
  for (const database of open.splice(0)) await database.dispose();
});

async function projectOn(dialect: TestDialect, casing: string | undefined, sql = ""): Promise<TempProject> {
  const database = await dialect.open();
  open.push(database);
  const connection = await connectTo(database.url);
  if (sql !== "") await connection.script(sql);
  await connection.close();
  const config = { url: database.url, models: "./models.ts", ...(casing === undefined ? {} : { drizzle: { casing } }) };
  const project = tempProject({
    config: `export default ${JSON.stringify(config)};\n`,
    models: dialect.family === "postgres" ? POSTGRES : SQLITE,
  });
  symlinkSync(join(ROOT, "node_modules/drizzle-orm"), project.path("node_modules/drizzle-orm"), "junction");
  return project;
}

async function operations(project: TempProject): Promise<readonly string[]> {
  const result = await project.run(["diff", "--json"]);
  expect([result.exitCode, result.stderr]).toEqual([0, ""]);
  return result.json().operations.map((op: { description: string }) => op.description);
}

describe.each(DIALECTS)("Drizzle models whose columns have no name but their key, on $name", (dialect) => {
  const snake = dialect.family === "postgres" ? POSTGRES_SNAKE : SQLITE_SNAKE;

  it("are the same as the database that drizzle-kit makes of them with casing", async () => {
    expect(await operations(await projectOn(dialect, "snake_case", snake))).toEqual([]);
    const camel = renamed(snake, { ...KEYS, url_path2: "urlPath2", other_name: "otherName" });
    expect(await operations(await projectOn(dialect, "camelCase", camel))).toEqual([]);
  });

  it("keep their keys without casing, as drizzle-kit has it", async () => {
    expect(await operations(await projectOn(dialect, undefined, renamed(snake, KEYS)))).toEqual([]);
  });

  it("make a database of their own, with which they agree", async () => {
    const project = await projectOn(dialect, "snake_case");
    const made = await project.run(["revision", "--autogenerate", "-m", "all"]);
    expect([made.exitCode, made.exitCode === 0 ? "" : made.stderr]).toEqual([0, ""]);
    const up = await project.run(["upgrade", "head"]);
    expect([up.exitCode, up.exitCode === 0 ? "" : up.stderr]).toEqual([0, ""]);
    expect((await project.run(["check"])).stdout).toBe("The models and the database agree.\n");
  });
});
