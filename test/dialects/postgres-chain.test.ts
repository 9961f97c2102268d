/** The migrations of a real project on PostgreSQL: what each of them does is found again as a difference, up and down. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Operation } from "../../src/operations/operation.js";
import { describeOperation, reverseAll } from "../../src/operations/registry.js";
import type { SchemaDef } from "../../src/schema/schema.js";
import { createRandom } from "../faults/support/random.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectTo, difference, introspect, runOperations } from "../support/engine.js";
import { LAW_SEED } from "../support/laws.js";
import { outsideView, viewDifference } from "../support/outside-view.js";

const FOLDER = join(import.meta.dirname, "../../../shared/schemas/chains/concourse");
const CHAIN = existsSync(FOLDER) ? readdirSync(FOLDER).sort() : [];
if (CHAIN.length === 0) process.stderr.write(`skipped, there is no chain of migrations in ${FOLDER}\n`);

const FACTOR = Number(process.env.TSMIGRATE_DATABASE_LAW_FACTOR ?? 1);
const random = createRandom(String(LAW_SEED));
/** All of them take minutes: some are looked at, with all that came since the last. */
const isLookedAt = (at: number) => at === CHAIN.length - 1 || random.chance((7 * FACTOR) / CHAIN.length);

/** A number of seconds becomes a time where somebody says how: the server has no cast. */
function converted(op: Operation): Operation {
  if (op.kind !== "alterColumn" || op.column !== "start_time" || op.changes.type === undefined) return op;
  return { ...op, using: "to_timestamp(start_time)", usingBack: "extract(epoch from start_time)::integer" };
}

/**
 * An integer that is numbered by a sequence of bigint is BIGSERIAL once it is a bigint itself, and the way back would take
 * that for leaving SERIAL: README names it.
 */
function becomesSerial(op: Operation, from: SchemaDef): boolean {
  if (op.kind !== "alterColumn" || op.changes.type?.name !== "bigint") return false;
  const column = from.tables[op.table.name]?.columns.find(({ name }) => name === op.column);
  return column?.default?.kind === "sql" && column.default.text.startsWith("nextval(");
}

/** The sequence of SERIAL gets wider with its column here, and does not there. */
async function seen(url: string): Promise<readonly string[] | null> {
  return (await outsideView("postgres", url))?.map((statement) => statement.replace(/^ {4}AS integer\n/m, "")) ?? null;
}

describe.each(POSTGRES_DIALECTS)("the migrations of a real project on $name", ({ open }) => {
  if (CHAIN.length === 0) it("are not there, so that nothing is read", () => undefined);

  it.runIf(CHAIN.length > 0)("are found again as differences, up and down", { timeout: 900_000 }, async () => {
    const [theirs, ours] = [await open(), await open()];
    const [other, connection] = [await connectTo(theirs.url), await connectTo(ours.url)];
    try {
      for (const [at, file] of CHAIN.entries()) {
        await other.script(readFileSync(join(FOLDER, file), "utf8"));
        if (!isLookedAt(at)) continue;
        const [from, to] = [await introspect(connection), await introspect(other)];
        const [before, wanted] = [await seen(ours.url), await seen(theirs.url)];
        const up = (await difference(connection, to)).map(converted);
        const down = reverseAll(up, from).operations!;
        await runOperations(connection, up);
        const left = await difference(connection, to);
        expect(left.map(describeOperation), `${file}: ${JSON.stringify([up, left])}`).toEqual([]);
        expect(viewDifference(wanted, await seen(ours.url)), file).toEqual([]);
        if (up.some((op) => becomesSerial(op, from))) continue;
        await runOperations(connection, down);
        expect((await difference(connection, from)).map(describeOperation), file).toEqual([]);
        expect(viewDifference(before, await seen(ours.url)), file).toEqual([]);
        await runOperations(connection, up);
      }
    } finally {
      await connection.close();
      await other.close();
      await theirs.dispose();
      await ours.dispose();
    }
  });
});
