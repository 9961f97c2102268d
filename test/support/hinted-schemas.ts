/** A schema and the same one with some things under other names or in other schemas, as the models would say it. */
import fc from "fast-check";
import { OperationConflictError } from "../../src/errors.js";
import type { Operation } from "../../src/operations/operation.js";
import { applyAll, applyOperation } from "../../src/operations/registry.js";
import { isMovableType, splitName } from "../../src/schema/definition-names.js";
import { mentionsColumn } from "../../src/schema/expression.js";
import { parentsOf } from "../../src/schema/inheritance.js";
import { type MovableRef, NAMED_KINDS, type NamedRef, refKey, refOf, sqlTexts } from "../../src/schema/objects.js";
import { movedRef, renamedRef } from "../../src/schema/rename-named.js";
import { type ObjectName, objectKey, objectName, type SchemaDef } from "../../src/schema/schema.js";
import { NAMED_SCHEMAS } from "./arbitrary-postgres-schemas.js";

export interface Hinted {
  readonly before: SchemaDef;
  readonly after: SchemaDef;
}

/** Up to five things each. */
export function hinted(schemas: fc.Arbitrary<SchemaDef>): fc.Arbitrary<Hinted> {
  const choices = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 2 })), { minLength: 1, maxLength: 5 });
  return fc.tuple(schemas, choices).map(([before, chosen]) => ({
    before,
    after: chosen.reduce((schema, [at, way]) => edited(before, schema, at, way), before),
  }));
}

/** What gets another name, goes to another schema, or both. */
type Thing =
  | { readonly kind: "object"; readonly ref: MovableRef }
  | { readonly kind: "table"; readonly table: ObjectName }
  | { readonly kind: "column"; readonly table: ObjectName; readonly column: string };

function edited(before: SchemaDef, schema: SchemaDef, at: number, way: number): SchemaDef {
  const things = thingsOf(before).filter((thing) => isThere(schema, thing));
  const thing = things[at % Math.max(1, things.length)];
  if (thing === undefined) return schema;
  try {
    return changed(schema, thing, way);
  } catch (error) {
    // There is something of that name.
    if (error instanceof OperationConflictError) return schema;
    throw error;
  }
}

function thingsOf(schema: SchemaDef): readonly Thing[] {
  const kinds: readonly string[] = NAMED_KINDS;
  const refs: readonly MovableRef[] = [
    ...Object.values(schema.enums).map((it): NamedRef => ({ kind: "enum", ...objectName(it) })),
    ...Object.values(schema.views).map((it): NamedRef => ({ kind: "view", ...objectName(it) })),
    ...Object.values(schema.objects).flatMap((it): readonly MovableRef[] => {
      if (it.kind === "sequence" && it.ownedBy !== undefined) return [];
      if (it.kind !== "definition") return kinds.includes(it.kind) ? [refOf(it) as NamedRef] : [];
      return MOVED.includes(it.type) && isMovableType(it.type)
        ? [{ kind: "definition", type: it.type, name: it.name }]
        : [];
    }),
  ];
  // Bodies of functions, and texts of what stands on tables, keep the old names in a schema that nobody has made.
  const texts = textsOf(schema);
  const isMentioned = (name: string) => texts.some((text) => mentionsColumn(text, name));
  const tables = Object.values(schema.tables).filter((table) => !isMentioned(table.name) && isAlone(schema, table));
  return [
    ...refs.map((ref): Thing => ({ kind: "object", ref })),
    ...tables.map((table): Thing => ({ kind: "table", table: objectName(table) })),
    ...tables.flatMap((table) =>
      table.columns
        .filter(({ name }) => !isMentioned(name))
        .map(({ name }): Thing => ({ kind: "column", table: objectName(table), column: name })),
    ),
  ];
}

/** Those that nothing names but by what `ALTER` follows. */
const MOVED: readonly string[] = ["aggregate", "collation", "statistics", "text search dictionary", "type"];

function textsOf(schema: SchemaDef): readonly string[] {
  return [
    ...Object.values(schema.views).map(({ definition }) => definition),
    ...Object.values(schema.objects).flatMap(sqlTexts),
    ...Object.values(schema.tables).flatMap((table) => [
      ...table.checks.map(({ expression }) => expression),
      ...table.columns.flatMap(({ generated }) => generated?.expression ?? []),
      ...[...table.indexes, ...(table.excludes ?? [])].flatMap(({ where = "", elements }) => [
        where,
        ...elements.flatMap(({ expression }) => expression ?? []),
      ]),
      table.options?.postgres?.partitionBy ?? "",
    ]),
  ];
}

