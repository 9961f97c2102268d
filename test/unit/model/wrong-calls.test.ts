/** Models are not type-checked when they are loaded: whatever a word is given, it is taken or refused in one sentence. */
import { describe, expect, it } from "vitest";
import { ModelInvalidError } from "../../../src/errors.js";
import { schemaFromModels } from "../../../src/model/collect-models.js";
import * as s from "../../../src/schema.js";
import { mistakesIn, show, type Values } from "../../support/mistakes.js";

type Call = (...given: any[]) => unknown;

const { sql, integer, text } = s;
const parent = s.table("parent", { id: integer().primaryKey() });
const inTable = (column: unknown) => s.table("t", { id: integer().primaryKey(), c: column as never });
const withItem = (item: unknown) => s.table("t", { a: integer(), b: text() }, [item as never]);
const plain = (model: unknown) => model;

/** A word with arguments that are good, and what makes a model of what it gives. */
const WORDS: Readonly<Record<string, readonly [call: Call, good: Values, model: (made: any) => unknown]>> = {
  array: [s.array, [text()], inTable],
  check: [s.check, ["ck", sql`a > 0`], withItem],
  compositeType: [s.compositeType, ["pair", { a: integer() }, { schema: "x", comment: "c" }], plain],
  custom: [s.custom, ["geometry"], inTable],
  definition: [
    s.definition,
    ["statistics", "st", sql`create statistics st on a, b from t`, { further: ["x"], table: "t", comment: "c" }],
    plain,
  ],
  defineSchema: [s.defineSchema as Call, [{ parent }], plain],
  domain: [
    s.domain,
    ["d", text(), { notNull: true, default: "x", check: { a: sql`VALUE <> ''` }, collation: "C", schema: "x" }],
    plain,
  ],
  enumColumn: [s.enumColumn, ["mood", { schema: "x" }], inTable],
  enumType: [s.enumType, ["mood", ["a", "b"], { schema: "x", comment: "c", renamedValues: { c: "a" } }], plain],
  exclude: [s.exclude as Call, ["ex"], (item) => withItem(item.on(["a", "="]))],
  "exclude.on": [(...pairs) => s.exclude().on(...pairs), [["a", "="]], withItem],
  extension: [s.extension, ["citext", { version: "1", into: "public", comment: "c" }], plain],
  foreignKey: [s.foreignKey, ["fk", ["a"]], (item) => withItem(item.references("parent", ["id"]))],
  "foreignKey.references": [
    (...given: Parameters<ReturnType<typeof s.foreignKey>["references"]>) => s.foreignKey(["a"]).references(...given),
    ["parent", ["id"], { onDelete: "cascade", match: "full", deferrable: "deferred", notEnforced: true }],
    withItem,
  ],
  functionDefinition: [
    s.functionDefinition,
    [
      "f",
      {
        ...{ arguments: "a integer", returns: "integer", language: "sql", body: "select 1", volatility: "stable" },
        ...{ strict: true, parallel: "safe", cost: 5, rows: 5, settings: ["a TO 1"], transforms: ["x"], comment: "c" },
      },
    ],
    plain,
  ],
  grant: [s.grant, [["select"], { on: parent, to: "reader", grantable: true }], plain],
  index: [s.index as Call, ["ix"], (item) => withItem(item.on("a"))],
  "index.on": [(...parts) => s.index().on(...parts), ["a", sql`lower(b)`, { column: "a", order: "desc" }], withItem],
  materializedView: [
    s.materializedView,
    ["mv", sql`select 1 as a`, { indexes: [s.index("i").on("a")], with: { fillfactor: 70 }, columns: ["a"] }],
    plain,
  ],
  "materializedView<>": [(...given) => (s.materializedView<object>() as Call)(...given), ["mv", sql`select 1`], plain],
  numeric: [s.numeric, [12, 2], inTable],
  owner: [s.owner, ["admin", { of: parent }], plain],
  partition: [
    s.partition,
    [
      "p",
      s.table("e", { at: integer() }, [], { postgres: { partitionBy: "RANGE (at)" } }),
      sql`default`,
      [],
      { indexNames: {} },
    ],
    plain,
  ],
  pgSchema: [s.pgSchema as Call, ["x", { comment: "c" }], plain],
  "pgSchema.table": [(...given) => (s.pgSchema("x").table as Call)(...given), ["t", { a: integer() }], plain],
  "pgSchema.enumType": [(...given) => (s.pgSchema("x").enumType as Call)(...given), ["t", ["a"]], plain],
  "pgSchema.view": [(...given) => (s.pgSchema("x").view as Call)(...given), ["t", sql`select 1`], plain],
  policy: [
    s.policy,
    ["p", { on: parent, restrictive: true, command: "select", roles: ["r"], using: sql`true`, withCheck: sql`true` }],
    plain,
  ],
  primaryKey: [s.primaryKey as Call, ["pk"], (item) => withItem(item.on("a"))],
  "primaryKey.on": [(...columns) => s.primaryKey().on(...columns), ["a", { column: "b", order: "desc" }], withItem],
  revoke: [s.revoke, [["execute"], { on: { type: "function", name: "f", arguments: "" }, from: "public" }], plain],
  sequence: [s.sequence, ["sq", { type: "integer", start: 5, cycle: true, ownedBy: null, maxValue: 10n }], plain],
  table: [
    s.table,
    [
      "t",
      { a: integer() },
      [],
      { schema: "x", comment: "c", sqlite: { strict: true }, postgres: { unlogged: true }, rowSecurity: "forced" },
    ],
    plain,
  ],
  "table.partitionOf": [
    s.table,
    ["t", {}, [], { partitionOf: { table: "e", bounds: sql`default`, indexNames: {} }, inherits: ["q"] }],
    plain,
  ],
  trigger: [
    s.trigger,
    ["tr", { on: parent, fires: "before update", action: "execute function f()", enabled: "always", comment: "c" }],
    plain,
  ],
  unique: [s.unique as Call, ["uq"], (item) => withItem(item.on("a"))],
  uniqueIndex: [s.uniqueIndex as Call, ["ux"], (item) => withItem(item.on("a"))],
  varchar: [s.varchar, [10], inTable],
  view: [s.view, ["v", sql`select 1 as a`, { columns: ["a"], options: { security_barrier: true } }], plain],
  "view<>": [(...given) => (s.view<object>() as Call)(...given), ["v", sql`select 1`], plain],
};

