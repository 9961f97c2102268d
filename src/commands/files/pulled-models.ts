/** The text of models that load: what they cannot say is taken out of the schema, and told. */
import type { Connection } from "../../dialects/dialect.js";
import { ModelInvalidError } from "../../errors.js";
import { foreignKeyProblem } from "../../model/check-models.js";
import { renderModels } from "../../render/render-models.js";
import { KIND_WORDS, type ObjectDefs, tableOf } from "../../schema/objects.js";
import { displayName, type ObjectName, objectKey, type SchemaDef } from "../../schema/schema.js";
import type { Environment } from "../environment/environment.js";
import { type Selection, withoutDanglingKeys } from "../sources/left-out.js";
import { schemaOfModules } from "../sources/wanted-schema.js";
import { type ModelsText, placeModels, tryModels } from "./models-files.js";

export interface PulledModels {
  readonly files: readonly ModelsText[];
  /** What the files say, as loading them gives it. */
  readonly wanted: SchemaDef;
  /** What was found, without what had to be left out. */
  readonly schema: SchemaDef;
  readonly leftOut: readonly string[];
}

/**
 * Each round takes out one object that the models refuse, so this comes to an end. Names of tables outside of the
 * selection are in `known`.
 *
 * @throws ModelInvalidError for what no object stands for
 */
export async function pulledModels(
  environment: Environment,
  connection: Connection,
  path: string,
  selection: Selection,
  known: ReadonlySet<string>,
): Promise<PulledModels> {
  let { schema } = selection;
  let leftOut = selection.leftOut;
  for (;;) {
    const rendered = renderModels({
      schema: withTidyTexts(withMarks(schema)),
      ...moduleSettings(environment, connection),
    });
    const files = placeModels(path, rendered, connection.defaultSchema ?? "main");
    try {
      const wanted = await tryModels(files, (module) => schemaOfModules(environment, connection.dialect, [module]));
      return { files, wanted, schema, leftOut };
    } catch (error) {
      const less = error instanceof ModelInvalidError ? without(schema, error, known) : null;
      if (less === null) throw error;
      schema = less.schema;
      leftOut = [...leftOut, ...less.leftOut];
    }
  }
}

function moduleSettings({ config }: Environment, { dialect }: Connection) {
  const product = dialect.name === "sqlite" ? "an SQLite" : "a PostgreSQL";
  const customType = (sqlType: string) => dialect.valueType(sqlType);
  return {
    naming: config.namingConvention,
    customType,
    comment: `The models of ${product} database that was there before them.`,
  };
}

/** SQLite takes foreign keys to what is not there or not unique, and so do models that say so. */
function withMarks(schema: SchemaDef): SchemaDef {
  const tables = Object.entries(schema.tables).map(([name, table]) => {
    const foreignKeys = table.foreignKeys.map((key) =>
      foreignKeyProblem(key, schema) === null ? key : { ...key, unchecked: true as const },
    );
    return [name, { ...table, foreignKeys }] as const;
  });
  return { ...schema, tables: Object.fromEntries(tables) };
}

/** Queries as a person would keep them: spaces at the ends of lines mean nothing, but in a string or a name. */
function withTidyTexts(schema: SchemaDef): SchemaDef {
  const views = Object.entries(schema.views).map(([name, view]) => {
    return [name, { ...view, definition: withoutTrailingSpaces(view.definition) }] as const;
  });
  const objects = Object.entries(schema.objects).map(([name, object]) => {
    if (object.kind !== "trigger") return [name, object] as const;
    return [name, { ...object, action: withoutTrailingSpaces(object.action) }] as const;
  });
  return { ...schema, views: Object.fromEntries(views), objects: Object.fromEntries(objects) };
}

export function withoutTrailingSpaces(sql: string): string {
  const quotedOrSpaces =
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]{0,255}\]|\/\*[\s\S]*?(?:\*\/|$)|(--[^\r\n]*|[ \t]+)(?=(\r?\n)?)/g;
  return sql.replace(quotedOrSpaces, (part, spaced?: string, end?: string, at = 0) =>
    spaced === undefined || (end === undefined && at + part.length < sql.length)
      ? part
      : part.replace(/(?<![ \t])[ \t]+$/, ""),
  );
}

/** Null where the error names nothing that is there. */
function without(schema: SchemaDef, error: ModelInvalidError, known: ReadonlySet<string>): Selection | null {
  const isNamed = (object: ObjectName) => [displayName(object), object.name].includes(error.table ?? "");
  const table = Object.values(schema.tables).find(isNamed);
  const others = [...Object.values(schema.views), ...Object.values(schema.enums), ...Object.values(schema.objects)];
  const named = table ?? others.find(isNamed);
  if (named === undefined) return null;
  const kind = "kind" in named ? KIND_WORDS[named.kind as keyof typeof KIND_WORDS] : table === undefined ? "" : "table";
  const sentence = `${`${kind} ${displayName(named)}`.trim()}: ${error.message}`;
  const rest = <T extends ObjectName>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).filter(([, one]) => (one as ObjectName) !== named));
  const belongs = (object: ObjectDefs[string]) => {
    const on = tableOf(object);
    return table !== undefined && on !== undefined && objectKey(on) === objectKey(table);
  };
  const objects = Object.fromEntries(Object.entries(rest(schema.objects)).filter(([, object]) => !belongs(object)));
  const less = {
    ...schema,
    tables: rest(schema.tables),
    views: rest(schema.views),
    enums: rest(schema.enums),
    objects,
  };
  if (Object.keys(less.tables).length === 0) return null;
  const settled = withoutDanglingKeys(less, known);
  return { schema: settled.schema, leftOut: [sentence, ...settled.leftOut] };
}
