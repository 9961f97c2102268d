/** What the tables of PostgreSQL have besides columns and keys: partitions, parents, exclusions, storage, comments. */
import { describe, expect, it } from "vitest";
import { schemaFromModels } from "../../src/model/collect-models.js";
import type { Operation } from "../../src/operations/operation.js";
import { describeOperation, reverseAll } from "../../src/operations/registry.js";
import {
  check,
  compositeType,
  custom,
  date,
  enumType,
  exclude,
  foreignKey,
  index,
  integer,
  partition,
  primaryKey,
  sql,
  table,
  text,
  unique,
  uniqueIndex,
  varchar,
  view,
} from "../../src/schema.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectTo, difference, introspect, runOperations } from "../support/engine.js";
import { dumpStatements } from "../support/pg-dump.js";
import { renderedOperations } from "../support/rendered-operations.js";

type Models = Readonly<Record<string, unknown>>;

const users = table("users", {
  id: integer().primaryKey().autoIncrement(),
  email: varchar(100).notNull(),
  age: integer(),
});

const columns = {
  id: integer().notNull(),
  at: date().notNull(),
  user_id: integer().references("users.id", { onDelete: "cascade" }),
  note: text().default("none"),
};
const events = table("events", columns, (t) => [primaryKey().on(t.at, t.id), index().on(t.user_id)], {
  postgres: { partitionBy: "RANGE (at)" },
});
const early = partition("events_early", events, sql`for values from (minvalue) to ('2024-01-01')`);
const late = partition("events_late", events, sql`FOR VALUES FROM ('2024-1-1') TO (MAXVALUE)`, (t) => [
  index("ix_late_note").on(t.note),
  check("ck_late", sql`id > 0`),
]);
const others = partition("events_late", events, sql`default`);

const bare = table(
  "docs",
  { id: integer().primaryKey(), body: text(), room: integer(), during: custom("int4range") },
  undefined,
);
const kept = (
  options: Parameters<typeof table>[3],
  ...more: readonly Parameters<ReturnType<typeof text>["postgres"]>[0][]
) =>
  table(
    "docs",
    {
      id: integer().primaryKey(),
      body: more.reduce((column, storage) => column.postgres(storage), text()),
      room: integer(),
      during: custom("int4range"),
    },
    undefined,
    options,
  );

const base = table("base", { id: integer().primaryKey(), name: text().notNull() }, (t) => [
  check("ck_base_name", sql`name <> ''`),
  index("ix_base_name").on(t.name),
]);
const child = table("child", { extra: integer() }, undefined, { inherits: ["base"] });

interface Case {
  readonly what: string;
  readonly since?: number;
  readonly before: Models;
  readonly after: Models;
  /** What the upgrade does, described. */
  readonly does: readonly string[];
}

