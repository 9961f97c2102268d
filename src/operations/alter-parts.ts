/** alterConstraint, alterIndex, alterView: what PostgreSQL changes about them where they are. */
import { UnsupportedOperationError } from "../errors.js";
import { putTable } from "../schema/edit-schema.js";
import {
  displayName,
  type IndexDef,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  type StorageParameters,
  type ViewDef,
} from "../schema/schema.js";
import { conflict, requireTable } from "./conflict.js";
import { editConstraint, findConstraint } from "./constraints.js";
import { findIndex } from "./indexes.js";
import { type DdlWriter, type OperationOf, type OperationSpec, type Statement, statement } from "./operation.js";
import { parameterActions } from "./table-sql.js";
import { createViewText } from "./views.js";

/** A foreign key is deferred otherwise on SQLite as well, where the table is made anew. */
export const alterConstraint: OperationSpec<"alterConstraint"> = {
  kind: "alterConstraint",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    if (findConstraint(table, op) === null) {
      throw conflict(this.describe(op), `table '${displayName(op.table)}' has no such constraint`);
    }
    return putTable(
      before,
      editConstraint(table, op.name, (found) => changedBy(found, op.changes)),
    );
  },
  reverse(op, before) {
    const table = before.tables[objectKey(op.table)];
    const found = table === undefined ? null : findConstraint(table, op);
    return found === null ? null : [{ ...op, changes: oldValues(found.constraint, op.changes) }];
  },
  async toSql(op, ddl, before) {
    if (ddl.dialect === "sqlite") return [];
    const { deferrable, notEnforced, ...storage } = op.changes;
    const words = [
      deferrable === undefined ? "" : deferrableWords(deferrable),
      notEnforced === undefined ? "" : notEnforced ? "NOT ENFORCED" : "ENFORCED",
    ].filter((word) => word !== "");
    const alter = `ALTER TABLE ${ddl.name(op.table)} ALTER CONSTRAINT ${ddl.id(op.name)}`;
    const own = words.length === 0 ? [] : [statement(`${alter} ${words.join(" ")}`, { hazards: ["blocksWrites"] })];
    if (Object.keys(storage).length === 0) return own;
    const found = findConstraint(requireTable(await before(), op.table, this.describe(op)), op)?.constraint;
    const index = { ...objectName(op.table), name: op.name };
    return [...own, ...storageStatements(index, found as KeptIn | undefined, storage, ddl)];
  },
  describe: (op) => `alter constraint ${op.name} of ${displayName(op.table)} (${Object.keys(op.changes).join(", ")})`,
  destroys: () => null,
};

export const alterIndex: OperationSpec<"alterIndex"> = {
  kind: "alterIndex",
  apply(before, op) {
    const found = findIndex(before, op.index);
    if (found === undefined) throw conflict(this.describe(op), "there is no such index");
    const { statistics, ...storage } = op.changes;
    const changed = changedBy(withStatistics(found.index, statistics), storage);
    const indexes = found.table.indexes.map((index) => (index === found.index ? changed : index));
    return putTable(before, { ...found.table, indexes });
  },
  reverse(op, before) {
    const found = findIndex(before, op.index);
    if (found === undefined) return null;
    const { statistics, ...storage } = op.changes;
    const old = Object.keys(statistics ?? {}).map((at) => [
      at,
      found.index.elements[Number(at) - 1]?.statistics ?? null,
    ]);
    const changes = oldValues(found.index, storage);
    return [
      { ...op, changes: { ...changes, ...(statistics === undefined ? {} : { statistics: Object.fromEntries(old) }) } },
    ];
  },
  async toSql(op, ddl, before) {
    onlyOnPostgres(ddl, this.describe(op));
    const { statistics = {}, ...storage } = op.changes;
    const found = Object.keys(storage).length === 0 ? undefined : findIndex(await before(), op.index)?.index;
    const alter = `ALTER INDEX ${ddl.name(op.index)}`;
    return [
      ...storageStatements(op.index, found, storage, ddl),
      ...Object.entries(statistics).map(([at, target]) =>
        statement(`${alter} ALTER COLUMN ${Number(at)} SET STATISTICS ${target ?? -1}`),
      ),
    ];
  },
  describe: (op) => `alter index ${displayName(op.index)} (${Object.keys(op.changes).join(", ")})`,
  destroys: () => null,
};

