/** Answers about indexes and constraints, which comparing looks at where two of them are alike. */
import { listConstraints } from "../operations/constraints.js";
import type { SchemaDef, TableDef } from "../schema/schema.js";
import { isPathOf, type RenameAnswer } from "./rename-answers.js";
import type { RenameNotes, RenameRules } from "./rename-rules.js";

export function settleHints(found: SchemaDef, wanted: SchemaDef, rules: RenameRules, notes: RenameNotes): SchemaDef {
  const open = rules.answers.filter((answer) => !notes.used.has(answer));
  if (open.length === 0) return wanted;
  const tables = Object.entries(wanted.tables).map(([key, table]): [string, TableDef] => {
    const before = found.tables[key];
    return [key, before === undefined ? table : hinted(before, table, open, notes)];
  });
  return { ...wanted, tables: Object.fromEntries(tables) };
}

function hinted(before: TableDef, after: TableDef, answers: readonly RenameAnswer[], notes: RenameNotes): TableDef {
  const hint = <T extends { readonly name: string | null }>(kind: "index" | "constraint", item: T): T => {
    const there = kind === "index" ? before.indexes : listConstraints(before).map(({ constraint }) => constraint);
    const answer = answers.find(
      ({ kind: said, from, to }) =>
        (said === undefined || said === kind) &&
        to === item.name &&
        there.some((other) => other.name === from.at(-1)) &&
        (from.length === 1 || isPathOf(from.slice(0, -1), after)),
    );
    if (answer === undefined) return item;
    notes.used.add(answer);
    return { ...item, renamedFrom: answer.from.at(-1)! };
  };
  const constraint = <T extends { readonly name: string | null }>(item: T) => hint("constraint", item);
  return {
    ...after,
    ...(after.primaryKey === undefined ? {} : { primaryKey: constraint(after.primaryKey) }),
    uniques: after.uniques.map(constraint),
    foreignKeys: after.foreignKeys.map(constraint),
    checks: after.checks.map(constraint),
    indexes: after.indexes.map((index) => hint("index", index)),
  };
}
