/** Virtual tables that hold values of their own, and their columns, under new names. Those of SQLite only. */
import type { Operation } from "../operations/operation.js";
import type { DefinitionDef } from "../schema/objects.js";
import type { SchemaDef } from "../schema/schema.js";
import { bareName, isVirtualTable, keptColumns, readVirtualTable, type VirtualTable } from "../schema/virtual-table.js";
import { type RenameAnswer, renameArgument } from "./rename-answers.js";
import { decideAll, type Likeness, nameLikeness, type RenameQuestion } from "./rename-questions.js";
import type { RenameNotes, RenameRules } from "./rename-rules.js";

interface Named {
  readonly name: string;
  readonly def: DefinitionDef;
  readonly read: VirtualTable;
}

/** `wanted` as it was declared, with its hints. Each gets its wanted form at once, and keeps its rows. */
export async function settleVirtualTables(
  found: SchemaDef,
  wanted: SchemaDef,
  rules: RenameRules,
  notes: RenameNotes,
): Promise<readonly Operation[]> {
  const [before, after] = [namedIn(found), namedIn(wanted)];
  const operations: Operation[] = [];
  for (const [from, to] of await pairs(before, after, rules, notes)) {
    const columns = await renamedColumns(from, to, rules, notes);
    // What it finds is found again in the table that has the values, when this is ready.
    if (![from, to].every(({ read }) => read.content === "own")) continue;
    if (rules.fold(from.name) === rules.fold(to.name) && columns.length === 0) continue;
    const { renamedFrom: _hint, ...object } = to.def;
    operations.push({
      kind: "replaceObject",
      object,
      ...(from.def.name === to.def.name ? {} : { renamedFrom: from.def.name }),
      ...(columns.length === 0 ? {} : { renamedColumns: Object.fromEntries(columns) }),
    });
  }
  return operations;
}

function namedIn(schema: SchemaDef): readonly Named[] {
  return Object.values(schema.objects).flatMap((def) => {
    const read = isVirtualTable(def) ? readVirtualTable(def.definition) : null;
    return isVirtualTable(def) && read !== null ? [{ name: bareName(def.name), def, read }] : [];
  });
}

type Pair = readonly [from: Named, to: Named];

async function pairs(
  before: readonly Named[],
  after: readonly Named[],
  rules: RenameRules,
  notes: RenameNotes,
): Promise<readonly Pair[]> {
  const isSame = (a: Named, name: string) => rules.fold(a.name) === rules.fold(name);
  const stay = after.flatMap((to): readonly Pair[] => {
    const from = before.find((one) => isSame(one, to.name));
    return from === undefined ? [] : [[from, to]];
  });
  const isFree = (side: 0 | 1, one: Named, taken: readonly Pair[]) => !taken.some((pair) => pair[side] === one);
  const said = after
    .filter((to) => isFree(1, to, stay))
    .flatMap((to): readonly Pair[] => {
      const answer = rules.answers.find(
        ({ kind, from, to: name }) => (kind === undefined || kind === "table") && from.length === 1 && name === to.name,
      );
      const name = answer?.from[0] ?? to.def.renamedFrom;
      const from = before.find((one) => name !== undefined && isSame(one, bareName(name)) && isFree(0, one, stay));
      if (from !== undefined && answer !== undefined) notes.used.add(answer);
      return from === undefined ? [] : [[from, to]];
    });
  const settled = [...stay, ...said];
  const likely = await decideAll(
    {
      gone: before.filter((one) => isFree(0, one, settled)),
      come: after.filter((one) => isFree(1, one, settled)),
      likeness: tableLikeness,
      question: tableQuestion,
    },
    rules.decide,
  );
  return [...settled, ...likely];
}

/** At least half of their columns are the same, and both hold the values of these. */
function tableLikeness(from: Named, to: Named): Likeness | null {
  if (from.read.module !== to.read.module || ![from, to].every(({ read }) => read.content === "own")) return null;
  const most = Math.max(from.read.columns.length, to.read.columns.length);
  const same = keptColumns(from.read, to.read).size;
  if (same / most < 0.5) return null;
  const words = same === most ? "the same columns" : `${same} of ${most} columns`;
  const alike = nameLikeness(from.name, to.name) >= 0.5;
  return { score: same / most + (alike ? 0.5 : 0), reason: alike ? `${words}, names alike` : words };
}

