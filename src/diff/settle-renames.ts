/**
 * Which of the things that go and come are one under two names: what the models say (`renamedFrom`), what the caller
 * says, and what is likely, which somebody has to decide. Enums, views and the like first, then tables, their columns,
 * the values of enums, and virtual tables.
 */
import type { Operation } from "../operations/operation.js";
import { applyAll } from "../operations/registry.js";
import {
  type ColumnDef,
  displayName,
  findColumn,
  objectName,
  type SchemaDef,
  type TableDef,
} from "../schema/schema.js";
import { orderRenames, type Rename, type RenameClaim } from "./order-renames.js";
import { isPathOf, type RenameAnswer } from "./rename-answers.js";
import { columnLikeness, columnQuestion, decideAll } from "./rename-questions.js";
import { noteUnclear, type RenameNotes, type RenameRules } from "./rename-rules.js";
import { settleHints } from "./settle-hints.js";
import { settleObjects } from "./settle-objects.js";
import { settleTables } from "./settle-tables.js";
import { settleValues } from "./settle-values.js";
import { settleVirtualTables } from "./settle-virtual-tables.js";

export interface SettledRenames {
  readonly operations: readonly Operation[];
  /** The database as it is after them. */
  readonly renamed: SchemaDef;
  /** The wanted schema, with the answers in it that later comparison needs. */
  readonly wanted: SchemaDef;
  /** Sentences about renames that cannot be done as they are said. */
  readonly unclear: readonly string[];
  /** Answers that name nothing. */
  readonly unused: readonly RenameAnswer[];
}

export async function settleRenames(
  found: SchemaDef,
  declared: SchemaDef,
  given: RenameRules,
): Promise<SettledRenames> {
  const notes: RenameNotes = { used: new Set(), unclear: [] };
  // No part of a table can go to another schema.
  const rules = { ...given, answers: given.answers.filter(({ toSchema }) => toSchema === undefined) };
  const objects = await settleObjects(found, declared, given, notes);
  const { wanted } = objects;
  const withObjects = applyAll(found, objects.operations);
  const tables = await settleTables(withObjects, wanted, given, notes);
  const withTables = applyAll(withObjects, tables.operations);
  const columns: Operation[] = [];
  for (const key of Object.keys(wanted.tables).sort()) {
    const [before, after] = [withTables.tables[key], wanted.tables[key]!];
    if (before === undefined) continue;
    if (isSettled(before, after, rules)) continue;
    const oldName = tables.oldNames.get(after) ?? before;
    columns.push(...(await settleColumns(before, after, oldName, rules, notes)));
  }
  const withColumns = applyAll(withTables, columns);
  const values = await settleValues(withColumns, wanted, rules, notes);
  const withValues = applyAll(withColumns, values.operations);
  const virtual = await settleVirtualTables(withValues, declared, rules, notes);
  const hinted = settleHints(withColumns, values.wanted, rules, notes);
  const operations = [...objects.operations, ...tables.operations, ...columns, ...values.operations, ...virtual];
  return {
    operations,
    renamed: applyAll(withValues, virtual),
    wanted: hinted,
    unclear: notes.unclear,
    unused: given.answers.filter((answer) => !notes.used.has(answer)),
  };
}

/** Are all columns there under their names, and does nobody say that one of them is another? */
function isSettled(before: TableDef, after: TableDef, rules: RenameRules): boolean {
  if (rules.answers.length > 0) return false;
  return after.columns.every(
    ({ name, renamedFrom }, at) =>
      renamedFrom === undefined && (before.columns[at]?.name === name || findColumn(before, name) !== undefined),
  );
}

async function settleColumns(
  before: TableDef,
  after: TableDef,
  oldName: TableDef,
  rules: RenameRules,
  notes: RenameNotes,
): Promise<readonly Operation[]> {
  const claims = after.columns.flatMap((column): readonly RenameClaim[] => {
    const answer = rules.answers.find(
      (given) =>
        !notes.used.has(given) &&
        (given.kind === undefined || given.kind === "column") &&
        given.to === column.name &&
        findColumn(before, given.from.at(-1)!) !== undefined &&
        [after, oldName].some((table) => isPathOf(given.from.slice(0, -1), table)),
    );
    if (answer !== undefined) notes.used.add(answer);
    const from = answer?.from.at(-1) ?? column.renamedFrom;
    return from === undefined ? [] : [{ from, to: column.name, said: answer !== undefined }];
  });
  const isWanted = (name: string) => findColumn(after, name) !== undefined;
  const ordered = orderRenames(
    claims,
    before.columns.map((column) => column.name),
    isWanted,
  );
  noteUnclear(`column ${displayName(after)}.`, ordered, notes);
  const names = nameSides(before.columns, after.columns, ordered.done, rules.fold);
  const placed = (columns: readonly ColumnDef[], column: ColumnDef) => [column, columns.indexOf(column)] as const;
  const decided = await decideAll(
    {
      come: names.come,
      gone: names.gone,
      likeness: (from, to) => columnLikeness(placed(before.columns, from), placed(after.columns, to), rules.sameType),
      question: (to, choices) => columnQuestion(after, to, choices),
    },
    rules.decide,
  );
  const likely = decided.map(([from, to]): Rename => ({ from: from.name, to: to.name }));
  return [...ordered.steps, ...likely].map(
    ({ from, to }): Operation => ({ kind: "renameColumn", table: objectName(after), column: from, to }),
  );
}

/** What is on one side only, when the renames that are certain are done. */
function nameSides<N extends { readonly name: string }>(
  before: readonly N[],
  after: readonly N[],
  done: readonly Rename[],
  fold: (name: string) => string,
): { readonly gone: readonly N[]; readonly come: readonly N[] } {
  const names = (items: readonly N[]) => new Set(items.map((item) => fold(item.name)));
  const [left, right] = [names(before), names(after)];
  const given = new Set(done.map((rename) => rename.from));
  const taken = new Set(done.map((rename) => rename.to));
  return {
    gone: before.filter((item) => !right.has(fold(item.name)) && !given.has(item.name)),
    come: after.filter((item) => !left.has(fold(item.name)) && !taken.has(item.name)),
  };
}
