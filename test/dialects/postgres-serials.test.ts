/** Columns that a sequence numbers: as SERIAL makes them, or nearly so. */
import { describe, expect, it } from "vitest";
import { schemaFromModels } from "../../src/model/collect-models.js";
import { describeOperation } from "../../src/operations/registry.js";
import { integer, serial, table } from "../../src/schema.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectTo, difference, introspect, runOperations } from "../support/engine.js";
import { itChanges, type SqlChange } from "../support/sql-changes.js";

const SERIAL = "CREATE TABLE t (id serial PRIMARY KEY, n integer)";
/** As a server before version 10 made it. */
const OLD_SERIAL = `${SERIAL}; ALTER SEQUENCE t_id_seq AS bigint`;
const ROWS = "INSERT INTO t (n) VALUES (1), (2)";
const NUMBERED = `CREATE SEQUENCE s; CREATE TABLE t (id integer PRIMARY KEY DEFAULT nextval('s'), n integer)`;
const retyped = (type: string, sequence: string) =>
  `ALTER TABLE "t" ALTER COLUMN "id" DROP DEFAULT, ALTER COLUMN "id" TYPE ${type}, ALTER COLUMN "id" SET DEFAULT (nextval('${sequence}'::regclass))`;
const narrowed = (sequence: string, type: string, most: number, from: string) => [
  `ALTER SEQUENCE "${sequence}" MINVALUE 1 MAXVALUE ${from}`,
  `SELECT pg_catalog.setval('"${sequence}"'::regclass, 1, false) FROM "${sequence}" WHERE last_value NOT BETWEEN 1 AND ${most}`,
  `ALTER SEQUENCE "${sequence}" AS ${type} MAXVALUE ${most}`,
];
const above = (sequence: string, most: string) =>
  `SELECT pg_catalog.setval('"${sequence}"'::regclass, pg_catalog.max("id") + 1, false) FROM "t" HAVING pg_catalog.max("id") >= (SELECT last_value FROM "${sequence}") AND pg_catalog.max("id") < ${most}`;
const BIGGEST = "9223372036854775807";

const CHANGES: readonly SqlChange[] = [
  {
    what: "an integer column with a sequence of bigint is made, and goes",
    after: NUMBERED,
    up: [
      'CREATE SEQUENCE "s"',
      `CREATE TABLE "t" ( "id" integer NOT NULL DEFAULT (nextval('s'::regclass)), "n" integer, CONSTRAINT "t_pkey" PRIMARY KEY ("id") )`,
    ],
    down: ['DROP TABLE "t"', 'DROP SEQUENCE "s"'],
  },
  {
    what: "a smallserial column is made, and goes",
    after: "CREATE TABLE t (id smallserial)",
    up: [
      'CREATE SEQUENCE "t_id_seq" AS smallint',
      `CREATE TABLE "t" ( "id" smallint NOT NULL DEFAULT (nextval('t_id_seq'::regclass)) )`,
      'ALTER SEQUENCE "t_id_seq" OWNED BY "t"."id"',
    ],
    down: ['ALTER SEQUENCE "t_id_seq" OWNED BY NONE', 'DROP TABLE "t"', 'DROP SEQUENCE "t_id_seq"'],
  },
  {
    what: "an integer column with a sequence of bigint becomes bigint",
    both: OLD_SERIAL,
    after: "ALTER TABLE t ALTER id TYPE bigint",
    rows: ROWS,
    up: [retyped("bigint", "t_id_seq")],
    down: [retyped("integer", "t_id_seq")],
  },
  {
    what: "so does one whose sequence belongs to nobody",
    both: NUMBERED,
    after: "ALTER TABLE t ALTER id TYPE bigint",
    rows: ROWS,
    up: [retyped("bigint", "s")],
    down: [retyped("integer", "s")],
  },
  {
    what: "a smallserial column becomes serial",
    both: "CREATE TABLE t (id smallserial PRIMARY KEY, n integer)",
    after: "ALTER TABLE t ALTER id TYPE integer; ALTER SEQUENCE t_id_seq AS integer",
    rows: ROWS,
    up: ['ALTER SEQUENCE "t_id_seq" AS integer MAXVALUE 2147483647', retyped("integer", "t_id_seq")],
    down: [retyped("smallint", "t_id_seq"), ...narrowed("t_id_seq", "smallint", 32767, "2147483647")],
  },
  {
    what: "a serial column becomes bigint and its sequence does not",
    both: SERIAL,
    after: "ALTER TABLE t ALTER id TYPE bigint",
    rows: ROWS,
    up: [retyped("bigint", "t_id_seq")],
    down: [retyped("integer", "t_id_seq")],
  },
  {
    what: "the sequence of a serial column becomes bigint",
    both: SERIAL,
    after: "ALTER SEQUENCE t_id_seq AS bigint",
    rows: ROWS,
    up: [`ALTER SEQUENCE "t_id_seq" AS bigint MAXVALUE ${BIGGEST}`],
    down: narrowed("t_id_seq", "integer", 2147483647, BIGGEST),
  },
  {
    what: "a column that was serial before version 10 becomes serial as it is today",
    both: SERIAL,
    before: "ALTER SEQUENCE t_id_seq AS bigint",
    rows: ROWS,
    up: narrowed("t_id_seq", "integer", 2147483647, BIGGEST),
    down: [`ALTER SEQUENCE "t_id_seq" AS bigint MAXVALUE ${BIGGEST}`],
  },
  {
    what: "the sequence of a serial column gets an option and a comment",
    both: SERIAL,
    after: "ALTER SEQUENCE t_id_seq CACHE 10; COMMENT ON SEQUENCE t_id_seq IS 'ten at a time'",
    rows: ROWS,
    up: ['ALTER SEQUENCE "t_id_seq" CACHE 10', `COMMENT ON SEQUENCE "t_id_seq" IS 'ten at a time'`],
    down: ['ALTER SEQUENCE "t_id_seq" CACHE 1', 'COMMENT ON SEQUENCE "t_id_seq" IS NULL'],
  },
  {
    what: "the sequence of a serial column gets another name",
    both: SERIAL,
    after: "ALTER SEQUENCE t_id_seq RENAME TO numbers",
    rows: ROWS,
    up: ['ALTER SEQUENCE "t_id_seq" RENAME TO "numbers"'],
    down: ['ALTER SEQUENCE "numbers" RENAME TO "t_id_seq"'],
  },
  {
    what: "the sequence of a serial column belongs to nobody any more",
    both: SERIAL,
    after: "ALTER SEQUENCE t_id_seq OWNED BY NONE",
    rows: ROWS,
    up: ['ALTER SEQUENCE "t_id_seq" OWNED BY NONE'],
    down: ['ALTER SEQUENCE "t_id_seq" OWNED BY "t"."id"'],
  },
  {
    what: "a serial column loses its default and keeps its sequence",
    both: SERIAL,
    after: "ALTER TABLE t ALTER id DROP DEFAULT",
    rows: ROWS,
    up: ['ALTER TABLE "t" ALTER COLUMN "id" DROP DEFAULT'],
    down: [
      `ALTER TABLE "t" ALTER COLUMN "id" SET DEFAULT (nextval('t_id_seq'::regclass))`,
      above("t_id_seq", "2147483647"),
    ],
  },
  {
    what: "a column with a sequence becomes an identity, which numbers on, as it does after the downgrade",
    both: "CREATE TABLE t (id integer PRIMARY KEY, n integer)",
    before: "CREATE SEQUENCE s OWNED BY t.id; ALTER TABLE t ALTER id SET DEFAULT nextval('s')",
    after: "ALTER TABLE t ALTER id ADD GENERATED BY DEFAULT AS IDENTITY",
    rows: ROWS,
    up: [
      'ALTER SEQUENCE "s" OWNED BY NONE',
      'ALTER TABLE "t" ALTER COLUMN "id" DROP DEFAULT',
      'ALTER TABLE "t" ALTER COLUMN "id" ADD GENERATED BY DEFAULT AS IDENTITY',
      `SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence('"t"', 'id'), coalesce(pg_catalog.max("id"), 0) + 1, false) FROM "t"`,
      'ALTER SEQUENCE "s" OWNED BY "t"."id"',
      'DROP SEQUENCE "s"',
    ],
    down: [
      'CREATE SEQUENCE "s" OWNED BY "t"."id"',
      'ALTER SEQUENCE "s" OWNED BY NONE',
      'ALTER TABLE "t" ALTER COLUMN "id" DROP IDENTITY',
      `ALTER TABLE "t" ALTER COLUMN "id" SET DEFAULT (nextval('s'::regclass))`,
      'ALTER SEQUENCE "s" OWNED BY "t"."id"',
      above("s", BIGGEST),
    ],
    meanwhile: "INSERT INTO t (n) VALUES (3)",
    afterwards: "INSERT INTO t (n) VALUES (3)",
  },
];

