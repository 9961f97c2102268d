/**
 * Texts that a database, a dump or a revision may hold, made so that a pattern which looks for the end of something again
 * and again would need minutes for each of them.
 */
import { describe, expect, it } from "vitest";
import { createRedactor } from "../../src/cli/redact.js";
import { withoutTrailingSpaces } from "../../src/commands/files/pulled-models.js";
import { parseDatabaseUrl } from "../../src/dialects/database-url.js";
import { buildsIndex } from "../../src/dialects/postgres/connection/index-progress.js";
import { splitFile } from "../../src/dialects/postgres/text/split-script.js";
import { normalSql, onOneLine, withoutOuterParentheses } from "../../src/dialects/postgres/text/sql-text.js";
import { bareExpressionText } from "../../src/model/expression-text.js";
import { misspeltExportIn } from "../../src/revisions/misspelt-exports.js";
import { readHeader } from "../../src/revisions/read-header.js";
import { columnOf } from "../../src/schema/column-privileges.js";
import { namesIn, renameColumnIn, replaceName } from "../../src/schema/expression.js";
import { signatureOf } from "../../src/schema/signature.js";
import { printable } from "../../src/util/printable.js";

const LENGTH = 300_000;
const PIECES = [" ", "'", '"', "(", ")", "[", "/*", "/*(", "$", "-- ", ";", ",\n", "\\", "?", "add ", "'' "];
const TEXTS = PIECES.map((piece) => `${piece.repeat(LENGTH / piece.length)}x`);

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  "names in an expression": namesIn,
  "a column that is renamed in one": (text) => renameColumnIn(text, "x", "y"),
  "a type that is renamed in one": (text) => replaceName(text, { name: "x" }, "y", (before) => before.endsWith("::")),
  "the arguments of a function": signatureOf,
  "a privilege on a column": columnOf,
  "an expression without its parentheses": bareExpressionText,
  "the text of a pulled view": withoutTrailingSpaces,
  "a file of statements": splitFile,
  "a text that is compared": normalSql,
  "a text without parentheses around it": withoutOuterParentheses,
  "a text of the server on one line": onOneLine,
  "a statement that may build an index": buildsIndex,
  "the header of a revision": readHeader,
  "the exports of a revision": (text) => misspeltExportIn(`export const upgarde\n${text}`),
  "a URL of a file": (text) => parseDatabaseUrl(`sqlite:///./${text}`, "/"),
  "a secret": (text) => createRedactor([text.slice(0, 20_000)], [])("x"),
  "what is printed": printable,
};

describe("a long text", () => {
  it.each(Object.keys(READERS))("is read in a time that grows with its length: %s", { timeout: 20_000 }, (name) => {
    for (const text of TEXTS) expect(() => READERS[name]!(text)).not.toThrow();
  });

  it("in quotes is one word, however long", () => {
    const literal = `'${"a".repeat(16_000_000)}'`;
    expect(splitFile(`SELECT ${literal}; SELECT 2`)).toHaveLength(2);
    expect(normalSql(`SELECT ${literal}`)).toHaveLength("SELECT ".length + literal.length);
  });
});

describe("spaces at the ends of lines of a query", () => {
  it.each([
    ["SELECT 1  \n  , 2\t\r\n", "SELECT 1\n  , 2\r\n"],
    ["SELECT 1 -- one  \n, 2 -- two \r\n", "SELECT 1 -- one\n, 2 -- two\r\n"],
    ["SELECT 1 -- a  b", "SELECT 1 -- a  b"],
    [
      "SELECT 'a  \n b', \"c  \n d\", `e  \n f`, [g  \n h] /* i  \n j */  ",
      "SELECT 'a  \n b', \"c  \n d\", `e  \n f`, [g  \n h] /* i  \n j */",
    ],
  ])("are left out, but in texts, names and comments of several lines: %j", (sql, tidy) => {
    expect(withoutTrailingSpaces(sql)).toBe(tidy);
  });
});