export const alterView: OperationSpec<"alterView"> = {
  kind: "alterView",
  apply(before, op) {
    const view = requireView(before, op.view, this.describe(op));
    return { ...before, views: { ...before.views, [objectKey(view)]: changedBy(view, op.changes) } };
  },
  reverse(op, before) {
    const view = before.views[objectKey(op.view)];
    return view === undefined ? null : [{ ...op, changes: oldValues(view, op.changes) }];
  },
  async toSql(op, ddl, before) {
    onlyOnPostgres(ddl, this.describe(op));
    const { definition, options, columnDefaults } = op.changes;
    const found = requireView(await before(), op.view, this.describe(op));
    const alter = `ALTER VIEW ${ddl.name(op.view)}`;
    const [was, wanted] = [found.columnDefaults ?? {}, columnDefaults ?? {}];
    const names = [...new Set([...Object.keys(was), ...Object.keys(wanted)])].filter(
      (name) => was[name] !== wanted[name],
    );
    const value = (name: string) => (name in wanted ? `SET DEFAULT ${wanted[name]}` : "DROP DEFAULT");
    const replaced = { ...found, definition: definition ?? "" };
    return [
      // Without its options it would lose them.
      ...(definition === undefined ? [] : [statement(createViewText(replaced, ddl, "CREATE OR REPLACE VIEW"))]),
      ...(options === undefined ? [] : parameterActions(found.options, options ?? {}, ddl)).map((action) =>
        statement(`${alter} ${action}`),
      ),
      ...(columnDefaults === undefined ? [] : names).map((name) =>
        statement(`${alter} ALTER COLUMN ${ddl.id(name)} ${value(name)}`),
      ),
    ];
  },
  describe: (op) => `alter view ${displayName(op.view)} (${Object.keys(op.changes).join(", ")})`,
  destroys: () => null,
};

interface KeptIn {
  readonly with?: StorageParameters;
  readonly tablespace?: string;
}

/** What is null in the changes goes. */
function changedBy<T extends object>(found: T, changes: object): T {
  const entries = Object.entries({ ...found, ...changes }).filter(([, value]) => value !== null);
  return Object.fromEntries(entries) as T;
}

/** The values of the same keys as they are now; null for what is not there. */
function oldValues<T extends object>(found: object, changes: T): T {
  const values = found as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.keys(changes).map((key) => [key, values[key] ?? null])) as T;
}

function withStatistics(index: IndexDef, targets: Readonly<Record<string, number | null>> = {}): IndexDef {
  const elements = index.elements.map((element, at) => {
    const target = targets[String(at + 1)];
    return target === undefined ? element : changedBy(element, { statistics: target });
  });
  return { ...index, elements };
}

function storageStatements(
  index: ObjectName,
  found: KeptIn | undefined,
  { with: storage, tablespace }: OperationOf<"alterIndex">["changes"],
  ddl: DdlWriter,
): readonly Statement[] {
  const alter = `ALTER INDEX ${ddl.name(index)}`;
  const actions = storage === undefined ? [] : parameterActions(found?.with, storage ?? {}, ddl);
  return [
    ...actions.map((action) => statement(`${alter} ${action}`)),
    ...(tablespace === undefined
      ? []
      : [statement(`${alter} SET TABLESPACE ${ddl.id(tablespace ?? "pg_default")}`, { hazards: ["blocksWrites"] })]),
  ];
}

function deferrableWords(deferrable: "immediate" | "deferred" | null): string {
  return deferrable === null ? "NOT DEFERRABLE" : `DEFERRABLE INITIALLY ${deferrable.toUpperCase()}`;
}

function requireView(schema: SchemaDef, name: ObjectName, operation: string): ViewDef {
  const view = schema.views[objectKey(name)];
  if (view === undefined) throw conflict(operation, "there is no such view");
  return view;
}

function onlyOnPostgres(ddl: DdlWriter, operation: string): void {
  if (ddl.dialect === "postgres") return;
  throw new UnsupportedOperationError(`SQLite has nothing of the kind: cannot ${operation}`, {
    dialect: ddl.dialect,
    operation,
    hint: 'Guard the call with `if (op.dialect === "postgres")`.',
  });
}
