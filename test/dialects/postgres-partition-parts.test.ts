/** What a partition has otherwise than the rest: how a trigger of the whole fires on it, what parts of indexes are called. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { OperationOf } from "../../src/operations/operation.js";
import { applyOperation, reverseOperation } from "../../src/operations/registry.js";
import { canonical } from "../support/arbitraries.js";
import { catalogView } from "../support/catalog-view.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectTo, introspect, query, runOperations } from "../support/engine.js";
import { tempProject } from "../support/temp-project.js";

const LOG = `CREATE TABLE owners (id integer CONSTRAINT pk_owners PRIMARY KEY);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
CREATE TABLE log (id integer NOT NULL, said text, owner integer CONSTRAINT fk_owner REFERENCES owners (id) ON DELETE CASCADE) PARTITION BY RANGE (id);
CREATE INDEX ix_said ON log (said);
CREATE TABLE log_a PARTITION OF log FOR VALUES FROM (0) TO (100);
CREATE TABLE log_b PARTITION OF log FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id);
CREATE TABLE log_b1 PARTITION OF log_b FOR VALUES FROM (100) TO (150);
CREATE TRIGGER noted BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION note();`;
const ROWS = "INSERT INTO owners VALUES (1); INSERT INTO log VALUES (1, 'a', 1), (120, 'b', NULL)";

/** By itself, with what the whole has, and partitions of its own that call their parts otherwise. */
const ALONE = `ALTER TABLE log ADD CONSTRAINT pk_log PRIMARY KEY (id);
CREATE INDEX ix_id ON log (id DESC);
CREATE TABLE log_c (id integer CONSTRAINT pk_c PRIMARY KEY, said text, owner integer, CONSTRAINT fk_owner FOREIGN KEY (owner) REFERENCES owners (id) ON DELETE CASCADE) PARTITION BY RANGE (id);
CREATE INDEX ix_own ON log_c (said); CREATE INDEX ix_other ON log_c (id DESC); CREATE INDEX ix_lower ON log_c (lower(said));
CREATE TABLE log_c1 PARTITION OF log_c DEFAULT;
ALTER INDEX log_c1_said_idx RENAME TO ix_c1; ALTER INDEX log_c1_pkey RENAME TO pk_c1;
INSERT INTO log_c VALUES (300, 'c', 1);`;

interface Opened {
  readonly url: string;
  dispose(): Promise<void>;
}

async function twoDatabases<T>(open: () => Promise<Opened>, work: (one: string, other: string) => Promise<T>) {
  const [one, other] = [await open(), await open()];
  try {
    return await work(one.url, other.url);
  } finally {
    await one.dispose();
    await other.dispose();
  }
}

async function script(url: string, sql: string): Promise<void> {
  const connection = await connectTo(url);
  await connection.script(sql);
  await connection.close();
}

/** Those of ours are in one of them only. */
const strangers = (view: readonly string[] | null) => view?.filter((line) => !line.includes("tsmigrate_")) ?? null;

const STATES = [
  ["a trigger that is disabled on one partition", "ALTER TABLE log_a DISABLE TRIGGER noted"],
  [
    "a trigger that fires on one partition alone",
    "ALTER TABLE log DISABLE TRIGGER noted; ALTER TABLE log_b1 ENABLE ALWAYS TRIGGER noted",
  ],
  [
    "a trigger that is disabled on a partition and not on its partitions",
    "ALTER TABLE ONLY log_b DISABLE TRIGGER noted",
  ],
  ["an index whose part has a name of its own", "ALTER INDEX log_a_said_idx RENAME TO ix_own"],
  [
    "an index whose part on a partition that has partitions has a name of its own",
    "ALTER INDEX log_b_said_idx RENAME TO ix_mine; ALTER INDEX log_b1_said_idx RENAME TO ix_its",
  ],
  [
    "a key whose part has a name of its own, and an index that comes with it",
    "ALTER TABLE log ADD CONSTRAINT pk_log PRIMARY KEY (id); ALTER INDEX log_b1_pkey RENAME TO pk_own; CREATE INDEX ix_id ON log (id, said); ALTER INDEX log_a_id_said_idx RENAME TO ix_new",
  ],
  ["an index on the partitioned table alone", "CREATE INDEX ix_alone ON ONLY log (owner DESC)"],
  [
    "an index on the partitioned table and some of its partitions, under names of their own",
    `CREATE UNIQUE INDEX ix_only ON ONLY log (id) WITH (fillfactor = 70); CREATE UNIQUE INDEX ix_part ON log_a (id) WITH (fillfactor = 70);
     ALTER INDEX ix_only ATTACH PARTITION ix_part; CREATE UNIQUE INDEX log_b_id_idx ON ONLY log_b (id) WITH (fillfactor = 70);
     ALTER INDEX ix_only ATTACH PARTITION log_b_id_idx; COMMENT ON INDEX ix_only IS 'why'`,
  ],
  [
    "an index on a partition that has partitions, and not on all of these",
    "CREATE INDEX ix_some ON ONLY log_b (lower(said)) WHERE owner > 0",
  ],
  [
    "an index that lacked parts and has got them",
    `CREATE INDEX ix_whole ON ONLY log (owner); CREATE INDEX ix_a ON log_a (owner); CREATE INDEX ix_b ON log_b (owner);
     ALTER INDEX ix_whole ATTACH PARTITION ix_a; ALTER INDEX ix_whole ATTACH PARTITION ix_b`,
  ],
] as const;

