/** Schemas of real projects, changed at random by somebody else: the change is found, done, and undone. */
import { describe, expect, it } from "vitest";
import type { Connection } from "../../src/dialects/dialect.js";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import type { Operation } from "../../src/operations/operation.js";
import { reverseAll } from "../../src/operations/registry.js";
import type { SchemaDef } from "../../src/schema/schema.js";
import { createRandom, type Random } from "../faults/support/random.js";
import { DIALECTS, type TestDialect } from "../support/dialects.js";
import { connectTo, runOperations } from "../support/engine.js";
import { LAW_SEED } from "../support/laws.js";
import { outsideView, viewDifference } from "../support/outside-view.js";
import { type RandomChange, randomChanges } from "../support/random-changes.js";
import { realSchemaSql, realSchemas, whyNotTaken } from "../support/real-schemas.js";

const FACTOR = Number(process.env.TSMIGRATE_DATABASE_LAW_FACTOR ?? 1);
const CHANGES = { sqlite: 4, postgres: 2 } as const;

/** A database, read with all of its schemas. */
interface Side {
  readonly url: string;
  readonly read: (connection: Connection) => Promise<SchemaDef>;
}

describe.each(DIALECTS.filter(({ name }) => name !== "sqlite-worker"))(
  "random changes of real schemas on $name",
  (dialect) => {
    const { family, open } = dialect;
    const files = realSchemas(family);
    if (files.length === 0) it("are not there, so that nothing is changed", () => undefined);

    for (const file of files) {
      it(`of ${file} are found, done and undone`, { timeout: 240_000 * Math.max(1, FACTOR) }, async (context) => {
        const [ours, theirs] = [await open(), await open()];
        try {
          const reason = await whyNotTaken(file, ours.url);
          if (reason !== null) context.skip(reason);
          const sql = realSchemaSql(family, file);
          for (const { url } of [ours, theirs]) await loaded(url, sql);
          const random = createRandom(`${LAW_SEED} ${file}`);
          for (let done = 0; done < CHANGES[family] * FACTOR; done++) {
            await oneChange(family, side(ours.url, family), side(theirs.url, family), random);
          }
        } finally {
          await ours.dispose();
          await theirs.dispose();
        }
      });
    }
  },
);

/** Done by somebody else in one database; ours is led there, back, and there again. */
async function oneChange(family: TestDialect["family"], ours: Side, theirs: Side, random: Random): Promise<void> {
  const [connection, other] = [await connectTo(ours.url), await connectTo(theirs.url)];
  try {
    const from = await ours.read(connection);
    const change = await someChange(randomChanges(from, family, random), other, random);
    const to = await theirs.read(other);
    const [view, wanted] = [await outsideView(family, ours.url), await outsideView(family, theirs.url)];
    const differences = async (target: SchemaDef) => diffSchemas(await ours.read(connection), target);
    const up: readonly Operation[] = change.operation === undefined ? await differences(to) : [change.operation];
    const down = reverseAll(up, from).operations!;
    const expectAt = async (target: SchemaDef, seen: typeof view) => {
      expect([change.label, await differences(target)]).toEqual([change.label, []]);
      expect([change.label, viewDifference(seen, await outsideView(family, ours.url))]).toEqual([change.label, []]);
    };
    await runOperations(connection, up);
    await expectAt(to, wanted);
    await runOperations(connection, down);
    await expectAt(from, view);
    await runOperations(connection, up);
  } finally {
    await connection.close();
    await other.close();
  }
}

/** The first that the database takes. */
async function someChange(
  changes: readonly RandomChange[],
  connection: Connection,
  random: Random,
): Promise<RandomChange> {
  for (let left = [...changes]; ; ) {
    const change = random.pick(left);
    try {
      await connection.query(change.sql);
      return change;
    } catch {
      left = left.filter((one) => one !== change);
    }
  }
}

function side(url: string, family: TestDialect["family"]): Side {
  const read = async (connection: Connection) =>
    connection.dialect.introspect(connection, {
      ignoreTables: [],
      schemas: family === "sqlite" ? [] : await schemasOf(connection),
    });
  return { url, read };
}

async function schemasOf(connection: Connection): Promise<readonly string[]> {
  const { rows } = await connection.query<{ name: string }>(
    "SELECT nspname::text AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')",
  );
  return rows.map(({ name }) => name);
}

async function loaded(url: string, sql: string): Promise<void> {
  const connection = await connectTo(url);
  try {
    await connection.script(sql);
  } finally {
    await connection.close();
  }
}