function tableQuestion(to: Named, choices: readonly (readonly [Named, Likeness])[]): RenameQuestion {
  const shape = ({ name, read }: Named) => `${name} (${read.columns.join(", ")})`;
  return {
    kind: "table",
    subject: `virtual table ${to.name}`,
    choices: choices.map(([from, { reason }]) => ({
      from: from.name,
      argument: renameArgument([from.name], to.name),
      description: `rename virtual table ${from.name} to ${to.name}`,
      reason,
      renamed: `~ ${from.name} -> ${to.name}`,
      dropped: `- ${shape(from)}`,
    })),
    added: `+ ${shape(to)}`,
    loses: (choice) => `all rows of ${choice.from}`,
  };
}

async function renamedColumns(
  from: Named,
  to: Named,
  { answers, decide, fold }: RenameRules,
  notes: RenameNotes,
): Promise<readonly (readonly [string, string])[]> {
  const kept = keptColumns(from.read, to.read);
  const stay = new Set(kept.values());
  const gone = from.read.columns.filter((column) => !stay.has(column));
  const come = to.read.columns.filter((column) => !kept.has(column));
  const said = come.flatMap((column) => {
    const answer = answers.find((given) => isSaid(given, column, [from.name, to.name].map(fold), fold));
    const source = gone.find((old) => answer !== undefined && fold(old) === fold(answer.from[1]!));
    if (source === undefined) return [];
    notes.used.add(answer!);
    return [[source, column] as const];
  });
  if (![from, to].every(({ read }) => read.content === "own")) return [];
  const isOpen = (side: 0 | 1) => (column: string) => !said.some((pair) => pair[side] === column);
  const named = (column: string) => ({ name: column });
  const decided = await decideAll(
    {
      gone: gone.filter(isOpen(0)).map(named),
      come: come.filter(isOpen(1)).map(named),
      likeness: (a, b) => columnLikeness(a.name, b.name, from, to),
      question: (column, choices) => columnQuestion(to, column.name, choices),
    },
    decide,
  );
  return [...said, ...decided.map(([a, b]) => [a.name, b.name] as const)];
}

function isSaid(
  { kind, from, to }: RenameAnswer,
  column: string,
  tables: readonly string[],
  fold: (name: string) => string,
): boolean {
  return (
    (kind === undefined || kind === "column") &&
    from.length === 2 &&
    tables.includes(fold(from[0]!)) &&
    fold(to) === fold(column)
  );
}

/** Names are alike, or it stands in the same place. */
function columnLikeness(old: string, column: string, from: Named, to: Named): Likeness | null {
  const names = nameLikeness(old, column);
  const [a, b] = [from.read.columns, to.read.columns];
  const same = a.length === b.length && a.indexOf(old) === b.indexOf(column);
  if (names < 0.5 && !same) return null;
  const reasons = [...(same ? ["same place"] : []), ...(names >= 0.5 ? ["names alike"] : [])];
  return { score: (same ? 1 : 0) + 2 * names, reason: reasons.join(", ") };
}

function columnQuestion(
  { name }: Named,
  column: string,
  choices: readonly (readonly [{ readonly name: string }, Likeness])[],
): RenameQuestion {
  return {
    kind: "column",
    subject: `column ${name}.${column}`,
    choices: choices.map(([from, { reason }]) => ({
      from: from.name,
      argument: renameArgument([name, from.name], column),
      description: `rename column ${name}.${from.name} to ${column}`,
      reason,
      renamed: `~ ${name}.${from.name} -> ${column}`,
      dropped: `- ${name}.${from.name}`,
    })),
    added: `+ ${name}.${column}`,
    loses: (choice) => `what ${name}.${choice.from} holds`,
  };
}
