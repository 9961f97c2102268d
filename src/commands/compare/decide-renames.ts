/** Who decides what is a rename: the arguments, the person at the terminal, or nobody, and then nothing is written. */
import type { Dialect } from "../../dialects/dialect.js";
import { parseRenameAnswer, type RenameAnswer, shellWord } from "../../diff/rename-answers.js";
import type { DecideRename, RenameChoice, RenameQuestion } from "../../diff/rename-questions.js";
import { type SettledRenames, settleRenames } from "../../diff/settle-renames.js";
import { RenameUndecidedError, type UndecidedRename, UsageError } from "../../errors.js";
import { foldName } from "../../model/relation-names.js";
import type { SchemaDef } from "../../schema/schema.js";
import type { Environment } from "../environment/environment.js";

export interface RenameDecisions {
  readonly answers: readonly RenameAnswer[];
  /** What is likely a rename and was not said to be one: asked about or an error, or a drop and an add, shown as such. */
  readonly undecided: "refuse" | "dropAndAdd" | "show";
  /** A database whose content does not matter, where models need one to be read. */
  readonly scratch?: string | undefined;
}

export interface DecidedRenames extends SettledRenames {
  /** Drops and adds that may be renames, where they are to be shown. */
  readonly candidates: readonly UndecidedRename[];
}

/** @throws RenameUndecidedError with the arguments that answer it; UsageError for an answer that names nothing. */
export async function decideRenames(
  environment: Environment,
  dialect: Dialect,
  found: SchemaDef,
  wanted: SchemaDef,
  renames: RenameDecisions,
  defaultSchema: string | undefined,
): Promise<DecidedRenames> {
  const undecided: (readonly [RenameQuestion, RenameChoice])[] = [];
  const open: RenameQuestion[] = [];
  const { askRename } = environment.options;
  const presume: DecideRename = async (question) => {
    undecided.push([question, question.choices[0]!]);
    return question.choices[0]!;
  };
  const show: DecideRename = async (question) => {
    if (renames.undecided === "show") open.push(question);
    return null;
  };
  const decide: DecideRename = renames.undecided === "refuse" ? (askRename ?? presume) : show;
  const settled = await settleRenames(found, wanted, {
    answers: renames.answers.map((answer) => withoutDefaultSchema(answer, defaultSchema)),
    defaultSchema,
    decide,
    sameType: (a, b) => dialect.typeText(a).toLowerCase() === dialect.typeText(b).toLowerCase(),
    objects: dialect.capabilities.alterColumn === "inPlace",
    fold: (name) => foldName(name, dialect.name),
  });
  const [unused] = settled.unused;
  if (unused !== undefined) {
    throw new UsageError(
      `'${unused.text}' renames nothing: the old name has to be in the database, the new one in the models`,
      {
        hint: `Leave \`--rename ${shellWord(unused.text)}\` out, or run \`tsmigrate check\` to see what differs.`,
      },
    );
  }
  if (undecided.length > 0) throw undecidedError(undecided);
  for (const text of settled.unclear) environment.emit({ type: "warning", text });
  return { ...settled, candidates: open.map(candidateOf) };
}

/** The default schema goes without its name in all that is compared. */
function withoutDefaultSchema(answer: RenameAnswer, schema: string | undefined): RenameAnswer {
  const { from, toSchema, ...rest } = answer;
  if (schema === undefined) return answer;
  const isNamed = from[0] === schema && (from.length === 3 || (from.length === 2 && toSchema !== undefined));
  const plain = { ...rest, from: isNamed ? from.slice(1) : from };
  return toSchema === undefined ? plain : { ...plain, toSchema: toSchema === schema ? null : toSchema };
}

function candidateOf({ kind, subject, choices }: RenameQuestion): UndecidedRename {
  const shown = choices.map(({ argument, description, reason }) => ({ argument, description, reason }));
  return { kind, subject, choices: shown };
}

function undecidedError(undecided: readonly (readonly [RenameQuestion, RenameChoice])[]): RenameUndecidedError {
  const flag = (choice: RenameChoice) => `--rename ${shellWord(choice.argument)}`;
  const flags = undecided.map(([, choice]) => flag(choice));
  const what = undecided.map(([question, choice]) => {
    const others = question.choices.filter((other) => other !== choice).map(flag);
    const or = others.length === 0 ? "" : `, or ${others.join(" or ")}`;
    return `\n  ${choice.description}? (${choice.reason})  ${flag(choice)}${or}`;
  });
  const one = undecided.length === 1;
  return new RenameUndecidedError(
    `${one ? "it looks like a rename" : "these look like renames"}, and dropping would lose the data:${what.join("")}`,
    {
      flags,
      candidates: undecided.map(([question]) => candidateOf(question)),
      hint: one
        ? `Run it again with \`${flags[0]}\` to rename, or with \`--no-renames\` to drop and add.`
        : `Run it again with \`${flags.join(" ")}\` to rename, leaving out those that are none and adding \`--no-renames\` for them, or with \`--no-renames\` alone to drop and add all.`,
    },
  );
}

/** @throws UsageError for a text that is no rename */
export function parseRename(argument: string): RenameAnswer {
  const answer = parseRenameAnswer(argument);
  if (answer !== null) return answer;
  throw new UsageError(`'${argument}' is not of the form 'table.old:new' or 'old_table:new_table'`, {
    hint: "Write for example `--rename users.fullname:full_name`; names with dots or colons go in double quotes.",
  });
}

/** Renames as the command line has them. */
export function renameTexts(renames: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.entries(renames).map(([from, to]) => `${from}:${to}`);
}