function isAlone(schema: SchemaDef, table: ObjectName): boolean {
  const key = objectKey(table);
  const isParent = Object.values(schema.tables).some((other) =>
    parentsOf(other).some((parent) => objectKey(parent) === key),
  );
  return !isParent && parentsOf(schema.tables[key]!).length === 0;
}

function isThere(schema: SchemaDef, thing: Thing): boolean {
  if (thing.kind === "table") return objectKey(thing.table) in schema.tables;
  if (thing.kind === "column") {
    const table = schema.tables[objectKey(thing.table)];
    return table?.columns.some(({ name }) => name === thing.column) === true;
  }
  const { ref } = thing;
  if (ref.kind === "enum") return objectKey(ref) in schema.enums;
  if (ref.kind === "view") return objectKey(ref) in schema.views;
  return refKey({ ...ref, kind: ref.kind }) in schema.objects;
}

/** `way`: another name, another schema, both. */
function changed(given: SchemaDef, thing: Thing, way: number): SchemaDef {
  const place = thing.kind === "column" ? undefined : placeOf(thing);
  const to = NAMED_SCHEMAS.find((name) => name !== place) ?? null;
  const schema =
    way === 0 || to === null || given.schemas.includes(to)
      ? given
      : applyOperation(given, { kind: "createSchema", name: to });
  switch (thing.kind) {
    case "column": {
      const name = `${thing.column} now`;
      const op: Operation = { kind: "renameColumn", table: thing.table, column: thing.column, to: name };
      const after = applyAll(schema, [op]);
      const key = objectKey(thing.table);
      const columns = after.tables[key]!.columns.map((column) =>
        column.name === name ? { ...column, renamedFrom: thing.column } : column,
      );
      return { ...after, tables: { ...after.tables, [key]: { ...after.tables[key]!, columns } } };
    }
    case "table": {
      const renamed = way === 1 ? thing.table : { ...thing.table, name: `${thing.table.name} now` };
      const ops: readonly Operation[] = [
        ...(way === 1 ? [] : [{ kind: "renameTable", table: thing.table, to: renamed.name } as const]),
        ...(way === 0 ? [] : [{ kind: "moveTable", table: renamed, to } as const]),
      ];
      const after = applyAll(schema, ops);
      const key = objectKey(way === 0 ? renamed : { name: renamed.name, schema: to! });
      const table = { ...after.tables[key]!, renamedFrom: hint(thing.table, way) };
      return { ...after, tables: { ...after.tables, [key]: table } };
    }
    case "object": {
      const { ref } = thing;
      const isNamed = way !== 1 && ref.kind !== "definition";
      const renamed = isNamed ? renamedRef(ref as NamedRef, `${ref.name} now`) : ref;
      const isMoved = way !== 0 || !isNamed;
      if (isMoved && to !== null && !schema.schemas.includes(to)) {
        return changed(applyOperation(schema, { kind: "createSchema", name: to }), thing, way);
      }
      const ops: readonly Operation[] = [
        ...(isNamed ? [{ kind: "renameObject", object: ref as NamedRef, to: renamed.name } as const] : []),
        ...(isMoved ? [{ kind: "moveObject", object: renamed, to } as const] : []),
      ];
      const old = ref.kind === "definition" ? ref.name : hint(ref, isMoved ? 1 : 0);
      const qualified = ref.kind === "definition" && splitName(ref.name).schema === undefined ? `public.${old}` : old;
      return withHint(applyAll(schema, ops), isMoved ? movedRef(renamed, to) : renamed, qualified);
    }
  }
}

function placeOf(thing: Exclude<Thing, { kind: "column" }>): string | undefined {
  if (thing.kind === "table") return thing.table.schema;
  return thing.ref.kind === "definition" ? splitName(thing.ref.name).schema : thing.ref.schema;
}

/** As the models say it: with the schema where that was another. */
function hint(old: ObjectName, way: number): string {
  return way === 0 ? old.name : objectKey({ ...objectName(old), schema: old.schema ?? "public" });
}

function withHint(schema: SchemaDef, ref: MovableRef, renamedFrom: string): SchemaDef {
  if (ref.kind === "enum" || ref.kind === "view") {
    const kind = ref.kind === "enum" ? "enums" : "views";
    const key = objectKey(ref);
    return { ...schema, [kind]: { ...schema[kind], [key]: { ...schema[kind][key]!, renamedFrom } } };
  }
  const key = refKey({ ...ref, kind: ref.kind });
  return { ...schema, objects: { ...schema.objects, [key]: { ...schema.objects[key]!, renamedFrom } } };
}