const MODELS = { t: table("t", { id: serial().primaryKey({ name: "t_pkey" }), n: integer() }) };

/** What is there, and what autogenerate does about it when the models say `serial()`. */
const FOUND: readonly (readonly [sql: string, does: readonly string[]])[] = [
  [SERIAL, []],
  [OLD_SERIAL, ["alter sequence t_id_seq (type)"]],
  [`${SERIAL}; ALTER SEQUENCE t_id_seq RENAME TO other`, []],
  [`${SERIAL}; ALTER SEQUENCE t_id_seq OWNED BY NONE`, ["alter sequence t_id_seq (ownedBy)"]],
  [`${SERIAL}; ALTER TABLE t ALTER id DROP DEFAULT`, ["alter column t.id (default)"]],
  [`${SERIAL}; ALTER TABLE t ALTER id TYPE bigint`, ["alter column t.id (type integer, default)"]],
  [NUMBERED, ["alter sequence s (type)", "alter sequence s (ownedBy)"]],
  [
    `${NUMBERED}; CREATE TABLE other (id integer DEFAULT nextval('s')); DROP TABLE other`,
    ["alter sequence s (type)", "alter sequence s (ownedBy)"],
  ],
];

describe.each(POSTGRES_DIALECTS)("sequences of columns on $name", (dialect) => {
  itChanges(dialect, CHANGES);

  it.each(FOUND)("serial() in the models where there is %s", async (sql, does) => {
    const database = await dialect.open();
    const connection = await connectTo(database.url);
    try {
      await connection.script(`${sql}; ${ROWS.replace("(n)", "(id, n)").replace("(1), (2)", "(1, 1), (2, 2)")}`);
      const wanted = schemaFromModels(MODELS, { dialect: "postgres" });
      const operations = await difference(connection, wanted);
      expect(operations.map(describeOperation)).toEqual(does);
      await runOperations(connection, operations);
      expect(await difference(connection, wanted)).toEqual([]);
      // Nobody asked about sequences.
      await connection.script(`DROP TABLE t; DROP SEQUENCE IF EXISTS t_id_seq, s; ${sql}`);
      const found = await introspect(connection);
      const lax = { ...wanted, objects: { ...found.objects, ...wanted.objects } };
      const left = (await difference(connection, lax)).map(describeOperation);
      expect(left.filter((text) => text.includes("sequence"))).toEqual([]);
    } finally {
      await connection.close();
      await database.dispose();
    }
  });
});
