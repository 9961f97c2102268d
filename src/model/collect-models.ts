/** From what the models modules export to the schema they want. */
import { ModelInvalidError } from "../errors.js";
import { DEFAULT_NAMING, type NamingConvention } from "../schema/naming.js";
import { displayObject, type ObjectDefs, refKey, type SchemaObjectDef } from "../schema/objects.js";
import {
  compact,
  type DialectName,
  displayName,
  type EnumDef,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  sameDef,
  type TableDef,
  type ViewDef,
} from "../schema/schema.js";
import { MOST_MODEL_TABLES } from "../util/limits.js";
import {
  branded,
  enumBrand,
  objectBrand,
  privilegeBrand,
  schemaBrand,
  tableBrand,
  viewBrand,
  wholeBrand,
} from "./brand.js";
import { buildTable, enumsOf, isElsewhere } from "./build-table.js";
import { checkModels } from "./check-models.js";
import { type EnumSpec, enumDef } from "./enum-type.js";
import { expressionText } from "./expression-text.js";
import { materializedViewDef } from "./materialized-view.js";
import { type PrivilegeSpec, privilegesOf } from "./privileges.js";
import { settleRelationNames } from "./relation-names.js";
import type { ObjectSpec } from "./schema-object.js";
import type { TableSpec } from "./table.js";
import type { ViewSpec } from "./view.js";

export interface CollectOptions {
  readonly dialect: DialectName;
  /** By default {@link DEFAULT_NAMING}. */
  readonly naming?: NamingConvention | undefined;
}

export type ModelsModule = Readonly<Record<string, unknown>>;

/**
 * The schema that one or several modules export: tables, enums and views, in nested namespaces and
 * `defineSchema({ … })` as well. Anything else that is exported does not matter.
 *
 * @throws {@link ModelInvalidError} for models that contradict themselves, and for modules without any table that do not
 * say by `defineSchema` that they are all there is
 */
export function schemaFromModels(modules: ModelsModule | readonly ModelsModule[], options: CollectOptions): SchemaDef {
  const naming = options.naming ?? DEFAULT_NAMING;
  const found = findModels(Array.isArray(modules) ? modules : [modules as ModelsModule], options.dialect);
  const tables = unify(
    "table",
    found.tables.map(({ path, spec }) => ({ path, def: tableDef(spec, naming, options.dialect) })),
  );
  if (tables.size === 0 && !found.isWhole) {
    throw new ModelInvalidError("the models export no table, so autogenerate would drop every table there is", {
      hint: "Export the tables made by `table(…)` from the models module, or `export default defineSchema({})` if there shall be none.",
    });
  }
  if (tables.size > MOST_MODEL_TABLES) {
    throw new ModelInvalidError(`the models export ${tables.size} tables, and ${MOST_MODEL_TABLES} is the most`, {
      hint: "Name the modules that declare the tables in `models`, and no others.",
    });
  }
  const plainViews = found.views.filter(({ spec }) => spec.materialized === undefined);
  const schema: SchemaDef = {
    tables: settleRelationNames(sorted(tables), found.views, options.dialect),
    enums: sorted(unify("enum", enumsOfModels(found, options.dialect))),
    views: sorted(
      unify(
        "view",
        plainViews.map(({ path, spec }) => ({ path, def: viewDef(spec) })),
      ),
    ),
    objects: objectsOf(found),
    ...privilegesOf(found.privileges.map(({ spec }) => spec)),
    schemas: schemaNames(found),
    ...(Object.keys(found.schemaComments).length === 0 ? {} : { schemaComments: found.schemaComments }),
  };
  checkModels(schema);
  return schema;
}

/** Do the modules export a table of this language? */
export function declaresTables(modules: readonly ModelsModule[], dialect: DialectName): boolean {
  return findModels(modules, dialect).tables.length > 0;
}

interface Found<S> {
  /** How it was reached: `users`, `billing.invoices`, `default.users`. */
  readonly path: string;
  readonly spec: S;
}

interface FoundModels {
  readonly tables: Found<TableSpec>[];
  readonly views: Found<ViewSpec>[];
  readonly enums: Found<EnumSpec>[];
  readonly objects: Found<ObjectSpec>[];
  readonly privileges: Found<PrivilegeSpec>[];
  readonly schemas: string[];
  readonly schemaComments: Record<string, string>;
  /** Does a `defineSchema` say so? */
  isWhole: boolean;
}

