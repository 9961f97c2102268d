import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type TempProject, tempProject } from "../support/temp-project.js";
import { ROOT } from "../support/type-compilers.js";

const USERS = `
import { relations } from "drizzle-orm";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { posts } from "./posts.js";
export const users = sqliteTable("users", {
  id: integer().primaryKey(),
  bossId: integer("boss_id").references(() => users.id, { onDelete: "set null" }),
  bestId: integer("best_id").references(() => posts.id, { onDelete: "set null" }),
  name: text(),
});
export const usersRelations = relations(users, ({ many }) => ({ posts: many(posts) }));
`;

const POSTS = `
import { relations } from "drizzle-orm";
import { index, integer, sqliteTable, sqliteView } from "drizzle-orm/sqlite-core";
import { users } from "./users.js";
export { users as authors } from "./users.js";
export const posts = sqliteTable("posts", {
  id: integer().primaryKey(),
  userId: integer("user_id").references(() => users.id, { onDelete: "cascade" }),
}, (t) => [index("posts_user").on(t.userId)]);
export const postsRelations = relations(posts, ({ one }) => ({ user: one(users, { fields: [posts.userId], references: [users.id] }) }));
`;

const TAGS = `
import { sqliteTable, text } from "drizzle-orm/sqlite-core";
export const tags = sqliteTable("tags", { name: text().primaryKey() });
`;

function projectWith(models: unknown): TempProject {
  const config = `export default ${JSON.stringify({ url: "sqlite:///./app.db", models })};\n`;
  const project = tempProject({ config });
  symlinkSync(join(ROOT, "node_modules/drizzle-orm"), project.path("node_modules/drizzle-orm"), "junction");
  project.write("db/users.ts", USERS);
  project.write("db/posts.ts", POSTS);
  project.write(
    "db/index.ts",
    'export * from "./users.js";\nexport * from "./posts.js";\nexport * as all from "./posts.js";\n',
  );
  project.write("db/more/tags.ts", TAGS);
  project.write("db/types.d.ts", "export declare const nothing: number;\n");
  project.write("db/readme.md", "Tables.\n");
  return project;
}

async function created(project: TempProject): Promise<readonly string[]> {
  const result = await project.run(["diff", "--json"]);
  expect([result.exitCode, result.stderr]).toEqual([0, ""]);
  return result
    .json()
    .operations.map((op: { description: string }) => op.description)
    .filter((text: string) => text.startsWith("create table"))
    .sort();
}

const BOTH = ["create table posts", "create table users"];
const ALL = ["create table posts", "create table tags", "create table users"];

describe("Drizzle models in several files", () => {
  it.each([
    ["an index that exports the others again", "./db/index.ts", BOTH],
    [
      "a list whose files export each other's tables and import each other",
      ["./db/users.ts", "./db/posts.ts", "./db"],
      BOTH,
    ],
    ["a folder, without what is in folders of it", "./db", BOTH],
    ["a pattern that also meets a folder", "./db/*", ALL],
    ["a pattern of names", "./db/{users,posts}.ts", BOTH],
    ["a pattern of folders at any depth", "./db/**/*.ts", ALL],
    ["a pattern with a sign for one letter", "./d?/more/t*s.ts", ["create table tags"]],
  ])("may be named by %s", async (_, models, wanted) => {
    expect(await created(projectWith(models))).toEqual(wanted);
  });

  it("make a database with which they agree", async () => {
    const project = projectWith("./db/**/*.ts");
    const made = await project.run(["revision", "--autogenerate", "-m", "all"]);
    expect([made.exitCode, made.stderr]).toEqual([0, expect.any(String)]);
    expect((await project.run(["upgrade", "head"])).exitCode).toBe(0);
    expect((await project.run(["check"])).stdout).toBe("The models and the database agree.\n");
    project.write("db/more/flags.ts", TAGS.replaceAll("tags", "flags"));
    expect(await created(project)).toEqual(["create table flags"]);
  });

  it("are refused where two tables of one name differ", async () => {
    const project = projectWith(["./db/index.ts", "./db/more"]);
    project.write("db/more/users.ts", TAGS.replaceAll("tags", "users"));
    const result = await project.run(["diff"]);
    expect([result.exitCode, result.stderr]).toEqual([
      2,
      expect.stringContaining(
        "error: the models define the table 'users' twice, and differently\nhint: Keep one of the two, or give one of them another name.\n",
      ),
    ]);
  });

  it("are refused where a pattern or folder holds no module", async () => {
    for (const models of ["./db/*.js", "./none/**/*.ts", "./empty"]) {
      const project = projectWith(models);
      project.write("empty/notes.md", "None.\n");
      const result = await project.run(["diff"]);
      expect([result.exitCode, result.stderr]).toEqual([
        2,
        expect.stringContaining(`${models.slice(2)}' names no module`),
      ]);
    }
  });

  it("are not what pull writes to", async () => {
    const result = await projectWith("./db/*.ts").run(["pull"]);
    expect([result.exitCode, result.stderr]).toEqual([2, expect.stringContaining("names no single module")]);
  });
});
