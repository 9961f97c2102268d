/**
 * Drops and creates of what has an owner and grants. Where one thing goes and another comes under its name, what people
 * were allowed to do with it is to last: they were never told that it is another thing.
 */
import { type ObjectRef, refOf, type SchemaObjectDef } from "../schema/objects.js";
import { type PrivilegeTarget, targetKey } from "../schema/privileges.js";
import { type ObjectName, objectName } from "../schema/schema.js";
import { signatureOf } from "../schema/signature.js";
import type { Operation } from "./operation.js";

export interface KeptTarget {
  readonly on: PrivilegeTarget;
  /** Of what is made by a statement of its own: its name as SQL has it. */
  readonly written?: string;
  /** Of this column only. */
  readonly column?: string;
}

/** The same for all that can take each other's place: tables and views of all sorts are one, types another. */
export function keptKey({ on, column }: KeptTarget): string {
  return column === undefined ? targetKey(on) : `${targetKey(on)} column ${column}`;
}

export function targetDroppedBy(op: Operation): KeptTarget | null {
  switch (op.kind) {
    case "dropView":
      return relation(op.view);
    case "dropTable":
      return relation(op.table);
    case "dropColumn":
      return { ...relation(op.table), column: op.column };
    case "dropEnum":
      return { on: { type: "type", ...objectName(op.enum) } };
    case "dropSchema":
      return { on: { type: "schema", name: op.name } };
    case "dropObject":
      return objectTarget(op.object);
    default:
      return null;
  }
}

export function targetMadeBy(op: Operation): KeptTarget | null {
  switch (op.kind) {
    case "createView":
      return relation(op.view);
    case "createTable":
      return relation(op.table);
    case "addColumn":
      return { ...relation(op.table), column: op.column.name };
    case "createEnum":
      return { on: { type: "type", ...objectName(op.enum) } };
    case "createSchema":
      return { on: { type: "schema", name: op.name } };
    case "createObject":
      return objectTarget(op.object);
    default:
      return null;
  }
}

export function relation(name: ObjectName): KeptTarget {
  return { on: { type: "table", ...objectName(name) } };
}

const DEFINED: Readonly<Record<string, PrivilegeTarget["type"]>> = {
  "foreign table": "table",
  type: "type",
  language: "language",
  server: "foreign server",
  "foreign data wrapper": "foreign data wrapper",
};

/** Null for what has neither owner nor grants of its own. */
export function objectTarget(object: SchemaObjectDef | ObjectRef): KeptTarget | null {
  const ref = refOf(object);
  switch (ref.kind) {
    case "materializedView":
      return relation(ref);
    case "sequence":
      return { on: { type: "sequence", ...objectName(ref) } };
    case "domain":
    case "compositeType":
      return { on: { type: "type", ...objectName(ref) } };
    case "function":
      return { on: { type: "function", ...objectName(ref), signature: ref.signature ?? "" } };
    case "definition": {
      if (ref.type === "aggregate") return aggregateTarget(ref.name);
      const type = DEFINED[ref.type ?? ""];
      return type === undefined ? null : { on: { type, name: ref.name }, written: ref.name };
    }
    default:
      return null;
  }
}

/** `"total"(a integer)`; `(*)` takes no argument, `(p double precision ORDER BY x integer)` two. */
function aggregateTarget(written: string): KeptTarget | null {
  const open = written.indexOf("(");
  if (open === -1 || !written.endsWith(")")) return null;
  const name = written.slice(0, open);
  const list = written.slice(open + 1, -1);
  const signature = list === "*" ? "" : signatureOf(list.replace(/\bORDER BY\b/, ","));
  return { on: { type: "function", name, signature }, written: name };
}
