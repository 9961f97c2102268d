import { describe, expect, it } from "vitest";
import { buildTable } from "../../../src/model/build-table.js";
import { indexElements } from "../../../src/model/item-drafts.js";
import type { ColumnMap, Constraints, TableOptionsInput } from "../../../src/model/table.js";
import { DEFAULT_NAMING, type NamingConvention } from "../../../src/schema/naming.js";
import type { DialectName, TableDef } from "../../../src/schema/schema.js";
import * as s from "../../../src/schema.js";

interface Build {
  readonly columns?: ColumnMap;
  readonly options?: TableOptionsInput;
  readonly dialect?: DialectName | null;
  readonly naming?: NamingConvention;
}

const ABC = { a: s.integer(), b: s.integer(), c: s.text() };

function built(constraints?: Constraints<typeof ABC>, more: Build = {}): TableDef {
  const { columns = ABC, options = {}, dialect = null, naming = DEFAULT_NAMING } = more;
  return buildTable("t", columns, constraints as Constraints, options, { dialect, naming });
}

describe("constraints", () => {
  it("makes a primary key of several columns, which then are not nullable", () => {
    const table = built((t) => [s.primaryKey().on(t.b, t.a)]);
    expect(table.primaryKey).toEqual({ name: "pk_t", conventional: true, columns: ["b", "a"] });
    expect(table.columns.map(({ nullable }) => nullable)).toEqual([false, false, true]);
  });

  it("takes names of columns as revision files write them", () => {
    const table = built([
      s.primaryKey("pk").on("a"),
      s.unique("uq").on("a", "b"),
      s.index("ix").on("c", s.sql`lower(c)`),
      s.foreignKey("fk", ["a", "b"]).references("app.other", ["x", "y"]),
      s.check("ck", s.sql`a > 0`),
    ]);
    expect(table).toMatchObject({
      primaryKey: { name: "pk", columns: ["a"] },
      uniques: [{ name: "uq", columns: ["a", "b"] }],
      indexes: [{ name: "ix", unique: false, elements: [{ column: "c" }, { expression: "lower(c)" }] }],
      foreignKeys: [{ name: "fk", target: { name: "other", schema: "app" }, targetColumns: ["x", "y"] }],
      checks: [{ name: "ck", expression: "a > 0" }],
    });
  });

  it("carries every option of keys and unique constraints", () => {
    const table = built((t) => [
      s.primaryKey("pk").on(t.a).include(t.c, "b").deferrable(),
      s.unique("uq").on(t.b).nullsNotDistinct().include(t.c).deferrable("deferred"),
    ]);
    expect(table.primaryKey).toEqual({ name: "pk", columns: ["a"], include: ["c", "b"], deferrable: "immediate" });
    expect(table.uniques).toEqual([
      { name: "uq", columns: ["b"], nullsNotDistinct: true, include: ["c"], deferrable: "deferred" },
    ]);
  });

  it("carries every option of foreign keys and checks", () => {
    const table = built((t) => [
      s
        .foreignKey([t.a])
        .references("o", ["id"], { onDelete: "set null", onUpdate: "cascade", match: "full", deferrable: "deferred" })
        .notValid(),
      s.foreignKey("fk", [t.b]).references("o", ["id"]).deferrable(),
      s.check("ck", "a > 0").noInherit().notValid(),
    ]);
    expect(table.foreignKeys).toEqual([
      {
        ...{ name: "fk_t_a_o", conventional: true, columns: ["a"], target: { name: "o" }, targetColumns: ["id"] },
        ...{ onDelete: "set null", onUpdate: "cascade", match: "full", deferrable: "deferred", notValid: true },
      },
      { name: "fk", columns: ["b"], target: { name: "o" }, targetColumns: ["id"], deferrable: "immediate" },
    ]);
    expect(table.checks).toEqual([{ name: "ck", expression: "a > 0", noInherit: true, notValid: true }]);
  });

  it("carries every option of indexes and their columns", () => {
    const table = built((t) => [
      s
        .uniqueIndex("ix")
        .on(t.a.desc().nullsLast(), t.c.collate("C").op("text_pattern_ops").nullsFirst(), t.b.desc().asc())
        .where(s.sql`(a is not null)`)
        .using("gist")
        .include(t.b)
        .with({ fillfactor: 70 })
        .nullsNotDistinct(),
    ]);
    expect(table.indexes).toEqual([
      {
        name: "ix",
        unique: true,
        elements: [
          { column: "a", order: "desc", nulls: "last" },
          { column: "c", collation: "C", operatorClass: "text_pattern_ops", nulls: "first" },
          { column: "b" },
        ],
        where: "a is not null",
        method: "gist",
        include: ["b"],
        with: { fillfactor: 70 },
        nullsNotDistinct: true,
      },
    ]);
  });

  it("takes an index column as an object that says everything, and btree as what goes without saying", () => {
    const table = built([
      s.index("ix").on({ expression: s.sql`lower(c)`, order: "desc" }, { column: "a" }).using("btree"),
    ]);
    expect(table.indexes).toEqual([
      { name: "ix", unique: false, elements: [{ expression: "lower(c)", order: "desc" }, { column: "a" }] },
    ]);
    expect(indexElements(["a", s.sql`(b + 1)`])).toEqual([{ column: "a" }, { expression: "b + 1" }]);
  });

  it("puts columns into sql templates as quoted names", () => {
    const table = built((t) => [s.check("ck", s.sql`${t.a} < ${t.b}`)], {
      columns: { ...ABC, a: s.integer() },
    });
    expect(table.checks[0]?.expression).toBe('"a" < "b"');
  });

  it("leaves out what is for the other database, columns with what is on them included", () => {
    const columns = { ...ABC, d: s.inet().only("postgres") };
    const constraints: Constraints = [
      s.index("both").on("a"),
      s.index("gin").on("d").using("gin").only("postgres"),
      s.check("lite", "a > 0").only("sqlite"),
      s.unique("uq").on("a").only("postgres"),
      s.foreignKey("fk", ["a"]).references("o", ["id"]).only("postgres"),
      s.primaryKey("pk").on("a").only("postgres"),
    ];
    const names = (dialect: DialectName | null) => {
      const {
        indexes,
        checks,
        uniques,
        foreignKeys,
        primaryKey,
        columns: all,
      } = buildTable("t", columns, constraints, {}, { naming: DEFAULT_NAMING, dialect });
      return [primaryKey ?? [], indexes, checks, uniques, foreignKeys, all].flat().map(({ name }) => name);
    };
    expect(names("sqlite")).toEqual(["both", "lite", "a", "b", "c"]);
    expect(names("postgres")).toEqual(["pk", "both", "gin", "uq", "fk", "a", "b", "c", "d"]);
    expect(names(null)).toEqual(["pk", "both", "gin", "lite", "uq", "fk", "a", "b", "c", "d"]);
  });
});