const CASES: readonly Case[] = [
  {
    what: "partitions are made after their table, and dropped with it",
    before: {},
    after: { events, early, late },
    does: [
      "create table events",
      "create index ix_events_user_id on events",
      "create table events_early",
      "create table events_late",
      "create index ix_late_note on events_late",
    ],
  },
  {
    what: "a partition comes, another one goes",
    before: { events, early },
    after: { events, late },
    does: [
      "detach partition events_early from events",
      "create table events_late",
      "create index ix_late_note on events_late",
      "drop table events_early",
    ],
  },
  {
    what: "tables that hold rows of others come after these, and go before them",
    before: {},
    after: {
      a: table("a", { one: custom("z"), some: custom('"Odd One"[]') }),
      odd: table("Odd One", { it: custom("z") }),
      z: table("z", { id: integer() }),
    },
    does: ["create table z", "create table Odd One", "create table a"],
  },
  {
    what: "bounds change by attaching again",
    before: { events, late: others },
    after: { events, late: partition("events_late", events, sql`for values from ('2024-01-01') to (maxvalue)`) },
    does: ["detach partition events_late from events", "attach partition events_late to events"],
  },
  {
    what: "what changes in the table changes in its partitions",
    before: { events, early, others },
    after: {
      events: table(
        "events",
        { ...columns, note: varchar(80).default("some"), more: integer() },
        (t) => [primaryKey().on(t.at, t.id), index().on(t.user_id), index("ix_more").on(t.more)],
        { postgres: { partitionBy: "RANGE (at)" } },
      ),
      early,
      others,
    },
    does: [
      "add column events.more",
      "alter column events.note (type varchar(80), default)",
      "create index ix_more on events",
    ],
  },
  {
    what: "a partition has a default and a comment of its own",
    before: { events, early },
    after: {
      events,
      early: table("events_early", { note: text().default("own").comment("why").inherited() }, undefined, {
        partitionOf: { table: "events", bounds: sql`for values from (minvalue) to ('2024-01-01')` },
      }),
    },
    does: ["alter column events_early.note (default, comment)"],
  },
  {
    what: "partitions of partitions",
    before: {},
    after: {
      events,
      all: partition("events_all", events, sql`default`, undefined, { postgres: { partitionBy: "HASH (id)" } }),
      even: table("events_even", {}, undefined, {
        partitionOf: { table: "events_all", bounds: sql`for values with (modulus 2, remainder 0)` },
      }),
    },
    does: [
      "create table events",
      "create index ix_events_user_id on events",
      "create table events_all",
      "create table events_even",
    ],
  },
  {
    what: "a child has the columns and checks of its parent",
    before: { base },
    after: { base, child },
    does: ["create table child"],
  },
  {
    what: "a column of the parent that a child has in its own way",
    before: { base, child },
    after: {
      base,
      child: table("child", { extra: integer(), name: text().notNull().default("child").inherited() }, undefined, {
        inherits: ["base"],
      }),
    },
    does: ["alter column child.name (default)"],
  },
  {
    what: "an exclusion",
    before: { bare },
    after: {
      bare: table(
        "docs",
        { id: integer().primaryKey(), body: text(), room: integer(), during: custom("int4range") },
        (t) => [
          exclude("no_overlap")
            .on([t.during, "&&"])
            .using("gist")
            .where(sql`room > 0`)
            .deferrable("deferred")
            .comment("one at a time"),
        ],
      ),
    },
    does: ["create exclude constraint no_overlap on docs"],
  },
  {
    what: "how a table is kept",
    before: { bare },
    after: {
      docs: kept({
        postgres: {
          unlogged: true,
          replicaIdentity: "full",
          storage: { fillfactor: 70, autovacuum_vacuum_scale_factor: 0.5, "toast.autovacuum_enabled": false },
        },
      }),
    },
    does: [
      'set options of table docs (unlogged, replicaIdentity "full", storage {"fillfactor":70,"autovacuum_vacuum_scale_factor":0.5,"toast.autovacuum_enabled":false})',
    ],
  },
  {
    what: "what is off needs no word",
    before: { docs: kept({ postgres: { unlogged: false } }) },
    after: { bare },
    does: [],
  },
  {
    what: "the index that a row is known by",
    before: {},
    after: {
      docs: table("docs", { id: integer().notNull() }, (t) => [uniqueIndex("ux_docs").on(t.id)], {
        postgres: { replicaIdentity: { index: "ux_docs" }, clusterOn: "ux_docs" },
      }),
    },
    does: [
      "create table docs",
      "create unique index ux_docs on docs",
      'set options of table docs (replicaIdentity {"index":"ux_docs"}, clusterOn "ux_docs")',
    ],
  },
  {
    what: "a table that has its columns from a type",
    before: { place: compositeType("place", { id: integer(), name: text() }) },
    after: {
      place: compositeType("place", { id: integer(), name: text() }),
      places: table("places", { id: integer(), name: text().default("x") }, undefined, {
        postgres: { ofType: "place" },
      }),
    },
    does: ["create table places"],
  },
  {
    what: "another column in the type and in the table that is of it",
    before: {
      place: compositeType("place", { id: integer(), name: text() }),
      places: table("places", { id: integer(), name: text() }, undefined, { postgres: { ofType: "place" } }),
    },
    after: {
      place: compositeType("place", { id: integer(), name: text(), zip: text() }),
      places: table("places", { id: integer(), name: text(), zip: text() }, undefined, {
        postgres: { ofType: "place" },
      }),
    },
    does: [
      "set options of table places (none)",
      "alter composite type place (columns)",
      "add column places.zip",
      'set options of table places (ofType "place")',
    ],
  },
  {
    what: "how a column is kept",
    before: { docs: kept({}, { storage: "main" }) },
    after: { docs: kept({}, { storage: "external", statistics: 500, parameters: { n_distinct: -0.5 } }) },
    does: ["alter column docs.body (storage)"],
  },
  {
    what: "compression",
    since: 140_000,
    before: { bare },
    after: { docs: kept({}, { compression: "pglz" }) },
    does: ["alter column docs.body (storage)"],
  },
  {
    what: "comments of all that has one",
    before: {
      mood: enumType("mood", ["sad"]),
      base: table("base", { id: integer().primaryKey(), name: text() }, (t) => [
        unique("uq_base").on(t.name).comment("old"),
        index("ix_base_name").on(t.name),
        foreignKey("fk_base", [t.id]).references("users", ["id"]),
      ]),
      seen: view("seen", sql`select id, name from base`),
    },
    after: {
      mood: enumType("mood", ["sad"], { comment: "how one feels" }),
      base: table("base", { id: integer().primaryKey(), name: text() }, (t) => [
        unique("uq_base").on(t.name),
        index("ix_base_name").on(t.name).comment("it's fast"),
        foreignKey("fk_base", [t.id]).references("users", ["id"]).comment("who"),
      ]),
      seen: view("seen", sql`select id, name from base`, { comment: "all", columnComments: { name: "called" } }),
    },
    does: [
      "drop comment of constraint uq_base of base",
      "comment constraint fk_base of base",
      "comment index ix_base_name",
      "comment view seen",
      "comment column name of seen",
      "comment type mood",
    ],
  },
  {
    what: "a view with options and defaults",
    before: { base },
    after: {
      base,
      seen: view("seen", sql`select id, name from base`, {
        options: { security_barrier: true, check_option: "local" },
        columnDefaults: { name: "'nobody'::text" },
      }),
    },
    does: ["create view seen"],
  },
  {
    what: "SET NULL of some columns only",
    since: 150_000,
    before: {},
    after: {
      pairs: table("pairs", { a: integer(), b: integer() }, (t) => [unique().on(t.a, t.b)]),
      refers: table("refers", { a: integer(), b: integer() }, (t) => [
        foreignKey([t.a, t.b]).references("pairs", ["a", "b"], { onDelete: "set null", onDeleteColumns: ["b"] }),
      ]),
    },
    does: ["create table pairs", "create table refers"],
  },
  {
    what: "what is not validated or enforced",
    since: 180_000,
    before: { bare },
    after: {
      docs: table(
        "docs",
        {
          id: integer().primaryKey(),
          body: text().notNull({ name: "must_have_a_body" }),
          room: integer(),
          during: custom("int4range"),
        },
        (t) => [
          check("ck_later", sql`room > 1`).notValid(),
          check("ck_never", sql`room > 2`).notEnforced(),
          foreignKey("fk_never", [t.room]).references("users", ["id"], { notEnforced: true }),
        ],
      ),
    },
    does: [
      "alter column docs.body (not null, not null)",
      "create check constraint ck_later on docs",
      "create check constraint ck_never on docs",
      "create foreign key fk_never on docs (room) to users",
    ],
  },
  {
    what: "periods that do not overlap",
    since: 180_000,
    before: {},
    after: {
      stays: table("stays", { room: custom("int4range"), during: custom("int4range") }, (t) => [
        primaryKey("pk_stays").on(t.room, t.during).withoutOverlaps(),
      ]),
    },
    does: ["create table stays"],
  },
];

