/** Odd and plausible edits of which two or three come together, there and back, with rows. */
import { describe } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { itChanges, type SqlChange } from "../support/sql-changes.js";

const ROWS = "INSERT INTO t (id, v, w) VALUES (1, 'a', 2), (2, 'b', 3)";
const COLUMNS = "id integer, v text, w integer";
const T = `CREATE TABLE t (${COLUMNS}, CONSTRAINT pk PRIMARY KEY (id))`;

/** There, and the other way round. */
function bothWays(what: string, before: string, after: string, more: Partial<SqlChange> = {}): readonly SqlChange[] {
  return [
    { what, before, after, rows: ROWS, ...more },
    { what: `back: ${what}`, before: after, after: before, rows: ROWS, ...more },
  ];
}

const GROUPED = "CREATE VIEW x AS SELECT id, v, count(*) AS n FROM t GROUP BY id";

const CHANGES: readonly SqlChange[] = [
  ...bothWays(
    "the key that a view groups by includes another column",
    `${T}; ${GROUPED}`,
    `CREATE TABLE t (${COLUMNS}, CONSTRAINT pk PRIMARY KEY (id) INCLUDE (w)); ${GROUPED}`,
  ),
  ...bothWays(
    "the key that a view groups by becomes a wider one, and the view another one",
    `${T}; ${GROUPED}`,
    `CREATE TABLE t (${COLUMNS}, CONSTRAINT pk PRIMARY KEY (id, w)); CREATE VIEW x AS SELECT id, v, count(*) AS n FROM t GROUP BY id, w`,
  ),
  ...bothWays(
    "the key that a view groups by, and a view and a materialized view on that",
    `${T}; ${GROUPED}; CREATE VIEW y AS SELECT id FROM x; CREATE MATERIALIZED VIEW m AS SELECT n FROM x; CREATE INDEX im ON m (n)`,
    `CREATE TABLE t (${COLUMNS}, CONSTRAINT pk PRIMARY KEY (id) DEFERRABLE); CREATE TABLE u (id integer, CONSTRAINT u_pk PRIMARY KEY (id))`,
  ),
  ...bothWays(
    "an enum gets a value that a default, a check and a view name",
    `CREATE TYPE mood AS ENUM ('sad'); ${T}; ALTER TABLE t ADD m mood DEFAULT 'sad'`,
    `CREATE TYPE mood AS ENUM ('sad', 'ok'); ${T}; ALTER TABLE t ADD m mood DEFAULT 'ok', ADD CONSTRAINT ck CHECK (m <> 'ok' OR w > 0); CREATE VIEW x AS SELECT id FROM t WHERE m = 'ok'; CREATE INDEX ix ON t (id) WHERE m = 'ok'`,
    { rows: "INSERT INTO t (id, v, w, m) VALUES (1, 'a', 2, 'sad'), (2, 'b', 3, NULL)" },
  ),
  ...bothWays(
    "a unique constraint becomes an index of its name under a foreign key",
    `${T}; ALTER TABLE t ADD CONSTRAINT uq UNIQUE (w); CREATE TABLE u (w integer CONSTRAINT fk REFERENCES t (w))`,
    `${T}; CREATE UNIQUE INDEX uq ON t (w); CREATE TABLE u (w integer CONSTRAINT fk REFERENCES t (w))`,
  ),
  ...bothWays(
    "a key moves to another table with its name",
    `${T}; ALTER TABLE t ADD CONSTRAINT uq UNIQUE (w); CREATE TABLE u (id integer, w integer)`,
    `${T}; CREATE TABLE u (id integer, w integer, CONSTRAINT uq UNIQUE (w))`,
  ),
  ...bothWays(
    "the type under a generated column, its index and a view",
    `${T}; ALTER TABLE t ADD g integer GENERATED ALWAYS AS (w + 1) STORED; CREATE INDEX ix ON t (g) WHERE w > 0; CREATE VIEW x AS SELECT g FROM t`,
    `CREATE TABLE t (id integer, v text, w bigint, CONSTRAINT pk PRIMARY KEY (id)); ALTER TABLE t ADD g bigint GENERATED ALWAYS AS (w + 2) STORED; CREATE UNIQUE INDEX ix ON t (g) WHERE w > 0; CREATE VIEW x AS SELECT g, w FROM t`,
  ),
  ...bothWays(
    "the type of a key with its foreign key, a trigger on the column and a policy that asks the other table",
    `${T}; CREATE TABLE u (id integer, t_id integer CONSTRAINT fk REFERENCES t (id) ON DELETE CASCADE);
     CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
     CREATE TRIGGER tr BEFORE UPDATE OF t_id ON u FOR EACH ROW WHEN (old.t_id IS DISTINCT FROM new.t_id) EXECUTE FUNCTION f();
     CREATE POLICY p ON t USING (EXISTS (SELECT FROM u WHERE u.t_id = t.id))`,
    `CREATE TABLE t (id bigint, v text, w integer, CONSTRAINT pk PRIMARY KEY (id)); CREATE TABLE u (id integer, t_id bigint CONSTRAINT fk REFERENCES t (id) ON DELETE CASCADE DEFERRABLE);
     CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
     CREATE TRIGGER tr BEFORE UPDATE OF t_id ON u FOR EACH ROW WHEN (old.t_id IS DISTINCT FROM new.t_id) EXECUTE FUNCTION f();
     CREATE POLICY p ON t USING (EXISTS (SELECT FROM u WHERE u.t_id = t.id))`,
    { rows: `${ROWS}; INSERT INTO u VALUES (1, 1), (2, NULL)` },
  ),
  ...bothWays(
    "options of a view that others read, while the type under it changes",
    `${T}; CREATE VIEW x AS SELECT id, w FROM t; CREATE VIEW y AS SELECT w FROM x`,
    `CREATE TABLE t (id integer, v text, w bigint, CONSTRAINT pk PRIMARY KEY (id)); CREATE VIEW x WITH (security_barrier = true) AS SELECT id, w FROM t; ALTER VIEW x ALTER w SET DEFAULT 7; CREATE VIEW y AS SELECT w FROM x`,
  ),
  ...bothWays(
    "a default of a view calls a function that is new",
    `${T}; CREATE VIEW x AS SELECT id, w FROM t; CREATE VIEW y AS SELECT w FROM x`,
    `${T}; CREATE FUNCTION seven() RETURNS integer LANGUAGE sql AS 'select 7'; CREATE VIEW x AS SELECT id, w FROM t; ALTER VIEW x ALTER w SET DEFAULT seven(); CREATE VIEW y AS SELECT w FROM x`,
  ),
  ...bothWays(
    "storage of an index whose column gets another type, on which the table is clustered",
    `${T}; CREATE INDEX ix ON t (w); ALTER TABLE t CLUSTER ON ix`,
    `CREATE TABLE t (id integer, v text, w bigint, CONSTRAINT pk PRIMARY KEY (id)); CREATE INDEX ix ON t (w) WITH (fillfactor = 60); ALTER TABLE t CLUSTER ON ix`,
  ),
  ...bothWays(
    "a foreign key to itself becomes deferrable while its key is exchanged for a twin",
    "CREATE TABLE t (id integer NOT NULL, v text, w integer, CONSTRAINT a UNIQUE (id), CONSTRAINT fk FOREIGN KEY (w) REFERENCES t (id))",
    "CREATE TABLE t (id integer NOT NULL, v text, w integer, CONSTRAINT b PRIMARY KEY (id), CONSTRAINT fk FOREIGN KEY (w) REFERENCES t (id) DEFERRABLE)",
    { rows: "INSERT INTO t (id, v, w) VALUES (1, 'a', 1), (2, 'b', 1)" },
  ),
  ...bothWays(
    "statistics and a rule on a column that gets another type, with other targets and states",
    `${T}; CREATE STATISTICS st ON v, w FROM t; CREATE RULE r AS ON UPDATE TO t WHERE new.w > 5 DO INSTEAD NOTHING`,
    `CREATE TABLE t (id integer, v text, w bigint, CONSTRAINT pk PRIMARY KEY (id)); CREATE STATISTICS st ON v, w FROM t; ALTER STATISTICS st SET STATISTICS 7; CREATE RULE r AS ON UPDATE TO t WHERE new.w > 5 DO INSTEAD NOTHING; ALTER TABLE t DISABLE RULE r`,
  ),
];

describe.each(POSTGRES_DIALECTS)("several changes at once on $name", (dialect) => {
  itChanges(dialect, CHANGES);
});
