/** Enums, views and other objects that may be one under two names or in two schemas: why, and what is asked. */
import { movedText, objectOfDefinition, sqlPath } from "../schema/definition-names.js";
import { type DefinitionDef, displayNamed, type MovableRef, type SchemaObjectDef } from "../schema/objects.js";
import { displayName, sameDef, type ViewDef } from "../schema/schema.js";
import { OBJECT_WORDS, type Placed } from "./placed-objects.js";
import { targetText } from "./places.js";
import { pathOf, pathText, renameArgument } from "./rename-answers.js";
import { type Likeness, nameLikeness, type RenameQuestion } from "./rename-questions.js";

/** Do they look like one? They say the same, or their names are alike. */
export function objectLikeness(from: Placed, to: Placed): Likeness | null {
  const names = nameLikeness(from.place.name, to.place.name);
  const same = sameContents(from, to);
  if (!same && names < 0.5) return null;
  const alike = from.place.name === to.place.name ? "same name" : "names alike";
  const reasons = [...(same ? [SAME[from.ref.kind]] : []), ...(names >= 0.5 ? [alike] : [])];
  return { score: (same ? 2 : 0) + 2 * names, reason: reasons.join(", ") };
}

const SAME: Readonly<Record<MovableRef["kind"], string>> = {
  enum: "same values",
  domain: "same definition",
  compositeType: "same columns",
  sequence: "same settings",
  function: "same definition",
  view: "same query",
  materializedView: "same query",
  definition: "same definition",
};

export function sameContents(from: Placed, to: Placed): boolean {
  return sameDef(contents(from), contents(to));
}

/** What it says, as far as texts can be compared without the database. */
function contents({ ref, def }: Placed): unknown {
  if ("values" in def) return def.values;
  if (ref.kind === "view" || ref.kind === "materializedView") return loose((def as ViewDef).definition);
  const { name, schema: _schema, comment: _comment, renamedFrom: _hint, ...rest } = def as SchemaObjectDef;
  if (ref.kind !== "definition") return loose(JSON.stringify(rest));
  const { definition, further = [] } = def as DefinitionDef;
  const own = objectOfDefinition(name);
  const bare = (sql: string) => loose(movedText(sql, ref.type, own, sqlPath({ name: own.name })));
  return [definition, ...further].map(bare);
}

function loose(sql: string): string {
  return sql
    .replace(/[\s"();]+/g, " ")
    .trim()
    .toLowerCase();
}

export function objectQuestion(to: Placed, choices: readonly (readonly [Placed, Likeness])[]): RenameQuestion {
  const kind = OBJECT_WORDS[to.ref.kind];
  return {
    kind,
    subject: displayNamed(to.ref),
    choices: choices.map(([from, { reason }]) => ({
      from: from.name,
      argument: renameArgument(pathOf(from.place), to.place.name, kind),
      description: `rename ${displayNamed(from.ref)} to ${to.place.name}`,
      reason,
      renamed: `~ ${displayNamed(from.ref)} -> ${to.place.name}`,
      dropped: `- ${displayNamed(from.ref)}`,
    })),
    added: `+ ${displayNamed(to.ref)}`,
    loses: (choice) => LOSES[to.ref.kind](choice.from),
  };
}

export function moveQuestion(
  to: Placed,
  choices: readonly (readonly [Placed, Likeness])[],
  defaultSchema: string | undefined,
): RenameQuestion {
  const kind = OBJECT_WORDS[to.ref.kind];
  const shown = displayName(to.place);
  return {
    kind,
    subject: displayNamed(to.ref),
    choices: choices.map(([from, { reason }]) => ({
      from: from.name,
      argument: `${kind}:${pathText(from.place)}:${targetText(from.place, to.place, defaultSchema)}`,
      description: `move ${displayNamed(from.ref)} to ${shown}`,
      reason,
      renamed: `~ ${displayNamed(from.ref)} -> ${shown}`,
      dropped: `- ${displayNamed(from.ref)}`,
    })),
    added: `+ ${displayNamed(to.ref)}`,
    loses: (choice) => LOSES[to.ref.kind](choice.from),
  };
}

const granted = (name: string) => `what was granted on ${name}`;
const LOSES: Readonly<Record<MovableRef["kind"], (name: string) => string>> = {
  enum: granted,
  domain: granted,
  compositeType: granted,
  function: granted,
  view: granted,
  sequence: (name) => `the number that ${name} stands at`,
  materializedView: (name) => `the rows that ${name} holds, until it is made again,`,
  definition: granted,
};
