/** createComment: comments of what has no operation of its own that says them. */
import { UnsupportedOperationError } from "../errors.js";
import { getTable, putTable } from "../schema/edit-schema.js";
import { type MaterializedViewDef, refKey } from "../schema/objects.js";
import {
  displayName,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  type TableDef,
  type ViewDef,
} from "../schema/schema.js";
import { conflict } from "./conflict.js";
import { editConstraint, findConstraint } from "./constraints.js";
import { findIndex, materializedView, viewOfIndex } from "./indexes.js";
import type { CommentTarget, DdlWriter, OperationOf, OperationSpec } from "./operation.js";
import { commentStatement } from "./table-sql.js";

type CreateComment = OperationOf<"createComment">;

export const createComment: OperationSpec<"createComment"> = {
  kind: "createComment",
  apply(before, op) {
    const after = places[op.type].put(before, op, op.comment);
    if (after === undefined) throw conflict(describe(op), "it is not there");
    return after;
  },
  reverse: (op, before) => [{ ...op, comment: places[op.type].get(before, op) ?? null }],
  toSql(op, ddl) {
    if (ddl.dialect === "sqlite") {
      throw new UnsupportedOperationError(`SQLite has no comments: cannot ${describe(op)}`, {
        dialect: ddl.dialect,
        operation: describe(op),
        hint: 'Guard the call with `if (op.dialect === "postgres")`.',
      });
    }
    return [commentStatement(sqlName(op, ddl), op.comment, ddl)];
  },
  describe,
  destroys: () => null,
};

export const COMMENT_WORDS: Readonly<Record<CommentTarget, string>> = {
  schema: "schema",
  view: "view",
  viewColumn: "column",
  enum: "type",
  index: "index",
  constraint: "constraint",
};

function describe({ type, object, on, comment }: CreateComment): string {
  const verb = comment === null ? "drop comment of" : "comment";
  return `${verb} ${COMMENT_WORDS[type]} ${displayName(object)}${on === undefined ? "" : ` of ${displayName(on)}`}`;
}

function sqlName({ type, object, on }: CreateComment, ddl: DdlWriter): string {
  switch (type) {
    case "viewColumn":
      return `COLUMN ${ddl.name(on!)}.${ddl.id(object.name)}`;
    case "constraint":
      return `CONSTRAINT ${ddl.id(object.name)} ON ${ddl.name(on!)}`;
    case "schema":
      return `SCHEMA ${ddl.id(object.name)}`;
    default:
      return `${COMMENT_WORDS[type].toUpperCase()} ${ddl.name(object)}`;
  }
}

/** Where a comment is kept. Undefined: there is no such thing. */
interface Place {
  get(schema: SchemaDef, op: CreateComment): string | undefined;
  put(schema: SchemaDef, op: CreateComment, comment: string | null): SchemaDef | undefined;
}

const places: { readonly [K in CommentTarget]: Place } = {
  schema: {
    get: (schema, { object }) => schema.schemaComments?.[object.name],
    put(schema, { object }, comment) {
      if (!schema.schemas.includes(object.name)) return undefined;
      return withSchemaComments(schema, withEntry(schema.schemaComments, object.name, comment));
    },
  },
  view: {
    get: (schema, { object }) => schema.views[objectKey(object)]?.comment,
    put(schema, { object }, comment) {
      const view = schema.views[objectKey(object)];
      return view && { ...schema, views: { ...schema.views, [objectKey(object)]: withComment(view, comment) } };
    },
  },
  viewColumn: {
    get: (schema, { object, on }) => viewLike(schema, on!)?.columnComments?.[object.name],
    put(schema, { object, on }, comment) {
      const view = viewLike(schema, on!);
      if (view === undefined) return undefined;
      const { columnComments, ...rest } = view;
      const comments = withEntry(columnComments, object.name, comment);
      const said = { ...rest, ...(Object.keys(comments).length === 0 ? {} : { columnComments: comments }) };
      return "kind" in said
        ? {
            ...schema,
            objects: { ...schema.objects, [refKey(said as MaterializedViewDef)]: said as MaterializedViewDef },
          }
        : { ...schema, views: { ...schema.views, [objectKey(said)]: said } };
    },
  },
  enum: {
    get: (schema, { object }) => schema.enums[objectKey(object)]?.comment,
    put(schema, { object }, comment) {
      const found = schema.enums[objectKey(object)];
      return found && { ...schema, enums: { ...schema.enums, [objectKey(object)]: withComment(found, comment) } };
    },
  },
  index: {
    get: (schema, { object }) =>
      findIndex(schema, object)?.index.comment ??
      viewOfIndex(schema, object)?.indexes.find(({ name }) => name === object.name)?.comment,
    put(schema, { object }, comment) {
      const edited = <T extends Pick<TableDef, "indexes">>(of: T): T => ({
        ...of,
        indexes: of.indexes.map((index) => (index.name === object.name ? withComment(index, comment) : index)),
      });
      const table = findIndex(schema, object)?.table;
      if (table !== undefined) return putTable(schema, edited(table));
      const view = viewOfIndex(schema, object);
      return view && { ...schema, objects: { ...schema.objects, [refKey(view)]: edited(view) } };
    },
  },
  constraint: {
    get(schema, { object, on }) {
      const table = getTable(schema, on!);
      return table && findConstraint(table, { name: object.name })?.constraint.comment;
    },
    put(schema, { object, on }, comment) {
      const table = getTable(schema, on!);
      if (table === undefined || findConstraint(table, { name: object.name }) === null) return undefined;
      return putTable(
        schema,
        editConstraint(table, object.name, (constraint) => withComment(constraint, comment)),
      );
    },
  },
};

function viewLike(schema: SchemaDef, view: ObjectName): ViewDef | MaterializedViewDef | undefined {
  return schema.views[objectKey(view)] ?? materializedView(schema, view);
}

/** Undefined, and so not there, when there are none. */
export function withSchemaComments(schema: SchemaDef, comments: Readonly<Record<string, string>>): SchemaDef {
  const { schemaComments: _old, ...rest } = schema;
  return Object.keys(comments).length === 0 ? rest : { ...rest, schemaComments: comments };
}

function withComment<T extends { readonly comment?: string }>(object: T, comment: string | null): T {
  const { comment: _old, ...rest } = object;
  return (comment === null ? rest : { ...rest, comment }) as T;
}

function withEntry(
  entries: Readonly<Record<string, string>> | undefined,
  key: string,
  value: string | null,
): Readonly<Record<string, string>> {
  const { [key]: _old, ...rest } = entries ?? {};
  return value === null ? rest : { ...rest, [key]: value };
}

/** `createComment` of an index is found in the schema of its table. */
export function commentOf(
  type: CommentTarget,
  name: string,
  on: ObjectName,
  comment: string | undefined,
): CreateComment {
  const inSchema = on.schema === undefined ? { name } : { name, schema: on.schema };
  const isPart = type === "constraint" || type === "viewColumn";
  return {
    kind: "createComment",
    type,
    object: isPart ? { name } : inSchema,
    ...(isPart ? { on: objectName(on) } : {}),
    comment: comment ?? null,
  };
}
