import {
  createQueryId,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from "kysely";
import { describe, expect, it } from "vitest";
import { ModelInvalidError } from "../../../src/errors.js";
import { columnRef } from "../../../src/model/column-ref.js";
import { bareExpressionText, expressionText } from "../../../src/model/expression-text.js";
import { sql as ours } from "../../../src/util/load-kysely.js";

describe("expressionText", () => {
  it("gives the text of a template with names quoted", () => {
    expect(expressionText(sql`lower(${sql.ref('users.na"me')}) = ${sql.id("a", "b")}`)).toBe(
      `lower("users"."na""me") = "a"."b"`,
    );
  });

  it("writes literals into the text", () => {
    expect(expressionText(sql`a in (${sql.join([sql.lit("it's"), sql.lit(1), sql.lit(null)])})`)).toBe(
      "a in ('it''s', 1, null)",
    );
  });

  it("takes plain text as SQL", () => {
    expect(expressionText("  a > 0 ")).toBe("a > 0");
  });

  it("refuses a bound parameter and names the place and the way out", () => {
    const compile = () => expressionText(sql`a > ${5}`, "the check 'ck_a'");
    expect(compile).toThrow(ModelInvalidError);
    expect(compile).toThrow("the check 'ck_a' holds a bound parameter: a > $1");
    expect(compile).toThrow(expect.objectContaining({ hint: expect.stringContaining("sql.lit(value)") }));
  });
});

describe("bareExpressionText", () => {
  it.each([
    ["(a > 0)", "a > 0"],
    ["((a > 0))", "a > 0"],
    ["(a) + (b)", "(a) + (b)"],
    ["(a = ')') or (b = '(')", "(a = ')') or (b = '(')"],
    ["(a = '((')", "a = '(('"],
    [`("a)" > 0)`, `"a)" > 0`],
    ["(a /* ) */ > 0)", "a /* ) */ > 0"],
    ["lower(a)", "lower(a)"],
    ["(a", "(a"],
    ["", ""],
  ])("takes the outer parentheses off %s", (given, bare) => {
    expect(bareExpressionText(given)).toBe(bare);
  });
});

describe("a template of our own sql", () => {
  const column = columnRef('na"me');
  const nested = ours`lower(${column})`;

  it.each([
    ["text alone", ours`a > 0`, "a > 0"],
    ["a column", ours`${column} > 0`, '"na""me" > 0'],
    ["another template", ours`${nested} = ${ours`'x'`}`, `lower("na""me") = 'x'`],
    ["what Kysely has to write", ours`${ours.ref("a.b")} = ${ours.lit("it's")}`, `"a"."b" = 'it''s'`],
  ])("gives the text that Kysely's gives: %s", (_what, template, text) => {
    expect(expressionText(template)).toBe(text);
    expect(new PostgresQueryCompiler().compileQuery(template.toOperationNode() as never, createQueryId()).sql).toBe(
      text,
    );
  });

  it("refuses a bound parameter within another template", () => {
    expect(() => expressionText(ours`a > ${ours`${5}`}`)).toThrow("holds a bound parameter: a > $1");
  });

  it("is an expression in Kysely's own builders", () => {
    const db = new Kysely<{ t: { a: number } }>({ dialect: new DummyDialect() });
    const query = db.selectFrom("t").select(ours<number>`a + 1`.as("b")).where(ours<boolean>`a > ${1}`);
    expect(query.compile()).toMatchObject({ sql: 'select a + 1 as "b" from "t" where a > $1', parameters: [1] });
    expect(sql`${nested} is null`.compile(db).sql).toBe('lower("na""me") is null');
  });
});

class DummyDialect {
  createAdapter = () => new PostgresAdapter();
  createDriver = () => new DummyDriver();
  createIntrospector = (db: Kysely<any>) => new PostgresIntrospector(db);
  createQueryCompiler = () => new PostgresQueryCompiler();
}
