/** moveTable: a table in another schema, with its rows, indexes and the sequences that are its own. PostgreSQL only. */
import { UnsupportedOperationError } from "../errors.js";
import { ownedSequences } from "../schema/edit-objects.js";
import { objectsByKey, type SchemaObjectDef } from "../schema/objects.js";
import { movePrivileges } from "../schema/privileges.js";
import {
  compact,
  displayName,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  type TableDef,
} from "../schema/schema.js";
import { quoteText } from "../util/quote.js";
import { conflict, requireTable } from "./conflict.js";
import { type OperationOf, type OperationSpec, statement } from "./operation.js";
import { withTableAt } from "./tables.js";

export const moveTable: OperationSpec<"moveTable"> = {
  kind: "moveTable",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    const target = placeOf(op);
    if (objectKey(target) in before.tables || objectKey(target) in before.views) {
      throw conflict(this.describe(op), `there is a table '${displayName(target)}' already`);
    }
    return withTableAt(withSequencesAt(before, table, target), before.tables[objectKey(table)]!, target);
  },
  reverse: (op) => [{ kind: "moveTable", table: placeOf(op), to: op.table.schema ?? null }],
  toSql(op, ddl) {
    if (ddl.dialect === "sqlite") {
      throw new UnsupportedOperationError(`SQLite has no schemas: cannot ${this.describe(op)}`, {
        dialect: ddl.dialect,
        operation: this.describe(op),
      });
    }
    const alter = `ALTER TABLE ${ddl.name(op.table)} SET SCHEMA `;
    if (op.to !== null) return [statement(alter + ddl.id(op.to))];
    // Only the server knows what the default schema is called.
    const text = `BEGIN EXECUTE ${quoteText(alter)} || pg_catalog.quote_ident(pg_catalog.current_schema()); END`;
    return [statement(`DO ${ddl.literal(text)}`)];
  },
  describe: (op) =>
    `move table ${displayName(op.table)} to ${op.to === null ? "the default schema" : `schema ${op.to}`}`,
  destroys: () => null,
};

function placeOf(op: OperationOf<"moveTable">): ObjectName {
  return compact({ name: op.table.name, schema: op.to ?? undefined });
}

function withSequencesAt(before: SchemaDef, table: TableDef, target: ObjectName): SchemaDef {
  const own = new Set<SchemaObjectDef>(ownedSequences(before, table));
  if (own.size === 0) return before;
  const place = (name: string): ObjectName => compact({ name, schema: target.schema });
  const objects = Object.values(before.objects).map((object): SchemaObjectDef => {
    if (!own.has(object)) return object;
    const { schema: _schema, ...rest } = object;
    return { ...rest, ...place(object.name) } as SchemaObjectDef;
  });
  let schema: SchemaDef = { ...before, objects: objectsByKey(objects) };
  for (const one of own) {
    const privileges = movePrivileges(schema, { type: "sequence", ...objectName(one) }, place(one.name));
    schema = { ...schema, ...privileges };
  }
  return schema;
}
