import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { format } from "prettier";
import { describe, expect, it } from "vitest";
import { print } from "../../../src/render/document.js";
import {
  array,
  call,
  chain,
  literal,
  longString,
  object,
  type Source,
  sqlExpression,
  string,
  stringLiteral,
  text,
  toDocument,
} from "../../../src/render/source.js";
import { holds } from "../../support/laws.js";

/** The statement as it stands in the body of a revision function. */
function statement(source: Source): string {
  return `export async function upgrade(op: Operations): Promise<void> {\n  ${print(["await op.", toDocument(source), ";"], 2)}\n}\n`;
}

async function expectUnchanged(source: Source): Promise<void> {
  const ours = statement(source);
  expect(await format(ours, { parser: "typescript" })).toBe(ours);
}

describe("toDocument", () => {
  it("keeps a short call on one line", () => {
    expect(print(toDocument(call("dropTable", string("users"))))).toBe('dropTable("users")');
  });

  it("breaks before the constraints when the columns are an expanded object", async () => {
    const source = call(
      "createTable",
      string("users"),
      object(
        [
          [
            "id",
            chain([
              { name: "integer", args: [] },
              { name: "primaryKey", args: [] },
            ]),
          ],
        ],
        true,
      ),
      array([
        chain([
          { name: "unique", args: [string("uq")] },
          { name: "on", args: [string("email")] },
        ]),
      ]),
    );
    await expectUnchanged(source);
  });

  it("hugs a last object", async () => {
    await expectUnchanged(call("createTable", string("users"), object([["id", call("integer")]], true)));
  });

  it("quotes a key that would set the prototype by computing it", () => {
    expect(print(toDocument(object([["__proto__", text("1")]])))).toBe('{ ["__proto__"]: 1 }');
  });

  it("writes what Prettier would leave as it is, whatever the names and lengths", async () => {
    const name = fc.oneof(
      fc.constantFrom("users", "user_roles", "id", "email"),
      fc.stringMatching(/^[a-z_]{1,45}$/),
      fc.string({ maxLength: 12 }),
    );
    const leaf: fc.Arbitrary<Source> = fc.oneof(
      name.map(string),
      fc.integer({ min: 0, max: 9999 }).map((value) => text(String(value))),
      fc.boolean().map((value) => text(String(value))),
      fc.stringMatching(/^[a-z ()><=0-9]{1,50}$/).map(sqlExpression),
    );
    const builder = fc
      .tuple(
        fc.constantFrom("integer", "varchar", "timestamp"),
        fc.array(leaf, { maxLength: 2 }),
        fc.array(
          fc.tuple(
            fc.constantFrom("notNull", "primaryKey", "default", "comment", "references"),
            fc.array(leaf, { maxLength: 2 }),
          ),
          { maxLength: 4 },
        ),
      )
      .map(([first, args, rest]) =>
        chain([{ name: first, args }, ...rest.map(([method, methodArgs]) => ({ name: method, args: methodArgs }))]),
      );
    const strings = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => array(names.map(string)));
    const options = fc
      .uniqueArray(name, { minLength: 1, maxLength: 3 })
      .chain((keys) => fc.tuple(...keys.map((key) => leaf.map((value) => [key, value] as const))))
      .map((entries) => object(entries));
    const columns = fc
      .uniqueArray(name, { minLength: 1, maxLength: 4 })
      .chain((keys) => fc.tuple(...keys.map((key) => builder.map((value) => [key, value] as const))))
      .map((entries) => object(entries, true));
    const constraints = fc.array(builder, { minLength: 1, maxLength: 3 }).map((items) => array(items));
    const operation = fc.oneof(
      fc.tuple(name.map(string), columns).map(([table, body]) => call("createTable", table, body)),
      fc
        .tuple(name.map(string), columns, constraints)
        .map(([table, body, rest]) => call("createTable", table, body, rest)),
      fc.tuple(name.map(string), name.map(string), builder).map((args) => call("addColumn", ...args)),
      fc
        .tuple(name.map(string), name.map(string), strings, name.map(string), strings)
        .map((args) => call("createForeignKey", ...args)),
      fc
        .tuple(name.map(string), name.map(string), strings, name.map(string), strings, options)
        .map((args) => call("createForeignKey", ...args)),
      fc.tuple(name.map(string), name.map(string), options).map((args) => call("alterColumn", ...args)),
      fc.tuple(name.map(string), name.map(string), strings).map((args) => call("createIndex", ...args)),
    );
    await holds(fc.asyncProperty(operation, expectUnchanged), 400);
  });
});

describe("stringLiteral", () => {
  it("means the same text again, whatever it holds", () => {
    holds(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        expect(runInNewContext(stringLiteral(value))).toBe(value);
      }),
      1000,
    );
  });

  it("shows no character that turns the direction of text or hides itself", () => {
    expect(stringLiteral("a\u202eb\u2028c\u200bd")).toBe('"a\\u202eb\\u2028c\\u200bd"');
  });
});

describe("sqlExpression", () => {
  it("is a template for plain text and a string for anything that JavaScript could read", () => {
    expect(print(toDocument(sqlExpression("length(name) > 0")))).toBe("sql`length(name) > 0`");
    expect(print(toDocument(sqlExpression("'${process.env.HOME}'")))).toBe(`sql.raw("'\${process.env.HOME}'")`);
    expect(print(toDocument(sqlExpression("`+eval()+`")))).toBe('sql.raw("`+eval()+`")');
    expect(print(toDocument(sqlExpression("a\\b")))).toBe('sql.raw("a\\\\b")');
    expect(print(toDocument(sqlExpression("größe > '5 €'")))).toBe("sql`größe > '5 €'`");
  });

  it("keeps the lines of a longer text, with escapes for what JavaScript or an editor would change", () => {
    const texts = "a \n`b`\\d\t\n${c}\r\nd\u202e\u00a0\u{e0001}\n\ud800 😀 ";
    expect(print(toDocument(sqlExpression(texts)))).toBe(
      "sql`a\\x20\n\\`b\\`\\\\d\\t\n\\${c}\\r\nd\\u202e\\u00a0\\udb40\\udc01\n\\ud800 😀 `",
    );
  });

  it("means the same text again, whatever it holds", () => {
    const texts = fc.string({
      unit: fc.constantFrom("\n", " ", "\t", "`", "\\", "$", "{", "\r", "x", "'", "\u2028", "é", "😀"),
    });
    const bind = (text: string) =>
      runInNewContext(text, { sql: Object.assign((parts: string[]) => parts[0], { raw: (all: string) => all }) });
    holds(
      fc.property(fc.oneof(texts, fc.string({ unit: "binary" })), (value) => {
        expect(bind(print(toDocument(sqlExpression(value))))).toBe(value);
        expect(bind(print(toDocument(longString(value))))).toBe(value);
      }),
      1000,
    );
  });
});

describe("literal", () => {
  it("writes JSON values as TypeScript", () => {
    expect(print(toDocument(literal({ a: [1, null, true], "b-c": "x" })))).toBe('{ a: [1, null, true], "b-c": "x" }');
  });
});