const NOTES = "CREATE TABLE notes (a integer CONSTRAINT fk_note REFERENCES log_a (id) ON DELETE CASCADE)";

/** What partitions have by themselves becomes the whole's: from these to those. */
const RAISED = `CREATE INDEX ix_id ON log (id DESC); ALTER TABLE log ADD CONSTRAINT pk_log PRIMARY KEY (id);
ALTER TABLE log ADD CONSTRAINT uq_log UNIQUE (id, said)`;
const OWN = `CREATE INDEX ix_a ON log_a (id DESC); CREATE INDEX ix_b1 ON log_b1 (id DESC); CREATE INDEX ix_b ON log_b (id DESC);
ALTER TABLE log_a ADD CONSTRAINT pk_a PRIMARY KEY (id); ALTER TABLE log_b1 ADD CONSTRAINT pk_b1 PRIMARY KEY (id);
ALTER TABLE log_b ADD CONSTRAINT uq_b UNIQUE (id, said);
${NOTES}`;
/** A trigger of the whole comes, and what was by itself becomes a partition on which that does not fire. */
const FIRING = `CREATE TABLE log_d (id integer NOT NULL, said text, owner integer CONSTRAINT fk_owner REFERENCES owners (id) ON DELETE CASCADE);
ALTER TABLE log ATTACH PARTITION log_d FOR VALUES FROM (200) TO (300);
CREATE TRIGGER kept BEFORE UPDATE ON log FOR EACH ROW EXECUTE FUNCTION note();
ALTER TABLE log_d DISABLE TRIGGER noted; ALTER TABLE log_d ENABLE REPLICA TRIGGER kept`;
const RAISINGS = [
  ["an index and keys that its partitions had", `${RAISED}; ${NOTES}`, OWN],
  [
    "an index and keys that its partitions had, under their names",
    `${RAISED}; ${NOTES}; ALTER INDEX log_a_id_idx RENAME TO ix_a; ALTER INDEX log_b1_pkey RENAME TO pk_b1; ALTER INDEX log_b_id_said_key RENAME TO uq_b`,
    OWN,
  ],
  [
    "a partition that was by itself, on which triggers fire otherwise",
    FIRING,
    "CREATE TABLE log_d (id integer NOT NULL, said text, owner integer)",
  ],
] as const;

