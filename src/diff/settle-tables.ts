/** Tables under other names, in other schemas, or both. */
import type { Operation } from "../operations/operation.js";
import { applyAll } from "../operations/registry.js";
import { cutName } from "../schema/naming.js";
import {
  displayName,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  type TableDef,
} from "../schema/schema.js";
import { orderRenames, type Rename, type RenameClaim } from "./order-renames.js";
import { hintedKey, isSaidOf, placeSteps, targetText } from "./places.js";
import { pathText, type RenameAnswer } from "./rename-answers.js";
import {
  decideAll,
  type Likeness,
  nameLikeness,
  type RenameQuestion,
  tableLikeness,
  tableQuestion,
} from "./rename-questions.js";
import { noteUnclear, type RenameNotes, type RenameRules } from "./rename-rules.js";

export interface SettledTables {
  readonly operations: readonly Operation[];
  /** The wanted tables that were something else before, and what. */
  readonly oldNames: ReadonlyMap<TableDef, TableDef>;
}

export async function settleTables(
  found: SchemaDef,
  wanted: SchemaDef,
  rules: RenameRules,
  notes: RenameNotes,
): Promise<SettledTables> {
  const claims = Object.values(wanted.tables).flatMap((table) => claimOf(table, found, rules, notes));
  const places = new Map<string, ObjectName>();
  for (const table of [...Object.values(found.tables), ...Object.values(wanted.tables)]) {
    places.set(objectKey(table), objectName(table));
  }
  const between = (key: string) => {
    const place = places.get(key)!;
    const spare = { ...place, name: cutName(`tsm_rename_${place.name}`) };
    places.set(objectKey(spare), spare);
    return objectKey(spare);
  };
  const isWanted = (key: string) => key in wanted.tables;
  const ordered = orderRenames(claims, Object.keys(found.tables), isWanted, between);
  noteUnclear("table ", ordered, notes);
  const likely = await decideLikely(found, wanted, ordered.done, rules);
  const operations: Operation[] = [];
  let state = found;
  for (const { from, to } of [...ordered.steps, ...likely]) {
    const step = placeSteps(places.get(from)!, places.get(to)!, {
      rename: (table, name) => ({ kind: "renameTable", table, to: name }),
      move: (table, schema) => ({ kind: "moveTable", table, to: schema }),
      isTaken: (place) => isTaken(state, place),
    });
    operations.push(...step);
    state = applyAll(state, step);
  }
  const pairs = [...ordered.done, ...likely].map(({ from, to }) => [wanted.tables[to]!, found.tables[from]!] as const);
  return { operations, oldNames: new Map(pairs) };
}

function claimOf(table: TableDef, found: SchemaDef, rules: RenameRules, notes: RenameNotes): readonly RenameClaim[] {
  const to = objectKey(table);
  for (const answer of rules.answers) {
    const from = Object.values(found.tables).find((one) => isSaid(answer, one, table));
    if (from === undefined) continue;
    notes.used.add(answer);
    return [{ from: objectKey(from), to, said: true }];
  }
  if (table.renamedFrom === undefined) return [];
  // SQLite has no `.renamedFrom("billing.invoices")`.
  const isThere = (key: string) => !rules.objects || key in found.tables;
  return [{ from: hintedKey(table.renamedFrom, table, isThere, rules.defaultSchema), to, said: false }];
}

function isSaid(answer: RenameAnswer, from: TableDef, to: TableDef): boolean {
  return (answer.kind === undefined || answer.kind === "table") && isSaidOf(answer, from, to);
}

