import * as prettier from "prettier";
import { describe, expect, it } from "vitest";
import { BUILDER_NAMES, camelCase, createExportNames } from "../../../src/render/export-names.js";
import { renderModels } from "../../../src/render/render-models.js";
import { DEFAULT_NAMING } from "../../../src/schema/naming.js";
import { objectsByKey } from "../../../src/schema/objects.js";
import { EMPTY_SCHEMA, objectKey, type SchemaDef, type TableDef } from "../../../src/schema/schema.js";
import * as builders from "../../../src/schema.js";

const PLAIN = { uniques: [], foreignKeys: [], checks: [], indexes: [] };
const USERS: TableDef = {
  ...PLAIN,
  name: "users",
  columns: [
    { name: "id", type: { name: "integer" }, nullable: false, identity: { generation: "byDefault" } },
    { name: "email", type: { name: "varchar", args: [100] }, nullable: false },
    { name: "mood", type: { name: "enum", object: { name: "mood" } }, nullable: true, comment: "today" },
    { name: "boss_id", type: { name: "integer" }, nullable: true },
  ],
  primaryKey: { name: "pk_users", columns: ["id"] },
  uniques: [{ name: "uq_users_email", columns: ["email"] }],
  foreignKeys: [
    {
      name: "users_boss",
      columns: ["boss_id"],
      target: { name: "users" },
      targetColumns: ["id"],
      onDelete: "set null",
    },
  ],
  checks: [{ name: "ck_users_email", expression: "email <> ''" }],
  indexes: [
    { name: "ix_users_boss_id", unique: false, elements: [{ column: "boss_id", order: "desc" }], where: "boss_id > 0" },
  ],
};

const schemaOf = (...tables: readonly TableDef[]): SchemaDef => ({
  ...EMPTY_SCHEMA,
  tables: Object.fromEntries(tables.map((table) => [objectKey(table), table])),
});
const textOf = (schema: SchemaDef): string => {
  const files = renderModels({ schema, naming: DEFAULT_NAMING, comment: "Models.", customType: () => "string" });
  expect(files.map(({ part }) => part)).toEqual([undefined]);
  return files[0]!.text;
};

