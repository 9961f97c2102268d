import { describe, expect, it } from "vitest";
import { readTable } from "../../../../src/dialects/sqlite/catalog/read-table.js";
import { parseCreateTable } from "../../../../src/dialects/sqlite/text/parse-create-table.js";
import { InternalError } from "../../../../src/errors.js";

const read = (sql: string) => readTable(parseCreateTable(sql), []).table;
const column = (text: string) => read(`CREATE TABLE t (c ${text}, other)`).columns[0]!;

describe("parseCreateTable", () => {
  it("reads names in every quoting, with keywords, quotes, newlines and emoji in them", () => {
    const sql = `CREATE TABLE "ta""ble\n;--" ([sel ect] INT, \`fr\`\`om\` TEXT, 'str' BLOB, "🙂" , group_by, "primary" INT)`;
    const node = parseCreateTable(sql);
    expect(node.name).toBe('ta"ble\n;--');
    expect(node.columns.map((one) => one.name)).toEqual(["sel ect", "fr`om", "str", "🙂", "group_by", "primary"]);
  });

  it("reads keywords that SQLite allows as names", () => {
    const node = parseCreateTable(
      "CREATE TABLE replace (key INT, action TEXT, desc TEXT, temp, rowid_ INT, generated INT)",
    );
    expect(node.columns.map((one) => [one.name, one.type])).toEqual([
      ["key", "INT"],
      ["action", "TEXT"],
      ["desc", "TEXT"],
      ["temp", ""],
      ["rowid_", "INT"],
      ["generated", "INT"],
    ]);
  });

  it("keeps types as written, of any number of words, with arguments, signs and quotes", () => {
    const node = parseCreateTable(
      `CREATE TABLE t (a, b unsigned  big int, c VARCHAR ( 10 ), d numeric(+10,-2) NOT NULL, e "my type", f double precision DEFAULT 1)`,
    );
    expect(node.columns.map((one) => one.type)).toEqual([
      "",
      "unsigned  big int",
      "VARCHAR ( 10 )",
      "numeric(+10,-2)",
      '"my type"',
      "double precision",
    ]);
  });

  it("reads comments anywhere, and leaves them out of what it reads", () => {
    const table = read(
      "CREATE TABLE t ( -- the first\n a /* x, */ INT -- y\n NOT /*z*/ NULL, -- last, column\n b TEXT /* no more */ ) /* end */",
    );
    expect(table.columns).toMatchObject([
      { name: "a", type: { name: "custom", text: "INT" }, nullable: false },
      { name: "b", type: { name: "text" }, nullable: true },
    ]);
  });

  it("reads every column constraint with its name and conflict clause", () => {
    const { constraints } = parseCreateTable(
      `CREATE TABLE t (c INT CONSTRAINT nn NOT NULL ON CONFLICT IGNORE CONSTRAINT "u q" UNIQUE ON CONFLICT REPLACE
        CONSTRAINT ck CHECK (c > 0) CONSTRAINT d DEFAULT (1 + 2) COLLATE nocase CONSTRAINT f REFERENCES o (x) ON DELETE CASCADE)`,
    ).columns[0]!;
    expect(constraints).toMatchObject([
      { kind: "notNull", name: "nn", onConflict: "IGNORE", text: "CONSTRAINT nn NOT NULL ON CONFLICT IGNORE" },
      { kind: "unique", name: "u q", onConflict: "REPLACE", body: "UNIQUE ON CONFLICT REPLACE" },
      { kind: "check", name: "ck", expression: "c > 0" },
      { kind: "default", name: "d", expression: "1 + 2", parenthesized: true },
      { kind: "collate", collation: "nocase" },
      { kind: "foreignKey", name: "f", reference: { table: "o", columns: ["x"], onDelete: "CASCADE" } },
    ]);
  });

  it("reads table constraints, with and without commas between them", () => {
    const node = parseCreateTable(
      `CREATE TABLE t (a, b, CONSTRAINT pk PRIMARY KEY (a DESC, b COLLATE NOCASE) ON CONFLICT FAIL UNIQUE ((b), a)
        CHECK (a <> ')' AND b <> "(") , CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES o)`,
    );
    expect(node.constraints).toMatchObject([
      {
        kind: "primaryKey",
        name: "pk",
        onConflict: "FAIL",
        columns: [
          { name: "a", descending: true, collation: null },
          { name: "b", descending: false, collation: "NOCASE" },
        ],
      },
      { kind: "unique", columns: [{ name: "b" }, { name: "a" }] },
      { kind: "check", expression: `a <> ')' AND b <> '('` },
      { kind: "foreignKey", name: "fk", columns: ["a", "b"], reference: { table: "o", columns: [] } },
    ]);
  });

  it("reads all that a foreign key can say", () => {
    const table = read(
      `CREATE TABLE t (a REFERENCES o (x) ON UPDATE SET DEFAULT ON DELETE SET NULL MATCH FULL NOT NULL DEFERRABLE INITIALLY DEFERRED,
        b REFERENCES o (x) DEFERRABLE, c REFERENCES o (x) NOT DEFERRABLE INITIALLY DEFERRED ON CONFLICT ABORT)`.replace(
        " ON CONFLICT ABORT",
        "",
      ),
    );
    expect(table.foreignKeys).toEqual([
      {
        name: null,
        columns: ["a"],
        target: { name: "o" },
        targetColumns: ["x"],
        onDelete: "set null",
        onUpdate: "set default",
        match: "full",
        deferrable: "deferred",
      },
      { name: null, columns: ["b"], target: { name: "o" }, targetColumns: ["x"], deferrable: "immediate" },
      { name: null, columns: ["c"], target: { name: "o" }, targetColumns: ["x"] },
    ]);
    expect(table.columns[0]!.nullable).toBe(false);
  });

  it("reads generated columns in their long and short form", () => {
    expect(column("INT GENERATED ALWAYS AS (other * (2 + 1)) STORED").generated).toEqual({
      expression: "other * (2 + 1)",
      stored: true,
    });
    expect(column("AS (other || 'x')").generated).toEqual({ expression: "other || 'x'", stored: false });
    expect(column("TEXT AS (other) VIRTUAL NOT NULL")).toMatchObject({ nullable: false, generated: { stored: false } });
  });

  it("reads STRICT and WITHOUT ROWID in any order", () => {
    expect(read("CREATE TABLE t (a INT PRIMARY KEY) without rowid, STRICT").options).toEqual({
      sqlite: { strict: true, withoutRowid: true },
    });
    expect(read("CREATE TABLE t (a INT)").options).toBeUndefined();
  });

  it("takes INTEGER PRIMARY KEY for a column that fills itself, and nothing else", () => {
    const identity = (sql: string) => read(sql).columns[0]!.identity;
    expect(identity("CREATE TABLE t (a INTEGER PRIMARY KEY)")).toEqual({ generation: "byDefault" });
    expect(identity("CREATE TABLE t (a integer, PRIMARY KEY (a DESC))")).toEqual({ generation: "byDefault" });
    expect(identity("CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)")).toEqual({
      generation: "byDefault",
      reuseIds: false,
    });
    expect(identity("CREATE TABLE t (a INTEGER, PRIMARY KEY (a AUTOINCREMENT))")?.reuseIds).toBe(false);
    expect(identity("CREATE TABLE t (a INT PRIMARY KEY)")).toBeUndefined();
    expect(identity("CREATE TABLE t (a INTEGER PRIMARY KEY DESC)")).toBeUndefined();
    expect(identity("CREATE TABLE t (a INTEGER PRIMARY KEY) WITHOUT ROWID")).toBeUndefined();
    expect(identity("CREATE TABLE t (a INTEGER, b, PRIMARY KEY (a, b))")).toBeUndefined();
  });

  it("spells columns in keys as the columns spell themselves", () => {
    const table = read("CREATE TABLE t (Id INT, Name TEXT, PRIMARY KEY (id), UNIQUE (NAME))");
    expect(table.primaryKey?.columns).toEqual(["Id"]);
    expect(table.uniques[0]?.columns).toEqual(["Name"]);
  });

  it("ignores a constraint name without a constraint, as SQLite does", () => {
    const table = read("CREATE TABLE t (a INT CONSTRAINT lost NULL CONSTRAINT nobody, CONSTRAINT alone)");
    expect(table).toMatchObject({ checks: [], uniques: [], columns: [{ name: "a", nullable: true }] });
  });

  it("says which text it could not read", () => {
    expect(() => parseCreateTable("CREATE TABLE t (a CHECK (1")).toThrow(InternalError);
    expect(() => parseCreateTable("SELECT 1")).toThrow(/expected CREATE/);
  });

  it("takes time in proportion to the text", () => {
    const started = performance.now();
    const columns = Array.from(
      { length: 2_000 },
      (_, index) => `c${index} INT CHECK (${"(".repeat(50)}1${")".repeat(50)})`,
    );
    expect(parseCreateTable(`CREATE TABLE t (${columns.join(", ")})`).columns).toHaveLength(2_000);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
