/**
 * A unique key that goes while another one on the same columns stays. A foreign key leans on one of the two, and nothing
 * but the catalogs says on which: where it is the one that goes, the foreign key makes way and comes back to the other.
 */
import { findConstraint } from "../../../operations/constraints.js";
import { findIndex } from "../../../operations/indexes.js";
import { type OperationOf, type Statement, statement } from "../../../operations/operation.js";
import { sameObject } from "../../../schema/edit-schema.js";
import { type ObjectName, objectKey, objectName, type SchemaDef, type TableDef } from "../../../schema/schema.js";
import { isTwin, sameColumns, type UniqueKey, uniqueKeys } from "../../../schema/unique-keys.js";
import { quoteText } from "../../../util/quote.js";
import { ddl } from "../text/ddl.js";
import { block } from "./kept-privileges.js";

/** `drop` is the statement as it stands where nothing leans on the key. */
export function compileDropKey(
  op: OperationOf<"dropConstraint"> | OperationOf<"dropIndex">,
  schema: SchemaDef,
  drop: Statement,
): Statement {
  const found = op.kind === "dropIndex" ? indexOf(schema, op) : constraintOf(schema, op);
  if (found === undefined || !drop.transactional) return drop;
  const { table, name } = found;
  const keys = uniqueKeys(table);
  const key = keys.find((one) => one.name === name);
  const hasTwin = key !== undefined && keys.some((other) => other !== key && isTwin(other, key));
  if (!hasTwin || !isReferredTo(schema, table, key)) return drop;
  return statement(dropLeanedOn({ ...objectName(table), name }, key, drop.sql), { hazards: ["blocksWrites"] });
}

interface FoundKey {
  readonly table: TableDef;
  readonly name: string;
}

function indexOf(schema: SchemaDef, { index }: OperationOf<"dropIndex">): FoundKey | undefined {
  const found = findIndex(schema, index);
  return found === undefined ? undefined : { table: found.table, name: index.name };
}

function constraintOf(schema: SchemaDef, op: OperationOf<"dropConstraint">): FoundKey | undefined {
  const table = schema.tables[objectKey(op.table)];
  const found = table === undefined ? null : findConstraint(table, op);
  if (table === undefined || found === null || found.constraint.name === null) return undefined;
  return found.type === "primaryKey" || found.type === "unique" ? { table, name: found.constraint.name } : undefined;
}

function isReferredTo(schema: SchemaDef, table: TableDef, key: UniqueKey): boolean {
  return Object.values(schema.tables).some((other) =>
    other.foreignKeys.some(
      ({ target, targetColumns }) => sameObject(target, table) && sameColumns(targetColumns, key.columns),
    ),
  );
}

function dropLeanedOn(index: ObjectName, { columns }: UniqueKey, drop: string): string {
  const of = "pg_catalog.format('ALTER TABLE %s";
  const comment = "pg_catalog.obj_description(oid, 'pg_constraint')";
  return block(
    `DECLARE statement text; drops text[]; adds text[]; BEGIN
  SELECT coalesce(pg_catalog.array_agg(${of} DROP CONSTRAINT %I', conrelid::regclass, conname)), '{}'),
    coalesce(pg_catalog.array_agg(${of} ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_catalog.pg_get_constraintdef(oid))), '{}')
      || coalesce(pg_catalog.array_agg(pg_catalog.format('COMMENT ON CONSTRAINT %I ON %s IS %L', conname, conrelid::regclass, ${comment}))
        FILTER (WHERE ${comment} IS NOT NULL), '{}')
    INTO drops, adds FROM pg_catalog.pg_constraint
    WHERE contype = 'f' AND conparentid = 0 AND conindid = pg_catalog.to_regclass(${quoteText(ddl.name(index))});
  FOREACH statement IN ARRAY drops LOOP EXECUTE statement; END LOOP;
  ${drop};
  FOREACH statement IN ARRAY adds LOOP EXECUTE statement; END LOOP;
END`,
    `foreign keys that lean on it go over to the other key on (${columns.join(", ")})`,
  );
}
