import { describe, expect, it } from "vitest";
import { reverseChanges } from "../../src/diff/reverse-changes.js";
import { schemaFromModels } from "../../src/model/collect-models.js";
import { describeOperation } from "../../src/operations/registry.js";
import {
  array,
  bigint,
  check,
  compositeType,
  custom,
  definition,
  domain,
  enumType,
  extension,
  functionDefinition,
  index,
  integer,
  materializedView,
  policy,
  sequence,
  sql,
  table,
  text,
  trigger,
  uniqueIndex,
  varchar,
  view,
} from "../../src/schema.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectTo, difference, introspect, runOperations } from "../support/engine.js";
import { renderedOperations } from "../support/rendered-operations.js";

type Models = Readonly<Record<string, unknown>>;

const users = table("users", {
  id: integer().primaryKey().autoIncrement(),
  email: varchar(100).notNull(),
  age: integer(),
  updated_at: text(),
});

const touch = functionDefinition("touch", {
  returns: "trigger",
  language: "plpgsql",
  body: "begin new.updated_at := 'now'; return new; end",
});
const usersTouch = trigger("users_touch", {
  on: "users",
  fires: "before update",
  action: "for each row execute function touch()",
});

const email = domain("email", text(), { notNull: true, check: sql`value like '%@%'` });
const address = compositeType("address", { street: text(), zip: varchar(10) });
const secured = table(
  "users",
  { id: integer().primaryKey().autoIncrement(), email: varchar(100).notNull(), age: integer(), updated_at: text() },
  undefined,
  { rowSecurity: "forced" },
);
const intoView = trigger("into_v", {
  on: "v",
  fires: "instead of insert",
  action: "for each row execute function touch()",
});

interface Case {
  readonly what: string;
  readonly before: Models;
  readonly after: Models;
  /** What the upgrade does, described. */
  readonly does: readonly string[];
  /** The first version of the server that has it. */
  readonly since?: number;
}

/** A table, a view, a policy and a composite type of an enum. */
const moods = (...values: readonly string[]): Models => {
  const mood = enumType("mood", values);
  return {
    people: table("people", { id: integer(), mood: mood() }),
    seen: view("seen", sql`select mood from people`),
    own: policy("own", { on: "people", using: sql`mood is not null` }),
    pair: compositeType("pair", { one: mood(), two: integer() }),
  };
};

