/** createObject, alterObject, replaceObject, dropObject: what is no table, enum or view. */
import { getObject, isOn, objectsOn, ownedSequences, putObject, withoutFiringOn } from "../schema/edit-objects.js";
import { sameObject, withoutKey } from "../schema/edit-schema.js";
import {
  displayObject,
  type ObjectKind,
  type ObjectRef,
  refKey,
  refOf,
  type SchemaObjectDef,
  type SequenceDef,
  SQLITE_DEFINITIONS,
  tableOf,
} from "../schema/objects.js";
import { displayName, type ObjectName, objectKey, type SchemaDef, type TypeDef } from "../schema/schema.js";
import { withSequence } from "../schema/serials.js";
import { isVirtualTable, lostWith, readVirtualTable } from "../schema/virtual-table.js";
import { conflict } from "./conflict.js";
import { objectTarget } from "./kept-targets.js";
import { alterStatements, createStatements, dropText } from "./object-sql.js";
import { type Operation, type OperationOf, type OperationSpec, statement } from "./operation.js";

export const createObject: OperationSpec<"createObject"> = {
  kind: "createObject",
  apply(before, op) {
    if (getObject(before, op.object) !== undefined) {
      if (op.ifNotExists) return before;
      throw conflict(this.describe(op), "it exists already");
    }
    const table = tableOf(op.object);
    const isThere = (name: ObjectName) => objectKey(name) in before.tables || objectKey(name) in before.views;
    if (table !== undefined && op.object.kind !== "definition" && !isThere(table)) {
      throw conflict(this.describe(op), `there is no table '${displayName(table)}'`);
    }
    if (op.object.kind === "materializedView" && isThere(op.object)) {
      throw conflict(this.describe(op), `there is a table or view '${displayName(op.object)}' already`);
    }
    return putObject(before, op.object);
  },
  reverse: (op) => [{ kind: "dropObject", object: refOf(op.object) }],
  toSql: (op, ddl) =>
    createStatements(op.object, ddl, { ifNotExists: op.ifNotExists === true, unchecked: op.unchecked === true }),
  describe: (op) => `create ${displayObject(op.object)}`,
  destroys: () => null,
};

export const alterObject: OperationSpec<"alterObject"> = {
  kind: "alterObject",
  apply(given, op) {
    const before = withSequence(given, op.object);
    const found = getObject(before, op.object);
    if (found === undefined) throw conflict(this.describe(op), "there is no such object");
    const changed = Object.entries({ ...found, ...op.changes }).filter(([, value]) => value !== null);
    return putObject(before, Object.fromEntries(changed) as unknown as SchemaObjectDef);
  },
  reverse(op, before) {
    const found = getObject(withSequence(before, op.object), op.object);
    if (found === undefined) return null;
    const old = (key: string) => (found as unknown as Record<string, unknown>)[key] ?? null;
    const changes = Object.fromEntries(Object.keys(op.changes).map((key) => [key, old(key)]));
    return [{ kind: "alterObject", object: op.object, changes }];
  },
  async toSql(op, ddl, before) {
    const needsBefore = NEEDS_BEFORE.has(op.object.kind);
    const isPlain = Object.keys(op.changes).every((key) => key === "comment" || key === "enabled");
    // On partitions a trigger may fire in other sessions than on the whole.
    const isFiring =
      ddl.dialect === "postgres" && op.object.kind === "trigger" && Object.keys(op.changes).some(isFiringKey);
    const found =
      isFiring || (needsBefore && !isPlain) ? getObject(withSequence(await before(), op.object), op.object) : undefined;
    return alterStatements(op.object, op.changes, found, ddl);
  },
  describe: (op) => `alter ${displayObject(op.object)} (${Object.keys(op.changes).join(", ")})`,
  destroys: () => null,
};

function isFiringKey(key: string): boolean {
  return key === "enabled" || key === "enabledOn";
}

const NEEDS_BEFORE: ReadonlySet<ObjectKind> = new Set<ObjectKind>([
  "sequence",
  "domain",
  "compositeType",
  "policy",
  "materializedView",
  "definition",
]);

