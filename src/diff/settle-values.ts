/** Values of enums under new names: in a type of the database, or in the check that stands for one. */
import type { Operation } from "../operations/operation.js";
import {
  type CheckDef,
  displayName,
  type EnumCheck,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  type TableDef,
} from "../schema/schema.js";
import { orderRenames, type Rename, type RenameClaim } from "./order-renames.js";
import { isPathOf, pathOf, type RenameAnswer, renameArgument } from "./rename-answers.js";
import { decideAll, type Likeness, nameLikeness, type RenameQuestion } from "./rename-questions.js";
import { type RenameNotes, type RenameRules, shownUnclear } from "./rename-rules.js";

export interface SettledValues {
  readonly operations: readonly Operation[];
  /** `renamedValues` of its enums and checks hold what is still to be done there. */
  readonly wanted: SchemaDef;
}

/** `found` has its tables and columns renamed already. */
export async function settleValues(
  found: SchemaDef,
  wanted: SchemaDef,
  rules: RenameRules,
  notes: RenameNotes,
): Promise<SettledValues> {
  const operations: Operation[] = [];
  const enums = { ...wanted.enums };
  for (const [key, definition] of Object.entries(wanted.enums).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { renamedValues, ...plain } = definition;
    const before = found.enums[key];
    if (before === undefined) continue;
    const sides = { enum: objectName(definition), found: before.values, wanted: definition.values };
    const { steps, blocked } = await settleEnum({ ...sides, renamedValues }, rules, notes);
    operations.push(
      ...steps.map(({ from, to }): Operation => ({ kind: "renameEnumValue", enum: sides.enum, value: from, to })),
    );
    enums[key] = blocked.length === 0 ? plain : { ...plain, renamedValues: mappingOf(blocked) };
  }
  return { operations, wanted: await settleChecks(found, { ...wanted, enums }, rules, notes) };
}

interface EnumSides {
  readonly enum: ObjectName;
  readonly found: readonly string[];
  readonly wanted: readonly string[];
  readonly renamedValues?: Readonly<Record<string, string>> | undefined;
}

async function settleEnum(sides: EnumSides, rules: RenameRules, notes: RenameNotes) {
  const shown = displayName(sides.enum);
  const answered = answeredValues(sides, rules.answers, notes.used);
  const hinted = Object.entries(sides.renamedValues ?? {}).filter(([from]) => !answered.has(from));
  const claims: readonly RenameClaim[] = [
    ...[...answered].map(([from, to]) => ({ from, to, said: true })),
    ...hinted.map(([from, to]) => ({ from, to, said: false })),
  ].filter(({ to }) => sides.wanted.includes(to));
  const ordered = orderRenames(claims, sides.found, (value) => sides.wanted.includes(value));
  notes.unclear.push(...ordered.circular.map((rename) => shownUnclear(`value ${shown}.`, rename, "circular")));
  const given = new Set([...ordered.done, ...ordered.blocked].map((rename) => rename.from));
  const taken = new Set(ordered.done.map((rename) => rename.to));
  const decided = await decideAll(
    {
      gone: sides.found.filter((value) => !sides.wanted.includes(value) && !given.has(value)).map(named),
      come: sides.wanted.filter((value) => !sides.found.includes(value) && !taken.has(value)).map(named),
      likeness: (from, to) => valueLikeness(sides, from.name, to.name),
      question: (to, choices) => valueQuestion(sides.enum, to.name, choices),
    },
    rules.decide,
  );
  const likely = decided.map(([from, to]): Rename => ({ from: from.name, to: to.name }));
  return {
    steps: [...ordered.steps, ...likely],
    all: [...ordered.done, ...likely, ...ordered.blocked],
    blocked: ordered.blocked,
  };
}

function answeredValues(
  sides: EnumSides,
  answers: readonly RenameAnswer[],
  used: Set<RenameAnswer>,
): ReadonlyMap<string, string> {
  const found = answers.filter(
    ({ kind, from, to }) =>
      (kind === undefined || kind === "value") &&
      sides.wanted.includes(to) &&
      sides.found.includes(from.at(-1)!) &&
      isPathOf(from.slice(0, -1), sides.enum),
  );
  for (const answer of found) used.add(answer);
  return new Map(found.map(({ from, to }) => [from.at(-1)!, to]));
}

