import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS, SQLITE_DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import type { TestDatabase } from "../support/postgres-server.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";
import { ROOT } from "../support/type-compilers.js";

const PG_MODELS = `
import { relations, sql } from "drizzle-orm";
import {
  bigint, boolean, check, foreignKey, index, integer, jsonb, numeric, pgEnum, pgMaterializedView, pgPolicy, pgRole, pgSchema,
  pgSequence, pgTable, pgView, primaryKey, serial, smallserial, text, timestamp, unique, uniqueIndex, uuid, varchar,
} from "drizzle-orm/pg-core";

export const mood = pgEnum("mood", ["sad", "ok", "happy"]);
export const billing = pgSchema("billing");
export const state = billing.enum("state", ["open", "paid"]);
export const numbers = pgSequence("numbers", { startWith: 100, increment: 5 });

export const users = pgTable("users", {
  id: integer("id").primaryKey().generatedAlwaysAsIdentity({ startWith: 10 }),
  email: varchar("email", { length: 100 }).notNull().unique(),
  name: text().notNull().default("none"),
  mood: mood().default("ok"),
  moods: mood().array().notNull().default(["sad", "ok"]),
  tags: text().array(),
  age: integer(),
  settings: jsonb().notNull().default({ theme: "dark" }),
  extra: jsonb().default("{}"),
  factor: numeric({ mode: "number" }).default(2),
  balance: numeric({ precision: 12, scale: 2 }).notNull().default("0.00"),
  big: bigint({ mode: "bigint" }).default(5n),
  isActive: boolean("is_active").notNull().default(true),
  token: uuid().defaultRandom(),
  createdAt: timestamp("created_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  lower: text().generatedAlwaysAs(sql\`lower(email)\`),
  bossId: integer("boss_id"),
}, (t) => [
  foreignKey({ columns: [t.bossId], foreignColumns: [t.id], name: "users_boss" }).onDelete("set null"),
  check("age_check", sql\`\${t.age} > \${18}\`),
  index().on(t.name.desc(), t.age),
  uniqueIndex("users_lower").on(sql\`lower(\${t.name})\`).where(sql\`\${t.isActive}\`),
  unique("users_name_age").on(t.name, t.age).nullsNotDistinct(),
  index("users_sorted").on(sql\`\${t.email} collate "C" desc nulls last\`, sql\`lower(\${t.name}) text_pattern_ops\`),
  index("users_settings").using("gin", t.settings.op("jsonb_path_ops")).concurrently(),
  index("users_big").on(t.big.nullsFirst()).with({ fillfactor: 70 }),
  pgPolicy("own", { for: "select", to: "public", using: sql\`true\` }),
]);
export const monitor = pgRole("pg_monitor").existing();
export const posts = pgTable("posts", {
  id: serial().primaryKey(),
  place: smallserial(),
  userId: integer("user_id").notNull().references(() => users.id, { onDelete: "cascade", onUpdate: "restrict" }),
});
export const invoices = billing.table("invoices", {
  a: integer(), b: integer(), state: state().notNull(),
  userId: integer("user_id").references(() => users.id),
}, (t) => [primaryKey({ columns: [t.a, t.b] })]);
export const seen = pgPolicy("seen", { as: "restrictive", to: [monitor, "current_user"], using: sql\`\${posts.id} > 0\` }).link(posts);
export const usersRelations = relations(users, ({ many }) => ({ posts: many(posts) }));
export const active = pgView("active").with({ securityInvoker: true, checkOption: "local" }).as((qb) => qb.select({ id: users.id, email: users.email }).from(users));
export const totals = pgMaterializedView("totals").with({ fillfactor: 70 }).as((qb) => qb.select({ age: users.age }).from(users));
export const paid = billing.view("paid").as((qb) => qb.select({ a: invoices.a }).from(invoices));
export const sums = billing.materializedView("sums").using("heap").tablespace("pg_default").as((qb) => qb.select({ b: invoices.b }).from(invoices));
export const down = billing.sequence("down", { increment: -1, maxValue: 10, cache: 5, cycle: true });
export const existing = pgView("elsewhere", { id: integer() }).existing();
`;

