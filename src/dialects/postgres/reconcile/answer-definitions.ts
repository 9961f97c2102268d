/** Whether statements that make an object say what the server has, found out by making it again and taking that back. */

import { dropText } from "../../../operations/object-sql.js";
import type { DefinitionDef } from "../../../schema/objects.js";
import { type SchemaDef, sameDef } from "../../../schema/schema.js";
import { readSchema } from "../catalog/introspect.js";
import type { PostgresConnection } from "../connection/connection.js";
import { tryStatements } from "../scratch/scratch.js";
import { ddl } from "../text/ddl.js";
import type { QuestionOf } from "./questions.js";

export type DefinitionQuestion = QuestionOf<"definition">;

/**
 * Gives the questions whose answer is yes. An object that others hang on, or whose statement the server refuses, stays
 * one that differs.
 */
export async function answerDefinitions(
  questions: readonly DefinitionQuestion[],
  found: SchemaDef,
  connection: PostgresConnection,
  onForbidden: (question: DefinitionQuestion) => void,
): Promise<readonly DefinitionQuestion[]> {
  if (questions.length === 0) return [];
  await connection.script("SAVEPOINT tsm_definitions");
  try {
    const made: DefinitionQuestion[] = [];
    for (const question of questions) {
      const { definition, further = [] } = question.wanted;
      const statements = [dropText(question.found, ddl), definition, ...further];
      if (await tryStatements(connection, statements, () => onForbidden(question))) made.push(question);
    }
    if (made.length === 0) return [];
    const { defaultSchema } = connection;
    const again = await readSchema(connection, {
      defaultSchema,
      namedSchemas: schemasOf(found),
      searchPath: [defaultSchema],
    });
    return made.filter(({ found: before }) =>
      Object.values(again.objects).some((object) => object.kind === "definition" && isSame(object, before)),
    );
  } finally {
    await connection.script("ROLLBACK TO SAVEPOINT tsm_definitions;\nRELEASE SAVEPOINT tsm_definitions");
  }
}

/** But for the comment, which goes with the object that is dropped. */
function isSame(again: DefinitionDef, before: DefinitionDef): boolean {
  const { comment: _again, ...one } = again;
  const { comment: _before, ...other } = before;
  return sameDef(one, other);
}

function schemasOf({ tables, objects }: SchemaDef): readonly string[] {
  const names = [...Object.values(tables), ...Object.values(objects)].flatMap(({ schema }) => schema ?? []);
  return [...new Set(names)];
}
