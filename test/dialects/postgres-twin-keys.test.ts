/** Two unique keys on the same columns: a foreign key leans on one of them, and goes over to the other when that goes. */
import { describe, expect, it } from "vitest";
import type { Connection } from "../../src/dialects/dialect.js";
import type { Operation } from "../../src/operations/operation.js";
import { applyAll, reverseAll } from "../../src/operations/registry.js";
import { POSTGRES_DIALECTS, type TestDialect } from "../support/dialects.js";
import { connectTo, introspect, runOperations } from "../support/engine.js";
import { itChanges, type SqlChange } from "../support/sql-changes.js";

const PARENT = "CREATE TABLE p (name text NOT NULL, n integer NOT NULL, boss text)";
const KEY = "ALTER TABLE p ADD CONSTRAINT pk PRIMARY KEY (name)";
const UNIQUE = "ALTER TABLE p ADD CONSTRAINT uq UNIQUE (name)";
const INDEX = "CREATE UNIQUE INDEX ux ON p (name)";
const CHILD = `CREATE TABLE c (id integer PRIMARY KEY, p text);
  ALTER TABLE c ADD CONSTRAINT fk FOREIGN KEY (p) REFERENCES p (name) ON DELETE CASCADE NOT VALID;
  COMMENT ON CONSTRAINT fk ON c IS 'it''s $$ odd';
  ALTER TABLE p ADD CONSTRAINT self FOREIGN KEY (boss) REFERENCES p (name) ON DELETE SET NULL`;
const ROWS = `INSERT INTO p VALUES ('a', 1, 'a'), ('b', 2, 'a'), ('c', 3, NULL);
  ALTER TABLE c DISABLE TRIGGER ALL; INSERT INTO c VALUES (1, 'a'), (2, 'gone'); ALTER TABLE c ENABLE TRIGGER ALL`;

/** One of two keys goes, and comes: the foreign keys were made when both were there, and lean on the older one. */
function twins(first: string, second: string): readonly SqlChange[] {
  const both = `${PARENT}; ${first}; ${second}; ${CHILD}`;
  return [first, second].flatMap((left): readonly SqlChange[] => {
    const one = `${PARENT}; ${left}; ${CHILD}`;
    const what = `[${first}], [${second}]: only [${left}] stays`;
    return [
      { what, before: both, after: one, rows: ROWS },
      { what: `back: ${what}`, before: one, after: both, rows: ROWS },
    ];
  });
}

const MARKED = "CREATE TABLE t (id integer NOT NULL, v integer NOT NULL)";
const CHANGES: readonly SqlChange[] = [
  ...twins(UNIQUE, KEY),
  ...twins(INDEX, KEY),
  ...twins(UNIQUE, INDEX),
  {
    what: "the key that a foreign key does not lean on goes without a word to it",
    before: `${PARENT}; ${KEY}; ${UNIQUE}; ${CHILD}`,
    after: `${PARENT}; ${KEY}; ${CHILD}`,
    rows: ROWS,
    afterwards: `DO $$ BEGIN ASSERT 2 = (SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conindid = 'pk'::regclass); END $$`,
  },
  {
    what: "the key of two changes while its twin gets another name",
    before: `${PARENT}; ${UNIQUE}; ${INDEX}; ${CHILD}`,
    after: `${PARENT}; CREATE UNIQUE INDEX uy ON p (name); ALTER TABLE p ADD CONSTRAINT pk PRIMARY KEY (n); ${CHILD}`,
    rows: ROWS,
  },
  {
    what: "what names an index follows it to its other name",
    before: `${MARKED}; CREATE UNIQUE INDEX a ON t (id); ALTER TABLE t REPLICA IDENTITY USING INDEX a; ALTER TABLE t CLUSTER ON a`,
    after: `${MARKED}; CREATE UNIQUE INDEX b ON t (id); ALTER TABLE t REPLICA IDENTITY USING INDEX b; ALTER TABLE t CLUSTER ON b`,
    up: ['ALTER INDEX "a" RENAME TO "b"'],
    down: ['ALTER INDEX "b" RENAME TO "a"'],
  },
];

const table = { name: "p" };
const HANDS: readonly (readonly [what: string, keys: string, op: Operation])[] = [
  ["dropConstraint of a key", `${KEY}; ${UNIQUE}`, { kind: "dropConstraint", table, name: "pk", type: "primaryKey" }],
  ["dropConstraint by its name", `${UNIQUE}; ${KEY}`, { kind: "dropConstraint", table, name: "uq" }],
  ["dropIndex", `${INDEX}; ${UNIQUE}`, { kind: "dropIndex", index: { name: "ux" } }],
];

describe.each(POSTGRES_DIALECTS)("twin keys on $name", (dialect) => {
  itChanges(dialect, CHANGES);

  it.each(HANDS)("%s lets foreign keys go over to the twin, there and back", async (_what, keys, op) => {
    await using db = await opened(dialect, `${PARENT}; ${keys}; ${CHILD}; ${ROWS}`);
    const start = await introspect(db.connection);
    const rows = await rowsOf(db.connection);
    await runOperations(db.connection, [op]);
    expect(await introspect(db.connection)).toEqual(applyAll(start, [op]));
    await runOperations(db.connection, reverseAll([op], start).operations!);
    expect(await introspect(db.connection)).toEqual(start);
    // The foreign keys lean on the other one now.
    const again = await runOperations(db.connection, [op]);
    expect(again).toHaveLength(1);
    expect(await rowsOf(db.connection)).toEqual(rows);
  });

  it("a mark goes with its index and comes back with it", async () => {
    const marks = `CREATE UNIQUE INDEX a ON t (id); ALTER TABLE t REPLICA IDENTITY USING INDEX a; ALTER TABLE t CLUSTER ON a`;
    await using db = await opened(dialect, `${MARKED}; ${marks}`);
    const start = await introspect(db.connection);
    const op: Operation = { kind: "dropIndex", index: { name: "a" } };
    await runOperations(db.connection, [op]);
    expect(await introspect(db.connection)).toEqual(applyAll(start, [op]));
    await runOperations(db.connection, reverseAll([op], start).operations!);
    expect(await introspect(db.connection)).toEqual(start);
  });
});

async function opened({ open }: TestDialect, sql: string) {
  const database = await open();
  const connection = await connectTo(database.url);
  await connection.script(sql);
  return {
    connection,
    async [Symbol.asyncDispose]() {
      await connection.close();
      await database.dispose();
    },
  };
}

async function rowsOf(connection: Connection): Promise<readonly unknown[]> {
  return (await connection.query("SELECT c.*, p.* FROM c FULL JOIN p ON c.p = p.name ORDER BY 1, 3")).rows;
}