const CASES: readonly Case[] = [
  {
    what: "a value that an enum gets, whatever reads a column of it",
    before: moods("sad", "ok"),
    after: moods("sad", "ok", "happy"),
    does: ["add value 'happy' to enum mood"],
  },
  {
    what: "a sequence that is new",
    before: { users },
    after: { users, numbers: sequence("numbers", { start: 1000, increment: 5, cycle: true, comment: "of invoices" }) },
    does: ["create sequence numbers"],
  },
  {
    what: "a sequence with other bounds, by one ALTER",
    before: { users, numbers: sequence("numbers", { minValue: 1, maxValue: 100 }) },
    after: { users, numbers: sequence("numbers", { minValue: 10, maxValue: 5000, increment: 2, type: "integer" }) },
    does: ["alter sequence numbers (maxValue, type, increment, minValue)"],
  },
  {
    what: "a sequence that counts down, and its comment gone",
    before: { users, numbers: sequence("numbers", { comment: "up" }) },
    after: { users, numbers: sequence("numbers", { increment: -1 }) },
    does: ["alter sequence numbers (comment, increment)"],
  },
  {
    what: "a sequence that a default uses and a column owns",
    before: {},
    after: {
      numbers: sequence("numbers", { ownedBy: { table: "orders", column: "number" } }),
      orders: table("orders", { number: integer().default(sql`nextval('numbers'::regclass)`), other: integer() }),
    },
    does: ["create sequence numbers", "create table orders", "alter sequence numbers (ownedBy)"],
  },
  {
    what: "a function, and a trigger that calls it",
    before: { users },
    after: { users, touch: touch.comment("keeps the time"), usersTouch: usersTouch.comment("calls it") },
    does: ["create function touch()", "create trigger users_touch on users"],
  },
  {
    what: "the body of a function, replaced under its trigger",
    before: { touch, usersTouch },
    after: {
      usersTouch,
      touch: functionDefinition("touch", { returns: "trigger", language: "plpgsql", body: "begin return new; end" }),
    },
    does: ["replace function touch()"],
  },
  {
    what: "a function with another result, around what calls it",
    before: {
      price: functionDefinition("price", { arguments: "amount int", returns: "int", body: "select amount * 2" }),
      prices: view("prices", sql`select id, price(age) as price from users`),
      kept: materializedView("kept", sql`select price from prices`),
    },
    after: {
      price: functionDefinition("price", {
        arguments: "amount int",
        returns: "bigint",
        body: "select amount * 2::bigint",
      }),
      prices: view("prices", sql`select id, price(age) as price from users`),
      kept: materializedView("kept", sql`select price from prices`),
    },
    does: [
      "drop materialized view kept",
      "drop view prices",
      "drop function price(integer)",
      "create function price(integer)",
      "create view prices",
      "create materialized view kept",
    ],
  },
  {
    what: "functions with every attribute",
    since: 14,
    before: {},
    after: {
      many: functionDefinition("many", {
        arguments: "a int, INOUT b text = 'x''y', VARIADIC c varchar(10)[] DEFAULT '{}'",
        returns: "text",
        language: "plpgsql",
        volatility: "stable",
        strict: true,
        securityDefiner: true,
        leakproof: true,
        parallel: "safe",
        cost: 7,
        settings: ["search_path TO 'public', 'pg_temp'", "work_mem TO '4MB'"],
        body: "begin b := $$a'b$$ || '$function$'; end",
      }),
      set: functionDefinition("series", { returns: "SETOF integer", rows: 5, body: "select 1" }),
      all: functionDefinition("all_users", {
        returns: "TABLE(id integer, mail text)",
        body: "select id, email from users",
      }),
      work: functionDefinition("work", {
        arguments: "n double precision",
        language: "plpgsql",
        body: "begin null; end",
      }),
      one: functionDefinition("over", { arguments: "a int", returns: "int", body: "select 1" }),
      other: functionDefinition("over", { arguments: "a text", returns: "int", body: "select 2" }).comment("of text"),
      atomic: functionDefinition("total", { returns: "bigint", sqlBody: "return (select count(*) from users)" }),
      rows: functionDefinition("adults", { returns: "setof users", volatility: "stable", body: "select * from users" }),
    },
    does: [
      "create function adults()",
      "create function all_users()",
      "create function many(integer, text, character varying[])",
      "create function over(integer)",
      "create function over(text)",
      "create function series()",
      "create function total()",
      "create function work(double precision)",
    ],
  },
  {
    what: "a function that a default and a check call, before the table",
    before: {},
    after: {
      code: functionDefinition("new_code", { returns: "text", volatility: "volatile", body: "select 'c' || helper()" }),
      helper: functionDefinition("helper", { returns: "text", body: "select 'h'::text" }),
      valid: functionDefinition("is_valid", {
        arguments: "t text",
        returns: "boolean",
        volatility: "immutable",
        body: "select t <> ''",
      }),
      codes: table("codes", { code: text().default(sql`new_code()`) }, () => [check("ck_codes", sql`is_valid(code)`)]),
    },
    does: [
      "create function helper()",
      "create function is_valid(text)",
      "create function new_code()",
      "create table codes",
    ],
  },
  {
    what: "domains and composite types, and columns of them",
    before: {},
    after: {
      email,
      address,
      people: table("people", { mail: email(), home: address(), mails: array(email()) }),
    },
    does: ["create domain email", "create composite type address", "create table people"],
  },
  {
    what: "a domain with another default, check and not null, by ALTER",
    before: { email, people: table("people", { mail: email() }) },
    after: {
      email: domain("email", text(), {
        default: "a@b",
        check: { has_at: sql`VALUE like '%@%'`, long: "length(value) > 2" },
        comment: "mail",
      }),
      people: table("people", { mail: domain("email") }),
    },
    does: ["alter domain email (checks, notNull, default, comment)"],
  },
  {
    what: "a domain over another type, around its columns",
    before: { email, people: table("people", { mail: email() }) },
    after: { email: domain("email", varchar(300)), people: table("people", { mail: domain("email") }) },
    does: [
      "alter column people.mail (type varchar(300))",
      "drop domain email",
      "create domain email",
      "alter column people.mail (type email)",
    ],
  },
  {
    what: "a composite type with a column more, one less and one changed",
    before: { address },
    after: { address: compositeType("address", { street: varchar(70), country: text() }).comment("where") },
    does: ["alter composite type address (columns, comment)"],
  },
  {
    what: "a materialized view with indexes and a comment",
    before: {
      totals: materializedView("totals", sql`select age, count(*) as n from users group by age`, {
        indexes: [uniqueIndex("ix_totals_age").on("age")],
      }),
    },
    after: {
      totals: materializedView("totals", sql`select age, count(*) as n from users group by age`, {
        indexes: [index("ix_totals_n").on(sql`n + 1`), uniqueIndex("ix_totals_age").on("age")],
        comment: "kept",
      }),
    },
    does: ["create index ix_totals_n on totals", "alter materialized view totals (comment)"],
  },
  {
    what: "a materialized view around a column that changes its type",
    before: {
      totals: materializedView("totals", sql`select age, count(*) as n from users group by age`, {
        indexes: [uniqueIndex("ix_totals_age").on("age")],
      }),
    },
    after: {
      users: table("users", {
        id: integer().primaryKey().autoIncrement(),
        email: varchar(100).notNull(),
        age: bigint(),
        updated_at: text(),
      }),
      totals: materializedView("totals", sql`select age, count(*) as n from users group by age`, {
        indexes: [uniqueIndex("ix_totals_age").on("age")],
      }),
    },
    does: ["drop materialized view totals", "alter column users.age (type bigint)", "create materialized view totals"],
  },
  {
    what: "policies and row security",
    before: {},
    after: {
      users: secured,
      own: policy("own", { on: "users", using: sql`email = current_user`, comment: "one's own" }),
      write: policy("write", {
        on: "users",
        restrictive: true,
        command: "insert",
        withCheck: sql`age > 0`,
        roles: ["current_user"],
      }),
    },
    does: [
      "enable row security, also for the owner, on users",
      "create policy own on users",
      "create policy write on users",
    ],
  },
  {
    what: "a policy that says something else",
    before: {
      users: secured,
      own: policy("own", { on: "users", using: sql`email = current_user`, withCheck: sql`true` }),
    },
    after: { users: secured, own: policy("own", { on: "users", using: sql`age > 3`, withCheck: sql`age > 4` }) },
    does: ["alter policy own on users (using, withCheck)"],
  },
  {
    what: "a policy around a column that goes",
    before: { users: secured, own: policy("own", { on: "users", using: sql`age > 3 or updated_at = ''` }) },
    after: {
      users: table(
        "users",
        { id: integer().primaryKey().autoIncrement(), email: varchar(100).notNull(), age: integer() },
        undefined,
        {
          rowSecurity: "forced",
        },
      ),
      own: policy("own", { on: "users", using: sql`age > 3` }),
    },
    does: ["drop policy own on users", "drop column users.updated_at", "create policy own on users"],
  },
  {
    what: "triggers of every form, and one switched off",
    before: { touch, usersTouch },
    after: {
      touch,
      usersTouch: trigger("users_touch", {
        on: users,
        fires: "before update",
        action: "for each row execute function touch()",
        enabled: "never",
      }),
      late: trigger("late", {
        on: "users",
        constraint: true,
        fires: "after insert or update of age, email",
        action: "deferrable initially deferred for each row when (new.age > 3) execute function touch('a''b', 'c')",
      }),
      rows: trigger("all_rows", {
        on: "users",
        fires: "after delete",
        action: "referencing old table as gone for each statement execute function touch()",
      }),
    },
    does: [
      "alter trigger users_touch on users (enabled)",
      "create trigger all_rows on users",
      "create trigger late on users",
    ],
  },
  {
    what: "a trigger around a column that changes its type",
    before: {
      touch,
      aged: trigger("aged", {
        on: "users",
        fires: "before update of age",
        action: "for each row execute function touch()",
      }),
    },
    after: {
      users: table("users", {
        id: integer().primaryKey().autoIncrement(),
        email: varchar(100).notNull(),
        age: bigint(),
        updated_at: text(),
      }),
      touch,
      aged: trigger("aged", {
        on: "users",
        fires: "before update of age",
        action: "for each row execute function touch()",
      }),
    },
    does: ["drop trigger aged on users", "alter column users.age (type bigint)", "create trigger aged on users"],
  },
  {
    what: "a trigger on a view that changes",
    before: { touch, v: view("v", sql`select id from users`), into: intoView },
    after: { touch, v: view("v", sql`select id, age from users`), into: intoView },
    does: ["drop view v", "create view v", "create trigger into_v on v"],
  },
  {
    what: "a table that goes with its triggers, policies and sequence",
    before: {
      touch,
      numbers: sequence("numbers", { ownedBy: { table: "orders", column: "number" } }),
      orders: table("orders", { number: integer().default(sql`nextval('numbers'::regclass)`) }, undefined, {
        rowSecurity: true,
      }),
      ordered: trigger("ordered", {
        on: "orders",
        fires: "before insert",
        action: "for each row execute function touch()",
      }),
      seen: policy("seen", { on: "orders", using: sql`number > 0` }),
    },
    after: { touch },
    does: ["drop table orders"],
  },
  {
    what: "an extension, and a column of its type",
    before: {},
    after: { citext: extension("citext"), people: table("people", { name: custom("citext") }) },
    does: ["create extension citext", "create table people"],
  },
  {
    what: "a rule and statistics, as they are",
    before: {},
    after: {
      quiet: definition("rule", "quiet ON users", "CREATE RULE quiet AS ON DELETE TO users DO INSTEAD NOTHING", {
        table: "users",
      }),
      both: definition("statistics", "both_of", "CREATE STATISTICS both_of (dependencies) ON email, age FROM users", {
        table: "users",
        comment: "they go together",
      }),
    },
    does: ["create rule quiet ON users", "create statistics both_of"],
  },
  {
    what: "the rest, as it is written",
    before: {},
    after: {
      add: functionDefinition("add", {
        arguments: "integer, integer",
        returns: "integer",
        volatility: "immutable",
        body: "select $1 + $2",
      }),
      watch: functionDefinition("watch", { returns: "event_trigger", language: "plpgsql", body: "begin null; end" }),
      address,
      sum: definition(
        "aggregate",
        "total(integer)",
        "CREATE AGGREGATE total(integer) (SFUNC = add, STYPE = integer, INITCOND = '0')",
      ),
      watched: definition(
        "event trigger",
        "watched",
        "CREATE EVENT TRIGGER watched ON ddl_command_end WHEN TAG IN ('CREATE CAST') EXECUTE FUNCTION watch()",
      ),
      span: definition(
        "type",
        "span",
        "CREATE TYPE span AS RANGE (SUBTYPE = double precision, SUBTYPE_DIFF = float8mi)",
      ),
      cast: definition("cast", "(text AS address)", "CREATE CAST (text AS address) WITH INOUT AS ASSIGNMENT"),
      plus: definition(
        "operator",
        "### (integer, integer)",
        "CREATE OPERATOR ### (FUNCTION = add, LEFTARG = integer, RIGHTARG = integer)",
      ),
      order: definition("collation", "numbers_last", "CREATE COLLATION numbers_last (PROVIDER = libc, LOCALE = 'C')"),
      news: definition(
        "publication",
        "news",
        "CREATE PUBLICATION news FOR TABLE users WITH (publish = 'insert, update, delete, truncate')",
      ),
    },
    does: [
      "create composite type address",
      "create collation numbers_last",
      "create type span",
      "create function add(integer, integer)",
      "create function watch()",
      "create aggregate total(integer)",
      "create cast (text AS address)",
      "create operator ### (integer, integer)",
      "create publication news",
      "create event trigger watched",
    ],
  },
  {
    what: "what newer versions say of types and publications",
    since: 15,
    before: {},
    after: {
      span: definition(
        "type",
        "span",
        "CREATE TYPE span AS RANGE (SUBTYPE = double precision, SUBTYPE_DIFF = float8mi, MULTIRANGE_TYPE_NAME = spans)",
      ),
      news: definition(
        "publication",
        "news",
        "CREATE PUBLICATION news FOR TABLE users (id, email) WHERE ((id > 3)) WITH (publish = 'insert, update, delete, truncate')",
      ),
    },
    does: ["create type span", "create publication news"],
  },
  {
    what: "everything of the kind gone at once",
    before: {
      email,
      address,
      numbers: sequence("numbers"),
      touch,
      usersTouch,
      people: table("people", { mail: email(), home: address() }),
      seen: view("seen", sql`select mail from people`),
      kept: materializedView("kept", sql`select mail from seen`),
    },
    after: {},
    does: [
      "drop trigger users_touch on users",
      "drop materialized view kept",
      "drop view seen",
      "drop function touch()",
      "drop table people",
      "drop composite type address",
      "drop domain email",
      "drop sequence numbers",
    ],
  },
];