/** As drizzle-kit writes it. */
const PG_SQL = `
CREATE SCHEMA "billing";
CREATE TYPE "mood" AS ENUM('sad', 'ok', 'happy');
CREATE TYPE "billing"."state" AS ENUM('open', 'paid');
CREATE SEQUENCE "numbers" INCREMENT BY 5 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 100 CACHE 1;
CREATE SEQUENCE "billing"."down" INCREMENT BY -1 MINVALUE -9223372036854775808 MAXVALUE 10 START WITH 10 CACHE 5 CYCLE;
CREATE TABLE "users" (
  "id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "users_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 10 CACHE 1),
  "email" varchar(100) NOT NULL,
  "name" text DEFAULT 'none' NOT NULL,
  "mood" "mood" DEFAULT 'ok',
  "moods" "mood"[] DEFAULT '{"sad","ok"}' NOT NULL,
  "tags" text[],
  "age" integer,
  "settings" jsonb DEFAULT '{"theme":"dark"}'::jsonb NOT NULL,
  "extra" jsonb DEFAULT '{}',
  "factor" numeric DEFAULT 2,
  "balance" numeric(12, 2) DEFAULT '0.00' NOT NULL,
  "big" bigint DEFAULT 5,
  "is_active" boolean DEFAULT true NOT NULL,
  "token" uuid DEFAULT gen_random_uuid(),
  "created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  "lower" text GENERATED ALWAYS AS (lower(email)) STORED,
  "boss_id" integer,
  CONSTRAINT "users_email_unique" UNIQUE("email"),
  CONSTRAINT "users_name_age" UNIQUE NULLS NOT DISTINCT("name","age"),
  CONSTRAINT "age_check" CHECK ("users"."age" > 18)
);
ALTER TABLE "users" ENABLE ROW LEVEL SECURITY;
CREATE TABLE "posts" ("id" serial PRIMARY KEY NOT NULL, "place" smallserial NOT NULL, "user_id" integer NOT NULL);
CREATE TABLE "billing"."invoices" (
  "a" integer, "b" integer, "state" "billing"."state" NOT NULL, "user_id" integer,
  CONSTRAINT "invoices_a_b_pk" PRIMARY KEY("a","b")
);
ALTER TABLE "users" ADD CONSTRAINT "users_boss" FOREIGN KEY ("boss_id") REFERENCES "users"("id") ON DELETE set null ON UPDATE no action;
ALTER TABLE "posts" ADD CONSTRAINT "posts_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE cascade ON UPDATE restrict;
ALTER TABLE "billing"."invoices" ADD CONSTRAINT "invoices_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE no action ON UPDATE no action;
CREATE INDEX "users_name_age_index" ON "users" USING btree ("name" DESC NULLS LAST,"age");
CREATE UNIQUE INDEX "users_lower" ON "users" USING btree (lower("name")) WHERE "users"."is_active";
CREATE INDEX "users_sorted" ON "users" USING btree ("email" collate "C" desc nulls last,lower("name") text_pattern_ops);
CREATE INDEX "users_settings" ON "users" USING gin ("settings" jsonb_path_ops);
CREATE INDEX "users_big" ON "users" USING btree ("big" NULLS FIRST) WITH (fillfactor=70);
CREATE VIEW "active" WITH (check_option = local, security_invoker = true) AS (select "id", "email" from "users");
CREATE MATERIALIZED VIEW "totals" WITH (fillfactor = 70) AS (select "age" from "users");
CREATE VIEW "billing"."paid" AS (select "a" from "billing"."invoices");
CREATE MATERIALIZED VIEW "billing"."sums" USING "heap" TABLESPACE pg_default AS (select "b" from "billing"."invoices");
CREATE POLICY "own" ON "users" AS PERMISSIVE FOR SELECT TO public USING (true);
ALTER TABLE "posts" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "posts" AS RESTRICTIVE FOR ALL TO current_user, "pg_monitor" USING ("posts"."id" > 0);
`;

const SQLITE_MODELS = `
import { sql } from "drizzle-orm";
import { blob, check, index, integer, numeric, primaryKey, real, sqliteTable, sqliteView, text, uniqueIndex } from "drizzle-orm/sqlite-core";

export const users = sqliteTable("users", {
  id: integer().primaryKey({ autoIncrement: true }),
  email: text().notNull().unique(),
  active: integer({ mode: "boolean" }).notNull().default(true),
  score: real().default(1.5),
  data: blob({ mode: "json" }).default({ a: [1] }),
  extra: text({ mode: "json" }).default("{}"),
  factor: numeric({ mode: "number" }).default(2),
  kind: text({ enum: ["x", "y"] }).default("x"),
  shout: text().generatedAlwaysAs(sql\`upper(email)\`),
  stored: integer().generatedAlwaysAs(sql\`score * 2\`, { mode: "stored" }),
  code: text({ length: 20 }),
  createdAt: text("created_at").notNull().default(sql\`CURRENT_TIMESTAMP\`),
  bossId: integer("boss_id").references(() => users.id, { onDelete: "set null" }),
}, (t) => [
  index("users_code").on(t.code),
  uniqueIndex("users_lower").on(sql\`lower(\${t.email})\`),
  index("users_sorted").on(sql\`\${t.email} collate nocase desc\`, sql\`\${t.code}\`),
  uniqueIndex("users_best").on(t.code).where(sql\`\${t.score} > 9\`),
  check("score_check", sql\`\${t.score} > 0\`),
]);
export const posts = sqliteTable("posts", { id: integer().primaryKey(), title: text() });
export const likes = sqliteTable("likes", {
  userId: integer("user_id").references(() => users.id, { onDelete: "cascade" }),
  postId: integer("post_id").references(() => posts.id),
}, (t) => [primaryKey({ columns: [t.userId, t.postId] })]);
export const titles = sqliteView("titles").as((qb) => qb.select({ title: posts.title }).from(posts));
`;