/** Methods of what words make, by an example that has them all. */
const BUILDERS: Readonly<Record<string, readonly [make: () => any, good: Values, model: (made: any) => unknown]>> = {
  column: [() => text(), [sql`1`], inTable],
  identity: [() => integer(), [{ always: true, start: 1 }], inTable],
  table: [() => s.table("t", { a: integer() }), ["x"], plain],
  view: [() => s.view("v", sql`select 1`), ["x"], plain],
  enum: [() => s.enumType("e", ["a"]), ["x"], plain],
  domain: [() => s.domain("d", text()), ["x"], plain],
  sequence: [() => s.sequence("sq"), ["x"], plain],
  index: [() => s.index("i").on("a"), ["a"], withItem],
  unique: [() => s.unique("u").on("a"), ["b"], withItem],
  primaryKey: [() => s.primaryKey("p").on("a"), ["b"], withItem],
  foreignKey: [() => s.foreignKey(["a"]).references("parent", ["id"]), ["deferred"], withItem],
  exclude: [() => s.exclude("e").on(["a", "="]), ["gist"], withItem],
  check: [() => s.check("c", sql`a > 0`), ["x"], withItem],
};

/** The types of columns, of which two with arguments are above. */
const TYPES = [
  ..."smallint integer bigint serial bigserial real doublePrecision boolean char text uuid xml date time timetz".split(
    " ",
  ),
  ..."timestamp timestamptz interval json jsonb bytea blob inet cidr macaddr bit varbit tsvector tsquery money".split(
    " ",
  ),
  ..."int4range int8range numrange tsrange tstzrange daterange".split(" "),
];

