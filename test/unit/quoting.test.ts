import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ddl } from "../../src/dialects/postgres/text/ddl.js";
import { quoteName, quoteText } from "../../src/util/quote.js";
import { countStatements, expectOneStatement } from "../support/one-statement.js";
import { findRawNames } from "../support/raw-names.js";

const ROOT = join(import.meta.dirname, "../..");

describe("a name in SQL", () => {
  it("is in quotes that nothing in it ends, and is refused where a database would refuse or cut it", () => {
    expect(quoteName('a"; DROP TABLE b; --')).toBe('"a""; DROP TABLE b; --"');
    expect(quoteText("it's; --")).toBe("'it''s; --'");
    expect(() => quoteName("")).toThrow("a name cannot be empty");
    expect(() => quoteName("a\0b")).toThrow("holds a NUL character");
    expect(() => quoteText("a\0b")).toThrow("a text literal holds a NUL character");
    expect(ddl.id("é".repeat(31))).toBe(`"${"é".repeat(31)}"`);
    expect(() => ddl.id("é".repeat(32))).toThrow("64 bytes long, more than the 63 that are kept");
  });
});

describe("the SQL of this package", () => {
  it("holds no name that is joined into it without being quoted", { timeout: 120_000 }, () => {
    const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(ROOT, "src", name));
    expect(findRawNames(ROOT, files)).toEqual([]);
  });

  it("would be found with such names in it, however they come there", { timeout: 120_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), "tsmigrate-raw-names-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "leaks.ts");
    const lines = [
      `import type { IndexDef, ObjectName, PrimaryKeyDef, TableDef } from ${JSON.stringify(join(ROOT, "src/schema/schema.js"))};`,
      "declare const quote: (name: string) => string;",
      "export const a = (table: TableDef) => `DROP TABLE ${table.name}`;",
      "export const b = ({ name }: ObjectName) => `ALTER TABLE ${name} ENABLE TRIGGER ALL`;",
      "export const c = ({ name: called }: IndexDef) => `DROP INDEX ${called}`;",
      "export const d = (key: PrimaryKeyDef) => `PRIMARY KEY (${key.columns.join(', ')})`;",
      "export const e = (one: ObjectName) => { const it = one.schema ?? 'public'; return `CREATE SCHEMA ${it}`; };",
      "export const good = ({ name }: ObjectName) => `DROP TABLE ${quote(name)}`;",
      "export const message = ({ name }: ObjectName) => `there is no table ${name}`;",
    ];
    writeFileSync(file, lines.join("\n"));
    const places = findRawNames(ROOT, [file]).map(({ place }) => Number(place.split(":").at(-1)));
    expect(places).toEqual([3, 4, 5, 6, 7]);
  });

  it("is counted by the statement as the server's parser does", () => {
    expect(countStatements("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END")).toBe(1);
    expect(countStatements("SELECT ';' -- ;\n")).toBe(1);
    expect(() => expectOneStatement('DROP TABLE "a"; DROP TABLE "b"', [])).toThrow("one message holds 2 statements");
  });
});