const SQLITE_SQL = `
CREATE TABLE \`users\` (
  \`id\` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
  \`email\` text NOT NULL,
  \`active\` integer DEFAULT true NOT NULL,
  \`score\` real DEFAULT 1.5,
  \`data\` blob DEFAULT '{"a":[1]}',
  \`extra\` text DEFAULT '{}',
  \`factor\` numeric DEFAULT 2,
  \`kind\` text DEFAULT 'x',
  \`shout\` text GENERATED ALWAYS AS (upper(email)) VIRTUAL,
  \`stored\` integer GENERATED ALWAYS AS (score * 2) STORED,
  \`code\` text(20),
  \`created_at\` text DEFAULT CURRENT_TIMESTAMP NOT NULL,
  \`boss_id\` integer,
  FOREIGN KEY (\`boss_id\`) REFERENCES \`users\`(\`id\`) ON UPDATE no action ON DELETE set null,
  CONSTRAINT "score_check" CHECK("users"."score" > 0)
);
CREATE UNIQUE INDEX \`users_email_unique\` ON \`users\` (\`email\`);
CREATE INDEX \`users_code\` ON \`users\` (\`code\`);
CREATE UNIQUE INDEX \`users_lower\` ON \`users\` (lower("email"));
CREATE INDEX \`users_sorted\` ON \`users\` ("email" collate nocase desc,"code");
CREATE UNIQUE INDEX \`users_best\` ON \`users\` (\`code\`) WHERE "users"."score" > 9;
CREATE TABLE \`posts\` (\`id\` integer PRIMARY KEY NOT NULL, \`title\` text);
CREATE TABLE \`likes\` (
  \`user_id\` integer, \`post_id\` integer,
  PRIMARY KEY(\`user_id\`, \`post_id\`),
  FOREIGN KEY (\`user_id\`) REFERENCES \`users\`(\`id\`) ON UPDATE no action ON DELETE cascade,
  FOREIGN KEY (\`post_id\`) REFERENCES \`posts\`(\`id\`) ON UPDATE no action ON DELETE no action
);
CREATE VIEW \`titles\` AS select "title" from "posts";
`;

const open: TestDatabase[] = [];
afterEach(async () => {
  for (const database of open.splice(0)) await database.dispose();
});

async function projectOn(create: () => Promise<TestDatabase>, models: string, sql = ""): Promise<TempProject> {
  const database = await create();
  open.push(database);
  const connection = await connectTo(database.url);
  if (sql !== "") await connection.script(sql);
  await connection.close();
  const project = tempProject({ url: database.url, models });
  symlinkSync(join(ROOT, "node_modules/drizzle-orm"), project.path("node_modules/drizzle-orm"), "junction");
  return project;
}

async function operations(project: TempProject): Promise<readonly string[]> {
  const result = await project.run(["diff", "--json"]);
  expect([result.exitCode, result.stderr]).toEqual([0, ""]);
  return result.json().operations.map((op: { description: string }) => op.description);
}

