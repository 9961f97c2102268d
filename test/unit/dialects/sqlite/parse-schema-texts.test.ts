import { describe, expect, it } from "vitest";
import { parseCreateIndex, parseCreateView } from "../../../../src/dialects/sqlite/text/parse-create-index.js";
import { parseCreateTrigger } from "../../../../src/dialects/sqlite/text/parse-create-trigger.js";
import { controlsTransaction, splitScript } from "../../../../src/dialects/sqlite/text/split-script.js";

describe("parseCreateIndex", () => {
  it("reads columns, order, collation, expressions and the condition", () => {
    const sql = `CREATE UNIQUE INDEX IF NOT EXISTS main."ix 1" ON [t] (a, "b" DESC, c COLLATE nocase ASC, lower(d, ',') COLLATE RTRIM DESC, (e + 1), ((f))) WHERE a > 1 -- why
      AND b IS NOT NULL;`;
    expect(parseCreateIndex(sql)).toEqual({
      name: "ix 1",
      table: "t",
      unique: true,
      elements: [
        { column: "a" },
        { column: "b", order: "desc" },
        { column: "c", collation: "nocase" },
        { expression: "lower(d, ',')", order: "desc", collation: "RTRIM" },
        { expression: "e + 1" },
        { column: "f" },
      ],
      where: "a > 1 -- why\n      AND b IS NOT NULL",
    });
  });

  it("takes a column named desc or collate for what it is", () => {
    expect(parseCreateIndex('CREATE INDEX i ON t (desc, "collate" DESC)').elements).toEqual([
      { column: "desc" },
      { column: "collate", order: "desc" },
    ]);
  });
});

describe("parseCreateView", () => {
  it("gives the query after AS without its semicolon", () => {
    expect(parseCreateView('CREATE TEMP VIEW IF NOT EXISTS "v" AS /* x */ SELECT 1 AS "as" ; ')).toEqual({
      name: "v",
      columns: [],
      query: 'SELECT 1 AS "as"',
    });
  });

  it("gives the names of the columns", () => {
    expect(parseCreateView("CREATE VIEW v (a, [b c]) AS SELECT 1, 2")).toMatchObject({
      columns: ["a", "b c"],
      query: "SELECT 1, 2",
    });
  });
});

describe("parseCreateTrigger", () => {
  it.each([
    ["CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; END", { name: "a", event: "insert", columns: [], table: "t" }],
    [
      "CREATE TRIGGER IF NOT EXISTS main.b DELETE ON main.t BEGIN SELECT 1; END",
      { name: "b", event: "delete", columns: [], table: "t" },
    ],
    [
      `CREATE TEMP TRIGGER "update" INSTEAD OF UPDATE OF x, "y z" ON v BEGIN SELECT 1; END`,
      { name: "update", event: "update", columns: ["x", "y z"], table: "v" },
    ],
  ])("reads the head of %s", (sql, expected) => {
    expect(parseCreateTrigger(sql)).toEqual(expected);
  });
});

describe("splitScript", () => {
  it("cuts at semicolons outside strings, comments and triggers", () => {
    const script = `
      CREATE TABLE t (a DEFAULT ';'); -- one; two
      CREATE TRIGGER x AFTER INSERT ON t BEGIN
        UPDATE t SET a = CASE WHEN 1 THEN 2 END; DELETE FROM t;
      END;
      ;; SELECT 1`;
    expect(splitScript(script).map((statement) => statement.keys[0])).toEqual(["CREATE", "CREATE", "SELECT"]);
    expect(splitScript(script)[1]!.text.endsWith("END")).toBe(true);
  });

  it("knows what begins or ends a transaction and what does not", () => {
    const controlling = (sql: string) =>
      splitScript(sql)
        .filter(controlsTransaction)
        .map((statement) => statement.text);
    expect(controlling("BEGIN; COMMIT; END; ROLLBACK; begin immediate; rollback transaction")).toHaveLength(6);
    expect(controlling("SAVEPOINT a; ROLLBACK TO a; ROLLBACK TRANSACTION TO a; RELEASE a; SELECT 'COMMIT'")).toEqual(
      [],
    );
  });
});
