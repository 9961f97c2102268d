/** What may be a rename and nobody said so: what goes, what comes, and why they look like one thing. */
import { displayType } from "../schema/display-type.js";
import { type ColumnDef, displayName, findColumn, type TableDef, type TypeDef } from "../schema/schema.js";
import { typingDistance } from "../util/nearest.js";
import { pathOf, type RenameKind, renameArgument } from "./rename-answers.js";

export interface RenameChoice {
  /** The name it has in the database. */
  readonly from: string;
  /** What `--rename` takes to say so. */
  readonly argument: string;
  /** `rename column users.fullname to full_name`. */
  readonly description: string;
  /** `same type, names alike`. */
  readonly reason: string;
  /** As lines of a comparison: `~ users.fullname -> full_name`, `- users.fullname text`. */
  readonly renamed: string;
  readonly dropped: string;
}

/** Is what comes new, or one of those that go? */
export interface RenameQuestion {
  readonly kind: RenameKind;
  /** `column users.full_name`. */
  readonly subject: string;
  /** The likeliest first, never empty. */
  readonly choices: readonly RenameChoice[];
  /** `+ users.full_name text`. */
  readonly added: string;
  /** What is lost when it is no rename: `what users.fullname holds`. */
  readonly loses: (choice: RenameChoice) => string;
}

/** Null: none of them, it is dropped and added. */
export type DecideRename = (question: RenameQuestion) => Promise<RenameChoice | null>;

export interface Likeness {
  readonly score: number;
  readonly reason: string;
}

export interface Stage<F, T> {
  readonly come: readonly T[];
  readonly gone: readonly F[];
  readonly likeness: (from: F, to: T) => Likeness | null;
  readonly question: (to: T, choices: readonly (readonly [F, Likeness])[]) => RenameQuestion;
}

/** The pairs that are renames. The surest is decided first, so that it is not taken by another. */
export async function decideAll<F extends { readonly name: string }, T>(
  stage: Stage<F, T>,
  decide: DecideRename,
): Promise<readonly (readonly [F, T])[]> {
  const free = new Set(stage.gone);
  const open = new Set(stage.come);
  const decided: (readonly [F, T])[] = [];
  for (;;) {
    const asked = [...open]
      .map((to) => ({ to, choices: choicesOf(stage, to, free) }))
      .filter(({ choices }) => choices.length > 0)
      .reduce<{ to: T; choices: readonly (readonly [F, Likeness])[] } | null>(
        (best, one) => (best === null || one.choices[0]![1].score > best.choices[0]![1].score ? one : best),
        null,
      );
    if (asked === null) return decided;
    open.delete(asked.to);
    const answer = await decide(stage.question(asked.to, asked.choices));
    const chosen = asked.choices.find(([from]) => from.name === answer?.from)?.[0];
    if (chosen === undefined) continue;
    free.delete(chosen);
    decided.push([chosen, asked.to]);
  }
}

function choicesOf<F, T>(stage: Stage<F, T>, to: T, free: ReadonlySet<F>): readonly (readonly [F, Likeness])[] {
  return [...free]
    .flatMap((from): readonly (readonly [F, Likeness])[] => {
      const likeness = stage.likeness(from, to);
      return likeness === null ? [] : [[from, likeness]];
    })
    .sort(([, a], [, b]) => b.score - a.score);
}

export type SameType = (a: TypeDef, b: TypeDef) => boolean;

/** Do two tables look like one? At least half of their columns are the same. */
export function tableLikeness(from: TableDef, to: TableDef, sameType: SameType): Likeness | null {
  const most = Math.max(from.columns.length, to.columns.length);
  let [same, named] = [0, 0];
  for (const column of from.columns) {
    const other = findColumn(to, column.name);
    if (other === undefined) continue;
    named += 1;
    if (sameType(column.type, other.type)) same += 1;
  }
  const score = (same + named) / 2 / most;
  if (score < 0.5) return null;
  const words = named === most ? (most === 1 ? "the same column" : "the same columns") : `${named} of ${most} columns`;
  const alike = nameLikeness(from.name, to.name) >= 0.5;
  return { score: score + (alike ? 0.5 : 0), reason: alike ? `${words}, names alike` : words };
}

export function tableQuestion(to: TableDef, choices: readonly (readonly [TableDef, Likeness])[]): RenameQuestion {
  const shape = (table: TableDef) => `${displayName(table)} (${table.columns.map((column) => column.name).join(", ")})`;
  return {
    kind: "table",
    subject: `table ${displayName(to)}`,
    choices: choices.map(([from, { reason }]) => ({
      from: from.name,
      argument: renameArgument(pathOf(from), to.name),
      description: `rename table ${displayName(from)} to ${to.name}`,
      reason,
      renamed: `~ ${displayName(from)} -> ${to.name}`,
      dropped: `- ${shape(from)}`,
    })),
    added: `+ ${shape(to)}`,
    loses: (choice) => `all rows of ${choice.from}`,
  };
}

/** Do two columns look like one? They have one type, or names that are alike. */
export function columnLikeness(
  [from, fromAt]: readonly [ColumnDef, number],
  [to, toAt]: readonly [ColumnDef, number],
  sameType: SameType,
): Likeness | null {
  // A generated column holds nothing of its own.
  if (from.generated !== undefined || to.generated !== undefined) return null;
  const same = sameType(from.type, to.type);
  const names = nameLikeness(from.name, to.name);
  if (!same && names < 0.5) return null;
  const place = fromAt === toAt;
  const reasons = [
    same ? "same type" : `type ${displayType(from.type)} becomes ${displayType(to.type)}`,
    ...(names >= 0.5 ? ["names alike"] : []),
    ...(place ? ["same place in the table"] : []),
  ];
  return { score: (same ? 2 : 0) + 2 * names + (place ? 0.5 : 0), reason: reasons.join(", ") };
}

export function columnQuestion(
  table: TableDef,
  to: ColumnDef,
  choices: readonly (readonly [ColumnDef, Likeness])[],
): RenameQuestion {
  const shown = displayName(table);
  return {
    kind: "column",
    subject: `column ${shown}.${to.name}`,
    choices: choices.map(([from, { reason }]) => ({
      from: from.name,
      argument: renameArgument([...pathOf(table), from.name], to.name),
      description: `rename column ${shown}.${from.name} to ${to.name}`,
      reason,
      renamed: `~ ${shown}.${from.name} -> ${to.name}`,
      dropped: `- ${shown}.${from.name} ${displayType(from.type)}`,
    })),
    added: `+ ${shown}.${to.name} ${displayType(to.type)}`,
    loses: (choice) => `what ${shown}.${choice.from} holds`,
  };
}

/** From 0 to 1. Case and underscores do not count; a name that is part of the other is much like it. */
export function nameLikeness(a: string, b: string): number {
  const [one, other] = [a, b].map((name) => name.toLowerCase().replace(/[\W_]+/g, "") || name) as [string, string];
  if (one === other) return 1;
  const longest = Math.max(one.length, other.length);
  const isPart = Math.min(one.length, other.length) > 2 && (one.includes(other) || other.includes(one));
  return Math.max(isPart ? 0.7 : 0, 1 - typingDistance(one, other) / longest);
}
