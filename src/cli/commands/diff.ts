import type { DiffResult } from "../../commands/diff.js";
import { printableLine } from "../../util/printable.js";
import { type CliCommand, flag, text, texts } from "../command.js";
import { candidateLines, candidatesJson } from "../rename-candidates.js";
import type { Style } from "../style.js";

const SOURCES = "models, database, a URL, a .sql file, or revision:<rev>";

interface ShownDiff extends DiffResult {
  readonly asSql: boolean;
}

export const diff: CliCommand<ShownDiff> = {
  name: "diff",
  asksOne: true,
  summary: "what it takes to come from one schema to another: models, databases, .sql files, revisions",
  arguments: [],
  options: [
    { flags: "--from <source>", description: `${SOURCES} (default: database)` },
    { flags: "--to <source>", description: `${SOURCES} (default: models)` },
    { flags: "--sql", description: "the difference as a script" },
    { flags: "--exit-code", description: "exit with 1 when they differ" },
    {
      flags: "--rename <old:new>",
      description: "table.old:new or old_table:new_table is a rename (repeatable)",
      repeatable: true,
    },
    { flags: "--scratch <url>", description: "an empty database to try things out in (PostgreSQL; config: scratch)" },
  ],
  examples: [
    "tsmigrate diff",
    "tsmigrate diff --from revision:head --to models --exit-code",
    "tsmigrate diff --from postgres://localhost/staging --to postgres://localhost/production --sql",
    "tsmigrate diff --from schema.sql --to database --json",
  ],
  async run(host, input) {
    const environment = await host.environment();
    const action = await import("../../commands/diff.js");
    const result = await action.diff(environment, {
      from: text(input, "from"),
      to: text(input, "to"),
      renames: texts(input, "rename"),
      scratch: text(input, "scratch"),
    });
    return { ...result, asSql: flag(input, "sql") };
  },
  format: (result, style) =>
    result.operations.length === 0
      ? [`No difference between ${printableLine(result.from)} and ${printableLine(result.to)}.`]
      : [
          `From ${printableLine(result.from)} to ${printableLine(result.to)}:`,
          ...tree(result, style),
          ...candidateLines(result.candidates, style),
        ],
  verbatim: (result) => (result.asSql ? result.script : null),
  json: ({ operations, candidates, sql }) => ({
    operations: operations.map(({ subject: _subject, ...operation }) => operation),
    ...candidatesJson(candidates),
    sql,
  }),
  exitCode: (result, input) => (flag(input, "exitCode") && result.operations.length > 0 ? 1 : 0),
};

/** Operations under the object they belong to, in the order in which the first of each comes. */
function tree(result: DiffResult, style: Style): readonly string[] {
  const subjects = [...new Set(result.operations.map(({ subject }) => subject))];
  return subjects.flatMap((subject) => [
    style.strong(printableLine(subject)),
    ...result.operations.filter((op) => op.subject === subject).map((op) => `  ${operationLine(op, style)}`),
  ]);
}

/** `+ add column users.email`, `! drop table posts (destroys data)`. */
export function operationLine(
  op: { readonly kind: string; readonly description: string; readonly destructive: boolean },
  style: Style,
): string {
  if (op.destructive) return `${style.bad("!")} ${printableLine(op.description)}${style.bad(" (destroys data)")}`;
  const mark = /^(?:drop|disable)/.test(op.kind)
    ? style.bad("-")
    : /^(?:create|add|enable)/.test(op.kind)
      ? style.good("+")
      : style.warn("~");
  return `${mark} ${printableLine(op.description)}`;
}
