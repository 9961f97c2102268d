/** What is known about renames before two schemas are compared, and what turned out about it. */
import type { OrderedRenames, Rename } from "./order-renames.js";
import type { RenameAnswer } from "./rename-answers.js";
import type { DecideRename, SameType } from "./rename-questions.js";

export interface RenameRules {
  readonly answers: readonly RenameAnswer[];
  readonly decide: DecideRename;
  readonly sameType: SameType;
  /** Can the database rename enums, views and the like? */
  readonly objects: boolean;
  /** PostgreSQL: what the schema is called that goes without saying. */
  readonly defaultSchema?: string | undefined;
  /** A name as the database compares it. */
  readonly fold: (name: string) => string;
}

export interface RenameNotes {
  /** Answers that named something. */
  readonly used: Set<RenameAnswer>;
  /** Sentences about renames that cannot be done as they are said. */
  readonly unclear: string[];
}

export function shownUnclear(place: string, { from, to }: Rename, why: "circular" | "blocked"): string {
  return why === "circular"
    ? `${place}${from} is to become ${to} in a circle of renames, which looks the same before and after: say it with --rename, or rename by hand`
    : `${place}${from} is to become ${to}, but both are there: it counts as renamed already, and '${from}' goes`;
}

export function noteUnclear(place: string, ordered: OrderedRenames, { unclear }: RenameNotes): void {
  for (const why of ["circular", "blocked"] as const) {
    unclear.push(...ordered[why].map((rename) => shownUnclear(place, rename, why)));
  }
}
