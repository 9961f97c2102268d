/** Columns that get another type under what the server would then put in other words, and what it says after the way back. */
import { describe } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { itChanges, type SqlChange } from "../support/sql-changes.js";

const ROWS = "INSERT INTO t (id, v, w) VALUES (1, 5, 2), (2, 7, 3)";

const COUNT = "CREATE FUNCTION x() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM t WHERE v > 0; END";

/** The models keep their words, and `v` becomes numeric. */
function becomesNumeric(
  what: string,
  parts: string,
  up: readonly (string | null)[],
  down: readonly (string | null)[] = up,
): SqlChange {
  const made = (type: string) => `CREATE TABLE t (id integer PRIMARY KEY, v ${type} NOT NULL, w integer); ${parts}`;
  const typed = (lines: readonly (string | null)[], type: string) =>
    lines.map((line) => line ?? `ALTER TABLE "t" ALTER COLUMN "v" TYPE ${type}`);
  return {
    what,
    before: made("integer"),
    after: made("numeric"),
    retypes: true,
    rows: ROWS,
    up: typed(up, "numeric"),
    down: typed(down, "integer"),
  };
}

const CHANGES: readonly SqlChange[] = [
  becomesNumeric("a check", "ALTER TABLE t ADD CONSTRAINT ck CHECK (v > 0); COMMENT ON CONSTRAINT ck ON t IS 'some'", [
    'ALTER TABLE "t" DROP CONSTRAINT "ck"',
    null,
    'ALTER TABLE "t" ADD CONSTRAINT "ck" CHECK (v > 0)',
    `COMMENT ON CONSTRAINT "ck" ON "t" IS 'some'`,
  ]),
  becomesNumeric(
    "indexes by expression and by predicate",
    "CREATE INDEX one ON t ((v + 1)); CREATE INDEX two ON t (w) WHERE v > 0",
    [
      'DROP INDEX "one"',
      'DROP INDEX "two"',
      null,
      'CREATE INDEX "one" ON "t" ((v + 1))',
      'CREATE INDEX "two" ON "t" ("w") WHERE v > 0',
    ],
    [
      'DROP INDEX "two"',
      'DROP INDEX "one"',
      null,
      'CREATE INDEX "two" ON "t" ("w") WHERE v > 0',
      'CREATE INDEX "one" ON "t" ((v + 1))',
    ],
  ),
  becomesNumeric(
    "an index that the table is clustered on",
    "CREATE INDEX ix ON t ((v + 1)); ALTER TABLE t CLUSTER ON ix",
    [
      'ALTER TABLE "t" SET WITHOUT CLUSTER',
      'DROP INDEX "ix"',
      null,
      'CREATE INDEX "ix" ON "t" ((v + 1))',
      'ALTER TABLE "t" CLUSTER ON "ix"',
    ],
  ),
  becomesNumeric("an exclusion", "ALTER TABLE t ADD CONSTRAINT ex EXCLUDE USING btree (w WITH =) WHERE (v > 0)", [
    'ALTER TABLE "t" DROP CONSTRAINT "ex"',
    null,
    'ALTER TABLE "t" ADD CONSTRAINT "ex" EXCLUDE ("w" WITH =) WHERE (v > 0)',
  ]),
  becomesNumeric(
    "a generated column with an index",
    "ALTER TABLE t ADD g boolean GENERATED ALWAYS AS (v > 0) STORED; CREATE INDEX ig ON t (g)",
    [
      'ALTER TABLE "t" DROP COLUMN "g"',
      null,
      'ALTER TABLE "t" ADD COLUMN "g" boolean GENERATED ALWAYS AS (v > 0) STORED',
      'CREATE INDEX "ig" ON "t" ("g")',
    ],
    [
      'DROP INDEX "ig"',
      'ALTER TABLE "t" DROP COLUMN "g"',
      null,
      'ALTER TABLE "t" ADD COLUMN "g" boolean GENERATED ALWAYS AS (v > 0) STORED',
      'CREATE INDEX "ig" ON "t" ("g")',
    ],
  ),
  becomesNumeric(
    "checks of a table and of its child",
    "ALTER TABLE t ADD CONSTRAINT ck CHECK (v > 0); CREATE TABLE c () INHERITS (t); ALTER TABLE c ADD CONSTRAINT cc CHECK (v > 1)",
    [
      'ALTER TABLE "t" DROP CONSTRAINT "ck"',
      'ALTER TABLE "c" DROP CONSTRAINT "cc"',
      null,
      'ALTER TABLE "t" ADD CONSTRAINT "ck" CHECK (v > 0)',
      'ALTER TABLE "c" ADD CONSTRAINT "cc" CHECK (v > 1)',
    ],
    [
      'ALTER TABLE "c" DROP CONSTRAINT "cc"',
      'ALTER TABLE "t" DROP CONSTRAINT "ck"',
      null,
      'ALTER TABLE "c" ADD CONSTRAINT "cc" CHECK (v > 1)',
      'ALTER TABLE "t" ADD CONSTRAINT "ck" CHECK (v > 0)',
    ],
  ),
  becomesNumeric(
    "what stays in the words that it has",
    "ALTER TABLE t ADD CONSTRAINT ck CHECK (w > 0); CREATE INDEX ix ON t (v); ALTER TABLE t ALTER v SET DEFAULT 3",
    ['ALTER TABLE "t" ALTER COLUMN "v" DROP DEFAULT, ALTER COLUMN "v" TYPE numeric, ALTER COLUMN "v" SET DEFAULT 3'],
    ['ALTER TABLE "t" ALTER COLUMN "v" DROP DEFAULT, ALTER COLUMN "v" TYPE integer, ALTER COLUMN "v" SET DEFAULT 3'],
  ),
  becomesNumeric("a view, which makes way in any case", "CREATE VIEW x AS SELECT id FROM t WHERE v > 0", [
    'DROP VIEW "x"',
    null,
    'CREATE VIEW "x" AS SELECT id FROM t WHERE v > 0',
  ]),
  {
    what: "a check on a column that only gets longer is left alone",
    both: "CREATE TABLE t (v varchar(10) CONSTRAINT ck CHECK (length(v) > 1))",
    after: "ALTER TABLE t ALTER v TYPE varchar(20)",
    rows: "INSERT INTO t VALUES ('some')",
    up: ['ALTER TABLE "t" ALTER COLUMN "v" TYPE varchar(20)'],
    down: ['ALTER TABLE "t" ALTER COLUMN "v" TYPE varchar(10)'],
  },
  ...["VIEW", "MATERIALIZED VIEW"].map((kind): SqlChange => {
    const made = (type: string) =>
      `CREATE TABLE t (id integer PRIMARY KEY, v ${type}, w integer); CREATE ${kind} x AS SELECT id FROM t WHERE v > 0`;
    const remade = (type: string, zero: string) => [
      `DROP ${kind} "x"`,
      `ALTER TABLE "t" ALTER COLUMN "v" TYPE ${type}`,
      `CREATE ${kind} "x" AS SELECT id FROM t WHERE v > ${zero}`,
    ];
    return {
      what: `a ${kind.toLowerCase()} comes back in the words that suit the new type`,
      before: made("numeric"),
      after: made("integer"),
      rows: ROWS,
      up: remade("integer", "0"),
      down: remade("numeric", "0::numeric"),
    };
  }),
  {
    what: "so does the body of a function that the server reads",
    since: 14,
    before: `CREATE TABLE t (id integer PRIMARY KEY, v numeric, w integer); ${COUNT}`,
    after: `CREATE TABLE t (id integer PRIMARY KEY, v integer, w integer); ${COUNT}`,
    rows: ROWS,
    up: [
      'DROP ROUTINE "x"()',
      'ALTER TABLE "t" ALTER COLUMN "v" TYPE integer',
      'CREATE FUNCTION "x"() RETURNS bigint LANGUAGE "sql" BEGIN ATOMIC SELECT count(*) AS count FROM t WHERE (v > 0); END',
    ],
    down: [
      'DROP ROUTINE "x"()',
      'ALTER TABLE "t" ALTER COLUMN "v" TYPE numeric',
      "SET check_function_bodies = off",
      'CREATE FUNCTION "x"() RETURNS bigint LANGUAGE "sql" BEGIN ATOMIC SELECT count(*) AS count FROM t WHERE (v > (0)::numeric); END',
      "RESET check_function_bodies",
    ],
  },
];

describe.each(POSTGRES_DIALECTS)("types that change on $name, under", (dialect) => {
  itChanges(dialect, CHANGES);
});
