import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { schemaFromModels } from "../../../src/model/collect-models.js";
import type { DialectName, SchemaDef } from "../../../src/schema/schema.js";
import * as s from "../../../src/schema.js";
import { loadModels } from "../../support/load-models.js";
import { ROOT } from "../../support/type-compilers.js";

function collect(models: Record<string, unknown>, dialect: DialectName = "postgres"): SchemaDef {
  return schemaFromModels(models, { dialect });
}

/** One line per column, constraint and index: what a reader wants to compare. */
function lines(schema: SchemaDef): readonly string[] {
  const json = (value: object) => JSON.stringify(value).replaceAll('"', "");
  return Object.values(schema.tables).flatMap((table) => [
    `table ${table.name}${table.comment === undefined ? "" : ` -- ${table.comment}`}`,
    ...table.columns.map(({ name, type, nullable, ...rest }) => {
      const args = type.args === undefined ? "" : `(${type.args})`;
      const more = Object.keys(rest).length === 0 ? "" : ` ${json(rest)}`;
      return `  ${name} ${type.name}${args}${nullable ? "" : " not null"}${more}`;
    }),
    ...[table.primaryKey ?? [], table.uniques, table.foreignKeys, table.checks, table.indexes]
      .flat()
      .map(({ name, conventional, ...rest }) => `  ${name}${conventional === true ? "*" : ""} ${json(rest)}`),
  ]);
}

describe("the sample models", () => {
  const file = join(ROOT, "examples/models.ts");
  const expected = `
table categories
  tenant_id integer not null
  id integer not null
  parent_id integer
  pk_categories* {columns:[tenant_id,id]}
  fk_categories_tenant_id_parent_id_categories* {columns:[tenant_id,parent_id],target:{name:categories},targetColumns:[tenant_id,id]}
table user_roles -- who may do what
  id integer not null {identity:{generation:byDefault}}
  user_id integer not null
  role_name varchar(50) not null
  granted_by integer
  pk_user_roles* {columns:[id]}
  uq_user_roles_user_id_role_name {columns:[user_id,role_name]}
  fk_user_roles_user_id_users* {columns:[user_id],target:{name:users},targetColumns:[id],onDelete:cascade}
  fk_granted_by {columns:[granted_by],target:{name:users},targetColumns:[id],onDelete:set null}
  ck_user_roles_role_name {expression:length(role_name) > 0}
  ix_user_roles_role_name {unique:false,elements:[{column:role_name,order:desc},{expression:lower(\\role_name\\)}],where:role_name <> 'guest'}
table users
  id integer not null {identity:{generation:byDefault}}
  username varchar(50) not null
  email varchar(100) not null
  full_name varchar(100)
  is_active boolean not null {default:{kind:literal,value:true}}
  balance numeric(12,2) not null {default:{kind:literal,value:0.00}}
  created_at timestamp not null {default:{kind:now}}
  settings jsonb {comment:per user settings}
  pk_users* {columns:[id]}
  uq_users_username* {columns:[username]}
  uq_users_email* {columns:[email]}`;

  it.each(["sqlite", "postgres"] as const)(
    "give the expected schema for %s, from another copy of the package",
    async (dialect) => {
      const schema = collect(await loadModels(file), dialect);
      expect(lines(schema)).toEqual(expected.split("\n").slice(1));
      expect(schema.enums).toEqual({ mood: { name: "mood", values: ["sad", "ok", "happy"] } });
      expect(schema.views).toEqual({
        active_users: { name: "active_users", definition: "select id, username from users where is_active" },
      });
      expect(schema.schemas).toEqual([]);
    },
  );
});

const id = { id: s.integer().primaryKey() };

