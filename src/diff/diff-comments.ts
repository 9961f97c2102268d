/** Comments of what stays as it is: schemas, enums, views, keys and indexes. */
import { commentOf } from "../operations/comments.js";
import type { CommentTarget, Operation } from "../operations/operation.js";
import type { ObjectName, SchemaDef } from "../schema/schema.js";

/** Of schemas, new ones too, and of enums that are there. */
export function diffComments(from: SchemaDef, to: SchemaDef): readonly Operation[] {
  const schemas = to.schemas.flatMap((name) =>
    changed("schema", name, { name }, from.schemaComments?.[name], to.schemaComments?.[name]),
  );
  const enums = Object.keys(to.enums)
    .sort()
    .flatMap((key) => {
      const [found, wanted] = [from.enums[key], to.enums[key]!];
      return found === undefined ? [] : changed("enum", wanted.name, wanted, found.comment, wanted.comment);
    });
  return [...schemas, ...enums];
}

/** `on`: what it belongs to, or where it is. */
export function changed(
  type: CommentTarget,
  name: string,
  on: ObjectName,
  from: string | undefined,
  to: string | undefined,
): readonly Operation[] {
  return from === to ? [] : [commentOf(type, name, type === "schema" ? { name } : on, to)];
}

type Comments = Readonly<Record<string, string>> | undefined;

/** Of the columns of a view. */
export function diffColumnComments(view: ObjectName, from: Comments, to: Comments): readonly Operation[] {
  const names = [...new Set([...Object.keys(from ?? {}), ...Object.keys(to ?? {})])].sort();
  return names.flatMap((name) => changed("viewColumn", name, view, from?.[name], to?.[name]));
}
