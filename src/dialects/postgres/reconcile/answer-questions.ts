/** Asks the server the questions that comparing texts left open. */
import { QueryError } from "../../../errors.js";
import type { Operation } from "../../../operations/operation.js";
import { standardStatements } from "../../../operations/registry.js";
import { EMPTY_SCHEMA, type EnumDef, objectKey, type SchemaDef, sameDef } from "../../../schema/schema.js";
import type { PostgresConnection } from "../connection/connection.js";
import { isForbidden, tryStatements } from "../scratch/scratch.js";
import { ddl } from "../text/ddl.js";
import { answerDefinitions } from "./answer-definitions.js";
import { printParts } from "./print-parts.js";
import { isSamePart, type Part, type Question, questionKey } from "./questions.js";

/** The schemas that the two sides of every question come from. */
export interface Sides {
  readonly wanted: SchemaDef;
  readonly found: SchemaDef;
  /** Done before anything is asked, so that the database is what `found` says. */
  readonly ahead: readonly Operation[];
}

export interface Answers {
  /** The keys of the questions whose answer is yes. */
  readonly yes: ReadonlySet<string>;
  /** Those that could not be asked, for want of rights. */
  readonly unasked: readonly Question[];
}

export async function answerQuestions(
  questions: readonly Question[],
  sides: Sides,
  connection: PostgresConnection,
): Promise<Answers> {
  // What is on no table last and apart: it reads the real tables, which scratch tables of the same name would hide.
  const parts = questions.filter(({ kind }) => kind !== "definition");
  const groups = [parts.filter(({ table }) => table !== ""), parts.filter(({ table }) => table === "")];
  const definitions = questions.filter((question) => question.kind === "definition");
  const same: Question[] = [];
  const unasked: Question[] = [];
  const note = (question: Question) => unasked.push(question);
  const isDone = await inScratch(connection, sides.ahead, async () => {
    for (const group of groups) if (group.length > 0) same.push(...(await answerGroup(group, sides, connection, note)));
    same.push(...(await answerDefinitions(definitions, sides.found, connection, note)));
  });
  return isDone ? { yes: new Set(same.map(questionKey)), unasked } : { yes: new Set(), unasked: questions };
}

/**
 * In a transaction that is rolled back, when `ahead` is done. False where nothing may be made, and then it was not run to
 * its end.
 */
export async function inScratch(
  connection: PostgresConnection,
  ahead: readonly Operation[],
  use: () => Promise<void>,
): Promise<boolean> {
  try {
    await connection.isolated("scratch", async () => {
      await runAhead(connection, ahead);
      await use();
    });
    return true;
  } catch (error) {
    // A replica, or a role that may create nothing: the comparison of texts has to do.
    if (!(error instanceof QueryError) || !(isForbidden(error.sqlState) || error.sqlState === "0A000")) throw error;
    return false;
  }
}

async function runAhead(connection: PostgresConnection, ahead: readonly Operation[]): Promise<void> {
  for (const op of ahead) {
    const statements = await standardStatements(op, ddl, async () => EMPTY_SCHEMA);
    await tryStatements(
      connection,
      statements.map(({ sql }) => sql),
    );
  }
}

/**
 * The server prints some expressions in another way once it has read its own print (`varchar IN (…)` after a dump and
 * restore), so what differs gets a second round, in which both sides are read again.
 */
async function answerGroup(
  questions: readonly Question[],
  { wanted, found }: Sides,
  connection: PostgresConnection,
  onUnasked: (question: Question) => void,
): Promise<readonly Question[]> {
  const enums = changedEnums(wanted, found);
  let isTemporary = false;
  const onTemporary = () => {
    isTemporary = true;
  };
  const print = (asked: readonly Question[], parts: readonly Part[], schema: SchemaDef) =>
    printParts(connection, { questions: asked, parts, schema, enums: schema === wanted ? enums : [], onTemporary });
  const first = await print(
    questions,
    questions.map((question) => question.wanted),
    wanted,
  );
  const isSame = questions.map((question, at) => isSamePart(question.kind, first[at], question.found));
  const open = questions.flatMap((question, at) => {
    const part = first[at];
    if (isTemporary && part === undefined) onUnasked(question);
    return isSame[at] || part === undefined ? [] : [{ question, part }];
  });
  if (open.length === 0) return questions.filter((_question, at) => isSame[at]);
  const asked = open.map(({ question }) => question);
  const second = await print(
    asked,
    open.map(({ part }) => part),
    wanted,
  );
  const reread = await print(
    asked,
    asked.map((question) => question.found),
    found,
  );
  const sameInTheEnd = open.filter(
    ({ question: { kind, found: part }, part: once }, at) =>
      isSamePart(kind, second[at], part) ||
      isSamePart(kind, second[at], reread[at]) ||
      isSamePart(kind, once, reread[at]),
  );
  return [...questions.filter((_question, at) => isSame[at]), ...sameInTheEnd.map(({ question }) => question)];
}

/** Those that differ or are new. */
export function changedEnums(wanted: SchemaDef, found: SchemaDef): readonly EnumDef[] {
  return Object.values(wanted.enums).filter(
    (definition) => !sameDef(found.enums[objectKey(definition)]?.values, definition.values),
  );
}