describe("names by the convention", () => {
  it("come from the columns that an expression mentions", () => {
    const table = built((t) => [
      s.check(s.sql`b > 0 and length(c) > 1`),
      s.check("'a' <> 'b'"),
      s.index().on(s.sql`lower(${t.c})`, t.a.desc()),
      s.index().on(s.sql`now()`),
    ]);
    expect(table.checks.map(({ name }) => name)).toEqual(["ck_t_b_c", "ck_t"]);
    expect(table.indexes.map(({ name }) => name)).toEqual(["ix_t_c_a", "ix_t"]);
    expect([...table.checks, ...table.indexes].every(({ conventional }) => conventional)).toBe(true);
  });

  it("differ within a table, also from names that were written", () => {
    const table = built((t) => [
      s.check("a > 0"),
      s.check("a < 9"),
      s.check("ck_t_a_2", "a <> 5"),
      s.index().on(s.sql`lower(c)`),
      s.index().on(s.sql`upper(c)`),
      s.index().on(t.c),
      s.check("1 > 0"),
      s.check("2 > 0"),
    ]);
    expect(table.checks.map(({ name }) => name)).toEqual(["ck_t_a", "ck_t_a_3", "ck_t_a_2", "ck_t", "ck_t_2"]);
    expect(table.indexes.map(({ name }) => name)).toEqual(["ix_t_c", "ix_t_c_2", "ix_t_c_3"]);
  });

  it("follow the configured convention", () => {
    const naming: NamingConvention = { index: "{table}_{columns}_idx", check: ({ table }) => `${table}_chk` };
    const table = built([s.index().on("a"), s.check("a > 0"), s.check("b > 0"), s.unique().on("a")], { naming });
    expect([...table.indexes, ...table.checks, ...table.uniques].map(({ name }) => name)).toEqual([
      ...["t_a_idx", "t_chk", "t_chk_2", "uq_t_a"],
    ]);
  });
});

