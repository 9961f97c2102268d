/** Enums, views and other objects that can get another name or schema, each with the place that it is in. */
import { isMovableType, splitName } from "../schema/definition-names.js";
import { type MovableRef, NAMED_KINDS, type NamedKind, type SchemaObjectDef } from "../schema/objects.js";
import {
  type EnumDef,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  type ViewDef,
} from "../schema/schema.js";
import type { RenameKind } from "./rename-answers.js";

export type MovableDef = EnumDef | ViewDef | SchemaObjectDef;

export interface Placed {
  /** Its key among those of its kind. */
  readonly name: string;
  /** Of a definition, what follows its name is part of the name. */
  readonly place: ObjectName;
  readonly ref: MovableRef;
  readonly def: MovableDef;
}

/** As `--rename` says it. */
export const OBJECT_WORDS: Readonly<Record<MovableRef["kind"], RenameKind>> = {
  enum: "enum",
  domain: "domain",
  compositeType: "type",
  sequence: "sequence",
  function: "function",
  view: "view",
  materializedView: "view",
  definition: "definition",
};

/** Types before what has them in its arguments. */
export const PLACED_KINDS: readonly MovableRef["kind"][] = [...NAMED_KINDS, "definition"];

/** Those of the kind, by key. Sequences of columns go with their tables. */
export function placedOf(schema: SchemaDef, kind: MovableRef["kind"]): readonly Placed[] {
  const defs: readonly MovableDef[] =
    kind === "enum"
      ? Object.values(schema.enums)
      : kind === "view"
        ? Object.values(schema.views)
        : Object.values(schema.objects).filter((object) => object.kind === kind);
  return defs
    .filter((def) => !("ownedBy" in def && def.ownedBy !== undefined))
    .flatMap((def): readonly Placed[] => {
      if ("kind" in def && def.kind === "definition") {
        if (!isMovableType(def.type)) return [];
        const { rest, ...place } = splitName(def.name);
        const name: ObjectName = { ...place, name: rest };
        return [
          { name: objectKey(name), place: name, ref: { kind: "definition", type: def.type, name: def.name }, def },
        ];
      }
      const signature = "signature" in def ? { signature: def.signature } : {};
      const ref = { kind: kind as NamedKind, ...objectName(def), ...signature };
      return [{ name: objectKey(def), place: objectName(def), ref, def }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