export const replaceObject: OperationSpec<"replaceObject"> = {
  kind: "replaceObject",
  apply(before, op) {
    const found = replacedObject(before, op);
    if (found === undefined) throw conflict(this.describe(op), "there is no such object");
    if (op.renamedFrom === undefined) return putObject(before, op.object);
    if (getObject(before, op.object) !== undefined) throw conflict(this.describe(op), "it exists already");
    return putObject({ ...before, objects: withoutKey(before.objects, refKey(found)) }, op.object);
  },
  reverse(op, before) {
    const found = replacedObject(before, op);
    if (found === undefined) return null;
    if (found.kind !== "function") return [{ kind: "replaceObject", object: found, ...renamedBack(op) }];
    // CREATE OR REPLACE leaves a comment where it is.
    const isCommented = op.object.comment !== undefined && found.comment === undefined;
    return [
      ...(isCommented ? [{ kind: "alterObject" as const, object: refOf(found), changes: { comment: null } }] : []),
      { kind: "replaceObject", object: found, unchecked: true },
    ];
  },
  toSql(op, ddl) {
    const unchecked = op.unchecked === true;
    if (op.object.kind === "function") return createStatements(op.object, ddl, { orReplace: true, unchecked });
    const remakes = objectTarget(op.object);
    return [
      statement(dropText(replacedRef(op), ddl), remakes === null ? {} : { remakes }),
      ...createStatements(op.object, ddl),
    ];
  },
  describe: (op) =>
    `replace ${displayObject(replacedRef(op))}${op.renamedFrom === undefined ? "" : ` by ${op.object.name}`}`,
  destroys(op, before) {
    const found = replacedObject(before, op);
    return isVirtualTable(found) && isVirtualTable(op.object) ? lostWith(found, op.object, op.renamedColumns) : null;
  },
};

type Replacement = OperationOf<"replaceObject">;

/** What the operation puts something else in the place of. */
export function replacedObject(before: SchemaDef, op: Replacement): SchemaObjectDef | undefined {
  return getObject(before, replacedRef(op));
}

function replacedRef({ object, renamedFrom }: Replacement): ObjectRef {
  return renamedFrom === undefined ? refOf(object) : { ...refOf(object), name: renamedFrom };
}

function renamedBack({ object, renamedFrom, renamedColumns }: Replacement): Partial<Replacement> {
  return {
    ...(renamedFrom === undefined ? {} : { renamedFrom: object.name }),
    ...(renamedColumns === undefined
      ? {}
      : { renamedColumns: Object.fromEntries(Object.entries(renamedColumns).map(([from, to]) => [to, from])) }),
  };
}

export const dropObject: OperationSpec<"dropObject"> = {
  kind: "dropObject",
  apply(given, op) {
    const before = withSequence(given, op.object);
    const found = getObject(before, op.object);
    if (found === undefined) {
      if (op.ifExists) return before;
      throw conflict(this.describe(op), "there is no such object");
    }
    if (found.kind === "domain") refuseUsed(before, found, this.describe(op));
    return { ...before, objects: withoutKey(before.objects, refKey(op.object)) };
  },
  reverse(op, before) {
    const found = getObject(withSequence(before, op.object), op.object);
    if (found === undefined) return op.ifExists ? [] : null;
    return [isIndexOnly(found) ? { kind: "createObject", object: found, filled: true } : createAgain(found)];
  },
  toSql: (op, ddl) => [
    statement(dropText(op.object, ddl, { ifExists: op.ifExists === true, cascade: op.cascade === true }), {
      hazards: HOLDING_DATA.has(op.object.type ?? op.object.kind) ? ["deletesData"] : [],
    }),
  ],
  describe: (op) => `drop ${displayObject(op.object)}`,
  destroys: (op, before) => {
    const what = displayObject(op.object);
    if (isIndexOnly(getObject(before, op.object))) return null;
    if (op.object.kind === "sequence") return `${what} and the number it stands at`;
    if (op.object.kind === "materializedView") return `${what} and the rows it holds`;
    if (op.object.kind === "extension") return `${what} and everything of its`;
    return HOLDING_DATA.has(op.object.type ?? "") ? `${what} and all its rows` : null;
  },
};

/** The values that it searches are those of another table. */
function isIndexOnly(object: SchemaObjectDef | undefined): boolean {
  return isVirtualTable(object) && typeof readVirtualTable(object.definition)?.content === "object";
}