describe("renderModels", () => {
  it("writes what a person would: keys with their columns, no name that the convention gives", () => {
    const schema = {
      ...schemaOf(USERS),
      enums: { mood: { name: "mood", values: ["sad", "ok"] } },
      views: { v: { name: "v", definition: "SELECT id\n   FROM users", comment: "all" } },
    };
    expect(textOf(schema)).toBe(`// Models.
import {
  check,
  enumType,
  index,
  integer,
  sql,
  table,
  varchar,
  view,
} from "tsmigrate/schema";

export const mood = enumType("mood", ["sad", "ok"]);

export const users = table(
  "users",
  {
    id: integer().primaryKey().autoIncrement(),
    email: varchar(100).notNull().unique(),
    mood: mood().comment("today"),
    boss_id: integer().references("users.id", {
      name: "users_boss",
      onDelete: "set null",
    }),
  },
  (t) => [
    check(sql\`email <> ''\`),
    index()
      .on(t.boss_id.desc())
      .where(sql\`boss_id > 0\`),
  ],
);

export const v = view(
  "v",
  sql\`SELECT id
   FROM users\`,
).comment("all");
`);
  });

  it("writes names where the convention would give them to others", () => {
    const table = {
      ...USERS,
      checks: [
        { name: "ck_users_email_2", expression: "email <> ''" },
        { name: "ck_users_email", expression: "length(email) < 50" },
      ],
    };
    const text = textOf(schemaOf(table));
    expect(text).toContain("check(\"ck_users_email_2\", sql`email <> ''`)");
    expect(text).toContain('check("ck_users_email", sql`length(email) < 50`)');
  });

  it("keeps to what Prettier would write, whatever the names", async () => {
    const long = "a_name_that_is_much_too_long_to_stand_anywhere_but_on_a_line_by_itself";
    const odd: TableDef = {
      ...PLAIN,
      name: `t"); process.exit(7); ("`,
      comment: "*/ globalThis.pwned=1; /*",
      columns: [
        {
          name: "a b",
          type: { name: "text" },
          nullable: true,
          default: { kind: "sql", text: "'${process.env.HOME}'" },
        },
        { name: "__proto__", type: { name: "custom", text: "`x`" }, nullable: true },
        { name: long, type: { name: "array", element: { name: "varchar", args: [5] } }, nullable: false },
        { name: "期", type: { name: "json" }, nullable: true, default: { kind: "literal", value: { a: [1] } } },
      ],
      uniques: [{ name: `${long}_key`, columns: ["a b", long], nullsNotDistinct: true }],
      indexes: [
        {
          name: "i",
          unique: true,
          elements: [{ column: "a b", nulls: "last" }, { expression: "lower(`x`)" }, { column: long }],
        },
      ],
      rowSecurity: { enabled: true, forced: true },
    };
    const text = textOf({
      ...schemaOf(odd, { ...USERS, name: "table" }),
      enums: { "`e`": { name: "`e`", values: ["`${1}`", "\\", "\u2028"] } },
      objects: objectsByKey([
        {
          kind: "function",
          name: "f",
          signature: "",
          arguments: "",
          language: "sql",
          returns: "int",
          body: "\nselect `1`\n",
        },
        {
          kind: "trigger",
          name: "f",
          table: { name: "table" },
          fires: "BEFORE UPDATE",
          action: "EXECUTE FUNCTION f()",
        },
        { kind: "extension", name: "an_extension_with_a_name_as_long_as_this" },
      ]),
    });
    expect(await prettier.format(text, { parser: "typescript" })).toBe(text);
    expect(text.match(/^export const \w+/gm)?.map((line) => line.slice(13))).toEqual([
      "anExtensionWithANameAsLongAsThis",
      "e",
      "tProcessExit7",
      "tableTable",
      "tableF",
      "f",
    ]);
  });

  it("gives every schema a file where there are many tables in several", () => {
    const many = Array.from({ length: 60 }, (_, at) => ({
      ...PLAIN,
      name: `t${at}`,
      ...(at % 2 === 0 ? {} : { schema: "billing" }),
      columns: [{ name: "id", type: { name: "integer" as const }, nullable: true }],
    }));
    const schema = { ...schemaOf(...many), schemas: ["billing"] };
    const files = renderModels({ schema, naming: DEFAULT_NAMING, comment: "Models.", customType: () => "string" });
    expect(files.map(({ part }) => part)).toEqual([null, "billing"]);
    expect(files[1]!.text).toContain(
      'export const billing = pgSchema("billing");\n\nexport const t1 = billing.table("t1", {',
    );
    expect(files[0]!.text).not.toContain("billing");
  });
});

describe("export names", () => {
  it("hide no builder", () => {
    expect([...BUILDER_NAMES].sort()).toEqual(Object.keys(builders).sort());
  });

  it.each([
    ["user_roles", "userRoles"],
    ["UserRoles", "userRoles"],
    ["API_KEYS", "apiKeys"],
    ["2fa-codes", "2faCodes"],
    ["", ""],
    ["期间", "期间"],
    ["Ärzte_und_über", "ärzteUndÜber"],
    ["bıgınt", "bıgınt"],
    ["💥", ""],
  ])("writes %j as %j", (name, expected) => {
    expect(camelCase(name)).toBe(expected);
  });

  it("differ, and are identifiers that a module may declare", () => {
    const name = createExportNames();
    const given = [
      { name: "users", kind: "table" },
      { name: "Users", kind: "table" },
      { name: "users", schema: "b", kind: "table" },
      { name: "USERS", kind: "table" },
      { name: "class", kind: "table" },
      { name: "text", kind: "view" },
      { name: "2fa", kind: "table" },
      { name: "💥", kind: "table" },
      { name: "touch", kind: "trigger", on: "users" },
      { name: "touch", kind: "trigger", on: "posts" },
    ].map(name);
    expect(given).toEqual([
      "users",
      "usersTable",
      "bUsers",
      "usersTable2",
      "classTable",
      "textView",
      "table2",
      "table3",
      "touch",
      "postsTouch",
    ]);
  });
});
