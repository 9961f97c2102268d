import { describe, expect, it } from "vitest";
import { sqlite } from "../../src/dialects/sqlite/index.js";
import type { ColumnChanges, Operation } from "../../src/operations/operation.js";
import type { ColumnDef, TypeDef } from "../../src/schema/schema.js";
import { inTransaction, introspect, rebuild, run, type SqliteFile, sqliteFile } from "../support/sqlite.js";

const t = { name: "t" };
const alter = (column: string, changes: ColumnChanges, using?: string): Operation => ({
  kind: "alterColumn",
  table: t,
  column,
  changes,
  ...(using === undefined ? {} : { using }),
});
const add = (column: ColumnDef): Operation => ({ kind: "addColumn", table: t, column });
const drop = (column: string): Operation => ({ kind: "dropColumn", table: t, column });
const rename = (column: string, to: string): Operation => ({ kind: "renameColumn", table: t, column, to });

function rows({ raw }: SqliteFile, sql = "SELECT * FROM t"): unknown[] {
  return raw.prepare(sql).all();
}

function textOf({ raw }: SqliteFile, name: string): string {
  return String(raw.prepare("SELECT sql FROM sqlite_master WHERE name = ?").pluck().get(name));
}

/** Everything that is stored, to see that nothing happened. */
function everything(db: SqliteFile): unknown {
  return [rows(db), rows(db, "SELECT type, name, sql FROM sqlite_master")];
}

describe("several operations on one table", () => {
  it("are one copy of its rows", async () => {
    const db = await sqliteFile(
      "CREATE TABLE t (a INTEGER, b TEXT, c TEXT); CREATE INDEX i ON t (b, c); INSERT INTO t VALUES (1, '2', 'x')",
    );
    const statements = await rebuild(
      db.connection,
      alter("b", { type: { name: "integer" }, nullable: false }),
      add({ name: "d", type: { name: "text" }, nullable: false, default: { kind: "literal", value: "new" } }),
      drop("c"),
      { kind: "createUniqueConstraint", table: t, constraint: { name: "uq", columns: ["a", "b"] } },
      { kind: "createCheckConstraint", table: t, constraint: { name: "ck", expression: "a > 0" } },
      {
        kind: "createIndex",
        table: t,
        index: { name: "j", unique: false, elements: [{ column: "d", order: "desc" }] },
      },
    );
    expect(statements.filter((statement) => statement.sql.startsWith("INSERT INTO"))).toHaveLength(1);
    expect(rows(db)).toEqual([{ a: 1, b: 2, d: "new" }]);
    expect(rows(db, "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")).toEqual([
      { name: "j" },
    ]);
    expect(statements.flatMap((statement) => statement.hazards).sort()).toEqual([
      "blocksWrites",
      "deletesData",
      "rewritesTable",
    ]);
  });

  it("carry renames into views, triggers, indexes, checks and foreign keys of others, together with other changes", async () => {
    const db = await sqliteFile(`
      CREATE TABLE t (id INTEGER PRIMARY KEY, old TEXT UNIQUE CHECK (old <> ''), n TEXT);
      CREATE TABLE child (x TEXT REFERENCES t (old));
      CREATE INDEX i ON t (lower(old));
      CREATE VIEW v AS SELECT old FROM t;
      CREATE TRIGGER g AFTER INSERT ON child BEGIN UPDATE t SET n = old; END;
      INSERT INTO t VALUES (1, 'a', '5')`);
    await rebuild(
      db.connection,
      alter("n", { type: { name: "varchar", args: [9] } }),
      rename("old", "fresh"),
      { kind: "createCheckConstraint", table: t, constraint: { name: "ck", expression: "fresh <> 'b'" } },
      alter("fresh", { nullable: false }),
    );
    db.raw.exec("INSERT INTO child VALUES ('a')");
    expect(rows(db)).toEqual([{ id: 1, fresh: "a", n: "a" }]);
    expect(rows(db, "SELECT fresh FROM v")).toEqual([{ fresh: "a" }]);
    expect(db.raw.pragma("foreign_key_list(child)")).toMatchObject([{ table: "t", to: "fresh" }]);
    const { tables } = await introspect(db.connection);
    expect(tables.t).toMatchObject({
      columns: [{ name: "id" }, { name: "fresh", nullable: false }, { name: "n", type: { name: "varchar" } }],
      uniques: [{ columns: ["fresh"] }],
      checks: [{ name: null }, { name: "ck" }],
    });
    expect(textOf(db, "i")).toContain("fresh");
  });

  it("rename the table last", async () => {
    const db = await sqliteFile(
      "CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('1'); CREATE VIEW v AS SELECT a FROM t",
    );
    await rebuild(db.connection, alter("a", { nullable: false }), { kind: "renameTable", table: t, to: "u" });
    expect(rows(db, "SELECT * FROM u, v")).toEqual([{ a: "1" }]);
    expect((await introspect(db.connection)).tables.u?.columns[0]?.nullable).toBe(false);
  });

  it("drop and add a column of one name: the new one is empty", async () => {
    const db = await sqliteFile("CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x')");
    await rebuild(db.connection, drop("b"), add({ name: "b", type: { name: "integer" }, nullable: true }));
    expect(rows(db)).toEqual([{ a: 1, b: null }]);
  });

  it("that give one name away and take it again are refused with the way out", async () => {
    const db = await sqliteFile("CREATE TABLE t (a INTEGER, b TEXT)");
    const before = everything(db);
    await expect(
      rebuild(db.connection, rename("a", "c"), rename("b", "a"), rename("c", "b"), alter("a", { nullable: false })),
    ).rejects.toMatchObject({
      code: "TSM_OPERATION_CONFLICT",
      hint: expect.stringContaining("revision of their own"),
    });
    expect(everything(db)).toEqual(before);
  });

  it("that change nothing for SQLite run nothing", async () => {
    const db = await sqliteFile("CREATE TABLE t (a INTEGER NOT NULL)");
    expect(await rebuild(db.connection, alter("a", { nullable: false, comment: "said" }))).toEqual([]);
  });
});

