import { describe, expect, it } from "vitest";
import { RevisionFileError } from "../../../src/errors.js";
import { withDownRevision } from "../../../src/revisions/rewrite-parents.js";

const move = (text: string, parent: string | null) => withDownRevision(text, parent, "/v/a.ts");

const file = (down: string, revises: string) => `/**
 * message, which mentions downRevision = "old1"
 *
 * Revision ID: abcd
 * Revises: ${revises}
 * Create Date: 2026-01-02T03:04:05.000Z
 */
import { type Operations } from "tsmigrate";

export const revision: RevisionId = "abcd";
export const downRevision: RevisionId | readonly RevisionId[] | null = ${down};
export const dependsOn = ["old1"];

export async function upgrade(op: Operations) {
  await op.execute('Revises: old1'); // downRevision = "old1"
}
`;

describe("withDownRevision", () => {
  it("changes the value and the comment, and nothing else", () => {
    expect(move(file('"old1"', "old1"), "new1")).toBe(file('"new1"', "new1"));
    expect(move(file("null", "<base>"), "new1")).toBe(file('"new1"', "new1"));
    expect(move(file('"old1"', "old1"), null)).toBe(file("null", "<base>"));
    expect(move(file("['old1']", "old1"), "new1")).toBe(file("'new1'", "new1"));
  });

  it.each([
    ["quotes", `export const revision = 'abcd';\nexport const downRevision = 'old1';\n`, `'new1'`],
    [
      "quotes of the id where there is no parent",
      `export const revision = 'abcd'\nexport const downRevision = null\n`,
      `'new1'`,
    ],
    [
      "a type behind the value",
      `export const revision = "abcd";\nexport const downRevision = ("old1" as const) satisfies string;\n`,
      undefined,
    ],
    [
      "a value on a line of its own",
      `export const revision = "abcd";\nexport const downRevision: string =\n  "old1";\n`,
      `"new1"`,
    ],
    ["compiled CommonJS", `exports.revision = "abcd";\nexports.downRevision = "old1";\n`, `"new1"`],
    [
      "Windows line ends",
      `/*\r\n * m\r\n * Revision ID: abcd\r\n * Revises: old1\r\n */\r\nexport const revision = "abcd";\r\nexport const downRevision = "old1";\r\n`,
      `"new1"`,
    ],
    ["a byte order mark", `\ufeffexport const revision = "abcd";\nexport const downRevision = "old1";\n`, `"new1"`],
  ])("keeps %s", (_name, text, literal) => {
    if (literal === undefined) expect(() => move(text, "new1")).toThrow(RevisionFileError);
    else
      expect(move(text, "new1")).toBe(
        text.replace(/["']old1["']|null/, literal).replace("Revises: old1", "Revises: new1"),
      );
  });

  it.each([
    ["computed", `export const revision = "abcd";\nconst before = "old1";\nexport const downRevision = before;\n`],
    ["put together", `export const revision = "abcd";\nexport const downRevision = "old" + 1;\n`],
    ["exported otherwise", `const downRevision = "old1";\nexport const revision = "abcd";\nexport { downRevision };\n`],
  ])("leaves a value that is %s to its author", (_name, text) => {
    expect(() => move(text, "new1")).toThrow(/not written as a plain text/);
  });
});
