/** What makes the parts of an index that is made `ON ONLY` a partitioned table. */
import { sameObject } from "../schema/edit-schema.js";
import { nameOfPart, partitionsOf, sharedIndexes } from "../schema/index-parts.js";
import { type IndexDef, type ObjectName, objectName, type SchemaDef } from "../schema/schema.js";
import { requireTable } from "./conflict.js";
import { type DdlWriter, type Statement, statement } from "./operation.js";

/** Parts of an index that was made `ON ONLY` its table, each after the one that it is attached to. */
export function partStatements(
  schema: SchemaDef,
  table: ObjectName,
  { comment: _comment, only = [], ...index }: IndexDef,
  ddl: DdlWriter,
): readonly Statement[] {
  const whole = { ...index, only };
  return partitionsOf(schema, table).flatMap((part): readonly Statement[] => {
    if (!only.some((name) => sameObject(name, part))) return [];
    const shared = sharedIndexes(schema, requireTable(schema, table, "make its index")).find(
      ({ name }) => name === index.name,
    );
    if (shared === undefined) return [];
    const name = nameOfPart(part, shared);
    const isPartitioned = part.options?.postgres?.partitionBy !== undefined;
    const made: IndexDef = { ...index, name, ...(isPartitioned ? { only: [] } : {}) };
    return [
      statement(ddl.createIndex(part, made), { hazards: ["blocksWrites"] }),
      attachStatement({ ...objectName(table), name: index.name }, { ...objectName(part), name }, ddl),
      ...partStatements(schema, objectName(part), { ...whole, name }, ddl),
    ];
  });
}

export function attachStatement(to: ObjectName, index: ObjectName, ddl: DdlWriter): Statement {
  return statement(`ALTER INDEX ${ddl.name(to)} ATTACH PARTITION ${ddl.name(index)}`);
}