function findModels(modules: readonly ModelsModule[], dialect: DialectName): FoundModels {
  const found: FoundModels = {
    tables: [],
    views: [],
    enums: [],
    objects: [],
    privileges: [],
    schemas: [],
    schemaComments: {},
    isWhole: false,
  };
  const seen = new Set<unknown>();
  const visit = (value: unknown, path: string): void => {
    if (seen.has(value)) return;
    const keep = <S extends object & { readonly only?: DialectName }>(list: Found<S>[], brand: symbol) => {
      const spec = branded<S>(value, brand);
      if (spec !== undefined && !isElsewhere(spec, dialect)) list.push({ path, spec });
      return spec !== undefined;
    };
    const isModel =
      keep(found.tables, tableBrand) ||
      keep(found.views, viewBrand) ||
      keep(found.enums, enumBrand) ||
      keep(found.objects, objectBrand) ||
      keep(found.privileges, privilegeBrand);
    const named = branded<{ readonly name: string; readonly comment?: string }>(value, schemaBrand);
    if (named !== undefined) found.schemas.push(named.name);
    if (named?.comment !== undefined) found.schemaComments[named.name] = named.comment;
    if (!isModel && named === undefined && !isNamespace(value)) return;
    seen.add(value);
    if (branded<true>(value, wholeBrand) === true) found.isWhole = true;
    if (isModel || named !== undefined) return;
    for (const [key, inner] of Object.entries(value as object)) visit(inner, path === "" ? key : `${path}.${key}`);
  };
  for (const module of modules) visit(module, "");
  return found;
}

/** A module, or an object literal: nothing whose insides are somebody else's business. */
function isNamespace(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return [Object.prototype, null].includes(Object.getPrototypeOf(value)) || isForeignPlainObject(value);
}

/** An object literal that was made in another realm, as modules evaluated by `node:vm` make them. */
function isForeignPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype !== null && Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

interface Defined<D> {
  readonly path: string;
  readonly def: D;
}

/** By key. The same definition may come twice (re-exported, or bundled twice), two different ones may not. */
function unify<D extends ObjectName>(what: string, all: readonly Defined<D>[]): ReadonlyMap<string, D> {
  const byKey = new Map<string, Defined<D>>();
  for (const one of all) {
    const key = objectKey(one.def);
    const other = byKey.get(key);
    if (other !== undefined && !sameDef(other.def, one.def)) {
      throw new ModelInvalidError(
        `${what} '${displayName(one.def)}' is defined twice, by the exports '${other.path}' and '${one.path}'`,
        { table: displayName(one.def), hint: "Keep one of the two, or give one of them another name." },
      );
    }
    byKey.set(key, other ?? one);
  }
  return new Map([...byKey].map(([key, { def }]) => [key, def]));
}

function tableDef(spec: TableSpec, naming: NamingConvention, dialect: DialectName): TableDef {
  const table = buildTable(spec.name, spec.columns, spec.constraints, spec.options, { naming, dialect });
  return compact({ ...table, renamedFrom: spec.renamedFrom });
}

function viewDef(spec: ViewSpec): ViewDef {
  const text = expressionText(spec.query, `view '${displayName(spec)}'`);
  const { comment, options, columns, columnComments, columnDefaults, renamedFrom } = spec;
  const definition = text.replace(/(?<![\s;])[\s;]+$/, "");
  const facts = { columns, comment, options, columnComments, columnDefaults, renamedFrom };
  return compact({ ...objectName(spec), definition, ...facts });
}

/** Exported enums, and those that only a column uses: its table cannot be without them. */
function enumsOfModels(found: FoundModels, dialect: DialectName): readonly Defined<EnumDef>[] {
  const used = found.tables.flatMap(({ path, spec }) =>
    enumsOf(spec.columns, dialect).map((enumSpec) => ({ path, spec: enumSpec })),
  );
  return [...found.enums, ...used].flatMap(({ path, spec }) => {
    const def = enumDef(spec);
    return def === undefined ? [] : [{ path, def }];
  });
}

function objectsOf(found: FoundModels): ObjectDefs {
  const materialized = found.views.filter(({ spec }) => spec.materialized !== undefined);
  const defined: readonly Defined<SchemaObjectDef>[] = [
    ...found.objects.map(({ path, spec }) => ({ path, def: spec.def })),
    ...materialized.map(({ path, spec }) => ({ path, def: materializedViewDef(spec) })),
  ];
  const byKey = new Map<string, Defined<SchemaObjectDef>>();
  for (const one of defined) {
    const other = byKey.get(refKey(one.def));
    if (other !== undefined && !sameDef(other.def, one.def)) {
      throw new ModelInvalidError(
        `the ${displayObject(one.def)} is defined twice, by the exports '${other.path}' and '${one.path}'`,
        { hint: "Keep one of the two, or give one of them another name." },
      );
    }
    byKey.set(refKey(one.def), other ?? one);
  }
  return sorted(new Map([...byKey].map(([key, { def }]) => [key, def])));
}

function schemaNames(found: FoundModels): readonly string[] {
  const used = [
    ...found.schemas,
    ...found.tables.map(({ spec }) => spec.options.schema),
    ...found.views.map(({ spec }) => spec.schema),
    ...found.enums.map(({ spec }) => spec.schema),
    ...found.objects.map(({ spec }) => spec.def.schema),
    ...found.objects.map(({ spec }) => (spec.def.kind === "extension" ? spec.def.into : undefined)),
  ];
  return [...new Set(used.filter((name) => name !== undefined))].sort();
}

function sorted<D>(map: ReadonlyMap<string, D>): Readonly<Record<string, D>> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