function valueLikeness(sides: EnumSides, from: string, to: string): Likeness | null {
  const names = nameLikeness(from, to);
  const place = sides.found.indexOf(from) === sides.wanted.indexOf(to);
  if (names < 0.5 && !place) return null;
  const reasons = [...(place ? ["same place in the list"] : []), ...(names >= 0.5 ? ["names alike"] : [])];
  return { score: 2 * names + (place ? 1 : 0), reason: reasons.join(", ") };
}

function valueQuestion(
  definition: ObjectName,
  to: string,
  choices: readonly (readonly [{ readonly name: string }, Likeness])[],
): RenameQuestion {
  const shown = displayName(definition);
  return {
    kind: "value",
    subject: `value '${to}' of enum ${shown}`,
    choices: choices.map(([{ name: from }, { reason }]) => ({
      from,
      argument: renameArgument([...pathOf(definition), from], to, "value"),
      description: `rename value '${from}' of enum ${shown} to '${to}'`,
      reason,
      renamed: `~ ${shown}: '${from}' -> '${to}'`,
      dropped: `- ${shown}: '${from}'`,
    })),
    added: `+ ${shown}: '${to}'`,
    loses: () => "nothing, but the upgrade fails while a row holds the old value",
  };
}

/** Enums that are text with a check: what the check says on both sides. */
async function settleChecks(
  found: SchemaDef,
  wanted: SchemaDef,
  rules: RenameRules,
  notes: RenameNotes,
): Promise<SchemaDef> {
  const settled = new Map<string, Readonly<Record<string, string>>>();
  const tables: Record<string, TableDef> = {};
  for (const [key, table] of Object.entries(wanted.tables)) {
    const checks: CheckDef[] = [];
    for (const check of table.checks) {
      const { ofEnum } = check;
      const before = ofEnum === undefined ? null : foundValues(found.tables[key], ofEnum, rules.fold);
      if (ofEnum === undefined || before === null) {
        checks.push(check);
        continue;
      }
      const name = objectKey(ofEnum.enum);
      const { renamedValues, ...plain } = ofEnum;
      const sides = { enum: ofEnum.enum, found: before, wanted: ofEnum.values, renamedValues };
      // Columns of one enum are asked about once.
      const renames = settled.get(name) ?? mappingOf((await settleEnum(sides, rules, notes)).all);
      settled.set(name, renames);
      const own = Object.entries(renames).filter(([from]) => before.includes(from));
      const hint = { renamedValues: Object.fromEntries(own), foundValues: before };
      checks.push({ ...check, ofEnum: own.length === 0 ? plain : { ...plain, ...hint } });
    }
    tables[key] = { ...table, checks };
  }
  return { ...wanted, tables };
}

const IN_LIST = /^\(*\s*(?:"((?:[^"]|"")*)"|`([^`]*)`|\[([^\]]*)\]|(\w+))\s+in\s*\((.*)\)$/is;

function foundValues(
  table: TableDef | undefined,
  { column }: EnumCheck,
  fold: (name: string) => string,
): readonly string[] | null {
  for (const check of table?.checks ?? []) {
    const match = IN_LIST.exec(check.expression.trim());
    const name = match?.slice(1, 5).find((part) => part !== undefined);
    if (name === undefined || fold(name.replaceAll('""', '"')) !== fold(column)) continue;
    const literals = match![5]!.match(/'(?:[^']|'')*'/g) ?? [];
    return literals.map((literal) => literal.slice(1, -1).replaceAll("''", "'"));
  }
  return null;
}

function mappingOf(renames: readonly Rename[]): Readonly<Record<string, string>> {
  return Object.fromEntries(renames.map(({ from, to }) => [from, to]));
}

function named(name: string): { readonly name: string } {
  return { name };
}
