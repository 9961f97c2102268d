/** renameObject: an enum, view, sequence, … under another name. Only PostgreSQL can; what refers to it follows there. */
import { UnsupportedOperationError } from "../errors.js";
import { displayNamed, type MovableRef, type NamedKind, type NamedRef } from "../schema/objects.js";
import { movePrivileges, type PrivilegeTarget } from "../schema/privileges.js";
import { findNamed, renamedRef, renameNamed } from "../schema/rename-named.js";
import { displayName, objectKey, objectName, type SchemaDef } from "../schema/schema.js";
import { withSequence } from "../schema/serials.js";
import { conflict } from "./conflict.js";
import { type DdlWriter, type OperationSpec, statement } from "./operation.js";

export const renameObject: OperationSpec<"renameObject"> = {
  kind: "renameObject",
  apply(given, op) {
    const before = op.object.kind === "sequence" ? withSequence(given, { ...op.object, kind: "sequence" }) : given;
    if (findNamed(before, op.object) === undefined) throw conflict(this.describe(op), "there is no such object");
    const renamed = renamedRef(op.object, op.to);
    if (isTaken(before, renamed)) throw conflict(this.describe(op), `there is a '${displayName(renamed)}' already`);
    const after = renameNamed(before, op.object, renamed);
    return { ...after, ...movePrivileges(after, targetOf(op.object), objectName(renamed)) };
  },
  reverse: (op) => [{ kind: "renameObject", object: renamedRef(op.object, op.to), to: op.object.name }],
  toSql(op, ddl) {
    if (ddl.dialect === "sqlite") throw unsupported(this.describe(op));
    return [statement(`${alterText(op.object, ddl)} RENAME TO ${ddl.id(op.to)}`)];
  },
  describe: (op) => `rename ${displayNamed(op.object)} to ${op.to}`,
  destroys: () => null,
};

const WORDS: Readonly<Record<NamedKind, string>> = {
  enum: "TYPE",
  domain: "DOMAIN",
  compositeType: "TYPE",
  sequence: "SEQUENCE",
  // Functions and procedures alike.
  function: "ROUTINE",
  view: "VIEW",
  materializedView: "MATERIALIZED VIEW",
};

const TYPES: readonly NamedKind[] = ["enum", "domain", "compositeType"];

const TARGETS: Readonly<Record<NamedKind, PrivilegeTarget["type"]>> = {
  enum: "type",
  domain: "type",
  compositeType: "type",
  sequence: "sequence",
  function: "function",
  view: "table",
  materializedView: "table",
};

export function targetOf(ref: NamedRef): PrivilegeTarget {
  const signature = ref.kind === "function" ? { signature: ref.signature ?? "" } : {};
  return { type: TARGETS[ref.kind], ...objectName(ref), ...signature };
}

/** Is there something that it would stand in the way of? */
export function isTaken(schema: SchemaDef, ref: MovableRef): boolean {
  if (ref.kind === "function" || ref.kind === "definition") return findNamed(schema, ref) !== undefined;
  const isThere = (kinds: readonly NamedKind[]) =>
    kinds.some((kind) => findNamed(schema, { ...ref, kind }) !== undefined);
  if (TYPES.includes(ref.kind)) return isThere(TYPES);
  return isThere(["view", "materializedView", "sequence"]) || objectKey(ref) in schema.tables;
}

/** `ALTER VIEW "v"`. */
export function alterText(ref: MovableRef, ddl: DdlWriter): string {
  if (ref.kind === "definition") return `ALTER ${ref.type.toUpperCase()} ${ref.name}`;
  const args = ref.kind === "function" ? `(${ref.signature ?? ""})` : "";
  return `ALTER ${WORDS[ref.kind]} ${ddl.name(ref)}${args}`;
}

function unsupported(operation: string): UnsupportedOperationError {
  return new UnsupportedOperationError(`SQLite cannot ${operation}`, {
    dialect: "sqlite",
    operation,
    hint: "Drop the view and make it again under the other name: `op.dropView(…)`, `op.createView(…)`.",
  });
}