const HOLDING_DATA: ReadonlySet<ObjectKind | string> = new Set<string>([
  "sequence",
  "extension",
  ...SQLITE_DEFINITIONS,
]);

export const setRowSecurity: OperationSpec<"setRowSecurity"> = {
  kind: "setRowSecurity",
  apply(before, op) {
    const table = before.tables[objectKey(op.table)];
    if (table === undefined) throw conflict(this.describe(op), `there is no table '${displayName(op.table)}'`);
    const { rowSecurity: _old, ...rest } = table;
    const set = Object.keys(op.rowSecurity).length === 0 ? rest : { ...rest, rowSecurity: op.rowSecurity };
    return { ...before, tables: { ...before.tables, [objectKey(op.table)]: set } };
  },
  reverse: (op, before) => [
    { kind: "setRowSecurity", table: op.table, rowSecurity: before.tables[objectKey(op.table)]?.rowSecurity ?? {} },
  ],
  toSql(op, ddl) {
    if (ddl.dialect === "sqlite") return [];
    const alter = `ALTER TABLE ${ddl.name(op.table)}`;
    return [
      statement(`${alter} ${op.rowSecurity.enabled ? "ENABLE" : "DISABLE"} ROW LEVEL SECURITY`),
      statement(`${alter} ${op.rowSecurity.forced ? "FORCE" : "NO FORCE"} ROW LEVEL SECURITY`),
    ];
  },
  describe: (op) =>
    `${op.rowSecurity.enabled ? "enable" : "disable"} row security${op.rowSecurity.forced ? ", also for the owner," : ""} on ${displayName(op.table)}`,
  destroys: () => null,
};

/** Made as it was; what the body of a function names may not be back yet. */
export function createAgain(object: SchemaObjectDef): Operation {
  return { kind: "createObject", object, ...(object.kind === "function" ? { unchecked: true as const } : {}) };
}

/** What has to be made again around a table: sequences that were its own, and triggers, policies and the like. */
export function lostWithTable(
  before: SchemaDef,
  table: ObjectName,
): { readonly first: readonly Operation[]; readonly last: readonly Operation[] } {
  const sequences = ownedSequences(before, table);
  return {
    first: sequences.map(({ ownedBy: _owner, ...sequence }: SequenceDef) => createAgain(sequence)),
    last: [
      ...sequences.map(
        (sequence): Operation => ({
          kind: "alterObject",
          object: refOf(sequence),
          changes: { ownedBy: sequence.ownedBy },
        }),
      ),
      ...objectsOn(before, table).map(createAgain),
      ...firingOn(before, table),
    ],
  };
}

/** How the triggers of what it is a partition of fire on it, where that is said of it alone. */
export function firingOn(schema: SchemaDef, partition: ObjectName): readonly Operation[] {
  return Object.values(schema.objects).flatMap((object): readonly Operation[] =>
    object.kind === "trigger" && objectKey(partition) in (object.enabledOn ?? {})
      ? [{ kind: "alterObject", object: refOf(object), changes: { enabledOn: object.enabledOn } }]
      : [],
  );
}

/** Without what the database drops together with the table or view. */
export function withoutObjectsOf(schema: SchemaDef, table: ObjectName, column?: string): SchemaDef {
  const owned = new Set<SchemaObjectDef>(ownedSequences(schema, table, column));
  const goes = (object: SchemaObjectDef) => owned.has(object) || (column === undefined && isOn(object, table));
  const kept = Object.entries(schema.objects).filter(([, object]) => !goes(object));
  const left: SchemaDef = { ...schema, objects: Object.fromEntries(kept) };
  return column === undefined ? withoutFiringOn(left, table) : left;
}

function refuseUsed(schema: SchemaDef, domain: ObjectRef | SchemaObjectDef, operation: string): void {
  const uses = (type: TypeDef): boolean =>
    type.element !== undefined
      ? uses(type.element)
      : type.name === "domain" && type.object !== undefined && sameObject(type.object, domain);
  for (const table of Object.values(schema.tables)) {
    const column = table.columns.find((candidate) => uses(candidate.type));
    if (column !== undefined) throw conflict(operation, `column '${displayName(table)}.${column.name}' uses it`);
  }
}