/** Each that comes is asked about once, in the order in which it is likely: in another schema, under another name, both. */
async function decideLikely(
  found: SchemaDef,
  wanted: SchemaDef,
  done: readonly Rename[],
  rules: RenameRules,
): Promise<readonly Rename[]> {
  const likely: Rename[] = [];
  const isOpen = (key: string, side: "from" | "to") => ![...done, ...likely].some((one) => one[side] === key);
  const folded = (one: SchemaDef) => new Set(Object.keys(one.tables).map(rules.fold));
  const [there, here] = [folded(found), folded(wanted)];
  const stage = async (likeness: (from: Placed, to: Placed) => Likeness | null, question: Question) => {
    const gone = placed(found).filter(({ name }) => !here.has(rules.fold(name)) && isOpen(name, "from"));
    const come = placed(wanted).filter(({ name }) => !there.has(rules.fold(name)) && isOpen(name, "to"));
    const decided = await decideAll({ gone, come, likeness, question }, rules.decide);
    likely.push(...decided.map(([from, to]): Rename => ({ from: from.name, to: to.name })));
  };
  const alike = (from: Placed, to: Placed) => tableLikeness(from.table, to.table, rules.sameType);
  const isMoved = ({ table: from }: Placed, { table: to }: Placed) => from.schema !== to.schema;
  const isRenamed = ({ table: from }: Placed, { table: to }: Placed) => from.name !== to.name;
  const moved: Question = (to, choices) => moveQuestion(to, choices, rules.defaultSchema);
  if (rules.objects) {
    await stage((from, to) => (isMoved(from, to) && !isRenamed(from, to) ? alike(from, to) : null), moved);
  }
  for (const schema of [...new Set(placed(wanted).map(({ table }) => table.schema))].sort()) {
    const isHere = ({ table }: Placed) => table.schema === schema;
    await stage((from, to) => (isHere(from) && isHere(to) ? alike(from, to) : null), renameQuestion);
  }
  if (!rules.objects) return likely;
  const isMuchAlike = (from: Placed, to: Placed) => {
    const found = alike(from, to);
    const isOne = found !== null && (found.score >= 1 || nameLikeness(from.table.name, to.table.name) >= 0.5);
    return isOne && isMoved(from, to) && isRenamed(from, to) ? found : null;
  };
  await stage(isMuchAlike, moved);
  return likely;
}

/** `name`: its key. */
interface Placed {
  readonly name: string;
  readonly table: TableDef;
}

type Choices = readonly (readonly [Placed, Likeness])[];
type Question = (to: Placed, choices: Choices) => RenameQuestion;

function placed({ tables }: SchemaDef): readonly Placed[] {
  return Object.keys(tables)
    .sort()
    .map((name) => ({ name, table: tables[name]! }));
}

const renameQuestion: Question = (to, choices) => {
  const question = tableQuestion(
    to.table,
    choices.map(([from, likeness]) => [from.table, likeness] as const),
  );
  return {
    ...question,
    choices: question.choices.map((choice, at) => ({ ...choice, from: choices[at]![0].name })),
  };
};

function moveQuestion(to: Placed, choices: Choices, defaultSchema: string | undefined): RenameQuestion {
  const shown = displayName(to.table);
  return {
    kind: "table",
    subject: `table ${shown}`,
    choices: choices.map(([from, { reason }]) => ({
      from: from.name,
      argument: `${pathText(from.table)}:${targetText(from.table, to.table, defaultSchema)}`,
      description: `move table ${displayName(from.table)} to ${shown}`,
      reason: from.table.name === to.table.name ? `same name, ${reason.replace(/, names alike$/, "")}` : reason,
      renamed: `~ ${displayName(from.table)} -> ${shown}`,
      dropped: `- ${displayName(from.table)}`,
    })),
    added: `+ ${shown}`,
    loses: (choice) => `all rows of ${choice.from}`,
  };
}

function isTaken({ tables, views, objects }: SchemaDef, place: ObjectName): boolean {
  const key = objectKey(objectName(place));
  const kinds = ["materializedView", "sequence"];
  return (
    key in tables ||
    key in views ||
    Object.values(objects).some((one) => kinds.includes(one.kind) && objectKey(objectName(one)) === key)
  );
}
