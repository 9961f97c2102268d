/** Asks the server the questions that comparing texts left open. */
import { QueryError } from "../../errors.js";
import {
  type ColumnDef,
  findColumn,
  type SchemaDef,
  sameDef,
  type TableDef,
  type ViewDef,
} from "../../schema/schema.js";
import type { PostgresConnection } from "./connection.js";
import { sameDefault } from "./defaults.js";
import { type Question, questionKey } from "./questions.js";
import { readBack, type ScratchContents } from "./scratch.js";
import { sameType } from "./types.js";

/** What the questions are about: the schemas that the two sides of each come from. */
export interface Sides {
  readonly wanted: SchemaDef;
  readonly found: SchemaDef;
}

/**
 * The keys of the questions whose answer is yes.
 *
 * The server prints some expressions in another way once it has read its own print (`varchar IN (…)` after a dump and
 * restore), so what differs gets a second round, in which both sides are read again.
 */
export async function answerQuestions(
  questions: readonly Question[],
  sides: Sides,
  connection: PostgresConnection,
): Promise<ReadonlySet<string>> {
  const same = new Set<string>();
  if (questions.length === 0) return same;
  try {
    await connection.isolated("scratch", async () => {
      for (const ofViews of [false, true]) {
        const asked = questions.filter((question) => (question.kind === "view") === ofViews);
        if (asked.length > 0) for (const key of await answer(asked, sides, connection)) same.add(key);
      }
    });
  } catch (error) {
    // A replica, or a role that may create nothing: the comparison of texts has to do.
    if (!(error instanceof QueryError) || !/^(?:25006|42501|0A000)$/.test(error.sqlState ?? "")) throw error;
  }
  return same;
}

async function answer(
  questions: readonly Question[],
  sides: Sides,
  connection: PostgresConnection,
): Promise<readonly string[]> {
  const changedEnums = Object.values(sides.wanted.enums).filter(
    (definition) =>
      !Object.values(sides.found.enums).some(
        (other) =>
          sameDef(other.values, definition.values) &&
          other.name === definition.name &&
          other.schema === definition.schema,
      ),
  );
  const parts = (side: "wanted" | "found") => questions.map((question) => partOf(question, side));
  const wanted = await printed(questions, parts("wanted"), sides.wanted, changedEnums, connection);
  const found = parts("found");
  const open = questions.map((question, at) => !isSame(question, wanted[at], found[at]));
  const answers = questions.filter((_question, at) => !open[at]);
  const left = questions.filter((_question, at) => open[at] && wanted[at] !== undefined);
  if (left.length > 0) {
    const first = wanted.filter((part, at) => open[at] && part !== undefined) as readonly Part[];
    const second = await printed(left, first, sides.wanted, changedEnums, connection);
    const reread = await printed(
      left,
      left.map((question) => partOf(question, "found")),
      sides.found,
      [],
      connection,
    );
    answers.push(
      ...left.filter((question, at) =>
        [
          [second[at], partOf(question, "found")],
          [second[at], reread[at]],
          [first[at], reread[at]],
        ].some(([a, b]) => isSame(question, a, b)),
      ),
    );
  }
  return answers.map(questionKey);
}
