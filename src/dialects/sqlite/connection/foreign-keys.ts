/**
 * What violates foreign keys before and after a transaction that ran without their enforcement. A database may hold old
 * violations and still be migrated; it must not get new ones.
 */

export type RowQuery = (sql: string, parameters?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;

interface Relation {
  readonly table: string;
  readonly parent: string;
}

interface Group extends Relation {
  readonly count: number;
  /** The rowids, or null where they are not known: too many, or a table without them. */
  readonly rows: ReadonlySet<unknown> | null;
}

export interface Violations {
  readonly groups: readonly Group[];
  /** Foreign keys whose parent columns are no key, which SQLite cannot check. */
  readonly mismatches: readonly Relation[];
  /** Tables with foreign keys, and tables at all. */
  readonly tables: ReadonlySet<string>;
}

// Beyond this many only numbers are compared, so that a hopeless database costs no memory.
const ROWS_KEPT = 100_000;

/** Reads all violations there are. A mismatch in one table does not hide those of the others. */
export async function readViolations(query: RowQuery): Promise<Violations> {
  const tables = await query("SELECT name, sql LIKE '%references%' AS refers FROM sqlite_master WHERE type = 'table'");
  const names = new Set(tables.map((row) => String(row.name)));
  const mismatches: Relation[] = [];
  let groups: readonly Group[];
  try {
    groups = await readGroups(query, null);
  } catch (error) {
    if (!isMismatch(error)) throw error;
    const found: Group[] = [];
    for (const row of tables.filter((table) => table.refers === 1)) {
      try {
        found.push(...(await readGroups(query, String(row.name))));
      } catch (inner) {
        if (!isMismatch(inner)) throw inner;
        mismatches.push(mismatchOf(inner));
      }
    }
    groups = found;
  }
  return { groups, mismatches, tables: names };
}

/** Sentences for what is there after and was not before; empty when nothing got worse. */
export function newViolations(before: Violations, after: Violations): readonly string[] {
  const known = new Map(before.groups.map((group) => [keyOf(group), group]));
  const isGone = (one: Relation) => !after.tables.has(one.table) || !after.tables.has(one.parent);
  const isNew = (one: Relation) => !before.tables.has(one.table) || !before.tables.has(one.parent);
  // Old violations of a table that has another name now are not new ones.
  let renamed = before.groups.filter(isGone).reduce((sum, group) => sum + group.count, 0);
  const sentences: string[] = [];
  for (const group of after.groups) {
    const added = addedRows(known.get(keyOf(group)), group);
    const excused = isNew(group) ? Math.min(added, renamed) : 0;
    renamed -= excused;
    if (added > excused) sentences.push(sentence(group, added - excused, after.tables));
  }
  const broken = after.mismatches.filter((one) => !before.mismatches.some((other) => keyOf(other) === keyOf(one)));
  const old = before.mismatches.filter(isGone).length;
  // A table that was made here was meant like that: SQLite takes such a key, and so does a step with enforcement on.
  const changed = broken.filter((one) => before.tables.has(one.table));
  const fresh = [...changed.filter((one) => !isNew(one)), ...changed.filter(isNew).slice(old)];
  return [
    ...sentences,
    ...fresh.map((one) => `the foreign key of '${one.table}' refers to columns of '${one.parent}' that are no key`),
  ];
}

function addedRows(before: Group | undefined, after: Group): number {
  if (before === undefined) return after.count;
  const { rows } = before;
  if (rows === null || after.rows === null) return Math.max(0, after.count - before.count);
  return [...after.rows].filter((row) => !rows.has(row)).length;
}

function sentence(group: Group, count: number, tables: ReadonlySet<string>): string {
  const rows = count === 1 ? `1 row of '${group.table}' refers` : `${count} rows of '${group.table}' refer`;
  const exists = [...tables].some((name) => name.toLowerCase() === group.parent.toLowerCase());
  return exists
    ? `${rows} to a missing row of '${group.parent}'`
    : `${rows} to '${group.parent}', which does not exist`;
}

async function readGroups(query: RowQuery, table: string | null): Promise<readonly Group[]> {
  const source = table === null ? "pragma_foreign_key_check" : "pragma_foreign_key_check(?)";
  const parameters = table === null ? [] : [table];
  const counts = await query(
    `SELECT "table", parent, count(*) AS n, count("rowid") AS known FROM ${source} GROUP BY 1, 2`,
    parameters,
  );
  const total = counts.reduce((sum, row) => sum + Number(row.n), 0);
  if (total === 0) return [];
  const rows = new Map<string, Set<unknown>>();
  if (total <= ROWS_KEPT) {
    for (const row of await query(`SELECT "table", parent, "rowid" AS id, fkid FROM ${source}`, parameters)) {
      const key = keyOf({ table: String(row.table), parent: String(row.parent) });
      rows.set(key, (rows.get(key) ?? new Set()).add(row.id));
    }
  }
  return counts.map((row): Group => {
    const group = { table: String(row.table), parent: String(row.parent), count: Number(row.n) };
    // A row that violates two keys to one parent counts once among the rowids.
    return { ...group, rows: row.known === row.n ? (rows.get(keyOf(group)) ?? null) : null };
  });
}

function keyOf({ table, parent }: Relation): string {
  return JSON.stringify([table, parent]);
}

function isMismatch(error: unknown): boolean {
  return error instanceof Error && error.message.includes("foreign key mismatch");
}

function mismatchOf(error: unknown): Relation {
  const [, table = "", parent = ""] =
    /foreign key mismatch - "(.*)" referencing "(.*)"/.exec((error as Error).message) ?? [];
  return { table, parent };
}