describe("schemaFromModels", () => {
  it("finds models in namespaces, defineSchema and other realms, and passes over everything else", () => {
    const a = s.table("a", id);
    const models = {
      a,
      again: a,
      billing: { inner: { b: s.table("b", id) }, plans: s.pgSchema("billing").table("plans", id) },
      default: s.defineSchema({ a, c: s.table("c", id) }),
      foreign: runInNewContext("({ ...given })", { given: { d: s.table("d", id) } }),
      timestamps: { created_at: s.timestamp() },
      nothing: null,
      text: "users",
      list: [s.table("hidden", id)],
      helper: () => s.table("hidden", id),
      when: new Date(),
      map: new Map([["t", s.table("hidden", id)]]),
    };
    const schema = collect(models);
    expect(Object.keys(schema.tables)).toEqual(["a", "b", "billing.plans", "c", "d"]);
    expect(schema.schemas).toEqual(["billing"]);
  });

  it("is not lost in models that hold each other", () => {
    const models: Record<string, unknown> = { a: s.table("a", id) };
    models.self = { models };
    expect(Object.keys(collect(models).tables)).toEqual(["a"]);
  });

  it("takes several modules", () => {
    const schema = schemaFromModels([{ a: s.table("a", id) }, { b: s.table("b", id) }], { dialect: "sqlite" });
    expect(Object.keys(schema.tables)).toEqual(["a", "b"]);
  });

  it("gives the same schema whatever the order of the exports", () => {
    const [a, b] = [s.table("a", id), s.table("b", id)];
    expect(JSON.stringify(collect({ a, b }))).toBe(JSON.stringify(collect({ b, a })));
  });

  it("leaves out what is only for the other database", () => {
    const models = {
      a: s.table("a", { ...id, net: s.inet().only("postgres") }),
      b: s.table("b", id).only("postgres"),
      v: s.view("v", "select 1").only("postgres"),
      e: s.enumType("e", ["x"]).only("postgres"),
    };
    const { tables, views, enums } = collect(models, "sqlite");
    expect([Object.keys(tables), views, enums]).toEqual([["a"], {}, {}]);
    expect(tables.a?.columns.map(({ name }) => name)).toEqual(["id"]);
    const all = collect(models, "postgres");
    expect([all.tables, all.views, all.enums].flatMap(Object.keys)).toEqual(["a", "b", "v", "e"]);
  });

  it("keeps comments and former names", () => {
    const models = {
      a: s.table("a", id, undefined, { comment: "first" }).comment("second").renamedFrom("z"),
      e: s.enumType("e", ["x"]).comment("an enum"),
      v: s.view("v", s.sql`select 1;`).comment("a view"),
    };
    const { tables, enums, views } = collect(models);
    expect(tables.a).toMatchObject({ comment: "second", renamedFrom: "z" });
    expect(enums.e).toEqual({ name: "e", values: ["x"], comment: "an enum" });
    expect(views.v).toEqual({ name: "v", definition: "select 1", comment: "a view" });
  });

  it("puts views into their schemas", () => {
    const models = {
      a: s.table("a", id),
      v: s.view("v", "select 1", { schema: "app" }),
      w: s.pgSchema("web").view("w", "select 2"),
      t: s.view<{ id: number }>()("t", "select id from a"),
    };
    expect(Object.keys(collect(models).views)).toEqual(["app.v", "t", "web.w"]);
    expect(collect(models).schemas).toEqual(["app", "web"]);
  });

  it("knows an enum that only a column uses", () => {
    const mood = s.enumType("mood", ["sad"]);
    const schema = collect({ a: s.table("a", { ...id, mood: mood(), moods: s.array(mood) }) });
    expect(schema.enums).toEqual({ mood: { name: "mood", values: ["sad"] } });
  });

  it("takes the same definition twice, as when a file is bundled twice", () => {
    const define = () => ({ t: s.table("t", id), e: s.enumType("e", ["x"]), v: s.view("v", "select 1") });
    expect(Object.keys(collect({ one: define(), two: define() }).tables)).toEqual(["t"]);
  });

  it("finds targets of foreign keys in keys, unique constraints and unique indexes, in any order", () => {
    const target = s.table("o", { ...id, a: s.integer(), b: s.integer(), c: s.text().unique() }, (t) => [
      s.uniqueIndex().on(t.b, t.a),
    ]);
    const source = s.table("t", { ...id, a: s.integer().references("o.id"), c: s.text().references("o.c") }, (t) => [
      s.foreignKey([t.id, t.a]).references("o", ["a", "b"]),
    ]);
    expect(collect({ target, source }).tables.t?.foreignKeys).toHaveLength(3);
  });

  it("gives indexes and keys of different tables different names", () => {
    const a = s.table("a", { ...id, b_c: s.text() }, (t) => [s.index().on(t.b_c), s.unique().on(t.b_c)]);
    const ab = s.table("a_b", { ...id, c: s.text() }, (t) => [s.index().on(t.c), s.unique().on(t.c)]);
    const written = s.table("z", id, (t) => [s.index("ix_a_b_c").on(t.id)]);
    const inSchema = s.pgSchema("app").table("a_b", { ...id, c: s.text() }, (t) => [s.index().on(t.c)]);
    const { tables } = collect({ a, ab, written, inSchema });
    const names = Object.values(tables).flatMap(({ indexes, uniques }) =>
      [...indexes, ...uniques].map(({ name }) => name),
    );
    expect(names).toEqual(["ix_a_b_c_2", "uq_a_b_c", "ix_a_b_c_3", "uq_a_b_c_2", "ix_a_b_c", "ix_a_b_c"]);
  });

  it("stays apart from a table that has the name an index would get", () => {
    const { tables } = collect({
      a: s.table("a", { ...id, b: s.text() }, (t) => [s.index().on(t.b)]),
      ix: s.table("ix_a_b", id),
    });
    expect(tables.a?.indexes[0]?.name).toBe("ix_a_b_2");
  });

  it("gives no key the name of a check of the same table", () => {
    const a = s.table("a", { ...id, b: s.text().unique() }, [s.check("uq_a_b_2", "b <> ''")]);
    const z = s.table("z", id, (t) => [s.index("uq_a_b").on(t.id)]);
    expect(collect({ a, z }).tables.a?.uniques[0]?.name).toBe("uq_a_b_3");
  });

  it("takes every name that a database can hold", () => {
    const names = ["constructor", "__proto__", "a.b", 'q"uote', "select", "漢字"];
    const models = Object.fromEntries(names.map((name, at) => [`t${at}`, s.table(name, id)]));
    const ref = s.table("ref", {
      ...id,
      a: s.integer().references("constructor.id"),
      b: s.integer().references('"a.b".id'),
    });
    const schema = collect({ ...models, ref });
    expect(Object.values(schema.tables).map(({ name }) => name)).toEqual(expect.arrayContaining([...names, "ref"]));
  });

  it("names the constraints by the configured convention", () => {
    const models = { a: s.table("a", id) };
    const { tables } = schemaFromModels(models, { dialect: "sqlite", naming: { primaryKey: "{table}_pkey" } });
    expect(tables.a?.primaryKey?.name).toBe("a_pkey");
  });
});

