/** createView, replaceView, dropView, createSchema, dropSchema. */
import { UnsupportedOperationError } from "../errors.js";
import { objectsOn } from "../schema/edit-objects.js";
import { withoutKey } from "../schema/edit-schema.js";
import { tableOf } from "../schema/objects.js";
import { displayName, objectKey, objectName, type SchemaDef, type ViewDef } from "../schema/schema.js";
import { withSchemaComments } from "./comments.js";
import { conflict } from "./conflict.js";
import { relation } from "./kept-targets.js";
import { createAgain, withoutObjectsOf } from "./objects.js";
import { type DdlWriter, type OperationSpec, type Statement, statement } from "./operation.js";
import { commentStatement } from "./table-sql.js";

export const createView: OperationSpec<"createView"> = {
  kind: "createView",
  apply(before, op) {
    const key = objectKey(op.view);
    if (key in before.views || key in before.tables) throw conflict(this.describe(op), "it exists already");
    return putView(before, op.view);
  },
  reverse: (op) => [{ kind: "dropView", view: objectName(op.view) }],
  toSql: (op, ddl) => createStatements(op.view, ddl),
  describe: (op) => `create view ${displayName(op.view)}`,
  destroys: () => null,
};

export const replaceView: OperationSpec<"replaceView"> = {
  kind: "replaceView",
  apply(before, op) {
    if (!(objectKey(op.view) in before.views)) throw conflict(this.describe(op), "there is no such view");
    return putView(withoutObjectsOf(before, op.view), op.view);
  },
  reverse(op, before) {
    const found = before.views[objectKey(op.view)];
    if (found === undefined) return null;
    return [{ kind: "replaceView", view: found }, ...objectsOn(before, op.view).map(createAgain)];
  },
  // Dropped and created: CREATE OR REPLACE cannot take columns away or change their types.
  toSql: (op, ddl) => [
    statement(`DROP VIEW ${ddl.name(op.view)}`, { remakes: relation(op.view) }),
    ...createStatements(op.view, ddl),
  ],
  describe: (op) => `replace view ${displayName(op.view)}`,
  destroys: () => null,
};

export const dropView: OperationSpec<"dropView"> = {
  kind: "dropView",
  apply(before, op) {
    if (!(objectKey(op.view) in before.views)) {
      if (op.ifExists) return before;
      throw conflict(this.describe(op), "there is no such view");
    }
    return withoutObjectsOf({ ...before, views: withoutKey(before.views, objectKey(op.view)) }, op.view);
  },
  reverse(op, before) {
    const found = before.views[objectKey(op.view)];
    if (found === undefined) return op.ifExists ? [] : null;
    return [{ kind: "createView", view: found }, ...objectsOn(before, op.view).map(createAgain)];
  },
  toSql: (op, ddl) => [
    statement(
      `DROP VIEW ${op.ifExists ? "IF EXISTS " : ""}${ddl.name(op.view)}${op.cascade && ddl.dialect === "postgres" ? " CASCADE" : ""}`,
    ),
  ],
  describe: (op) => `drop view ${displayName(op.view)}`,
  destroys: () => null,
};

export const createSchema: OperationSpec<"createSchema"> = {
  kind: "createSchema",
  apply(before, op) {
    if (before.schemas.includes(op.name)) {
      if (op.ifNotExists) return before;
      throw conflict(this.describe(op), "it exists already");
    }
    return { ...before, schemas: [...before.schemas, op.name].sort() };
  },
  reverse: (op) => [{ kind: "dropSchema", name: op.name }],
  toSql(op, ddl) {
    onlyWithSchemas(ddl, this.describe(op));
    return [statement(`CREATE SCHEMA ${op.ifNotExists ? "IF NOT EXISTS " : ""}${ddl.id(op.name)}`)];
  },
  describe: (op) => `create schema ${op.name}`,
  destroys: () => null,
};

