/**
 * What violates foreign keys before and after a transaction that ran without their enforcement. A database may hold old
 * violations and still be migrated; it must not get new ones.
 */

export type RowQuery = (sql: string, parameters?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;

interface Group {
  readonly table: string;
  readonly parent: string;
  readonly count: number;
  /** The rowids, or null where they are not known: too many, or a table without them. */
  readonly rows: ReadonlySet<unknown> | null;
}

export interface Violations {
  readonly groups: readonly Group[];
  /** What SQLite says of foreign keys whose parent columns are no key. */
  readonly mismatches: ReadonlySet<string>;
  /** Tables with foreign keys, and tables at all. */
  readonly tables: ReadonlySet<string>;
}

// Beyond this many only numbers are compared, so that a hopeless database costs no memory.
const ROWS_KEPT = 100_000;

/** Reads all violations there are. A mismatch in one table does not hide those of the others. */
export async function readViolations(query: RowQuery): Promise<Violations> {
  const tables = await query("SELECT name, sql LIKE '%references%' AS refers FROM sqlite_master WHERE type = 'table'");
  const names = new Set(tables.map((row) => String(row.name)));
  const mismatches = new Set<string>();
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
        mismatches.add(mismatchText(inner));
      }
    }
    groups = found;
  }
  return { groups, mismatches, tables: names };
}

/** Sentences for what is there after and was not before; empty when nothing got worse. */
export function newViolations(before: Violations, after: Violations): readonly string[] {
  const known = new Map(before.groups.map((group) => [keyOf(group), group]));
  // Old violations of a table that has another name now are not new ones.
  let renamed = before.groups
    .filter((group) => !after.tables.has(group.table) || !after.tables.has(group.parent))
    .reduce((sum, group) => sum + group.count, 0);
  const sentences: string[] = [];
  for (const group of after.groups) {
    let count = addedRows(known.get(keyOf(group)), group);
    if (!before.tables.has(group.table) || !before.tables.has(group.parent)) {
      const excused = Math.min(count, renamed);
      count -= excused;
      renamed -= excused;
    }
    if (count > 0) sentences.push(sentence(group, count, after.tables));
  }
  const broken = [...after.mismatches].filter((text) => !before.mismatches.has(text));
  return [...sentences, ...broken];
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

function keyOf(group: { readonly table: string; readonly parent: string }): string {
  return JSON.stringify([group.table, group.parent]);
}

function isMismatch(error: unknown): boolean {
  return error instanceof Error && error.message.includes("foreign key mismatch");
}

function mismatchText(error: unknown): string {
  const [, child, parent] = /foreign key mismatch - "(.*)" referencing "(.*)"/.exec((error as Error).message) ?? [];
  return `the foreign key of '${child}' refers to columns of '${parent}' that are no key`;
}