/** A constraint that has a name is dropped by it. */
function asWritten(op: Operation): Operation {
  if (op.kind !== "dropConstraint" || op.name === null) return op;
  const { columns: _columns, ...rest } = op;
  return rest;
}

function wantedOf(models: Models) {
  return schemaFromModels({ users, ...models }, { dialect: "postgres" });
}

describe.each(POSTGRES_DIALECTS)("tables of $name", ({ open }) => {
  it.for(CASES)(
    "$what: up, nothing left, down, nothing left, and the revision says the same",
    async ({ before, after, does, since = 0 }, context) => {
      const database = await open();
      const connection = await connectTo(database.url);
      try {
        if (Number.parseInt(connection.serverVersion, 10) < since / 10_000) {
          context.skip(`needs PostgreSQL ${since / 10_000}`);
        }
        await runOperations(connection, await difference(connection, wantedOf(before)));
        expect(await difference(connection, wantedOf(before))).toEqual([]);
        await connection.script("INSERT INTO users (email, age) VALUES ('a@b', 7)");
        const start = await introspect(connection);
        const dumped = await dumpStatements(database.url);
        const up = await difference(connection, wantedOf(after));
        const down = reverseAll(up, start).operations!;
        expect(renderedOperations(up)).toEqual(up);
        expect(renderedOperations(down)).toEqual(down.map(asWritten));
        expect(up.map(describeOperation)).toEqual(does);
        await runOperations(connection, up);
        expect(await difference(connection, wantedOf(after))).toEqual([]);
        await runOperations(connection, down);
        expect(await introspect(connection)).toEqual(start);
        expect(await dumpStatements(database.url)).toEqual(dumped);
      } finally {
        await connection.close();
        await database.dispose();
      }
    },
  );
});
