/** Drizzle's objects as the structure that every other source of models gives. */
import { ModelInvalidError } from "../errors.js";
import { displayObject, refKey, type SchemaObjectDef, type SequenceDef } from "../schema/objects.js";
import {
  compact,
  type DialectName,
  displayName,
  type EnumDef,
  objectKey,
  type SchemaDef,
  type StorageParameters,
  sameDef,
  type ViewDef,
} from "../schema/schema.js";
import { canonicalSequence } from "../schema/sequences.js";
import { checkModels } from "./check-models.js";
import type { DrizzleViewConfig } from "./drizzle-api.js";
import type { DrizzleObjects, DrizzleSequence } from "./drizzle-objects.js";
import { drizzlePolicy, withLinkedPolicies } from "./drizzle-policies.js";
import type { DrizzleContext } from "./drizzle-sql.js";
import { drizzleTable, smallSerialSequences } from "./drizzle-table.js";

/** @throws ModelInvalidError for tables of another database, and for models that contradict themselves */
export function schemaFromDrizzle(found: DrizzleObjects, context: DrizzleContext): SchemaDef {
  const { api, dialect } = context;
  refuseOthers(found, dialect);
  const exported = found.tables.map(({ table }) => api.getTableConfig(table));
  const configs = withLinkedPolicies(exported, found.policies, context);
  const tables = configs.map((config) => drizzleTable(config, context));
  const enums = found.enums.map(
    ({ enumName, enumValues, schema }): EnumDef => compact({ name: enumName, schema, values: [...enumValues] }),
  );
  const views: ViewDef[] = [];
  const objects: SchemaObjectDef[] = [
    ...found.sequences.map(sequenceDef),
    ...(dialect === "postgres" ? configs.flatMap((config) => smallSerialSequences(config, context)) : []),
    ...configs.flatMap((config) => (config.policies ?? []).map((policy) => drizzlePolicy(policy, config, context))),
  ];
  for (const { kind, view } of found.views) {
    const isMaterialized = kind === "PgMaterializedView";
    const config = isMaterialized ? api.getMaterializedViewConfig!(view) : api.getViewConfig(view);
    if (config.isExisting === true || config.query === undefined) continue;
    const def = viewDef(config, context);
    if (!isMaterialized) {
      views.push(compact({ ...def, options: viewOptions(config.with) }));
      continue;
    }
    const storage = {
      with: viewOptions(config.with),
      tablespace: otherThan("pg_default", config.tablespace),
      accessMethod: otherThan("heap", config.using),
    };
    objects.push({ kind: "materializedView", ...def, indexes: [], ...compact(storage) });
  }
  const schema: SchemaDef = {
    tables: keyed(tables, objectKey, (table) => `table '${displayName(table)}'`),
    enums: keyed(enums, objectKey, (type) => `enum '${displayName(type)}'`),
    views: keyed(views, objectKey, (view) => `view '${displayName(view)}'`),
    objects: keyed(objects, refKey, displayObject),
    schemas: schemasOf([...tables, ...enums, ...views, ...objects], found.schemas),
  };
  checkModels(schema);
  return schema;
}

function refuseOthers(found: DrizzleObjects, dialect: DialectName): void {
  const wanted = dialect === "postgres" ? "PgTable" : "SQLiteTable";
  const other = found.tables.find(({ kind }) => kind !== wanted);
  if (other === undefined) return;
  const product = dialect === "postgres" ? "PostgreSQL" : "SQLite";
  throw new ModelInvalidError(`the models hold a ${other.kind} of Drizzle, and the database is ${product}`, {
    hint: `Name the module whose tables are made with \`${dialect === "postgres" ? "pgTable" : "sqliteTable"}\`.`,
  });
}

function viewDef({ name, schema, query }: DrizzleViewConfig, { api }: DrizzleContext): ViewDef {
  const sql = query!.inlineParams?.() ?? query!;
  const { sql: definition, params } = api.dialect.sqlToQuery(sql);
  if (params.length > 0) {
    throw new ModelInvalidError(`the view '${name}' holds a bound parameter: ${definition}`, {
      hint: "Write the value with `sql.raw(…)`, since DDL takes no parameters.",
    });
  }
  return compact({ name, schema, definition: definition.replace(/(?<![\s;])[\s;]+$/, "") });
}

/** `securityInvoker` is `security_invoker` to the database. */
function viewOptions(given: DrizzleViewConfig["with"]): StorageParameters | undefined {
  const options = Object.entries(given ?? {}).flatMap(([key, value]) =>
    value === undefined ? [] : [[key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value] as const],
  );
  return options.length === 0 ? undefined : Object.fromEntries(options.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sequenceDef({ seqName, schema, seqOptions }: DrizzleSequence): SequenceDef {
  const { startWith, increment, minValue, maxValue, cache, cycle } = seqOptions ?? {};
  return canonicalSequence(
    compact({
      kind: "sequence" as const,
      name: seqName,
      schema,
      start: startWith,
      increment,
      minValue,
      maxValue,
      cache,
      cycle: cycle === true ? (true as const) : undefined,
    }),
  );
}

function otherThan(usual: string, name: string | undefined): string | undefined {
  return name === usual ? undefined : name;
}

/** The same definition may come twice, as from a module that was loaded twice; two different ones may not. */
function keyed<T>(all: readonly T[], keyOf: (one: T) => string, shown: (one: T) => string): Record<string, T> {
  const byKey = new Map<string, T>();
  for (const one of all) {
    const other = byKey.get(keyOf(one));
    if (other !== undefined && !sameDef(other, one)) {
      throw new ModelInvalidError(`the models define the ${shown(one)} twice, and differently`, {
        hint: "Keep one of the two, or give one of them another name.",
      });
    }
    byKey.set(keyOf(one), other ?? one);
  }
  return Object.fromEntries([...byKey].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function schemasOf(all: readonly { readonly schema?: string }[], declared: readonly string[]): readonly string[] {
  const used = all.map(({ schema }) => schema).filter((name) => name !== undefined);
  return [...new Set([...declared, ...used])].filter((name) => name !== "public").sort();
}