describe("values under a new type", () => {
  const attempt = async (values: string, from: string, to: TypeDef, using?: string) => {
    const db = await sqliteFile(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, v ${from}); INSERT INTO t (v) VALUES ${values}`,
    );
    const before = everything(db);
    try {
      await rebuild(db.connection, alter("v", { type: to }, using));
    } catch (error) {
      expect(everything(db)).toEqual(before);
      return (error as Error).message;
    }
    return db.raw.prepare("SELECT v FROM t").pluck().all();
  };

  it.each<[string, string, TypeDef]>([
    ["('007')", "TEXT", { name: "integer" }],
    ["('abc')", "TEXT", { name: "integer" }],
    ["('1'), (''), ('2')", "TEXT", { name: "bigint" }],
    ["('1.50')", "TEXT", { name: "numeric", args: [9, 2] }],
    ["('99999999999999999999')", "TEXT", { name: "integer" }],
    ["(9007199254740993)", "INTEGER", { name: "real" }],
    ["(x'00')", "BLOB", { name: "integer" }],
    ["('yes')", "TEXT", { name: "boolean" }],
  ])("%s from %s to %j are refused: they would change or not fit", async (values, from, to) => {
    expect(await attempt(values, from, to)).toMatch(
      /column 't\.v' holds values that .* would change or not understand/,
    );
  });

  it.each<[string, string, TypeDef, unknown[]]>([
    ["('7'), (NULL), ('-3')", "TEXT", { name: "integer" }, [7, null, -3]],
    ["(7), (NULL)", "INTEGER", { name: "text" }, ["7", null]],
    ["(1.5), (2.0)", "REAL", { name: "text" }, ["1.5", "2.0"]],
    ["('2024-01-31 10:00:00')", "TEXT", { name: "timestamp" }, ["2024-01-31 10:00:00"]],
    ["('2024-01-31')", "DATE", { name: "text" }, ["2024-01-31"]],
    ["(1), (0)", "INTEGER", { name: "boolean" }, [1, 0]],
    ["(3)", "INTEGER", { name: "real" }, [3]],
    ["('anything')", "INTEGER", { name: "bigint" }, ["anything"]],
    ["('text'), (x'01')", "TEXT", { name: "blob" }, ["text", Buffer.from([1])]],
  ])("%s from %s to %j are kept", async (values, from, to, expected) => {
    expect(await attempt(values, from, to)).toEqual(expected);
  });

  it("are converted as `using` says, without further questions", async () => {
    expect(
      await attempt(
        "('007'), ('x')",
        "TEXT",
        { name: "integer" },
        "CASE WHEN v = 'x' THEN NULL ELSE CAST(v AS INTEGER) END",
      ),
    ).toEqual([7, null]);
  });

  it("are looked at in tables WITHOUT ROWID and in tables that become STRICT", async () => {
    const db = await sqliteFile(
      "CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID; INSERT INTO t VALUES ('a', '1'), ('b', '02')",
    );
    await expect(rebuild(db.connection, alter("v", { type: { name: "integer" } }))).rejects.toThrow("'t.v'");
    await rebuild(db.connection, alter("v", { type: { name: "integer" } }, "CAST(v AS INTEGER)"));
    expect(rows(db)).toEqual([
      { k: "a", v: 1 },
      { k: "b", v: 2 },
    ]);
  });
});

describe("rows that do not fit are refused in a sentence, and nothing changes", () => {
  it.each<[string, Operation, string]>([
    [
      "NULL where it is not allowed any more",
      alter("v", { nullable: false }),
      "column 't.v' holds NULL and cannot become NOT NULL",
    ],
    [
      "a new column that must have a value and has no default",
      add({ name: "n", type: { name: "text" }, nullable: false }),
      "table 't' has rows, and the new column 'n' is NOT NULL without a default",
    ],
    [
      "duplicates under a unique constraint",
      { kind: "createUniqueConstraint", table: t, constraint: { name: "uq", columns: ["d"] } },
      "several rows of 't' have the same (d), which is to be unique",
    ],
    [
      "duplicates under a primary key",
      { kind: "createPrimaryKey", table: t, constraint: { name: "pk", columns: ["d"] } },
      "several rows of 't' have the same (d), which is to be unique",
    ],
    [
      "a check that a row does not fulfil",
      { kind: "createCheckConstraint", table: t, constraint: { name: "ck", expression: "d > 5" } },
      "a row of 't' does not fulfil the new check 'ck' (d > 5)",
    ],
  ])("%s", async (_name, op, message) => {
    const db = await sqliteFile("CREATE TABLE t (d INTEGER, v TEXT); INSERT INTO t VALUES (1, 'x'), (1, NULL)");
    const before = everything(db);
    await expect(rebuild(db.connection, op)).rejects.toThrow(message);
    expect(everything(db)).toEqual(before);
    expect(db.connection.inTransaction).toBe(false);
  });

  it("rows lost to a conflict clause of the table", async () => {
    const db = await sqliteFile(
      "CREATE TABLE t (a INTEGER, b INTEGER); CREATE TABLE u (a INTEGER UNIQUE ON CONFLICT REPLACE); INSERT INTO t VALUES (1, 1), (2, 1)",
    );
    const before = everything(db);
    await expect(
      rebuild(db.connection, {
        kind: "createUniqueConstraint",
        table: t,
        constraint: { name: "uq", columns: ["b"], onConflict: "REPLACE" },
      }),
    ).rejects.toThrow();
    expect(everything(db)).toEqual(before);
  });

  it("a column that only the database knows", async () => {
    const db = await sqliteFile("CREATE TABLE t (a INTEGER, by_hand TEXT); INSERT INTO t VALUES (1, 'precious')");
    const { tables, ...schema } = await introspect(db.connection);
    const known = { ...schema, tables: { t: { ...tables.t!, columns: tables.t!.columns.slice(0, 1) } } };
    const before = await sqlite.refresh!(known, db.connection);
    expect(() => sqlite.compileRebuild([alter("a", { nullable: false })], before)).toThrow(
      "table 't' has a column 'by_hand' that is not expected",
    );
  });
});

describe("dropColumn", () => {
  const KEPT = "CREATE TABLE t (a INTEGER, b TEXT, c TEXT); INSERT INTO t VALUES (1, 'x', 'y');";

  it.each([
    ["an index", "CREATE INDEX i ON t (b, c)"],
    ["the condition of an index", "CREATE INDEX i ON t (a) WHERE c > ''"],
  ])("takes %s that uses the column along", async (_name, sql) => {
    const db = await sqliteFile(KEPT + sql);
    await run(db.connection, drop("c"));
    expect(rows(db)).toEqual([{ a: 1, b: "x" }]);
    expect(rows(db, "SELECT * FROM sqlite_master WHERE type = 'index'")).toEqual([]);
  });

  it("takes keys and checks that use the column along", async () => {
    const db = await sqliteFile(
      "CREATE TABLE o (id INTEGER PRIMARY KEY); CREATE TABLE t (a INTEGER, c INTEGER UNIQUE REFERENCES o CHECK (c > 0), CHECK (a < c), PRIMARY KEY (c, a)); INSERT INTO t VALUES (1, 2)",
    );
    await run(db.connection, drop("c"));
    expect(rows(db)).toEqual([{ a: 1 }]);
    expect((await introspect(db.connection)).tables.t).toMatchObject({ uniques: [], foreignKeys: [], checks: [] });
  });

  it("of a plain column is SQLite's own, with enforcement as it is", async () => {
    const db = await sqliteFile(KEPT);
    expect(await run(db.connection, drop("c"))).toEqual([`ALTER TABLE "t" DROP COLUMN "c"`]);
  });

  it.each([
    ["a view", "CREATE VIEW v AS SELECT c FROM t"],
    ["a view of a view", "CREATE VIEW v AS SELECT * FROM t; CREATE VIEW w AS SELECT c FROM v"],
    ["the body of its own trigger", "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT new.c; END"],
    [
      "the body of another table's trigger",
      "CREATE TABLE o (x); CREATE TRIGGER g AFTER DELETE ON o BEGIN UPDATE t SET c = 1; END",
    ],
  ])("that %s uses fails and leaves everything as it was", async (_name, sql) => {
    const db = await sqliteFile(KEPT + sql);
    const before = everything(db);
    await expect(run(db.connection, drop("c"))).rejects.toThrow(/no such column: (new\.)?c/);
    expect(everything(db)).toEqual(before);
  });

  it("that a trigger fires on is refused with the trigger's name: it would never fire again", async () => {
    const db = await sqliteFile(`${KEPT} CREATE TRIGGER g AFTER UPDATE OF "C" ON t BEGIN SELECT 1; END`);
    await expect(run(db.connection, drop("c"))).rejects.toMatchObject({
      code: "TSM_OPERATION_CONFLICT",
      message: "the trigger 'g' fires on updates of 't.C'",
    });
  });
});

describe("addColumn", () => {
  const column = (parts: Partial<ColumnDef>): Operation =>
    add({ name: "n", type: { name: "text" }, nullable: true, ...parts });

  it.each<[string, Operation, boolean]>([
    ["nullable", column({}), false],
    ["nullable with a constant", column({ default: { kind: "literal", value: "x" } }), false],
    ["NOT NULL with a constant", column({ nullable: false, default: { kind: "literal", value: "x" } }), false],
    ["virtual", column({ generated: { expression: "a", stored: false } }), false],
    ["NOT NULL without a default", column({ nullable: false }), true],
    ["NOT NULL with NULL as default", column({ nullable: false, default: { kind: "literal", value: null } }), true],
    ["with the current time", column({ default: { kind: "now" } }), true],
    ["with an expression", column({ default: { kind: "sql", text: "abs(-1)" } }), true],
    ["stored", column({ generated: { expression: "a", stored: true } }), true],
  ])("%s: a rebuild is needed or not by its form, on an empty table as on a full one", async (_name, op, needed) => {
    for (const insert of ["", "INSERT INTO t VALUES (1)"]) {
      const db = await sqliteFile(`CREATE TABLE t (a INTEGER); ${insert}`);
      expect(await sqlite.needsRebuild(op, () => introspect(db.connection), "3.35.0")).toBe(needed);
      if (insert === "" || !/without|NULL as/.test(_name)) await run(db.connection, op);
    }
  });

  it("fills rows with the default, also where it is computed", async () => {
    const db = await sqliteFile("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2)");
    await run(db.connection, column({ nullable: false, default: { kind: "sql", text: "lower('X')" } }));
    expect(rows(db)).toEqual([
      { a: 1, n: "x" },
      { a: 2, n: "x" },
    ]);
  });

  it("of a key that fills itself gives each row its rowid", async () => {
    const db = await sqliteFile("CREATE TABLE t (v TEXT); INSERT INTO t (rowid, v) VALUES (3, 'a'), (8, 'b')");
    await rebuild(
      db.connection,
      add({
        name: "id",
        type: { name: "integer" },
        nullable: false,
        identity: { generation: "byDefault", reuseIds: false },
      }),
      { kind: "createPrimaryKey", table: t, constraint: { name: "pk_t", columns: ["id"] } },
    );
    expect(rows(db)).toEqual([
      { v: "a", id: 3 },
      { v: "b", id: 8 },
    ]);
    expect(textOf(db, "t")).toContain(`"id" INTEGER CONSTRAINT "pk_t" PRIMARY KEY AUTOINCREMENT`);
  });

  it("does nothing when it is there already and the operation says so", async () => {
    const db = await sqliteFile("CREATE TABLE t (n TEXT)");
    expect(await run(db.connection, { ...column({}), ifNotExists: true } as Operation)).toEqual([]);
  });

  it("in a STRICT table is of a type that such a table knows", async () => {
    const db = await sqliteFile("CREATE TABLE t (a INT) STRICT");
    await run(
      db.connection,
      column({ type: { name: "timestamp" } }),
      column({ name: "m", type: { name: "numeric", args: [9, 2] } }),
    );
    expect((db.raw.pragma("table_info(t)") as { type: string }[]).map((row) => row.type)).toEqual([
      "INT",
      "TEXT",
      "ANY",
    ]);
  });
});

describe("constraints", () => {
  const TABLE =
    "CREATE TABLE o (id INTEGER PRIMARY KEY); CREATE TABLE t (a INTEGER UNIQUE, b INTEGER REFERENCES o, c INTEGER CONSTRAINT fine CHECK (c > 0), UNIQUE (b, c)); INSERT INTO t VALUES (1, NULL, 3)";

  it("without a name are dropped by what they are, and the others stay", async () => {
    const db = await sqliteFile(TABLE);
    await run(db.connection, { kind: "dropConstraint", table: t, name: null, type: "unique", columns: ["a"] });
    await run(db.connection, {
      kind: "dropConstraint",
      table: t,
      name: "fk_t_b_o",
      type: "foreignKey",
      columns: ["b"],
    });
    expect((await introspect(db.connection)).tables.t).toMatchObject({
      uniques: [{ columns: ["b", "c"] }],
      foreignKeys: [],
      checks: [{ name: "fine" }],
    });
    expect(rows(db)).toEqual([{ a: 1, b: null, c: 3 }]);
  });

  it("are renamed, and nothing else of them changes", async () => {
    const db = await sqliteFile(
      "CREATE TABLE t (a TEXT, CONSTRAINT before UNIQUE (a COLLATE NOCASE) ON CONFLICT IGNORE)",
    );
    await run(db.connection, { kind: "renameConstraint", table: t, name: "before", to: "after" });
    expect(textOf(db, "t")).toContain(`CONSTRAINT "after" UNIQUE (a COLLATE NOCASE) ON CONFLICT IGNORE`);
  });

  it("are made and dropped under their names, one after the other", async () => {
    const db = await sqliteFile(TABLE);
    const before = (await introspect(db.connection)).tables;
    await run(
      db.connection,
      {
        kind: "createForeignKey",
        table: t,
        constraint: {
          name: "fk",
          columns: ["a"],
          target: { name: "o" },
          targetColumns: ["id"],
          onDelete: "cascade",
          notValid: true,
        },
      },
      { kind: "dropConstraint", table: t, name: "fk" },
      { kind: "createCheckConstraint", table: t, constraint: { name: "ck", expression: "a <> 9 -- nine" } },
      { kind: "dropConstraint", table: t, name: "ck" },
    ).catch((error: Error) => expect(error).toMatchObject({ violations: expect.anything() }));
    expect((await introspect(db.connection)).tables).toEqual(before);
  });

  it("of a primary key move the key, and the rows keep their order", async () => {
    const db = await sqliteFile(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT NOT NULL); INSERT INTO t VALUES (2, 'b'), (7, 'a')",
    );
    await rebuild(
      db.connection,
      { kind: "dropConstraint", table: t, name: null, type: "primaryKey" },
      { kind: "createPrimaryKey", table: t, constraint: { name: "pk_t", columns: ["k"] } },
    );
    expect(rows(db, "SELECT rowid AS r, * FROM t ORDER BY rowid")).toEqual([
      { r: 2, id: 2, k: "b" },
      { r: 7, id: 7, k: "a" },
    ]);
    expect((await introspect(db.connection)).tables.t).toMatchObject({ primaryKey: { name: "pk_t", columns: ["k"] } });
  });
});

describe("renames", () => {
  it("in case only are done, of tables and of columns", async () => {
    const db = await sqliteFile("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x'); CREATE TABLE c (a REFERENCES t)");
    await run(db.connection, rename("a", "A"), { kind: "renameTable", table: t, to: "T" });
    expect((await introspect(db.connection)).tables.T?.columns[0]?.name).toBe("A");
    expect(db.raw.pragma("foreign_key_list(c)")).toMatchObject([{ table: "T" }]);
    expect(rows(db, "SELECT * FROM T")).toEqual([{ A: "x" }]);
  });

  it("of an index make it again under the other name", async () => {
    const db = await sqliteFile("CREATE TABLE t (a TEXT); CREATE UNIQUE INDEX i ON t (a DESC) WHERE a > ''");
    await run(db.connection, { kind: "renameIndex", index: { name: "i" }, to: "j" });
    expect((await introspect(db.connection)).tables.t?.indexes).toEqual([
      { name: "j", unique: true, elements: [{ column: "a", order: "desc" }], where: "a > ''" },
    ]);
  });
});

describe("a plan that was made earlier", () => {
  it("is not run when triggers or views have changed since", async () => {
    const db = await sqliteFile("CREATE TABLE t (a TEXT); CREATE VIEW v AS SELECT a FROM t");
    const before = await sqlite.refresh!(await introspect(db.connection), db.connection);
    const [guard] = sqlite.compileRebuild([alter("a", { nullable: false })], before);
    expect((await db.connection.query(guard!.sql)).rows).toEqual([]);
    db.raw.exec("CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END");
    expect((await db.connection.query(guard!.sql)).rows).toHaveLength(1);
    expect(guard!.expectNoRow).toContain("changed after the rebuild was planned");
  });

  it("without a database gives the same table, and is not run where there are triggers that nobody knew of", async () => {
    const db = await sqliteFile(
      "CREATE TABLE t (a TEXT, b TEXT); INSERT INTO t VALUES ('1', 'x'); CREATE VIEW v AS SELECT a FROM t",
    );
    const plan = sqlite.compileRebuild([alter("a", { nullable: false })], await introspect(db.connection));
    await inTransaction(db.connection, async () => {
      for (const statement of plan) {
        const { rows: found } = await db.connection.query(statement.sql);
        if (statement.expectNoRow !== undefined) expect(found).toEqual([]);
      }
    });
    expect(rows(db, "SELECT t.a, b FROM t, v")).toEqual([{ a: "1", b: "x" }]);
    db.raw.exec("CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END");
    const guards = plan.filter(({ expectNoRow }) =>
      expectNoRow?.includes("trigger or view that the revisions do not know"),
    );
    expect(guards).toHaveLength(1);
    expect((await db.connection.query(guards[0]!.sql)).rows).toHaveLength(1);
  });
});

describe("a new column that is unique and has a number for a default", () => {
  const changes = [
    {
      kind: "addColumn",
      table: { name: "t" },
      column: { name: "n", type: { name: "integer" }, nullable: false, default: { kind: "literal", value: 0 } },
    },
    { kind: "createUniqueConstraint", table: { name: "t" }, constraint: { name: "uq_t_n", columns: ["n"] } },
  ] as const;

  it("is refused by name where there are several rows", async () => {
    const db = await sqliteFile("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('1'), ('2')");
    await expect(rebuild(db.connection, ...changes)).rejects.toThrow("several rows of 't' have the same (n)");
  });

  it("comes where there is one", async () => {
    const db = await sqliteFile("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('1')");
    await rebuild(db.connection, ...changes);
    expect(rows(db)).toEqual([{ a: "1", n: 0 }]);
  });
});