export const dropSchema: OperationSpec<"dropSchema"> = {
  kind: "dropSchema",
  apply(before, op) {
    if (!before.schemas.includes(op.name)) {
      if (op.ifExists) return before;
      throw conflict(this.describe(op), "there is no such schema");
    }
    const inside = <T extends { readonly schema?: string }>(objects: Readonly<Record<string, T>>) =>
      Object.entries(objects).filter(([, object]) => object.schema === op.name);
    const outside = <T extends { readonly schema?: string }>(objects: Readonly<Record<string, T>>) =>
      Object.fromEntries(Object.entries(objects).filter(([, object]) => object.schema !== op.name));
    const held = [
      ...inside(before.tables),
      ...inside(before.views),
      ...inside(before.enums),
      ...inside(before.objects),
    ];
    if (held.length > 0 && !op.cascade) throw conflict(this.describe(op), `it holds '${held[0]![0]}'`);
    const { [op.name]: _gone, ...comments } = before.schemaComments ?? {};
    const left = withSchemaComments(before, comments);
    return {
      ...left,
      tables: outside(before.tables),
      views: outside(before.views),
      enums: outside(before.enums),
      objects: Object.fromEntries(
        Object.entries(outside(before.objects)).filter(([, object]) => tableOf(object)?.schema !== op.name),
      ),
      schemas: before.schemas.filter((name) => name !== op.name),
    };
  },
  reverse(op, before) {
    if (op.cascade) return null;
    const comment = before.schemaComments?.[op.name];
    return [
      { kind: "createSchema", name: op.name },
      ...(comment === undefined
        ? []
        : [{ kind: "createComment", type: "schema", object: { name: op.name }, comment } as const]),
    ];
  },
  toSql(op, ddl) {
    onlyWithSchemas(ddl, this.describe(op));
    return [
      statement(`DROP SCHEMA ${op.ifExists ? "IF EXISTS " : ""}${ddl.id(op.name)}${op.cascade ? " CASCADE" : ""}`, {
        hazards: op.cascade ? ["deletesData"] : [],
      }),
    ];
  },
  describe: (op) => `drop schema ${op.name}`,
  destroys: (op) => (op.cascade ? `schema ${op.name} and everything in it` : null),
};

function putView(schema: SchemaDef, view: ViewDef): SchemaDef {
  return { ...schema, views: { ...schema.views, [objectKey(view)]: view } };
}

function createStatements(view: ViewDef, ddl: DdlWriter): readonly Statement[] {
  return [statement(createViewText(view, ddl)), ...(ddl.dialect === "sqlite" ? [] : afterCreateView(view, ddl))];
}

function optionsText({ options = {} }: ViewDef, ddl: DdlWriter): string {
  const texts = Object.entries(options).map(
    ([key, value]) => `${key} = ${typeof value === "string" ? ddl.literal(value) : String(value)}`,
  );
  return texts.length === 0 || ddl.dialect === "sqlite" ? "" : ` WITH (${texts.join(", ")})`;
}

function afterCreateView(view: ViewDef, ddl: DdlWriter): readonly Statement[] {
  const column = (name: string) => `${ddl.name(view)}.${ddl.id(name)}`;
  return [
    ...Object.entries(view.columnDefaults ?? {}).map(([name, value]) =>
      statement(`ALTER VIEW ${ddl.name(view)} ALTER COLUMN ${ddl.id(name)} SET DEFAULT ${value}`),
    ),
    ...(view.comment === undefined ? [] : [commentStatement(`VIEW ${ddl.name(view)}`, view.comment, ddl)]),
    ...Object.entries(view.columnComments ?? {}).map(([name, comment]) =>
      commentStatement(`COLUMN ${column(name)}`, comment, ddl),
    ),
  ];
}

export function createViewText(view: ViewDef, ddl: DdlWriter, create = "CREATE VIEW"): string {
  const columns = view.columns === undefined ? "" : ` (${view.columns.map(ddl.id).join(", ")})`;
  return `${create} ${ddl.name(view)}${columns}${optionsText(view, ddl)} AS ${view.definition}`;
}

function onlyWithSchemas(ddl: DdlWriter, operation: string): void {
  if (ddl.dialect === "postgres") return;
  throw new UnsupportedOperationError(`SQLite has no schemas: cannot ${operation}`, {
    dialect: ddl.dialect,
    operation,
    hint: 'Guard the call with `if (op.dialect === "postgres")`.',
  });
}
