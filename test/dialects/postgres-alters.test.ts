/** What PostgreSQL has an ALTER for is that ALTER and nothing else, there and back, with rows. */
import { describe } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { itChanges, type SqlChange } from "../support/sql-changes.js";

const T = "CREATE TABLE t (id integer PRIMARY KEY, v text, w integer)";
const R = "INSERT INTO t VALUES (1, 'a', 2), (2, 'b', 3)";
const T2 = `${T}; CREATE TABLE u (id integer PRIMARY KEY, t_id integer, w integer, CONSTRAINT fk FOREIGN KEY (t_id) REFERENCES t)`;
const U = "CREATE TABLE u (id integer PRIMARY KEY)";

type Statements = readonly string[] | null;

/** There, and the other way round, with the statements; null where any will do. */
function altered(
  what: string,
  both: string,
  after: string,
  up: Statements,
  down: Statements,
  more: Partial<SqlChange> = {},
): readonly SqlChange[] {
  const given = (there: Statements, back: Statements) => ({
    ...(there === null ? {} : { up: there }),
    ...(back === null ? {} : { down: back }),
  });
  return [
    { what, both, after, rows: R, ...more, ...given(up, down) },
    { what: `back: ${what}`, both, before: after, rows: R, ...more, ...given(down, up) },
  ];
}

