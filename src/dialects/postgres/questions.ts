/** What only the server can tell: do two texts, once it has read them, say the same? */
import type { CheckDef, ColumnDef, IndexDef, TableDef, ViewDef } from "../../schema/schema.js";

/** One part of a table or a view, as wanted and as found. */
export type Question =
  | TableQuestion<"type", ColumnDef>
  | TableQuestion<"default", ColumnDef>
  | TableQuestion<"generated", ColumnDef>
  | TableQuestion<"check", CheckDef>
  | TableQuestion<"index", IndexDef>
  | { readonly kind: "view"; readonly wanted: ViewDef; readonly found: ViewDef };

export interface TableQuestion<K extends string, Part> {
  readonly kind: K;
  /** Key of the table in both schemas. */
  readonly table: string;
  readonly wanted: Part;
  readonly found: Part;
}

/** Answers at once: no, as long as it is not known otherwise. */
export type Ask = (question: Question) => boolean;

/** The same for equal questions. */
export function questionKey(question: Question): string {
  return JSON.stringify([
    question.kind,
    question.kind === "view" ? "" : question.table,
    question.wanted,
    question.found,
  ]);
}

/** The questions about one table, in the order asked. */
export function questionsOf<K extends Question["kind"]>(
  questions: readonly Question[],
  kind: K,
): readonly Extract<Question, { readonly kind: K }>[] {
  return questions.filter((question) => question.kind === kind) as Extract<Question, { readonly kind: K }>[];
}

/** A table, reduced to the parts that are asked about. */
export type PartialTable = Pick<TableDef, "name" | "columns" | "checks" | "indexes">;
