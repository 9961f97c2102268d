/** What tables, views, keys, triggers and rules have besides their names: each changed where it is, and changed back, with rows. */
import { describe } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { itChanges, type SqlChange } from "../support/sql-changes.js";

const T = "CREATE TABLE t (id integer PRIMARY KEY, v text, w integer)";
const R = "INSERT INTO t VALUES (1, 'a', 2), (2, 'b', 3)";
const F = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end'";
const P = "CREATE TABLE p (id integer, v text) PARTITION BY LIST (id)";
/** There, and the other way round. */
const bothWays = (what: string, both: string, after: string, more: Partial<SqlChange> = {}): readonly SqlChange[] => [
  { what, both, after, rows: R, ...more },
  { what: `back: ${what}`, both, before: after, rows: R, ...more },
];
const T2 = `${T}; CREATE TABLE u (id integer PRIMARY KEY, t_id integer, w integer, CONSTRAINT fk FOREIGN KEY (t_id) REFERENCES t)`;
const CHANGES: readonly SqlChange[] = [
  ...bothWays("compression", T, "ALTER TABLE t ALTER v SET COMPRESSION pglz", { since: 14 }),
  ...bothWays("statistics", T, "ALTER TABLE t ALTER v SET STATISTICS 50"),
  ...bothWays("n_distinct", T, "ALTER TABLE t ALTER v SET (n_distinct = 5, n_distinct_inherited = -0.5)"),
  ...bothWays("storage", T, "ALTER TABLE t ALTER v SET STORAGE external"),
  ...bothWays("table storage", T, "ALTER TABLE t SET (fillfactor = 70, autovacuum_enabled = false)"),
  ...bothWays("unlogged", T, "ALTER TABLE t SET UNLOGGED"),
  ...bothWays("unlogged with fk", T2, "ALTER TABLE u SET UNLOGGED"),
  ...bothWays("unlogged both", T2, "ALTER TABLE u SET UNLOGGED; ALTER TABLE t SET UNLOGGED"),
  ...bothWays("replica identity full", T, "ALTER TABLE t REPLICA IDENTITY FULL"),
  ...bothWays(
    "replica identity index",
    `${T}; ALTER TABLE t ALTER w SET NOT NULL; CREATE UNIQUE INDEX ux ON t (w)`,
    "ALTER TABLE t REPLICA IDENTITY USING INDEX ux",
  ),
  ...bothWays(
    "replica identity index changes",
    `CREATE TABLE t (id integer PRIMARY KEY, v text NOT NULL, w integer NOT NULL)`,
    "CREATE UNIQUE INDEX ux ON t (w); ALTER TABLE t REPLICA IDENTITY USING INDEX ux",
  ),
  {
    what: "replica identity its index changes",
    before:
      "CREATE TABLE t (id integer PRIMARY KEY, v text NOT NULL, w integer NOT NULL); CREATE UNIQUE INDEX ux ON t (w); ALTER TABLE t REPLICA IDENTITY USING INDEX ux",
    after:
      "CREATE TABLE t (id integer PRIMARY KEY, v text NOT NULL, w integer NOT NULL); CREATE UNIQUE INDEX ux ON t (w, v); ALTER TABLE t REPLICA IDENTITY USING INDEX ux",
    rows: R,
  },
  ...bothWays("index storage", `${T}; CREATE INDEX ix ON t (v)`, "ALTER INDEX ix SET (fillfactor = 50)"),
  ...bothWays(
    "gin index storage",
    `CREATE TABLE t (id integer, v text, w integer, j jsonb); CREATE INDEX ix ON t USING gin (j)`,
    "ALTER INDEX ix SET (fastupdate = off)",
  ),
  ...bothWays("key storage", T, "ALTER INDEX t_pkey SET (fillfactor = 50)"),
  ...bothWays(
    "index statistics",
    `${T}; CREATE INDEX ix ON t (lower(v))`,
    "ALTER INDEX ix ALTER COLUMN 1 SET STATISTICS 50",
  ),
  ...bothWays(
    "view security_barrier",
    `${T}; CREATE VIEW x AS SELECT id FROM t`,
    "ALTER VIEW x SET (security_barrier = true)",
  ),
  ...bothWays(
    "view security_invoker",
    `${T}; CREATE VIEW x AS SELECT id FROM t`,
    "ALTER VIEW x SET (security_invoker = true)",
    { since: 15 },
  ),
  ...bothWays(
    "view check_option",
    `${T}; CREATE VIEW x AS SELECT id FROM t WHERE id > 0`,
    "ALTER VIEW x SET (check_option = cascaded)",
  ),
  ...bothWays("view default", `${T}; CREATE VIEW x AS SELECT id, v FROM t`, "ALTER VIEW x ALTER v SET DEFAULT 'q'"),
  ...bothWays(
    "view comment",
    `${T}; CREATE VIEW x AS SELECT id, v FROM t`,
    "COMMENT ON VIEW x IS 'c'; COMMENT ON COLUMN x.v IS 'd'",
  ),
  {
    what: "view gets a column",
    both: T,
    before: "CREATE VIEW x AS SELECT id FROM t; CREATE VIEW y AS SELECT id FROM x",
    after: "CREATE VIEW x AS SELECT id, v FROM t; CREATE VIEW y AS SELECT id FROM x",
    rows: R,
  },
  ...bothWays(
    "trigger disabled",
    `${T}; ${F}; CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()`,
    "ALTER TABLE t DISABLE TRIGGER tr",
  ),
  ...bothWays(
    "trigger replica",
    `${T}; ${F}; CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()`,
    "ALTER TABLE t ENABLE REPLICA TRIGGER tr",
  ),
  ...bothWays(
    "trigger always",
    `${T}; ${F}; CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE t DISABLE TRIGGER tr`,
    "ALTER TABLE t ENABLE ALWAYS TRIGGER tr",
  ),
  ...bothWays(
    "trigger on partitioned disabled",
    `${P}; CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1, 2); ${F}; CREATE TRIGGER tr AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION f()`,
    "ALTER TABLE p DISABLE TRIGGER tr",
    { rows: "INSERT INTO p VALUES (1, 'a')" },
  ),
  ...bothWays(
    "constraint trigger",
    `${T}; ${F}`,
    "CREATE CONSTRAINT TRIGGER tr AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f()",
  ),
  {
    what: "constraint trigger immediate to deferred",
    both: `${T}; ${F}`,
    before: "CREATE CONSTRAINT TRIGGER tr AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
    after:
      "CREATE CONSTRAINT TRIGGER tr AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f()",
    rows: R,
  },
  ...bothWays(
    "transition trigger",
    `${T}; CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'begin return null; end'`,
    "CREATE TRIGGER tr AFTER UPDATE ON t REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION g('x', '1')",
  ),
  ...bothWays("rule instead nothing", T, "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING"),
  ...bothWays(
    "rule also",
    `${T}; CREATE TABLE l (n text)`,
    "CREATE RULE r AS ON INSERT TO t DO ALSO INSERT INTO l VALUES (new.v); COMMENT ON RULE r ON t IS 'c'",
    { rows: "" },
  ),
  ...bothWays(
    "rule instead several where",
    `${T}; CREATE TABLE l (n text)`,
    "CREATE RULE r AS ON UPDATE TO t WHERE new.v <> old.v DO (INSERT INTO l VALUES (new.v); INSERT INTO l VALUES (old.v))",
  ),
  ...bothWays(
    "rule disabled",
    `${T}; CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING`,
    "ALTER TABLE t DISABLE RULE r",
  ),
  ...bothWays(
    "rule on a view",
    `${T}; CREATE VIEW x AS SELECT id, v FROM t`,
    "CREATE RULE r AS ON INSERT TO x DO INSTEAD INSERT INTO t (id, v) VALUES (new.id, new.v)",
  ),
  {
    what: "view with rules changes",
    both: T,
    before:
      "CREATE VIEW x AS SELECT id, v FROM t; CREATE RULE r AS ON INSERT TO x DO INSTEAD INSERT INTO t (id, v) VALUES (new.id, new.v)",
    after:
      "CREATE VIEW x AS SELECT id, w, v FROM t; CREATE RULE r AS ON INSERT TO x DO INSTEAD INSERT INTO t (id, v) VALUES (new.id, new.v)",
    rows: R,
  },
  ...bothWays(
    "index on partition only",
    `${P}; CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)`,
    "CREATE INDEX ix ON p1 (v)",
    { rows: "INSERT INTO p VALUES (1, 'a')" },
  ),
  ...bothWays(
    "attach a plain table",
    `${P}; CREATE TABLE p1 (id integer, v text)`,
    "ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1)",
    { rows: "INSERT INTO p1 VALUES (1, 'a')" },
  ),
  ...bothWays(
    "attach a plain table with keys",
    `CREATE TABLE p (id integer PRIMARY KEY, v text) PARTITION BY LIST (id); CREATE INDEX ip ON p (v); CREATE TABLE p1 (id integer PRIMARY KEY, v text); CREATE INDEX ip1 ON p1 (v)`,
    "ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1)",
    { rows: "INSERT INTO p1 VALUES (1, 'a')" },
  ),
  ...bothWays(
    "attach a plain table with a check",
    `CREATE TABLE p (id integer, v text CONSTRAINT ck CHECK (v <> '')) PARTITION BY LIST (id); CREATE TABLE p1 (id integer, v text CONSTRAINT ck CHECK (v <> ''))`,
    "ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1)",
    { rows: "INSERT INTO p1 VALUES (1, 'a')" },
  ),
  {
    what: "moved to another parent",
    both: `${P}; CREATE TABLE q (id integer, v text) PARTITION BY LIST (id)`,
    before: "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
    after: "CREATE TABLE p1 PARTITION OF q FOR VALUES IN (1)",
    rows: "INSERT INTO p1 VALUES (1, 'a')",
  },
  {
    what: "bounds change",
    both: P,
    before: "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
    after: "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1, 2)",
    rows: "INSERT INTO p1 VALUES (1, 'a')",
  },
  ...bothWays(
    "inherit",
    "CREATE TABLE a (id integer, v text); CREATE TABLE c (id integer, v text, z integer)",
    "ALTER TABLE c INHERIT a",
    { rows: "INSERT INTO c VALUES (1, 'a', 2)" },
  ),
  ...bothWays(
    "inherit two",
    "CREATE TABLE a (id integer, v text); CREATE TABLE b (z integer, id integer); CREATE TABLE c (id integer, v text, z integer); ALTER TABLE c INHERIT a",
    "ALTER TABLE c INHERIT b",
    { rows: "INSERT INTO c VALUES (1, 'a', 2)" },
  ),
  ...bothWays(
    "matview index",
    `${T}; CREATE MATERIALIZED VIEW x AS SELECT id, v FROM t`,
    "CREATE UNIQUE INDEX ix ON x (id); CREATE INDEX iy ON x (lower(v))",
  ),
  ...bothWays(
    "matview storage",
    `${T}; CREATE MATERIALIZED VIEW x AS SELECT id, v FROM t`,
    "ALTER MATERIALIZED VIEW x SET (fillfactor = 50)",
  ),
  {
    what: "generated expression changes",
    both: T,
    before: "ALTER TABLE t ADD g integer GENERATED ALWAYS AS (w * 2) STORED",
    after: "ALTER TABLE t ADD g integer GENERATED ALWAYS AS (w * 3) STORED",
    rows: R,
  },
  {
    what: "generated becomes plain",
    both: T,
    before: "ALTER TABLE t ADD g integer GENERATED ALWAYS AS (w * 2) STORED",
    after: "ALTER TABLE t ADD g integer",
    rows: R,
    since: 13,
  },
  {
    what: "virtual becomes stored",
    both: T,
    before: "ALTER TABLE t ADD g integer GENERATED ALWAYS AS (w * 2) VIRTUAL",
    after: "ALTER TABLE t ADD g integer GENERATED ALWAYS AS (w * 2) STORED",
    rows: R,
    since: 18,
  },
  ...[
    "START WITH 10",
    "INCREMENT BY 5",
    "MINVALUE 1 MAXVALUE 100000",
    "CACHE 7",
    "CYCLE",
    "START WITH 10 INCREMENT BY 2 MINVALUE 4 MAXVALUE 100 CACHE 3 CYCLE",
  ].map((o) => ({
    what: `identity ${o}`,
    before: "CREATE TABLE t (id integer GENERATED BY DEFAULT AS IDENTITY, v text)",
    after: `CREATE TABLE t (id integer GENERATED BY DEFAULT AS IDENTITY (${o}), v text)`,
    rows: "INSERT INTO t (v) VALUES ('a')",
  })),
  ...["START WITH 10", "INCREMENT BY 5", "MINVALUE 1 MAXVALUE 100000", "CACHE 7", "CYCLE"].map((o) => ({
    what: `back: identity ${o}`,
    after: "CREATE TABLE t (id integer GENERATED BY DEFAULT AS IDENTITY, v text)",
    before: `CREATE TABLE t (id integer GENERATED BY DEFAULT AS IDENTITY (${o}), v text)`,
    rows: "INSERT INTO t (v) VALUES ('a')",
  })),
  {
    what: "identity always",
    before: "CREATE TABLE t (id integer GENERATED BY DEFAULT AS IDENTITY, v text)",
    after: `CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY, v text)`,
    rows: "INSERT INTO t (v) VALUES ('a')",
  },
  ...bothWays("fk deferrable", T2, "ALTER TABLE u ALTER CONSTRAINT fk DEFERRABLE INITIALLY DEFERRED"),
  ...bothWays(
    "fk deferred to immediate",
    T2.replace("REFERENCES t)", "REFERENCES t DEFERRABLE)"),
    "ALTER TABLE u ALTER CONSTRAINT fk DEFERRABLE INITIALLY DEFERRED",
  ),
  {
    what: "unique deferrable",
    both: T,
    before: "ALTER TABLE t ADD CONSTRAINT uq UNIQUE (v)",
    after: "ALTER TABLE t ADD CONSTRAINT uq UNIQUE (v) DEFERRABLE",
    rows: R,
  },
  {
    what: "fk not valid to valid",
    both: T,
    before:
      "CREATE TABLE u (id integer, t_id integer); ALTER TABLE u ADD CONSTRAINT fk FOREIGN KEY (t_id) REFERENCES t NOT VALID",
    after: "CREATE TABLE u (id integer, t_id integer); ALTER TABLE u ADD CONSTRAINT fk FOREIGN KEY (t_id) REFERENCES t",
    rows: R,
  },
  {
    what: "check not valid to valid",
    both: T,
    before: "ALTER TABLE t ADD CONSTRAINT ck CHECK (w > 0) NOT VALID",
    after: "ALTER TABLE t ADD CONSTRAINT ck CHECK (w > 0)",
    rows: R,
  },
  {
    what: "not null not valid to valid",
    since: 18,
    both: T,
    before: "ALTER TABLE t ADD CONSTRAINT nn NOT NULL w NOT VALID",
    after: "ALTER TABLE t ADD CONSTRAINT nn NOT NULL w",
    rows: R,
  },
  {
    what: "check no inherit",
    both: T,
    before: "ALTER TABLE t ADD CONSTRAINT ck CHECK (w > 0)",
    after: "ALTER TABLE t ADD CONSTRAINT ck CHECK (w > 0) NO INHERIT",
    rows: R,
  },
  {
    what: "fk not enforced",
    since: 18,
    both: T,
    before: "CREATE TABLE u (id integer, t_id integer CONSTRAINT fk REFERENCES t)",
    after: "CREATE TABLE u (id integer, t_id integer CONSTRAINT fk REFERENCES t NOT ENFORCED)",
    rows: R,
  },
  {
    what: "fk enforced",
    since: 18,
    both: T,
    after: "CREATE TABLE u (id integer, t_id integer CONSTRAINT fk REFERENCES t)",
    before: "CREATE TABLE u (id integer, t_id integer CONSTRAINT fk REFERENCES t NOT ENFORCED)",
    rows: R,
  },
  {
    what: "check not enforced",
    since: 18,
    both: T,
    before: "ALTER TABLE t ADD CONSTRAINT ck CHECK (w > 0)",
    after: "ALTER TABLE t ADD CONSTRAINT ck CHECK (w > 0) NOT ENFORCED",
    rows: R,
  },
  {
    what: "fk set null list",
    since: 15,
    both: "CREATE TABLE t (a integer, b integer, PRIMARY KEY (a, b))",
    before: "CREATE TABLE u (a integer, b integer, CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES t ON DELETE SET NULL)",
    after:
      "CREATE TABLE u (a integer, b integer, CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES t ON DELETE SET NULL (b))",
    rows: "INSERT INTO t VALUES (1, 2); INSERT INTO u VALUES (1, 2)",
  },
  {
    what: "fk match full",
    both: "CREATE TABLE t (a integer, b integer, PRIMARY KEY (a, b))",
    before: "CREATE TABLE u (a integer, b integer, CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES t)",
    after: "CREATE TABLE u (a integer, b integer, CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES t MATCH FULL)",
    rows: "INSERT INTO t VALUES (1, 2); INSERT INTO u VALUES (1, 2)",
  },
  ...bothWays(
    "period foreign key",
    "CREATE EXTENSION btree_gist; CREATE TABLE t (id int4range, d daterange, PRIMARY KEY (id, d WITHOUT OVERLAPS)); CREATE TABLE u (id int4range, d daterange)",
    "ALTER TABLE u ADD CONSTRAINT fk FOREIGN KEY (id, PERIOD d) REFERENCES t (id, PERIOD d)",
    { since: 18, rows: "INSERT INTO t VALUES ('[1,2)', '[2020-01-01,2021-01-01)')" },
  ),
  ...bothWays("not null name", "CREATE TABLE t (id integer, v text)", "ALTER TABLE t ADD CONSTRAINT must NOT NULL v", {
    since: 18,
    rows: "INSERT INTO t VALUES (1, 'a')",
  }),
  ...bothWays(
    "not null no inherit",
    "CREATE TABLE t (id integer, v text)",
    "ALTER TABLE t ADD CONSTRAINT must NOT NULL v NO INHERIT",
    { since: 18, rows: "INSERT INTO t VALUES (1, 'a')" },
  ),
  ...bothWays("row security", T, "ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY"),
  ...bothWays("cluster", `${T}; CREATE INDEX ix ON t (w)`, "ALTER TABLE t CLUSTER ON ix"),
  ...bothWays(
    "statistics object target",
    `${T}; CREATE STATISTICS st ON v, w FROM t`,
    "ALTER STATISTICS st SET STATISTICS 100",
    { since: 13 },
  ),
  {
    what: "unique nulls not distinct",
    since: 15,
    both: T,
    before: "ALTER TABLE t ADD CONSTRAINT uq UNIQUE (v)",
    after: "ALTER TABLE t ADD CONSTRAINT uq UNIQUE NULLS NOT DISTINCT (v)",
    rows: R,
  },
  {
    what: "sequence options",
    both: T,
    before: "CREATE SEQUENCE s",
    after: "CREATE SEQUENCE s AS integer INCREMENT 2 MINVALUE -5 MAXVALUE 100 START 3 CACHE 4 CYCLE",
    rows: R,
  },
  {
    what: "domain changes",
    before: "CREATE DOMAIN d AS text CONSTRAINT a CHECK (VALUE <> ''); CREATE TABLE t (id integer, v d)",
    after:
      "CREATE DOMAIN d AS text DEFAULT 'x' NOT NULL CONSTRAINT b CHECK (length(VALUE) > 0); CREATE TABLE t (id integer, v d)",
    rows: "INSERT INTO t VALUES (1, 'a')",
  },
  {
    what: "publication",
    both: T,
    before: "CREATE PUBLICATION pub FOR TABLE t",
    after: "CREATE PUBLICATION pub FOR TABLE t WITH (publish = 'insert')",
    rows: R,
  },
];

describe.each(POSTGRES_DIALECTS)("attributes on $name", (dialect) => {
  itChanges(dialect, CHANGES);
});
