/** Renames: said by the models (`renamedFrom`), said by the caller, or merely likely. */
import type { Operation } from "../operations/operation.js";
import { displayName, findColumn, objectKey, objectName, type SchemaDef, type TableDef } from "../schema/schema.js";

/** `old` and `new` as on the command line: `users` → `people`, or `users.fullname` → `full_name`. */
export interface RenameAnswer {
  readonly from: string;
  readonly to: string;
}

export interface RenameCandidate {
  /** `table users -> people`, `column users.fullname -> full_name`. */
  readonly description: string;
  /** The argument that says yes: `users.fullname:full_name`. */
  readonly argument: string;
}

/** Tables that go and come at once under other names: what the models or the caller say, as operations. */
export function findTableRenames(
  from: SchemaDef,
  to: SchemaDef,
  answers: readonly RenameAnswer[],
): { readonly operations: readonly Operation[]; readonly candidates: readonly RenameCandidate[] } {
  const gone = Object.keys(from.tables)
    .filter((key) => !(key in to.tables))
    .sort();
  const come = Object.keys(to.tables)
    .filter((key) => !(key in from.tables))
    .sort();
  const operations: Operation[] = [];
  const candidates: RenameCandidate[] = [];
  const taken = new Set<string>();
  const likely: [TableDef, TableDef][] = [];
  for (const key of come) {
    const table = to.tables[key]!;
    const free = gone
      .map((name) => from.tables[name]!)
      .filter((other) => !taken.has(objectKey(other)) && other.schema === table.schema);
    const said = free.find(
      (other) =>
        other.name === table.renamedFrom ||
        answers.some(
          (answer) =>
            answer.from === displayName(other) && (answer.to === table.name || answer.to === displayName(table)),
        ),
    );
    if (said !== undefined) {
      taken.add(objectKey(said));
      operations.push({
        kind: "renameTable",
        table: { name: said.name, ...(said.schema === undefined ? {} : { schema: said.schema }) },
        to: table.name,
      });
      continue;
    }
    const alike = free.find((other) => sameColumnNames(other, table));
    if (alike !== undefined) likely.push([alike, table]);
  }
  for (const [old, table] of likely) {
    if (taken.has(objectKey(old))) continue;
    taken.add(objectKey(old));
    candidates.push({
      description: `table ${displayName(old)} -> ${displayName(table)}`,
      argument: `${displayName(old)}:${displayName(table)}`,
    });
  }
  return { operations, candidates };
}

/** The same for columns of tables that are on both sides under one name; `from` has its tables renamed already. */
export function findColumnRenames(
  from: SchemaDef,
  to: SchemaDef,
  answers: readonly RenameAnswer[],
  sameType: (from: TableDef["columns"][number], to: TableDef["columns"][number]) => boolean,
): { readonly operations: readonly Operation[]; readonly candidates: readonly RenameCandidate[] } {
  const operations: Operation[] = [];
  const candidates: RenameCandidate[] = [];
  for (const key of Object.keys(to.tables).sort()) {
    const before = from.tables[key];
    const after = to.tables[key]!;
    if (before === undefined) continue;
    const shown = displayName(after);
    const said = saidRenames(before, after, shown, answers);
    for (const { from: column, to: name } of said) {
      operations.push({ kind: "renameColumn", table: objectName(after), column, to: name });
    }
    const taken = new Set(said.map((rename) => rename.from));
    const made = new Set(said.map((rename) => rename.to));
    const gone = before.columns.filter(
      (column) => !taken.has(column.name) && findColumn(after, column.name) === undefined,
    );
    const open = after.columns.filter(
      (column) => !made.has(column.name) && findColumn(before, column.name) === undefined,
    );
    for (const column of open) {
      const alike = gone.find((other) => !taken.has(other.name) && sameType(other, column));
      if (alike === undefined) continue;
      taken.add(alike.name);
      candidates.push({
        description: `column ${shown}.${alike.name} -> ${column.name}`,
        argument: `${shown}.${alike.name}:${column.name}`,
      });
    }
  }
  return { operations, candidates };
}

/**
 * Renames that the models or the caller say, in an order in which no name is taken: a chain (`b` to `c`, then `a` to
 * `b`) begins at its free end. A name that is there already and goes nowhere is done; a circle is left alone, since
 * afterwards it would look the same.
 */
function saidRenames(
  before: TableDef,
  after: TableDef,
  shown: string,
  answers: readonly RenameAnswer[],
): readonly RenameAnswer[] {
  const claims = after.columns.flatMap((column): readonly RenameAnswer[] => {
    const answer = answers.find((given) => given.to === column.name && given.from.startsWith(`${shown}.`));
    const from = answer === undefined ? column.renamedFrom : answer.from.slice(shown.length + 1);
    return from === undefined ? [] : [{ from, to: column.name }];
  });
  const names = new Set(before.columns.map((column) => column.name));
  const stays = (name: string) => findColumn(after, name) !== undefined && !claims.some((claim) => claim.to === name);
  const renames: RenameAnswer[] = [];
  const isFree = (claim: RenameAnswer) => names.has(claim.from) && !names.has(claim.to) && !stays(claim.from);
  for (let claim = claims.find(isFree); claim !== undefined; claim = claims.find(isFree)) {
    names.delete(claim.from);
    names.add(claim.to);
    renames.push(claim);
  }
  return renames;
}

function sameColumnNames(a: TableDef, b: TableDef): boolean {
  return a.columns.length === b.columns.length && a.columns.every((column) => findColumn(b, column.name) !== undefined);
}
