/** A schema as the models module that declares it, laid out as Prettier would. */
import { namesIn } from "../schema/expression.js";
import type { NamingConvention } from "../schema/naming.js";
import { KIND_WORDS, refKey, type SchemaObjectDef, sqlTexts, tableOf } from "../schema/objects.js";
import { type PrivilegeTarget, privilegeKey, targetKey } from "../schema/privileges.js";
import {
  compact,
  type EnumDef,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  type TypeDef,
  type ViewDef,
} from "../schema/schema.js";
import { topologicalSort } from "../util/topological-sort.js";
import { type Document, group, ifBroken, indent, join, line, print, value } from "./document.js";
import { createExportNames } from "./export-names.js";
import { expression, options, type RenderContext, strings } from "./render-column.js";
import { renderObject } from "./render-object.js";
import { renderOwner, renderPrivilege } from "./render-privilege.js";
import { renderTable } from "./render-table.js";
import { type Call, chain, type Source, string, toDocument } from "./source.js";

export interface ModelsDraft {
  readonly schema: SchemaDef;
  readonly naming: NamingConvention;
  /** One line at the top of the module. */
  readonly comment: string;
  readonly customType: (sqlType: string) => string;
}

/** One file of models. `part` is absent for the whole, or the named schema it is about; null is the default schema. */
export interface ModelsFile {
  readonly part?: string | null;
  readonly text: string;
}

/** From here on every named schema gets a file of its own. */
const MANY_TABLES = 50;

/** One file, or one for each schema where there are many tables in several. The same schema gives the same texts. */
export function renderModels(draft: ModelsDraft): readonly ModelsFile[] {
  const declarations = declarationsOf(draft.schema);
  const parts = [...new Set(declarations.map(({ schema }) => schema ?? null))];
  if (parts.length < 2 || Object.keys(draft.schema.tables).length < MANY_TABLES) {
    return [{ text: renderFile(declarations, draft) }];
  }
  return parts
    .sort((a, b) => (a === null ? -1 : b === null ? 1 : a < b ? -1 : 1))
    .map((part) => ({
      part,
      text: renderFile(
        declarations.filter(({ schema }) => (schema ?? null) === part),
        draft,
      ),
    }));
}

/** What one export declares, under the name it has in all files. */
interface Declaration {
  readonly exportName: string;
  readonly schema: string | undefined;
  /** Gets the export of the named schema it is in, where that stands in the same file. */
  readonly render: (context: RenderContext, schemaExport: string | undefined) => Source;
  /** The key of a type that columns can have. */
  readonly type?: string;
}

/** Schemas, extensions, types, sequences, tables with what belongs to them, views, and the rest. */
function declarationsOf(schema: SchemaDef): readonly (Declaration & { readonly isSchema?: true })[] {
  const name = createExportNames();
  const objects = sortedBy(Object.values(schema.objects), refKey);
  const tables = sortedBy(Object.values(schema.tables), placeOf);
  const ofKind = (...kinds: readonly SchemaObjectDef["kind"][]) => objects.filter(({ kind }) => kinds.includes(kind));
  // Names are given to what people name most first, and stand where the language needs them.
  const named = new Map<object, string>();
  const call = (kind: string, all: readonly ObjectName[], on?: ObjectName) => {
    for (const one of all) named.set(one, name({ ...objectName(one), kind, ...compact({ on: on?.name }) }));
  };
  const views = sortedBy(Object.values(schema.views), placeOf);
  const enums = sortedBy(Object.values(schema.enums), placeOf);
  const schemas = schema.schemas.map((each): ObjectName => ({ name: each }));
  call("table", tables);
  call("schema", schemas);
  call("view", views);
  call("enum", enums);
  for (const object of objects) call(KIND_WORDS[object.kind], [object], tableOf(object));
  const objectOf = (object: SchemaObjectDef): Declaration => ({
    exportName: named.get(object)!,
    schema: (tableOf(object) ?? object).schema,
    render: (context) => renderObject(object, context),
    ...(object.kind === "domain" ? { type: typeKey("domain", object) } : {}),
  });
  const belongs = objects.filter((object) => tableOf(object) !== undefined);
  const isAlone = (object: SchemaObjectDef) => tableOf(object) === undefined;
  return [
    ...schemas.map((each) => ({
      exportName: named.get(each)!,
      schema: each.name,
      isSchema: true as const,
      render: (context: RenderContext) =>
        chain([
          {
            name: context.use("pgSchema"),
            args: [string(each.name), ...options(compact({ comment: schema.schemaComments?.[each.name] }))],
          },
        ]),
    })),
    ...ofKind("extension").map(objectOf),
    ...enums.map((it) => ({
      exportName: named.get(it)!,
      schema: it.schema,
      type: typeKey("enum", it),
      render: (context: RenderContext, schemaExport: string | undefined) => renderEnum(it, context, schemaExport),
    })),
    ...inOrderOfNeed(ofKind("domain", "compositeType")).map(objectOf),
    ...ofKind("sequence").map(objectOf),
    ...tables.flatMap((table) => [
      {
        exportName: named.get(table)!,
        schema: table.schema,
        render: (context: RenderContext, schemaExport: string | undefined) =>
          renderTable(table, calleeOf("table", schemaExport, context), context),
      },
      ...belongs.filter((object) => objectKey(tableOf(object)!) === objectKey(table)).map(objectOf),
    ]),
    ...views.map((view) => ({
      exportName: named.get(view)!,
      schema: view.schema,
      render: (context: RenderContext, schemaExport: string | undefined) => renderView(view, context, schemaExport),
    })),
    ...ofKind("materializedView", "function").map(objectOf),
    ...ofKind("trigger", "policy", "definition")
      .filter((object) => isAlone(object) || !(objectKey(tableOf(object)!) in schema.tables))
      .map(objectOf),
    ...privilegesOf(schema, name),
  ];
}