describe.each(POSTGRES_DIALECTS)("parts of partitions on $name", ({ open }) => {
  it.each([...STATES.map(([what, sql]) => [what, sql, ""] as const), ...RAISINGS])(
    "%s is pulled, made from the models, and followed there and back",
    (_what, sql, start) =>
      twoDatabases(open, async (one, other) => {
        await script(one, `${LOG} ${sql}`);
        const [from, to] = [tempProject({ url: one }), tempProject({ url: other })];
        const run = async (project: typeof from, ...args: readonly string[]) => {
          const result = await project.run(args);
          expect([args, result.exitCode, result.exitCode === 0 ? "" : result.stderr]).toEqual([args, 0, ""]);
          return result;
        };
        await run(from, "pull", "--force", "--no-baseline");
        expect((await run(from, "check", "--json")).json()).toMatchObject({ operations: [] });

        // From models without it, with rows in it, to the ones that were pulled.
        await script(other, `${LOG} ${start}`);
        await script(other, ROWS);
        await run(to, "pull", "--force", "--no-baseline");
        await run(to, "revision", "-m", "empty");
        await run(to, "stamp", "head");
        const plain = strangers(await catalogView(other));
        to.write("models.ts", from.read("models.ts"));
        await run(to, "revision", "--autogenerate", "-m", "followed");
        await run(to, "upgrade");
        expect(strangers(await catalogView(other))).toEqual(strangers(await catalogView(one)));
        await run(to, "check");
        await run(to, "downgrade", "-1");
        expect(strangers(await catalogView(other))).toEqual(plain);
        await run(to, "upgrade");
        await run(to, "check");
        expect(await query(other, "SELECT id, said, owner FROM log ORDER BY id")).toEqual([
          { id: 1, said: "a", owner: 1 },
          { id: 120, said: "b", owner: null },
        ]);
      }),
  );

  it("a table that becomes a partition under other names of its indexes is by itself again as it was", () =>
    twoDatabases(open, async (one) => {
      await script(one, `${LOG} ${ROWS.replace("120", "20")}; ${ALONE}`);
      const before = await catalogView(one);
      const connection = await connectTo(one);
      const start = await introspect(connection);
      const table = { name: "log_c" };
      const indexNames = { pk_log: "pk_part", ix_said: "ix_other", ix_id: "ix_own" };
      const op: OperationOf<"attachPartition"> = {
        kind: "attachPartition",
        table,
        partitionOf: { table: { name: "log" }, bounds: "DEFAULT", indexNames },
      };
      await runOperations(connection, [op], start);
      const there = await introspect(connection);
      expect(there.tables.log_c!.partitionOf).toEqual(op.partitionOf);
      expect(there.tables.log_c1!.partitionOf!.indexNames).toEqual({ pk_part: "pk_c1", ix_other: "ix_c1" });
      expect(canonical(there).tables).toEqual(canonical(applyOperation(start, op)).tables);
      await runOperations(connection, reverseOperation(op, start)!, there);
      await connection.close();
      expect(await catalogView(one)).toEqual(before);
      expect(await query(one, "SELECT id, said FROM log_c")).toEqual([{ id: 300, said: "c" }]);
    }));

  it("columns of the old parent are the table's own or go, up and down, whatever the models say of those of both", () =>
    twoDatabases(open, async (one) => {
      const models = (parent: string, more = "") => `import { integer, table, text } from "tsmigrate/schema";
export const a = table("a", { id: integer(), said: text() });
export const b = table("b", { id: integer()${more} });
export const child = table("child", { own: integer() }, [], { inherits: ["${parent}"] });
`;
      const project = tempProject({ url: one, models: models("a") });
      const run = async (...args: readonly string[]) => {
        const result = await project.run(args);
        expect([args, result.exitCode, result.exitCode === 0 ? "" : result.stderr]).toEqual([args, 0, ""]);
      };
      const evolve = async (text: string) => {
        project.write("models.ts", text);
        await run("revision", "--autogenerate", "-m", "step", "--no-renames");
        for (const args of [["upgrade"], ["check"]]) await run(...args);
      };
      await evolve(models("a"));
      await query(one, "INSERT INTO child (id, said, own) VALUES (1, 'x', 2)");
      await evolve(models("b"));
      expect(await query(one, "SELECT * FROM child")).toEqual([{ id: 1, own: 2 }]);
      for (const args of [["downgrade", "-1"], ["upgrade"], ["check"], ["downgrade", "-1"]]) await run(...args);
      expect(await query(one, "SELECT id, own FROM a JOIN child USING (id)")).toEqual([{ id: 1, own: 2 }]);
      for (const args of [["upgrade"], ["pull", "--force", "--no-baseline"], ["check"]]) await run(...args);
      expect(project.read("models.ts")).toMatch(/table\(\s*"child",\s*\{[^}]*id: integer\(\)/);
      // What goes from the parent goes from the child.
      await evolve(models("b", ", more: text()"));
      await evolve(models("b").replace("{ id: integer() }", "{ other: integer() }"));
      expect(await query(one, "SELECT * FROM child")).toEqual([{ own: 2, other: null }]);
      for (const args of [["downgrade", "-1"], ["upgrade"], ["check"]]) await run(...args);
    }));

  it("an index comes to a partitioned table part by part, without blocking writes, and is then as any other", () =>
    twoDatabases(open, async (one) => {
      const models = (
        index: string,
        more = "",
        names = "",
      ) => `import { index, integer, table } from "tsmigrate/schema";
export const log = table("log", { id: integer() }, (t) => [${index}], { postgres: { partitionBy: "RANGE (id)" } });
export const a = table("log_a", {}, [], { partitionOf: { table: "log", bounds: "FOR VALUES FROM (0) TO (100)"${names} } });
${more}`;
      const LATE = `export const b = table("log_b", {}, [], { partitionOf: { table: "log", bounds: "FOR VALUES FROM (100) TO (200)" } });`;
      const project = tempProject({ url: one, models: models("") });
      const run = async (...args: readonly string[]) => {
        const result = await project.run(args);
        expect([args, result.exitCode, result.exitCode === 0 ? "" : result.stderr]).toEqual([args, 0, ""]);
      };
      const evolve = async (text: string) => {
        project.write("models.ts", text);
        await run("revision", "--autogenerate", "-m", "step", "--no-renames");
        for (const args of [["upgrade"], ["check"], ["downgrade", "-1"], ["upgrade"], ["check"]]) await run(...args);
      };
      await evolve(models(""));
      await query(one, "INSERT INTO log VALUES (1), (2)");
      await evolve(models('index("ix").on(t.id).onOnly()'));
      // A partition that comes while parts are missing is as the models say, and so is what is left when it goes.
      await evolve(models('index("ix").on(t.id).onOnly("log_b")', LATE));
      await evolve(models('index("ix").on(t.id).onOnly()', LATE));
      await evolve(models('index("ix").on(t.id).onOnly()'));
      await run("revision", "-m", "by hand");
      const file = project.revision("by_hand");
      writeFileSync(
        file,
        readFileSync(file, "utf8").replace(
          /upgrade\(op[\s\S]*$/,
          `upgrade(op: Operations): Promise<void> {
  await op.createIndex("ix_a", "log_a", ["id"], { concurrently: true });
  await op.attachIndex("ix", "ix_a");
}
export async function downgrade(op: Operations): Promise<void> {
  await op.dropIndex("ix", "log");
  await op.createIndex("ix", "log", ["id"], { only: true });
}
`,
        ),
      );
      project.write("models.ts", models('index("ix").on(t.id)', "", ', indexNames: { ix: "ix_a" }'));
      for (const args of [["upgrade"], ["check"], ["downgrade", "-1"], ["upgrade"], ["check"]]) await run(...args);
      expect(
        await query(
          one,
          "SELECT indexrelid::regclass::text AS name, indisvalid FROM pg_index WHERE indrelid IN ('log'::regclass, 'log_a'::regclass) ORDER BY 1",
        ),
      ).toEqual([
        { name: "ix", indisvalid: true },
        { name: "ix_a", indisvalid: true },
      ]);
      expect(await query(one, "SELECT id FROM log ORDER BY id")).toEqual([{ id: 1 }, { id: 2 }]);
    }));

  it("what a partition is known and sorted by stays when the index that has a part on it is made again", () =>
    twoDatabases(open, async (one) => {
      await script(
        one,
        `${LOG} CREATE UNIQUE INDEX ux ON log (id); CREATE INDEX ix_owner ON log (owner);
         ALTER TABLE log_a REPLICA IDENTITY USING INDEX log_a_id_idx; ALTER TABLE log_a CLUSTER ON log_a_owner_idx;
         ALTER TABLE log_b1 REPLICA IDENTITY USING INDEX log_b1_id_idx`,
      );
      await script(one, ROWS);
      const project = tempProject({ url: one });
      const run = async (...args: readonly string[]) => {
        const result = await project.run(args);
        expect([args, result.exitCode, result.exitCode === 0 ? "" : result.stderr]).toEqual([args, 0, ""]);
      };
      await run("pull", "--force", "--no-baseline");
      await run("revision", "-m", "empty");
      await run("stamp", "head");
      const before = strangers(await catalogView(one));
      const models = project.read("models.ts");
      const changed = models
        .replace('uniqueIndex("ux").on(t.id)', 'uniqueIndex("ux").on(t.id.desc())')
        .replace('index("ix_owner").on(t.owner)', 'index("ix_owner").on(t.owner.desc())');
      expect(changed).not.toEqual(models);
      project.write("models.ts", changed);
      await run("revision", "--autogenerate", "-m", "other");
      for (const args of [["upgrade"], ["check"], ["downgrade", "-1"]]) await run(...args);
      expect(strangers(await catalogView(one))).toEqual(before);
      for (const args of [["upgrade"], ["check"]]) await run(...args);
      expect(await query(one, "SELECT id, owner FROM log ORDER BY id")).toEqual([
        { id: 1, owner: 1 },
        { id: 120, owner: null },
      ]);
    }));

  it("all of it is made from the models at once", () =>
    twoDatabases(open, async (one, other) => {
      await script(one, `${LOG} ${STATES.map(([, sql]) => sql).join("; ")}`);
      const [from, to] = [tempProject({ url: one }), tempProject({ url: other })];
      expect((await from.run(["pull", "--force", "--no-baseline"])).exitCode).toBe(0);
      to.write("models.ts", from.read("models.ts"));
      for (const args of [["revision", "--autogenerate", "-m", "all"], ["upgrade"], ["check"]]) {
        const result = await to.run(args);
        expect([args, result.exitCode, result.stderr]).toEqual([args, 0, expect.anything()]);
      }
      expect(strangers(await catalogView(other))).toEqual(strangers(await catalogView(one)));
    }));
});
