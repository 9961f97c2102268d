/** Tables that go from one schema and come in another under the same name. */
import type { Operation } from "../operations/operation.js";
import {
  displayName,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  type TableDef,
} from "../schema/schema.js";
import { isPathOf, pathText, type RenameAnswer } from "./rename-answers.js";
import { decideAll, type RenameQuestion, tableLikeness } from "./rename-questions.js";
import type { RenameNotes, RenameRules } from "./rename-rules.js";

export async function settleMoves(
  found: SchemaDef,
  wanted: SchemaDef,
  rules: RenameRules,
  notes: RenameNotes,
): Promise<readonly Operation[]> {
  if (!rules.objects) return [];
  const only = (one: SchemaDef, other: SchemaDef) =>
    Object.keys(one.tables)
      .filter((key) => !(key in other.tables))
      .sort()
      .map((key) => ({ name: key, table: one.tables[key]! }));
  const [gone, come] = [only(found, wanted), only(wanted, found)];
  const said: (readonly [Placed, Placed])[] = [];
  for (const to of come) {
    const from = gone.find((one) => isSaid(one.table, to.table, rules.answers, notes));
    if (from !== undefined) said.push([from, to]);
  }
  const isOpen = (one: Placed) => !said.some((pair) => pair.includes(one));
  const decided = await decideAll(
    {
      come: come.filter(isOpen),
      gone: gone.filter(isOpen),
      likeness: (from: Placed, to: Placed) =>
        from.table.name === to.table.name ? tableLikeness(from.table, to.table, rules.sameType) : null,
      question: moveQuestion,
    },
    rules.decide,
  );
  return [...said, ...decided].map(
    ([from, to]): Operation => ({ kind: "moveTable", table: objectName(from.table), to: to.table.schema ?? null }),
  );
}

/** `name`: its key. */
interface Placed {
  readonly name: string;
  readonly table: TableDef;
}

function isSaid(from: TableDef, to: TableDef, answers: readonly RenameAnswer[], notes: RenameNotes): boolean {
  if (from.name !== to.name || from.schema === to.schema) return false;
  const answer = answers.find(
    (given) =>
      (given.kind === undefined || given.kind === "table") &&
      given.to === to.name &&
      given.toSchema === to.schema &&
      isPathOf(given.from, from),
  );
  if (answer !== undefined) notes.used.add(answer);
  return answer !== undefined || to.renamedFrom === keyText(from);
}

/** As `.renamedFrom("billing.invoices")` says it. */
function keyText(table: ObjectName): string {
  return objectKey(objectName(table as TableDef));
}

function moveQuestion(
  to: Placed,
  choices: readonly (readonly [Placed, { readonly reason: string }])[],
): RenameQuestion {
  const shown = displayName(to.table);
  return {
    kind: "table",
    subject: `table ${shown}`,
    choices: choices.map(([from, { reason }]) => ({
      from: from.name,
      argument: moveArgument(from.table, to.table),
      description: `move table ${displayName(from.table)} to ${shown}`,
      reason: `same name, ${reason.replace(/, names alike$/, "")}`,
      renamed: `~ ${displayName(from.table)} -> ${shown}`,
      dropped: `- ${displayName(from.table)}`,
    })),
    added: `+ ${shown}`,
    loses: (choice) => `all rows of ${choice.from}`,
  };
}

function moveArgument(from: TableDef, to: TableDef): string {
  return `${pathText(from)}:${pathText(to)}`;
}