function wantedOf(models: Models) {
  return schemaFromModels({ users, ...models }, { dialect: "postgres" });
}

describe.each(POSTGRES_DIALECTS)("schema objects on $name", ({ open }) => {
  it.for(CASES)(
    "$what: up, nothing left, down, nothing left, and the revision says the same",
    async ({ before, after, does, since = 0 }, context) => {
      const database = await open();
      const connection = await connectTo(database.url);
      try {
        if (Number.parseInt(connection.serverVersion, 10) < since) context.skip(`needs PostgreSQL ${since}`);
        await runOperations(connection, await difference(connection, wantedOf(before)));
        expect(await difference(connection, wantedOf(before))).toEqual([]);
        await connection.script("INSERT INTO users (email, age) VALUES ('a@b', 7), ('c@d', 8)");
        const start = await introspect(connection);
        const up = await difference(connection, wantedOf(after));
        const down = reverseChanges(up, start).operations!;
        expect(renderedOperations(up)).toEqual(up);
        expect(renderedOperations(down)).toEqual(down);
        expect(up.map(describeOperation)).toEqual(does);
        await runOperations(connection, up);
        expect(await difference(connection, wantedOf(after))).toEqual([]);
        await runOperations(connection, down);
        expect(await introspect(connection)).toEqual(start);
        const { rows } = await connection.query("SELECT email, age FROM users ORDER BY id");
        expect(rows).toEqual([
          { email: "a@b", age: 7 },
          { email: "c@d", age: 8 },
        ]);
      } finally {
        await connection.close();
        await database.dispose();
      }
    },
  );
});