/** Last, since they speak of all the others. */
function privilegesOf(schema: SchemaDef, name: ReturnType<typeof createExportNames>): readonly Declaration[] {
  const declare = (on: PrivilegeTarget, words: string, render: Declaration["render"]): Declaration => ({
    exportName: name({ name: `${on.name} ${words}`, kind: "privilege", ...compact({ schema: on.schema }) }),
    schema: on.type === "schema" ? on.name : on.schema,
    render,
  });
  return [
    ...sortedBy(Object.values(schema.owners ?? {}), ({ on }) => targetKey(on)).map((one) =>
      declare(one.on, "owner", (context) => renderOwner(one, context)),
    ),
    ...sortedBy(Object.values(schema.privileges ?? {}), privilegeKey).map((one) =>
      declare(one.on, `to ${one.role}`, (context) => renderPrivilege(one, context)),
    ),
  ];
}

function renderFile(
  declarations: readonly (Declaration & { readonly isSchema?: true })[],
  { naming, comment, customType, schema: { tables } }: ModelsDraft,
): string {
  const hasTables = Object.keys(tables).length > 0;
  const used = new Set<string>();
  const types = new Map<string, string>();
  const context: RenderContext = {
    naming,
    customType,
    use(name) {
      used.add(name);
      return name;
    },
    typeExport: (type) => types.get(typeKey(type.name, type.object)),
  };
  const schemas = new Map(declarations.flatMap((it) => (it.isSchema ? [[it.schema, it.exportName] as const] : [])));
  const exports = declarations.map((declaration) => {
    const schemaExport = declaration.schema === undefined ? undefined : schemas.get(declaration.schema);
    const source = declaration.render(context, schemaExport);
    // A type can be called by what stands below it only.
    if (declaration.type !== undefined) types.set(declaration.type, declaration.exportName);
    return print(exportDocument(declaration.exportName, source));
  });
  const whole = hasTables ? [] : [print(wholeDocument(declarations, context))];
  const head = [`// ${comment}`, ...(used.size === 0 ? [] : [importLine([...used].sort())])].join("\n");
  return `${[head, ...exports, ...whole].join("\n\n")}\n`;
}

/** Models without tables are taken for a mistake, unless they say that they are all there is. */
function wholeDocument(declarations: readonly Declaration[], context: RenderContext): Document {
  const callee = context.use("defineSchema");
  const names = declarations.map(({ exportName }) => exportName);
  if (names.length === 0) return `export default ${callee}({});`;
  const list = group(["{", indent([line, join([",", line], names)]), ifBroken(","), line, "}"]);
  return [`export default ${callee}(`, list, ");"];
}

function typeKey(kind: string, object: TypeDef["object"]): string {
  return object === undefined ? "" : `${kind}:${objectKey(object)}`;
}

function calleeOf(method: "table" | "enumType" | "view", schemaExport: string | undefined, context: RenderContext) {
  return schemaExport === undefined ? context.use(method) : `${schemaExport}.${method}`;
}

function renderEnum(it: EnumDef, context: RenderContext, schemaExport: string | undefined): Source {
  const { name, schema, values, ...rest } = it;
  const more = compact({ schema: schemaExport === undefined ? schema : undefined, ...rest });
  return chain([
    { name: calleeOf("enumType", schemaExport, context), args: [string(name), strings(values), ...options(more)] },
  ]);
}

function renderView(view: ViewDef, context: RenderContext, schemaExport: string | undefined): Source {
  const { name, schema, definition, comment, ...rest } = view;
  const args = [string(name), expression(definition, context)];
  const isPlain = Object.keys(rest).length === 0;
  if (isPlain && comment === undefined && schemaExport !== undefined) {
    return chain([{ name: `${schemaExport}.view`, args }]);
  }
  // The signature without a schema takes no options, so that its name can be inferred.
  const commented: readonly Call[] = comment === undefined ? [] : [{ name: "comment", args: [string(comment)] }];
  if (isPlain && schema === undefined) return chain([{ name: context.use("view"), args }, ...commented]);
  return chain([{ name: context.use("view"), args: [...args, ...options(compact({ schema, comment, ...rest }))] }]);
}

function exportDocument(name: string, source: Source): Document {
  const call = toDocument(source);
  return [`export const ${name} =`, isShortCall(source) ? group(indent([line, call])) : value(call), ";"];
}

/** A call with one short word breaks before it, not inside it. */
function isShortCall(source: Source): boolean {
  if (source.kind !== "chain" || source.calls.length !== 1) return false;
  const [argument, ...more] = source.calls[0]!.args;
  return more.length === 0 && argument?.kind === "text" && argument.simple && argument.text.length <= 20;
}

function importLine(names: readonly string[]): string {
  const oneLine = `import { ${names.join(", ")} } from "tsmigrate/schema";`;
  if (oneLine.length <= 80) return oneLine;
  return `import {\n${names.map((name) => `  ${name},\n`).join("")}} from "tsmigrate/schema";`;
}

/** The default schema comes first, and gets the plain names. */
function placeOf({ schema = "", name }: ObjectName): string {
  return `${schema}\0${name}`;
}

function sortedBy<T>(all: readonly T[], keyOf: (item: T) => string): readonly T[] {
  return [...all].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
}

/** Domains over domains, composites of them. */
function inOrderOfNeed(types: readonly SchemaObjectDef[]): readonly SchemaObjectDef[] {
  return topologicalSort(types, (object) => {
    const mentioned = sqlTexts(object).map(namesIn);
    return types.filter(
      (other) =>
        other !== object && mentioned.some(({ plain, quoted }) => plain.has(other.name) || quoted.has(other.name)),
    );
  }).order;
}
