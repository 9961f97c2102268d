/** The flags that are printed for a rename work as they stand there, whatever the names are, in any shell. */
import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { DIALECTS, POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import type { TestDatabase } from "../support/postgres-server.js";
import { type TempProject, tempProject } from "../support/temp-project.js";
import { wholeView } from "../support/whole-view.js";

const open: TestDatabase[] = [];
afterEach(async () => {
  for (const database of open.splice(0)) await database.dispose();
});

const HOSTILE = [
  'we"ird',
  "a.b",
  "it's",
  "two words",
  "$HOME",
  "`id`",
  "$(id)",
  "back\\slash",
  "-dash",
  "--no-renames",
  "col:on",
  "!bang",
  "*",
  "Ünï",
  "#hash",
  "~",
  "a;b",
  "a|b>c",
  '"quoted"',
];

const IMPORTS = 'import { enumType, integer, pgSchema, table, text } from "tsmigrate/schema";\n';

/** A column of the name in one table, and a table of the name. */
const models = (end: string) =>
  IMPORTS +
  HOSTILE.map((name, at) => {
    const [column, own] = [JSON.stringify(name + end), JSON.stringify(`${name} t${end}`)];
    return `export const c${at} = table("c${at}", { id: integer().primaryKey(), ${column}: text() });
export const t${at} = table(${own}, { id: integer().primaryKey(), only${at}: text(), and${at}: integer() });\n`;
  }).join("");

/** The words that a shell makes of the flags in the text. */
function wordsOf(text: string, before: string): readonly string[] {
  const [, flags = ""] = new RegExp(`${before} \`(.*?)\`(?= to (?:rename|drop and add))`, "s").exec(text) ?? [];
  return execFileSync("/bin/sh", ["-c", `printf '%s\\0' ${flags}`], { encoding: "utf8" })
    .split("\0")
    .slice(0, -1);
}

async function succeed(project: TempProject, ...args: readonly string[]): Promise<any> {
  const result = await project.run([...args, "--json"]);
  expect([args, result.exitCode, result.exitCode === 0 ? "" : result.stdout]).toEqual([args, 0, ""]);
  return result.json();
}

async function applied(
  create: () => Promise<TestDatabase>,
  text: string,
): Promise<{ url: string; project: TempProject }> {
  const database = await create();
  open.push(database);
  const project = tempProject({ url: database.url, models: text });
  await succeed(project, "revision", "--autogenerate", "-m", "first");
  await succeed(project, "upgrade");
  return { url: database.url, project };
}

describe.each(DIALECTS)("flags for hostile names on $name", ({ open: create }) => {
  it("rename exactly what was asked about when they are pasted", async () => {
    const { url, project } = await applied(create, models(""));
    const connection = await connectTo(url);
    try {
      for (const [at, name] of HOSTILE.entries()) {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
        await connection.query(`INSERT INTO c${at} VALUES (1, 'kept')`);
        await connection.query(`INSERT INTO ${quoted(`${name} t`)} VALUES (1, 'kept', 1)`);
      }
      project.write("models.ts", models("2"));
      const asked = await project.run(["revision", "--autogenerate", "-m", "second"]);
      expect(asked.exitCode).toBe(2);
      const flags = wordsOf(asked.stderr, "Run it again with");
      expect(flags).toHaveLength(HOSTILE.length * 4);
      const made = await succeed(project, "revision", "--autogenerate", "-m", "second", ...flags);
      expect(
        made.operations.filter(({ description }: { description: string }) => !/^rename /.test(description)),
      ).toEqual([]);
      await succeed(project, "upgrade");
      expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
      await succeed(project, "downgrade", "-1");
      await succeed(project, "upgrade");
      for (const [at, name] of HOSTILE.entries()) {
        const quoted = `"${`${name} t2`.replaceAll('"', '""')}"`;
        expect((await connection.query(`SELECT only${at} AS kept FROM ${quoted}`)).rows).toEqual([{ kept: "kept" }]);
        const column = `"${`${name}2`.replaceAll('"', '""')}"`;
        expect((await connection.query(`SELECT ${column} AS kept FROM c${at}`)).rows).toEqual([{ kept: "kept" }]);
      }
    } finally {
      await connection.close();
    }
  });

  it("the other answer drops and adds", async () => {
    const { project } = await applied(create, models(""));
    project.write("models.ts", models("2"));
    const made = await succeed(project, "revision", "--autogenerate", "-m", "second", "--no-renames");
    expect(made.operations.filter(({ description }: { description: string }) => /^rename /.test(description))).toEqual(
      [],
    );
    await succeed(project, "upgrade");
    expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
  });
});

describe.each(POSTGRES_DIALECTS)("flags for hostile schemas, enums and values on $name", ({ open: create }) => {
  const kinds = (end: string) =>
    IMPORTS +
    HOSTILE.map((name, at) => {
      const word = (text: string) => JSON.stringify(text);
      return `export const e${at} = enumType(${word(`${name} e${end}`)}, ["v${at}", "w${at}"]);
export const h${at} = enumType("h${at}", [${word(`${name} v${end}`)}]);
export const s${at} = pgSchema(${word(`${name} s`)}); export const d${at} = pgSchema(${word(`${name} d`)});
export const m${at} = ${end === "" ? "s" : "d"}${at}.table(${word(`${name} m${end}`)}, { id: integer().primaryKey(), only${at}: text(), and${at}: e${at}(), or${at}: h${at}() });\n`;
    }).join("");

  it("rename and move exactly what was asked about when they are pasted", async () => {
    const { project, url } = await applied(create, kinds(""));
    const start = await wholeView("postgres", url);
    project.write("models.ts", kinds("2"));
    const asked = await project.run(["revision", "--autogenerate", "-m", "second"]);
    expect(asked.exitCode).toBe(2);
    const flags = wordsOf(asked.stderr, "Run it again with");
    expect(flags).toHaveLength(HOSTILE.length * 6);
    const made = await succeed(project, "revision", "--autogenerate", "-m", "second", ...flags);
    const others = made.operations.filter(
      ({ description }: { description: string }) => !/^(?:rename|move) /.test(description),
    );
    expect(others).toEqual([]);
    await succeed(project, "upgrade");
    expect(await succeed(project, "check")).toMatchObject({ upToDate: true, operations: [] });
    expect(await wholeView("postgres", url)).not.toEqual(start);
    await succeed(project, "downgrade", "-1");
    expect(await wholeView("postgres", url)).toEqual(start);
  });
});
