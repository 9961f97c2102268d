import { describe, expect, it } from "vitest";
import { readHeader, scanHeader } from "../../../src/revisions/read-header.js";

const FILE = `/**
 * Add user roles table
 *
 * Revision ID: 0f9e8d7c6b5a
 * Revises: a1b2c3d4e5f6
 * Create Date: 2026-11-22T19:00:00.000Z
 */
import { type Operations, type RevisionId, integer, varchar, sql } from "tsmigrate";

export const revision: RevisionId = "0f9e8d7c6b5a";
export const downRevision: RevisionId | readonly RevisionId[] | null = "a1b2c3d4e5f6";
export const branchLabels: readonly string[] | null = null;
export const dependsOn: RevisionId | readonly RevisionId[] | null = null;
// export const transaction = false;            // only when the whole revision must run outside one

export async function upgrade(op: Operations): Promise<void> {
  await op.execute(sql\`select '{'\`);
}
`;

/** Reads both ways and expects the same of them. */
function read(text: string) {
  const header = readHeader(text);
  expect(scanHeader(text)).toEqual(header);
  return header;
}

const values = (text: string) => read(text).values;
const withDown = (text: string) => `export const downRevision = null;\n${text}`;

describe("readHeader", () => {
  it("reads what the template writes", () => {
    expect(read(FILE)).toEqual({
      values: { revision: "0f9e8d7c6b5a", downRevision: "a1b2c3d4e5f6", branchLabels: null, dependsOn: null },
      computed: [],
      message: "Add user roles table",
      description: "",
      createdAt: "2026-11-22T19:00:00.000Z",
    });
  });

  it("reads a merge, labels and dependencies", () => {
    const text = FILE.replace('= "a1b2c3d4e5f6"', '= ["a1b2", "c3d4"]')
      .replace("branchLabels: readonly string[] | null = null", 'branchLabels: readonly string[] | null = ["lib"]')
      .replace("// export const transaction = false;", "export const transaction = false;");
    expect(values(text)).toMatchObject({ downRevision: ["a1b2", "c3d4"], branchLabels: ["lib"], transaction: false });
  });

  it.each([
    ["single quotes", "export const revision = 'ab';"],
    ["no semicolon", 'export const revision = "ab"\n'],
    ["a template", "export const revision = `ab`;"],
    ["the value on the next line", 'export const revision: RevisionId =\n  "ab";'],
    ["as const", 'export const revision = "ab" as const;'],
    ["as and satisfies", 'export const revision = ("ab" as string) satisfies string;'],
    ["satisfies", 'export const revision = "ab" satisfies RevisionId;'],
    ["brackets", 'export const revision = ("ab");'],
    ["comments everywhere", 'export/*a*/const /*b*/ revision /*c*/ : /*d*/ string /*e*/ = /*f*/ "ab" /*g*/; // h'],
    ["a type that holds a value", 'export const revision: "ab" | "cd" = "ab";'],
    ["a type that holds an arrow", 'export const revision: ReturnType<() => string> = "ab";'],
    ["a type of several lines", 'export const revision:\n  | string\n  | number = "ab";'],
    ["let", 'export let revision = "ab";'],
    ["var", 'export var revision = "ab";'],
    ["several in one statement", 'export const other = 1;\nexport const revision = "ab", dependsOn = null;'],
    ["an escape", 'export const revision = "\\u0061\\x62";'],
    ["Windows line ends", 'import x from "x";\r\n\r\nexport const revision = "ab";\r\n'],
    ["a byte order mark", '\ufeffexport const revision = "ab";'],
    [
      "compiled to CommonJS",
      'exports.dependsOn = exports.revision = void 0;\nexports.revision = "ab";\nexports.dependsOn = null;',
    ],
    ["a #! line", '#!/usr/bin/env tsx\nexport const revision = "ab";'],
    ["a semicolon in a comment", '// ; "x"\nexport const revision = "ab"; // done'],
    ["the next statement right behind", 'export const revision = "ab"\nexport const dependsOn = null'],
  ])("reads %s", (_, text) => {
    const header = readHeader(`${text}\nexport const downRevision = null;\n`);
    expect(header.values.revision).toBe("ab");
    expect(header.computed).toEqual([]);
  });

  it.each([
    ["an empty list", "[]", []],
    ["a list over several lines, with a comma at the end", '[\n  "a",\n  // second\n  "b",\n]', ["a", "b"]],
    ["a list as const", '["a"] as const', ["a"]],
    ["a list with another kind of quotes", "['a', `b`]", ["a", "b"]],
    ["null", "null", null],
    ["undefined", "undefined", null],
  ])("reads %s", (_, text, expected) => {
    expect(values(`export const revision = "ab";\nexport const downRevision = ${text};\n`).downRevision).toEqual(
      expected,
    );
  });

  it.each([
    ["a call", 'makeId("ab")'],
    ["a sum", '"a" + "b"'],
    ["a sum over two lines", '"a"\n  + "b"'],
    ["a sum behind a type", '"a" as string + "b"'],
    ["a template with a value", "`a${b}`"],
    ["a method", '"AB".toLowerCase()'],
    ["a tagged template", "id`ab`"],
    ["a condition", 'x ? "a" : "b"'],
    ["a name", "id"],
    ["a number", "12"],
    ["an object", '{ id: "ab" }'],
    ["a list with a name", '["a", id]'],
    ["a list with a hole", '["a", , "b"]'],
    ["a regular expression", "/ab/"],
  ])("leaves %s to be computed", (_, text) => {
    const header = read(withDown(`export const revision = ${text};\n`));
    expect(header.computed).toEqual(["revision"]);
    expect(header.values).toEqual({ downRevision: null });
  });

  it.each([
    ["export lists", 'const revision = "ab";\nexport { revision };'],
    ["renamed exports", 'const id = "ab";\nexport { id as revision };'],
    ["re-exports", 'export { revision } from "./id.js";'],
    ["everything of another file", 'export * from "./id.js";'],
    ["destructuring", "export const { revision } = header;"],
    ["module.exports", 'module.exports = { revision: "ab" };'],
    ["defined properties", 'Object.defineProperty(exports, "revision", { value: "ab" });'],
  ])("leaves %s to be computed", (_, text) => {
    expect(read(withDown(text)).computed).toContain("revision");
  });

  it("does not run a file for an export list that names something else", () => {
    expect(read(withDown('export const revision = "ab";\nfunction help() {}\nexport { help };')).computed).toEqual([]);
  });

  it("does not take the mere word transaction for a constant", () => {
    const text = `${FILE}\nexport async function later(op) { await op.transaction("branchLabels"); }\n`;
    expect(read(text)).toMatchObject({ computed: [], values: { revision: "0f9e8d7c6b5a" } });
  });

  it("finds a constant behind the functions", () => {
    expect(values(`${FILE}\nexport const transaction = false;\n`).transaction).toBe(false);
  });

  it("takes nothing inside comments, strings, templates, functions and blocks for a constant", () => {
    const inside = 'export const revision = "no"; export const transaction = false;';
    const text = [
      `/* ${inside} */`,
      `// ${inside}`,
      `const a = "${inside.replaceAll('"', '\\"')}";`,
      `const b = '${inside}';`,
      `const c = \`${inside} \${ \`\${ { x: "}" } }\` } ${inside}\`;`,
      `const d = /[/"]${"`"}'/.test("x") ? 1 / 2 : 3;`,
      "const e = x! / 2; // ' ",
      "if (x) /'/.test(y);",
      `function f() { ${inside.replaceAll("export ", "")} }`,
      'export const revision = "yes";',
      "export const downRevision = null;",
      `export const tail = "${inside.replaceAll('"', "'")}";`,
    ].join("\n");
    expect(values(text)).toEqual({ revision: "yes", downRevision: null });
  });

  it.each([
    ["nothing", ""],
    ["an unclosed comment", "/* export const revision"],
    ["an unclosed string", 'export const revision = "ab'],
    ["an unclosed template", "export const revision = `ab"],
    ["an unclosed list", 'export const downRevision = ["ab", revision'],
    ["an unclosed type", "export const revision: {{{ downRevision"],
    ["an unclosed type behind a value", 'export const downRevision = null;\nexport const revision = "ab" as {{{'],
    ["brackets that were never opened", "}}}])) revision downRevision ${}`"],
    ["no code at all", "revision downRevision \u0000\u0001\ud800 \\ # @ ` ' \""],
    ["half a declaration", "export const revision"],
    ["half a statement", "export"],
  ])("takes %s without failing", (_, text) => {
    expect(() => read(text)).not.toThrow();
    expect(readHeader(text).values.revision ?? "ab").toMatch(/^ab/);
  });

  it("is not slow on hostile text", () => {
    const hostile = [
      `${"/*".repeat(50_000)}revision downRevision`,
      `${"// // //".repeat(20_000)}revision downRevision`,
      `export const revision = ${"(".repeat(5_000)}"downRevision"`,
      `${" \n".repeat(50_000)}import ${"x, ".repeat(20_000)} revision downRevision`,
      `export const downRevision = [${'"a", '.repeat(50_000)}revision`,
      `revision downRevision ${"/a".repeat(20_000)}`,
    ];
    const start = performance.now();
    for (const text of hostile) readHeader(text);
    expect(performance.now() - start).toBeLessThan(3_000);
  });
});