const ALL: Readonly<Record<string, unknown>> = s;

/** What went wrong that is not a sentence of ours. */
function failure(call: () => unknown): string | null {
  try {
    const model = call();
    schemaFromModels({ parent, model }, { dialect: "postgres" });
    schemaFromModels({ parent, model }, { dialect: "sqlite" });
    return null;
  } catch (error) {
    if (!(error instanceof ModelInvalidError))
      return String((error as Error).stack)
        .split("\n", 4)
        .join(" ");
    return /\[object/.test(error.message) ? error.message : null;
  }
}

describe("a word of the models that is given something else", () => {
  it("is one of these, each of which is tried", () => {
    const words = Object.keys(WORDS).map((name) => name.split(/[.<]/, 1)[0]);
    expect(Object.keys(s).filter((name) => !words.includes(name) && !TYPES.includes(name))).toEqual(["sql"]);
  });

  it.each(Object.keys(WORDS))("takes it or says what it takes: %s", (name) => {
    const [call, good, model] = WORDS[name]!;
    expect(failure(() => model(call(...good)))).toBeNull();
    const wrong = mistakesIn(good).flatMap((given) => {
      const found = failure(() => model(call(...given)));
      return found === null ? [] : [`${name}(${show(given)}): ${found}`];
    });
    expect(wrong).toEqual([]);
  });

  it.each(TYPES)("takes it or says what it takes: %s", (name) => {
    const call = ALL[name] as Call;
    const wrong = mistakesIn([undefined, undefined]).flatMap((given) => failure(() => inTable(call(...given))) ?? []);
    expect(wrong).toEqual([]);
  });

  it.each(Object.keys(BUILDERS))("takes it or says what it takes, in each method: %s", (name) => {
    const [make, good, model] = BUILDERS[name]!;
    const builder = make();
    const methods = [...new Set([...Object.keys(builder), ...Object.keys(Object.getPrototypeOf(builder))])].filter(
      (method) => typeof builder[method] === "function",
    );
    expect(methods.length).toBeGreaterThan(1);
    const wrong = methods.flatMap((method) =>
      [...mistakesIn(good), ...mistakesIn(["x", {}]), ...mistakesIn([{}])].flatMap((given) => {
        const found = failure(() => model(make()[method](...given)));
        return found === null ? [] : [`${name}.${method}(${show(given)}): ${found}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it.each([
    [() => s.view("v", { as: sql`select 1` } as never), "view(name, query, options?): 'query' is an object"],
    [() => (s.integer as Call)("id"), "integer takes no argument, not 1"],
    [() => (s.timestamp as Call)({ withTimezone: true }), "timestamp(precision?): 'precision' is an object"],
    [() => (s.varchar as Call)("name", { length: 5 }), "varchar(length?): 'length' is a text"],
    [() => integer().references(parent as never), ".references(target, options?): 'target' is an object"],
    [
      () => integer().references("parent.id", { onDelete: "cascad" } as never),
      "'onDelete' of .references(…) must be one of 'cascade'",
    ],
    [
      () => s.table("t", ((t: unknown) => t) as never),
      "table(name, columns, constraints?, options?): 'columns' is a fun",
    ],
    [() => s.trigger("t", { fires: "before update", action: "x" } as never), "trigger(\"t\") needs 'on'"],
    [() => s.unique().on(5 as never), "unique().on(...columns): 'columns' is a number"],
    [() => (s.view as Call)("v"), "view(name, query, options?): 'query' is missing"],
  ])("says it so: %#", (call, message) => {
    expect(call).toThrow(ModelInvalidError);
    expect(call).toThrow(message);
  });

  it("a name among the options of a table's foreign key is refused, and where it belongs is said", () => {
    const options = { onDelete: "cascade", name: "fk" } as object;
    expect(() => s.foreignKey(["a"]).references("parent", ["id"], options)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining("no option 'name'"),
        hint: expect.stringContaining('foreignKey("fk_name"'),
      }),
    );
  });
});