describe.each([
  ...POSTGRES_DIALECTS.map((dialect) => ({ ...dialect, models: PG_MODELS, sql: PG_SQL, tables: 3 })),
  ...SQLITE_DIALECTS.map((dialect) => ({ ...dialect, models: SQLITE_MODELS, sql: SQLITE_SQL, tables: 3 })),
])("Drizzle models on $name", ({ open: create, models, sql, tables }) => {
  it("are the same as the database that drizzle-kit makes of them", async () => {
    const project = await projectOn(create, models, sql);
    expect(await operations(project)).toEqual([]);
  });

  it("make a database of their own, with which they agree, and go back to nothing", async () => {
    const project = await projectOn(create, models);
    const made = await project.run(["revision", "--autogenerate", "-m", "all", "--json"]);
    expect([made.exitCode, made.exitCode === 0 ? "" : made.stdout]).toEqual([0, ""]);
    expect(made.json().operations.filter(({ kind }: { kind: string }) => kind === "createTable").length).toBe(tables);
    const up = await project.run(["upgrade", "head"]);
    expect([up.exitCode, up.exitCode === 0 ? "" : up.stderr]).toEqual([0, ""]);
    expect((await project.run(["check"])).stdout).toBe("The models and the database agree.\n");
    expect((await project.run(["revision", "--autogenerate", "-m", "again", "--json"])).json().revision).toBeNull();
    expect((await project.run(["downgrade", "base"])).exitCode).toBe(0);
    expect((await operations(project)).length).toBe(made.json().operations.length);
  });

  it("change, and autogenerate writes that change", async () => {
    const project = await projectOn(create, models, sql);
    project.write(
      "models.ts",
      models.replace("email: ", "nick: text(),\n  email: ").replace(/(pg|sqlite)Table\("posts"/, '$1Table("articles"'),
    );
    const changes = await operations(project);
    expect(changes).toEqual(
      expect.arrayContaining(["add column users.nick", "create table articles", "drop table posts"]),
    );
  });
});

describe.each(SQLITE_DIALECTS)(
  "a table with a check that names the table, as drizzle-kit writes it, on $name",
  ({ open: create }) => {
    it("is rebuilt with its rows", async () => {
      const project = await projectOn(
        create,
        SQLITE_MODELS,
        `${SQLITE_SQL} INSERT INTO users (email) VALUES ('a@x'); INSERT INTO posts VALUES (1, 'one'); INSERT INTO likes VALUES (1, 1);`,
      );
      project.write(
        "models.ts",
        SQLITE_MODELS.replace("score: real().default(1.5)", "score: real().notNull().default(1.5)"),
      );
      project.write("migrations/versions/aaaa_first.ts", revisionText({ id: "aaaa" }));
      expect((await project.run(["stamp", "aaaa"])).exitCode).toBe(0);
      expect((await project.run(["revision", "--autogenerate", "-m", "score"])).exitCode).toBe(0);
      const up = await project.run(["upgrade", "head"]);
      expect([up.exitCode, up.exitCode === 0 ? "" : up.stderr]).toEqual([0, ""]);
      expect(await operations(project)).toEqual([]);
      const connection = await connectTo(open.at(-1)!.url);
      const { rows } = await connection.query("SELECT email, score FROM likes JOIN users ON users.id = user_id");
      await connection.close();
      expect(rows).toEqual([{ email: "a@x", score: 1.5 }]);
    });
  },
);

describe("Drizzle models", () => {
  const url = "sqlite::memory:";
  const link = (project: TempProject) =>
    symlinkSync(join(ROOT, "node_modules/drizzle-orm"), project.path("node_modules/drizzle-orm"), "junction");

  it("of another database, or beside tables of our own, are an error that says so", async () => {
    const project = tempProject({
      url,
      models: 'import { pgTable, text } from "drizzle-orm/pg-core";\nexport const t = pgTable("t", { a: text() });',
    });
    link(project);
    const other = await project.run(["diff"]);
    expect([other.exitCode, other.stderr]).toEqual([
      2,
      "error: the models hold a PgTable of Drizzle, and the database is SQLite\nhint: Name the module whose tables are made with `sqliteTable`.\n",
    ]);
    project.write(
      "models.ts",
      'import { sqliteTable, text } from "drizzle-orm/sqlite-core";\nimport { table, integer } from "tsmigrate/schema";\nexport const t = sqliteTable("t", { a: text() });\nexport const u = table("u", { id: integer() });',
    );
    const both = await project.run(["diff"]);
    expect([both.exitCode, both.stderr]).toEqual([
      2,
      expect.stringContaining("tables of Drizzle and tables of tsmigrate"),
    ]);
  });

  it("with a policy that is linked to a table elsewhere are refused", async () => {
    const database = await POSTGRES_DIALECTS[0]?.open();
    if (database === undefined) return;
    open.push(database);
    const project = tempProject({
      url: database.url,
      models:
        'import { integer, pgPolicy, pgTable } from "drizzle-orm/pg-core";\nconst hidden = pgTable("hidden", { a: integer() });\nexport const t = pgTable("t", { a: integer() });\nexport const p = pgPolicy("p", {}).link(hidden);',
    });
    link(project);
    const result = await project.run(["diff"]);
    expect([result.exitCode, result.stderr]).toEqual([
      2,
      "error: the policy 'p' is linked to the table 'hidden', which the models do not export\nhint: Export the table too.\n",
    ]);
  });

  it("say what to install when the package is missing or too old", async () => {
    const models = 'const t = { [Symbol.for("drizzle:IsDrizzleTable")]: true };\nexport { t };';
    const project = tempProject({ url, models });
    project.write("node_modules/drizzle-orm/package.json", '{ "name": "drizzle-orm", "version": "0.30.1" }');
    const old = await project.run(["diff"]);
    expect([old.exitCode, old.stderr]).toEqual([
      2,
      "error: drizzle-orm 0.30.1 is too old: 0.36 or newer is needed\nhint: Run `npm install drizzle-orm@latest`.\n",
    ]);
  });
});