describe("the comment", () => {
  const comment = (text: string) => {
    const { message, description, createdAt } = read(`${text}\n${withDown('export const revision = "ab";')}`);
    return { message, description, createdAt };
  };

  it("gives message, description and date", () => {
    expect(
      comment(
        "/**\n * Add users\n *\n * Because of:\n *   - this\n *\n *   - that\n *\n * Revision ID: ab\n * Revises: <base>\n * Create Date: 2026-01-02T03:04:05Z\n */",
      ),
    ).toEqual({
      message: "Add users",
      description: "Because of:\n  - this\n\n  - that",
      createdAt: "2026-01-02T03:04:05Z",
    });
  });

  it.each([
    ["on one line", "/** Add users */"],
    ["with one star", "/* Add users */"],
    ["without stars in front", "/*\nAdd users\n*/"],
    ["behind a directive", "/* eslint-disable */\n/** Add users */"],
    ["behind a licence", "/*! MIT */\n/** Add users */"],
    [
      "behind another comment, if it names the id",
      "/* About this project */\n/**\n * Add users\n * Revision ID: ab\n */",
    ],
    ["behind the imports", 'import x from "x";\n/** Add users */'],
    ["with Windows line ends", "/**\r\n * Add users\r\n */"],
  ])("is read %s", (_, text) => {
    expect(comment(text)).toMatchObject({ message: "Add users", createdAt: null });
  });

  it("is empty when there is none before the constants", () => {
    const header = read(`${withDown('export const revision = "ab";')}\n/** upgrade */\nexport function upgrade() {}`);
    expect(header).toMatchObject({ message: "", description: "", createdAt: null });
  });

  it("has no message when only the fields are there", () => {
    expect(comment("/**\n * Revision ID: ab\n * Create Date:\n */")).toEqual({
      message: "",
      description: "",
      createdAt: null,
    });
  });
});