describe("a table", () => {
  it("has the options of its database", () => {
    const options = {
      ...{ schema: "app", comment: "all", sqlite: { strict: true }, postgres: { unlogged: true } },
    };
    expect(built([], { options, dialect: "sqlite" })).toMatchObject({
      ...{ name: "t", schema: "app", comment: "all", options: { sqlite: { strict: true } } },
    });
    expect(built([], { options, dialect: "postgres" }).options).toEqual({ postgres: { unlogged: true } });
    expect(built([], { options, dialect: null }).options).toEqual({
      ...{ sqlite: { strict: true }, postgres: { unlogged: true } },
    });
    expect(built([], { options: { sqlite: {} } })).not.toHaveProperty("options");
  });

  it("holds no key without a value", () => {
    const table = built((t) => [s.index().on(t.a), s.unique().on(t.b), s.foreignKey([t.a]).references("o", ["id"])]);
    const values = (value: unknown): unknown[] =>
      typeof value === "object" && value !== null ? Object.values(value).flatMap(values) : [value];
    expect(values(table)).not.toContain(undefined);
    expect(JSON.parse(JSON.stringify(table))).toEqual(table);
  });

  it("takes any name there is", () => {
    const names = ["select", 'say "hi"', "a.b", "l'été", "漢字", " ", "constructor", "__proto__", "toString", "😀"];
    const columns = Object.fromEntries(names.map((name) => [name, s.integer().notNull().unique()]));
    const { columns: all, uniques } = buildTable(
      'we"ird',
      columns,
      (t) => [s.index().on(...Object.values(t))],
      {},
      { naming: DEFAULT_NAMING, dialect: "postgres" },
    );
    expect(all.map(({ name }) => name)).toEqual(names);
    expect(uniques.map(({ columns: [column] }) => column)).toEqual(names);
    expect(new Set(uniques.map(({ name }) => name)).size).toBe(names.length);
    expect(uniques[7]?.name).toBe('uq_we"ird___proto__');
  });

  it("is never changed by its chain", () => {
    const base = s.table("t", ABC);
    const all = [base, base.comment("x"), base.renamedFrom("y"), base.only("sqlite")];
    expect(new Set(all).size).toBe(4);
    expect(all.every((table) => Object.isFrozen(table))).toBe(true);
  });
});

describe("errors of one table", () => {
  it.each<[string, () => unknown, string]>([
    ["no name", () => buildTable("", ABC, [], {}, { naming: {}, dialect: null }), "a table has no name"],
    ["no columns", () => built([], { columns: {} }), "table 't' has no columns"],
    [
      "no columns for the database",
      () => built([], { columns: { a: s.text().only("postgres") }, dialect: "sqlite" }),
      "table 't' has no columns",
    ],
    [
      "a column that JavaScript takes for the prototype",
      () => built([], { columns: { a: s.text(), __proto__: s.integer() } as never }),
      "the column '__proto__' of table 't'",
    ],
    ["a column without a name", () => built([], { columns: { "": s.integer() } }), "'t' has a column without a name"],
    ["a builder that was not called", () => built([], { columns: { a: s.integer as never } }), "'t.a' is not a column"],
    [
      "two keys of columns",
      () => built([], { columns: { a: s.integer().primaryKey(), b: s.integer().primaryKey() } }),
      "table 't' has 2 primary keys",
    ],
    [
      "a key of a column and one of the table",
      () => built([s.primaryKey().on("b")], { columns: { a: s.integer().primaryKey(), b: s.integer() } }),
      "table 't' has 2 primary keys",
    ],
    [
      "a key on an unknown column",
      () => built([s.primaryKey().on("aa")]),
      "the primary key of table 't' is on column 'aa', which the table does not have",
    ],
    [
      "a unique constraint on an unknown column",
      () => built([s.unique("u").on("z")]),
      "'u' of table 't' is on column 'z'",
    ],
    ["an index on an unknown column", () => built([s.index().on("z")]), "an index of table 't' is on column 'z'"],
    ["an index that includes an unknown column", () => built([s.index("i").on("a").include("z")]), "is on column 'z'"],
    [
      "a foreign key on an unknown column",
      () => built([s.foreignKey(["z"]).references("o", ["id"])]),
      "a foreign key of table 't' is on column 'z'",
    ],
    [
      "a column that is undefined",
      () => built((t) => [s.index("i").on((t as any).nope)]),
      "'i' of table 't' is on column",
    ],
    ["an index on nothing", () => built([s.index("i").on()]), "'i' of table 't' is on no columns"],
    ["a constraint that is unfinished", () => built([s.index("i") as never]), "has a constraint that is none"],
    ["a constraint that is none", () => built([null as never]), "has a constraint that is none: null"],
    [
      "two constraints of one name",
      () => built([s.check("x", "a > 0"), s.unique("x").on("a")]),
      "table 't' has two constraints or indexes named 'x'",
    ],
    [
      "a check with a bound parameter",
      () => built([s.check("positive", s.sql`a > ${1}`)]),
      "'positive' of 't' holds a bound parameter: a > $1",
    ],
    [
      "columns that differ in case only, on SQLite",
      () => built([], { columns: { a: s.integer(), A: s.integer() }, dialect: "sqlite" }),
      "two columns that SQLite takes for 'a'",
    ],
  ])("%s", (_what, build, message) => {
    expect(build).toThrow(
      expect.objectContaining({ name: "ModelInvalidError", message: expect.stringContaining(message) }),
    );
    expect(build).toThrow(expect.objectContaining({ hint: expect.stringMatching(/^[A-Z].*[.?`]$/) }));
  });

  it("suggest the nearest column", () => {
    expect(() => built([s.index().on("full_nam")], { columns: { full_name: s.text() } })).toThrow(
      expect.objectContaining({ hint: "Did you mean 'full_name'?", table: "t", column: "full_nam" }),
    );
  });

  it("allow columns that differ in case only on PostgreSQL", () => {
    expect(built([], { columns: { a: s.integer(), A: s.integer() }, dialect: "postgres" }).columns).toHaveLength(2);
  });
});
