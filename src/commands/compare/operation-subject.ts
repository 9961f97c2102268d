import type { Operation } from "../../operations/operation.js";
import { tableKeyOf } from "../../operations/registry.js";
import { displayNamed, displayObject, tableOf } from "../../schema/objects.js";
import { displayTarget } from "../../schema/privileges.js";
import { displayName, type SchemaDef } from "../../schema/schema.js";

/** The object that people look for an operation under: `table users`, `enum mood`, `function slug(text)`. */
export function subjectOf(op: Operation, before: SchemaDef): string {
  switch (op.kind) {
    case "createEnum":
    case "dropEnum":
    case "addEnumValue":
    case "renameEnumValue":
    case "replaceEnum":
      return `enum ${displayName(op.enum)}`;
    case "createView":
    case "replaceView":
    case "alterView":
    case "dropView":
      return `view ${displayName(op.view)}`;
    case "renameObject":
    case "moveObject":
      return displayNamed(op.object);
    case "createSchema":
    case "dropSchema":
      return `schema ${op.name}`;
    case "createObject":
    case "replaceObject":
    case "alterObject":
    case "dropObject": {
      const table = tableOf(op.object);
      return table === undefined ? displayObject(op.object) : `table ${displayName(table)}`;
    }
    case "grant":
    case "revoke":
    case "alterOwner":
      return displayTarget(op.on);
    case "createComment":
      if (op.on !== undefined) return `${op.type === "viewColumn" ? "view" : "table"} ${displayName(op.on)}`;
      return `${op.type} ${displayName(op.object)}`;
    case "execute":
    case "custom":
      return "SQL";
    case "attachIndex":
      return `index ${displayName(op.index)}`;
    case "dropIndex":
    case "renameIndex":
    case "alterIndex":
      return `table ${op.kind === "dropIndex" && op.table !== undefined ? displayName(op.table) : (tableKeyOf(op, before) ?? op.index.name)}`;
    default:
      return `table ${displayName(op.table)}`;
  }
}