const TU = `${T}; ${U}`;
const RULE = `${T}; CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING`;
const ALTERS: readonly SqlChange[] = [
  ...altered(
    "fk deferred",
    T2,
    "ALTER TABLE u ALTER CONSTRAINT fk DEFERRABLE INITIALLY DEFERRED",
    ['ALTER TABLE "u" ALTER CONSTRAINT "fk" DEFERRABLE INITIALLY DEFERRED'],
    ['ALTER TABLE "u" ALTER CONSTRAINT "fk" NOT DEFERRABLE'],
  ),
  ...altered(
    "fk not enforced and deferrable",
    T2,
    "ALTER TABLE u ALTER CONSTRAINT fk NOT ENFORCED; ALTER TABLE u ALTER CONSTRAINT fk DEFERRABLE",
    ['ALTER TABLE "u" ALTER CONSTRAINT "fk" DEFERRABLE INITIALLY IMMEDIATE NOT ENFORCED'],
    ['ALTER TABLE "u" ALTER CONSTRAINT "fk" NOT DEFERRABLE ENFORCED'],
    { since: 18, rows: `${R}; INSERT INTO u VALUES (1, 1, 1)` },
  ),
  {
    what: "fk becomes deferred while the key that it refers to is made anew",
    both: "CREATE TABLE t (id integer NOT NULL, n integer)",
    before:
      "ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (id); CREATE TABLE u (t_id integer CONSTRAINT fk REFERENCES t (id))",
    after:
      "ALTER TABLE t ADD CONSTRAINT k UNIQUE (id); CREATE TABLE u (t_id integer CONSTRAINT fk REFERENCES t (id) DEFERRABLE)",
    rows: "INSERT INTO t VALUES (1, 2); INSERT INTO u VALUES (1)",
  },
  ...altered(
    "index storage and statistics",
    `${T}; CREATE INDEX ix ON t (v, lower(v)) WITH (deduplicate_items = off)`,
    "ALTER INDEX ix SET (fillfactor = 50); ALTER INDEX ix RESET (deduplicate_items); ALTER INDEX ix ALTER COLUMN 2 SET STATISTICS 50",
    [
      'ALTER INDEX "ix" RESET (deduplicate_items)',
      'ALTER INDEX "ix" SET (fillfactor = 50)',
      'ALTER INDEX "ix" ALTER COLUMN 2 SET STATISTICS 50',
    ],
    [
      'ALTER INDEX "ix" RESET (fillfactor)',
      `ALTER INDEX "ix" SET (deduplicate_items = 'off')`,
      'ALTER INDEX "ix" ALTER COLUMN 2 SET STATISTICS -1',
    ],
  ),
  ...altered(
    "storage of a key that is referred to",
    T2,
    "ALTER INDEX t_pkey SET (fillfactor = 50)",
    ['ALTER INDEX "t_pkey" SET (fillfactor = 50)'],
    ['ALTER INDEX "t_pkey" RESET (fillfactor)'],
  ),
  ...altered(
    "view options and defaults under another view",
    `${T}; CREATE VIEW x AS SELECT id, v FROM t WHERE id > 0; CREATE VIEW y AS SELECT id FROM x`,
    "ALTER VIEW x SET (security_barrier = true, check_option = local); ALTER VIEW x ALTER v SET DEFAULT 'q'",
    null,
    ['ALTER VIEW "x" RESET (security_barrier, check_option)', 'ALTER VIEW "x" ALTER COLUMN "v" DROP DEFAULT'],
  ),
  ...altered(
    "matview storage",
    `${T}; CREATE MATERIALIZED VIEW x AS SELECT id, v FROM t`,
    "ALTER MATERIALIZED VIEW x SET (fillfactor = 50)",
    ['ALTER MATERIALIZED VIEW "x" SET (fillfactor = 50)'],
    ['ALTER MATERIALIZED VIEW "x" RESET (fillfactor)'],
  ),
  ...altered(
    "rule never fires",
    RULE,
    "ALTER TABLE t DISABLE RULE r",
    ["ALTER TABLE t DISABLE RULE r"],
    ["ALTER TABLE t ENABLE RULE r"],
  ),
  {
    what: "rule always fires instead of on replicas",
    both: RULE,
    before: "ALTER TABLE t ENABLE REPLICA RULE r",
    after: "ALTER TABLE t ENABLE ALWAYS RULE r",
    up: ["ALTER TABLE t ENABLE ALWAYS RULE r"],
    down: ["ALTER TABLE t ENABLE REPLICA RULE r"],
  },
  ...altered(
    "statistics target",
    `${T}; CREATE STATISTICS st ON v, w FROM t`,
    "ALTER STATISTICS st SET STATISTICS 100",
    ["ALTER STATISTICS st SET STATISTICS 100"],
    ["ALTER STATISTICS st SET STATISTICS -1"],
    { since: 13 },
  ),
  ...altered(
    "publication gets a table and options",
    `${TU}; CREATE PUBLICATION pub FOR TABLE t`,
    "ALTER PUBLICATION pub SET TABLE t (id, v) WHERE (id > 1), u; ALTER PUBLICATION pub SET (publish = 'insert', publish_via_partition_root = true)",
    null,
    [
      "ALTER PUBLICATION pub SET TABLE t",
      "ALTER PUBLICATION pub SET (publish = 'insert, update, delete, truncate', publish_via_partition_root = false)",
    ],
    { since: 15 },
  ),
  {
    what: "publication gets a table that is new, and lists a column that is new",
    both: T,
    before: "CREATE PUBLICATION pub FOR TABLE t (id)",
    after: `ALTER TABLE t ADD n integer; ${U}; CREATE PUBLICATION pub FOR TABLE t (id, n), u`,
    since: 15,
    rows: R,
  },
  {
    what: "publication that filters by a column which goes, and one that gets another type",
    both: T,
    before: "ALTER TABLE t ADD n integer; CREATE PUBLICATION pub FOR TABLE t WHERE (w > 1 AND n > 0)",
    after: "ALTER TABLE t ALTER w TYPE bigint; CREATE PUBLICATION pub FOR TABLE t WHERE (w > 1)",
    since: 15,
    rows: "INSERT INTO t (id, v, w) VALUES (1, 'a', 2)",
  },
  ...altered(
    "publication of all tables",
    `${T}; CREATE PUBLICATION pub FOR ALL TABLES`,
    "ALTER PUBLICATION pub SET (publish = 'insert')",
    ["ALTER PUBLICATION pub SET (publish = 'insert')"],
    ["ALTER PUBLICATION pub SET (publish = 'insert, update, delete, truncate')"],
  ),
];

describe.each(POSTGRES_DIALECTS)("alterations on $name", (dialect) => {
  itChanges(dialect, ALTERS);
});
