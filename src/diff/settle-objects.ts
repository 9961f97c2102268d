/** Enums, domains, composite types, sequences, functions and views under new names, in the schemas that they are in. */
import type { Operation } from "../operations/operation.js";
import { applyAll } from "../operations/registry.js";
import { displayNamed, type NamedKind, type NamedRef, objectsByKey, type SchemaObjectDef } from "../schema/objects.js";
import { type EnumDef, objectName, type SchemaDef, sameDef, type ViewDef } from "../schema/schema.js";
import { orderRenames, type Rename, type RenameClaim } from "./order-renames.js";
import { isPathOf, pathOf, type RenameAnswer, type RenameKind, renameArgument } from "./rename-answers.js";
import { decideAll, type Likeness, nameLikeness, type RenameQuestion } from "./rename-questions.js";
import { noteUnclear, type RenameNotes, type RenameRules } from "./rename-rules.js";

export interface SettledObjects {
  readonly operations: readonly Operation[];
  /** Without the names that its objects had before. */
  readonly wanted: SchemaDef;
}

export async function settleObjects(
  found: SchemaDef,
  wanted: SchemaDef,
  rules: RenameRules,
  notes: RenameNotes,
): Promise<SettledObjects> {
  const operations: Operation[] = [];
  // Types before what has them in its arguments.
  for (const kind of rules.objects ? KINDS : []) {
    const [before, after] = [namedOf(applyAll(found, operations), kind), namedOf(wanted, kind)];
    for (const group of [...new Set(after.map(groupOf))].sort()) {
      const here = (items: readonly Named[]) => items.filter((item) => groupOf(item) === group);
      operations.push(...(await settleGroup(here(before), here(after), rules, notes)));
    }
  }
  return { operations, wanted: withoutHints(wanted) };
}

const KINDS: readonly NamedKind[] = [
  "enum",
  "domain",
  "compositeType",
  "sequence",
  "function",
  "view",
  "materializedView",
];

/** As `--rename` says it. */
const WORDS: Readonly<Record<NamedKind, RenameKind>> = {
  enum: "enum",
  domain: "domain",
  compositeType: "type",
  sequence: "sequence",
  function: "function",
  view: "view",
  materializedView: "view",
};

type Def = EnumDef | ViewDef | SchemaObjectDef;

interface Named {
  readonly name: string;
  readonly ref: NamedRef;
  readonly def: Def;
}

