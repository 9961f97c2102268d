/** Databases whose objects have the names of others, pulled and made again from the models. */
import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { tempProject } from "../support/temp-project.js";
import { runSql, usedDatabases } from "../support/used-databases.js";
import { wholeView } from "../support/whole-view.js";

const { open } = usedDatabases();

/** An operator class names its family, an aggregate its function, a configuration its dictionary: all by their own name. */
const SAME_NAMES = `
CREATE FOREIGN DATA WRAPPER x; CREATE SERVER x FOREIGN DATA WRAPPER x; CREATE FOREIGN TABLE x (a int) SERVER x;
CREATE TEXT SEARCH DICTIONARY w (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION w (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION w ALTER MAPPING FOR word WITH w;
CREATE FUNCTION total(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'select $1 + $2';
CREATE AGGREGATE total(int) (SFUNC = total, STYPE = int, INITCOND = '0');
CREATE FUNCTION total(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'select $1 || $2';
CREATE AGGREGATE total(text) (SFUNC = total, STYPE = text, INITCOND = '');
CREATE TYPE total AS (a int);
CREATE FUNCTION total(total) RETURNS int LANGUAGE sql AS 'select $1.a';
CREATE VIEW v AS SELECT total(n) AS t FROM generate_series(1, 3) n;
CREATE OPERATOR CLASS o FOR TYPE int4 USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=,
  OPERATOR 5 >, FUNCTION 1 btint4cmp(int4, int4);
CREATE OPERATOR CLASS o FOR TYPE int4 USING hash AS OPERATOR 1 =, FUNCTION 1 hashint4(int4);
CREATE TABLE t (id int PRIMARY KEY, v int CHECK (total(v, 1) > 0),
  w tsvector GENERATED ALWAYS AS (to_tsvector('w', 'a b'::text)) STORED);
CREATE INDEX ON t (v o);
CREATE INDEX ON t USING hash (v o);
CREATE SCHEMA t;
CREATE TABLE t.t (t int PRIMARY KEY, u t[], CONSTRAINT t CHECK (t > 0));
CREATE VIEW t.v AS SELECT * FROM v;
CREATE FUNCTION t.t() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
CREATE TRIGGER t AFTER INSERT ON t.t FOR EACH ROW EXECUTE FUNCTION t.t();
`;

/** Also one with a dot in its name, which is no schema, and a domain and a type that are of one. */
const COLLATIONS = `
CREATE SCHEMA words;
CREATE COLLATION words.c (provider = libc, locale = 'C');
CREATE COLLATION "words.c" (provider = libc, locale = 'POSIX');
CREATE DOMAIN words.d AS text COLLATE words.c CHECK (VALUE <> '');
CREATE TYPE words.pair AS (a text COLLATE words.c, b text COLLATE "words.c");
CREATE TABLE words.list (d words.d, p words.pair, a text COLLATE words.c, b text COLLATE "words.c", e text,
  EXCLUDE USING btree (e COLLATE words.c WITH =));
CREATE INDEX ix_list ON words.list (e COLLATE words.c, e COLLATE "words.c");
INSERT INTO words.list VALUES ('x', ROW('a', 'b'), 'a', 'b', 'e');
`;

describe.each(POSTGRES_DIALECTS)("pull of names that stand twice on $name", ({ open: create, family }) => {
  it.each([
    ["objects of several kinds under one name", SAME_NAMES],
    ["collations of another schema", COLLATIONS],
  ])("%s come out of an empty database as they were", async (_name, sql) => {
    const [database, other] = [await create(), await create()];
    open.push(database, other);
    await runSql(database.url, sql);
    const project = tempProject({ url: database.url });
    const run = async (...args: readonly string[]) => {
      const { exitCode, stdout, stderr } = await project.run(args);
      expect([args, exitCode, stderr + stdout]).toEqual([args, 0, expect.anything()]);
    };
    await run("pull", "--force");
    await run("check");
    await run("check", "--offline");
    await run("ensure-version", "--url", other.url);
    const empty = await wholeView(family, other.url);
    await run("upgrade", "--url", other.url);
    expect(await wholeView(family, other.url)).toEqual(await wholeView(family, database.url));
    await run("downgrade", "base", "--url", other.url);
    expect(await wholeView(family, other.url)).toEqual(empty);
  });
});
