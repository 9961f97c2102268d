/** Would one transaction for all revisions hold more locks than the server has room for? */
import type { Connection } from "../../dialects/dialect.js";
import { UnsupportedOperationError } from "../../errors.js";
import type { Direction, RevisionStep } from "../../revisions/revision.js";
import { sourceOf } from "../environment/revision-source.js";
import type { RevisionRun } from "../migrate.js";

/** Not to be counted where it cannot matter: no revision that people write comes near to it. */
const FEW_REVISIONS = 20;

/**
 * Before anything runs. The files are not run for it, since a revision may do something each time that it is: their calls
 * are counted, each as if it locked all that it can. SQL of the user's own is guessed at, and warned of only.
 *
 * @throws UnsupportedOperationError
 */
export async function refuseTooManyLocks(
  connection: Connection,
  steps: readonly RevisionStep[],
  { dryRun, emit }: Pick<RevisionRun, "dryRun" | "emit">,
): Promise<void> {
  if (connection.dialect.lockRoom === undefined || steps.length < FEW_REVISIONS) return;
  const all = steps.map(({ revision, direction }) => countLocks(sourceOf(revision), direction));
  const [calls, sql] = [sum(all.map((one) => one.calls)), sum(all.map((one) => one.sql))];
  const room = await connection.dialect.lockRoom(connection);
  if (calls + sql <= room.locks) return;
  const what = `one transaction for ${steps.length} revisions`;
  const raise = `raise ${room.setting} of the server to ${room.settingFor(calls + sql)} and restart it`;
  if (calls > room.locks) {
    throw new UnsupportedOperationError(
      `${what} would hold up to ${calls} locks, and the server has room for ${room.locks}`,
      {
        dialect: connection.dialect.name,
        operation: steps[0]!.direction,
        hint: dryRun
          ? `Take fewer revisions at a time: \`tsmigrate ${steps[0]!.direction} ${NEARER[steps[0]!.direction]} --dry-run\`, or ${raise}.`
          : `Run with \`--transaction per-revision\`, or ${raise}.`,
      },
    );
  }
  const text = `${what} may hold some ${calls + sql} locks with what its SQL makes, and the server has room for ${room.locks}: it is taken back whole if they are too many; run it with \`--transaction per-revision\`, or ${raise}`;
  emit({ type: "warning", text });
}

const NEARER: Readonly<Record<Direction, string>> = { upgrade: "+100", downgrade: "-100" };

export interface LockCount {
  /** Where each call in the text runs once, never too few for what is made; dropping is taken for that of a usual table. */
  readonly calls: number;
  /** A guess. */
  readonly sql: number;
}

/** What the text of a revision file says of one direction. */
export function countLocks(source: string, direction: Direction): LockCount {
  const text = withoutOther(source, direction === "upgrade" ? "downgrade" : "upgrade");
  const calls = [...text.matchAll(CALL)].map(([, name]) => LOCKS[name!] ?? OF_AN_INDEX);
  const statements = text.match(STATEMENT) ?? [];
  return { calls: sum(calls), sql: statements.length * OF_A_TABLE };
}

/** Without the comment at the head of the file, and without the function of the other direction. */
function withoutOther(source: string, other: Direction): string {
  const text = source.replace(/^\uFEFF?\s*\/\*[\s\S]*?\*\//, "");
  const start = text.search(new RegExp(`^export\\s+(?:async\\s+)?(?:function|const|let)\\s+${other}\\b`, "m"));
  if (start === -1) return text;
  const end = text.slice(start + 1).search(/^export\b/m);
  return text.slice(0, start) + (end === -1 ? "" : text.slice(start + 1 + end));
}

/** Operations, and what makes an index or a sequence of its own while a table is made. */
const CALL =
  /\b((?:create|drop|rename|move|alter|add|set|replace|attach|detach|validate)[A-Z]\w*|primaryKey|unique|exclude|index|identity|autoIncrement|references|foreignKey|bulkInsert|backfill)\s*\(/g;

/** A table with the table and index of its long values, and with indexes and sequences that nobody has counted. */
const OF_A_TABLE = 8;

/** Dropping one locks its constraints, defaults, types and triggers as well, and those of others that refer to it. */
const OF_A_DROPPED_TABLE = 24;

/** What is made, and the table that it is made on. */
const OF_AN_INDEX = 2;

/** {@link OF_AN_INDEX} where nothing stands here. */
const LOCKS: Readonly<Record<string, number>> = {
  // Its keys, indexes and sequences are calls of their own.
  createTable: 3,
  createMaterializedView: 3,
  primaryKey: 1,
  unique: 1,
  exclude: 1,
  index: 1,
  identity: 1,
  autoIncrement: 1,
  dropTable: OF_A_DROPPED_TABLE,
  dropSchema: OF_A_DROPPED_TABLE,
  dropMaterializedView: OF_A_TABLE,
  dropColumn: OF_A_TABLE,
  dropConstraint: 3,
  alterColumn: OF_A_TABLE,
  addColumn: OF_A_TABLE,
  replaceEnum: OF_A_TABLE,
  moveTable: OF_A_TABLE,
  setTableOptions: OF_A_TABLE,
  attachPartition: OF_A_TABLE,
  detachPartition: OF_A_TABLE,
  backfill: OF_A_TABLE,
  bulkInsert: OF_A_TABLE,
};

const STATEMENT =
  /\b(?:create|alter|drop|truncate|reindex|cluster)\s+(?:\w+\s+){0,3}?(?:table|index|view|sequence)\b/gi;

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
