/** moveObject: an enum, view, sequence, … in another schema. PostgreSQL only; what refers to it follows there. */
import { UnsupportedOperationError } from "../errors.js";
import { isMovableType, objectOfDefinition } from "../schema/definition-names.js";
import { displayNamed, type MovableRef, type SequenceDef } from "../schema/objects.js";
import { movePrivileges, type PrivilegeTarget } from "../schema/privileges.js";
import { findNamed, movedRef, renameNamed, schemaOfRef } from "../schema/rename-named.js";
import { objectName } from "../schema/schema.js";
import { withSequence } from "../schema/serials.js";
import { quoteText } from "../util/quote.js";
import { conflict } from "./conflict.js";
import { objectTarget } from "./kept-targets.js";
import { type DdlWriter, type OperationSpec, type Statement, statement } from "./operation.js";
import { alterText, isTaken, targetOf } from "./rename-object.js";

export const moveObject: OperationSpec<"moveObject"> = {
  kind: "moveObject",
  apply(given, op) {
    const before = op.object.kind === "sequence" ? withSequence(given, { ...op.object, kind: "sequence" }) : given;
    const found = findNamed(before, op.object);
    if (found === undefined) throw conflict(this.describe(op), "there is no such object");
    if (op.object.kind === "definition" && !isMovableType(op.object.type)) {
      throw conflict(this.describe(op), `a ${op.object.type} is in no schema`);
    }
    const owner = op.object.kind === "sequence" ? (found as SequenceDef).ownedBy : undefined;
    if (owner !== undefined) {
      const hint = `Move that instead, with op.moveTable(${JSON.stringify(owner.table.name)}, …), and the sequence goes with it.`;
      throw conflict(this.describe(op), `it belongs to table '${owner.table.name}'`, hint);
    }
    const moved = movedRef(op.object, op.to);
    if (isTaken(before, moved)) throw conflict(this.describe(op), `there is a ${displayNamed(moved)} already`);
    const after = renameNamed(before, op.object, moved);
    const [from, to] = [targetOfMoved(op.object), targetOfMoved(moved)];
    return from === null || to === null ? after : { ...after, ...movePrivileges(after, from, objectName(to)) };
  },
  reverse: (op) => [{ kind: "moveObject", object: movedRef(op.object, op.to), to: schemaOfRef(op.object) }],
  toSql(op, ddl) {
    if (ddl.dialect === "sqlite") {
      throw new UnsupportedOperationError(`SQLite has no schemas: cannot ${this.describe(op)}`, {
        dialect: ddl.dialect,
        operation: this.describe(op),
      });
    }
    if (op.object.kind === "definition" && op.object.type === "type") return [moveRange(op.object.name, op.to, ddl)];
    const alter = `${alterText(op.object, ddl)} SET SCHEMA `;
    if (op.to !== null) return [statement(alter + ddl.id(op.to))];
    const text = `BEGIN EXECUTE ${quoteText(alter)} || ${DEFAULT_SCHEMA}; END`;
    return [statement(`DO ${ddl.literal(text)}`)];
  },
  describe: (op) => `move ${displayNamed(op.object)} to ${op.to === null ? "the default schema" : `schema ${op.to}`}`,
  destroys: () => null,
};

/** Only the server knows what it is called. */
const DEFAULT_SCHEMA = "pg_catalog.quote_ident(pg_catalog.current_schema())";

function targetOfMoved(ref: MovableRef): PrivilegeTarget | null {
  if (ref.kind !== "definition") return targetOf(ref);
  const target = objectTarget(ref);
  return target === null ? null : { ...target.on, ...objectOfDefinition(ref.name) };
}

/** The functions that make its values, and the type of several of them, are parts of a range type that stay by themselves. */
function moveRange(name: string, to: string | null, ddl: DdlWriter): Statement {
  const place = to === null ? DEFAULT_SCHEMA : quoteText(ddl.id(to));
  const text = `DECLARE part text;
BEGIN
  FOREACH part IN ARRAY ARRAY(
    WITH types AS (
      SELECT r.rngtypid AS range, (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::oid AS multirange
      FROM pg_catalog.pg_range r WHERE r.rngtypid = ${quoteText(name)}::pg_catalog.regtype)
    SELECT 'ROUTINE ' || d.objid::pg_catalog.regprocedure FROM types JOIN pg_catalog.pg_depend d
      ON d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.refobjid IN (types.range, types.multirange)
      AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.deptype = 'i'
    UNION ALL SELECT 'TYPE ' || multirange::pg_catalog.regtype FROM types WHERE multirange IS NOT NULL
    UNION ALL SELECT 'TYPE ' || range::pg_catalog.regtype FROM types)
  LOOP EXECUTE 'ALTER ' || part || ' SET SCHEMA ' || ${place}; END LOOP;
END`;
  return statement(`DO ${ddl.literal(text)}`);
}