const users = s.table("users", { ...id, email: s.text().notNull() });

describe("errors of models", () => {
  it.each<[string, Record<string, unknown>, string, string]>([
    ["no table", { text: "x" }, "the models export no table", "Export the tables"],
    [
      "no table for the database",
      { a: s.table("a", id).only("sqlite") },
      "the models export no table",
      "Export the tables",
    ],
    [
      "one table defined in two ways",
      { users, people: s.table("users", { id: s.bigint().primaryKey() }) },
      "table 'users' is defined twice, by the exports 'users' and 'people'",
      "Keep one of the two",
    ],
    [
      "one enum defined in two ways",
      { users, a: s.enumType("e", ["x"]), b: { c: s.enumType("e", ["y"]) } },
      "enum 'e' is defined twice, by the exports 'a' and 'b.c'",
      "Keep one of the two",
    ],
    [
      "one view defined in two ways",
      { users, a: s.view("v", "select 1"), b: s.view("v", "select 2") },
      "view 'v' is defined twice",
      "Keep one of the two",
    ],
    [
      "a table and a view of one name",
      { users, v: s.view("users", "select 1") },
      "the name 'users' is used twice, by table 'users' and view 'users'",
      "rename one",
    ],
    [
      "an index name on two tables",
      {
        a: s.table("a", id, (t) => [s.index("ix").on(t.id)]),
        b: s.table("b", id, (t) => [s.index("ix").on(t.id)]),
      },
      "the name 'ix' is used twice, by 'ix' of table 'a' and 'ix' of table 'b'",
      "rename one",
    ],
    [
      "an unknown table",
      { users, a: s.table("a", { ...id, u: s.integer().references("user.id") }) },
      "the foreign key 'a.u' refers to table 'user', which the models do not have",
      "Did you mean 'users'?",
    ],
    [
      "a table of another schema",
      { users, a: s.table("a", { ...id, u: s.integer().references("public.users.id") }) },
      "refers to table 'public.users'",
      "Did you mean 'users'?",
    ],
    [
      "an unknown column",
      { users, a: s.table("a", { ...id, u: s.text().references("users.emial") }) },
      "the foreign key 'a.u' refers to 'users.emial', which does not exist",
      "Did you mean 'email'?",
    ],
    [
      "a target that is not unique",
      { users, a: s.table("a", { ...id, u: s.text().references("users.email") }) },
      "refers to 'users.email', which is neither a primary key nor unique",
      "Make the target unique",
    ],
    [
      "a target that is unique in part only",
      {
        o: s.table("o", { ...id, c: s.text() }, (t) => [s.uniqueIndex().on(t.c).where("c is not null")]),
        a: s.table("a", { ...id, u: s.text().references("o.c") }),
      },
      "refers to 'o.c', which is neither a primary key nor unique",
      "Make the target unique",
    ],
    [
      "a wrong number of columns",
      {
        users,
        a: s.table("a", { ...id, b: s.integer() }, (t) => [s.foreignKey([t.id, t.b]).references("users", ["id"])]),
      },
      "the foreign key 'a.id', 'a.b' has 2 columns but refers to 1 of 'users'",
      "as many target columns",
    ],
    [
      "an enum without values",
      { users, mood: s.enumType("mood", ["x"]), a: s.table("a", { ...id, m: s.enumColumn("mod") }) },
      "'a.m' is of enum 'mod', which has no values",
      "Did you mean 'mood'?",
    ],
    [
      "an enum without values in an array",
      { a: s.table("a", { ...id, m: s.array(s.enumColumn("mood")) }) },
      "'a.m' is of enum 'mood'",
      'Give enumType("mood", […]) its values.',
    ],
  ])("%s", (_what, models, message, hint) => {
    const load = () => collect(models);
    expect(load).toThrow(expect.objectContaining({ name: "ModelInvalidError", code: "TSM_MODEL_INVALID" }));
    expect(load).toThrow(expect.objectContaining({ message: expect.stringContaining(message) }));
    expect(load).toThrow(expect.objectContaining({ hint: expect.stringContaining(hint) }));
  });

  it("name table and column in fields", () => {
    const models = { users, a: s.table("a", { ...id, u: s.integer().references("nope.id") }) };
    expect(() => collect(models)).toThrow(expect.objectContaining({ table: "a", column: "u" }));
  });

  it("find names that SQLite takes for the same", () => {
    const models = { users, other: s.table("Users", id) };
    expect(() => collect(models, "sqlite")).toThrow("the name 'users' is used twice");
    expect(Object.keys(collect(models, "postgres").tables)).toEqual(["Users", "users"]);
  });

  it("name a bound parameter's place", () => {
    const models = { a: s.table("a", { ...id, b: s.integer().default(s.sql`${1} + 1`) }) };
    expect(() => collect(models)).toThrow("the default of 'a.b' holds a bound parameter: $1 + 1");
  });
});