function namedOf(schema: SchemaDef, kind: NamedKind): readonly Named[] {
  const defs: readonly Def[] =
    kind === "enum"
      ? Object.values(schema.enums)
      : kind === "view"
        ? Object.values(schema.views)
        : Object.values(schema.objects).filter((object) => object.kind === kind);
  return defs
    .filter((def) => !("ownedBy" in def && def.ownedBy !== undefined))
    .map((def): Named => {
      const signature = "signature" in def ? { signature: def.signature } : {};
      return { name: def.name, ref: { kind, ...objectName(def), ...signature }, def };
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Names are free or taken among those of one group. */
function groupOf({ ref }: Named): string {
  return JSON.stringify([ref.schema ?? null, ref.signature ?? null]);
}

async function settleGroup(
  before: readonly Named[],
  after: readonly Named[],
  rules: RenameRules,
  notes: RenameNotes,
): Promise<readonly Operation[]> {
  const claims = after.flatMap((item) => claimOf(item, before, rules.answers, notes));
  const isIn = (items: readonly Named[], name: string) => items.some((item) => item.name === name);
  const ordered = orderRenames(
    claims,
    before.map(({ name }) => name),
    (name) => isIn(after, name),
  );
  noteUnclear("", ordered, notes);
  const decided = await decideAll(
    {
      gone: before.filter(({ name }) => !isIn(after, name) && !ordered.done.some(({ from }) => from === name)),
      come: after.filter(({ name }) => !isIn(before, name) && !ordered.done.some(({ to }) => to === name)),
      likeness: objectLikeness,
      question: objectQuestion,
    },
    rules.decide,
  );
  const likely = decided.map(([from, to]): Rename => ({ from: from.name, to: to.name }));
  return [...ordered.steps, ...likely].map(
    ({ from, to }): Operation => ({ kind: "renameObject", object: { ...after[0]!.ref, name: from }, to }),
  );
}

function claimOf(
  { name, ref, def }: Named,
  before: readonly Named[],
  answers: readonly RenameAnswer[],
  notes: RenameNotes,
): readonly RenameClaim[] {
  const answer = answers.find(
    ({ kind, from, to }) =>
      (kind === undefined || kind === WORDS[ref.kind]) &&
      to === name &&
      before.some((other) => isPathOf(from, other.ref)),
  );
  if (answer !== undefined) notes.used.add(answer);
  const from = answer?.from.at(-1) ?? def.renamedFrom;
  return from === undefined ? [] : [{ from, to: name, said: answer !== undefined }];
}

/** Do they look like one? They say the same, or their names are alike. */
function objectLikeness(from: Named, to: Named): Likeness | null {
  const names = nameLikeness(from.name, to.name);
  const same = sameDef(contents(from), contents(to));
  if (!same && names < 0.5) return null;
  const reasons = [...(same ? [SAME[from.ref.kind]] : []), ...(names >= 0.5 ? ["names alike"] : [])];
  return { score: (same ? 2 : 0) + 2 * names, reason: reasons.join(", ") };
}

const SAME: Readonly<Record<NamedKind, string>> = {
  enum: "same values",
  domain: "same definition",
  compositeType: "same columns",
  sequence: "same settings",
  function: "same definition",
  view: "same query",
  materializedView: "same query",
};

/** What it says, as far as texts can be compared without the database. */
function contents({ ref, def }: Named): unknown {
  if ("values" in def) return def.values;
  if (ref.kind === "view" || ref.kind === "materializedView") return loose((def as ViewDef).definition);
  const { name: _name, comment: _comment, renamedFrom: _hint, ...rest } = def as SchemaObjectDef;
  return loose(JSON.stringify(rest));
}

function loose(sql: string): string {
  return sql
    .replace(/[\s"();]+/g, " ")
    .trim()
    .toLowerCase();
}

function objectQuestion(to: Named, choices: readonly (readonly [Named, Likeness])[]): RenameQuestion {
  const kind = WORDS[to.ref.kind];
  return {
    kind,
    subject: displayNamed(to.ref),
    choices: choices.map(([from, { reason }]) => ({
      from: from.name,
      argument: renameArgument(pathOf(from.ref), to.name, kind),
      description: `rename ${displayNamed(from.ref)} to ${to.name}`,
      reason,
      renamed: `~ ${displayNamed(from.ref)} -> ${to.name}`,
      dropped: `- ${displayNamed(from.ref)}`,
    })),
    added: `+ ${displayNamed(to.ref)}`,
    loses: (choice) => LOSES[to.ref.kind](choice.from),
  };
}

const granted = (name: string) => `what was granted on ${name}`;
const LOSES: Readonly<Record<NamedKind, (name: string) => string>> = {
  enum: granted,
  domain: granted,
  compositeType: granted,
  function: granted,
  view: granted,
  sequence: (name) => `the number that ${name} stands at`,
  materializedView: (name) => `the rows that ${name} holds, until it is made again,`,
};

function withoutHints(schema: SchemaDef): SchemaDef {
  const bare = <T extends Def>({ renamedFrom: _hint, ...rest }: T): T => rest as T;
  const hasHint = (defs: Readonly<Record<string, Def>>) =>
    Object.values(defs).some((def) => def.renamedFrom !== undefined);
  const each = <T extends Def>(defs: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    hasHint(defs) ? Object.fromEntries(Object.entries(defs).map(([key, def]) => [key, bare(def)])) : defs;
  const objects = hasHint(schema.objects) ? objectsByKey(Object.values(schema.objects).map(bare)) : schema.objects;
  return { ...schema, enums: each(schema.enums), views: each(schema.views), objects };
}
