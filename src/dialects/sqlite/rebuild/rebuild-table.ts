/**
 * The statements that give a table a new form: SQLite's twelve steps, with every fact kept and every row counted.
 *
 * All views and triggers go and come back, since a rename checks every one of them against a schema in which the table
 * is missing for a moment.
 *
 * @see https://www.sqlite.org/lang_altertable.html#making_other_kinds_of_table_schema_changes
 */
import { OperationConflictError } from "../../../errors.js";
import { type Hazard, type Statement, statement } from "../../../operations/operation.js";
import { createViewText } from "../../../operations/views.js";
import { type IndexDef, type SchemaDef, sameDef, type TableDef } from "../../../schema/schema.js";
import { quoteText } from "../../../util/quote.js";
import { type LiveFacts, liveFactsOf, type StoredObject } from "../catalog/live-facts.js";
import { isVirtual, probeSql, tableReader } from "../catalog/probes.js";
import { sameName } from "../catalog/read-table.js";
import { scriptedObjectsOf } from "../catalog/scripted-objects.js";
import { ddl } from "../text/ddl.js";
import { mendIndexText, needsMending } from "../text/mend-strings.js";
import { parseCreateTable, parseWritten } from "../text/parse-create-table.js";
import { parseCreateTrigger } from "../text/parse-create-trigger.js";
import type { TableNode } from "../text/table-nodes.js";
import { type CopyPlan, planCopy } from "./copy-plan.js";
import { NEW_TABLE_PREFIX } from "./leftovers.js";
import { checksAfter, checksBefore, countRows } from "./rebuild-checks.js";
import { guardScripted, guardTexts } from "./rebuild-guards.js";
import { tableText } from "./table-text.js";

export interface RebuildRequest {
  /** The schema before, for its views and what the database told of itself. */
  readonly before: SchemaDef;
  /** Both under the same name. */
  readonly from: TableDef;
  readonly to: TableDef;
  /** See {@link CopyRequest}. */
  readonly sources: ReadonlyMap<string, string>;
  readonly using: ReadonlyMap<string, string>;
  readonly fills?: ReadonlyMap<string, string>;
}

/** @throws OperationConflictError when the database has a column of the table that the history does not know. */
export function rebuildStatements(request: RebuildRequest): readonly Statement[] {
  const { before, from, to } = request;
  const facts = liveFactsOf(before);
  const stored = facts?.objects ?? scriptedObjectsOf(before);
  const as = `${NEW_TABLE_PREFIX}${from.name}`;
  const live = facts === null ? null : tableReader(facts.objects)(from.name);
  const text = tableText({ from, to, as, node: live });
  const oldNode = live ?? parseCreateTable(ddl.createTable(from));
  const newNode = parseCreateTable(text);
  const plan = planCopy({ ...request, oldNode, newNode });
  const rewritten = { from, to, plan, as };
  refuseLostEvents(stored, from, to);
  const around = surroundings(before, from, facts);
  const kept = new Set(request.sources.values());
  const losesData = from.columns.some((column) => !kept.has(column.name) && column.generated === undefined);
  return [
    ...around.guards,
    ...around.drop,
    ...checksBefore(rewritten),
    run(text),
    ...copyRows({ plan, from: from.name, as, table: from.name }),
    ...checksAfter(rewritten),
    ...keepSequence(oldNode, newNode, from.name, as),
    run(`DROP TABLE ${ddl.id(from.name)}`, losesData ? ["deletesData"] : []),
    ...(facts !== null && holdsForeignTexts(facts.objects, from.name)
      ? copyBack({ ...rewritten, newNode, text: tableText({ from, to, as: from.name, node: live }) })
      : [run(`ALTER TABLE ${ddl.id(as)} RENAME TO ${ddl.id(from.name)}`)]),
    ...indexTexts(from, to, stored).map((sql) => ({ ...run(sql), doing: `building the indexes of ${from.name}` })),
    ...around.restore,
    ...(facts === null ? [] : probes(facts, from.name, newNode)),
    ...(facts?.analyzed.has(from.name.toLowerCase()) === true ? [run(`ANALYZE ${ddl.id(from.name)}`)] : []),
  ];
}

/** `table` is what the table is called, whichever of its two forms is copied. */
function copyRows(request: {
  readonly plan: CopyPlan;
  readonly from: string;
  readonly as: string;
  readonly table: string;
}): readonly Statement[] {
  const { plan, from, as, table } = request;
  if (plan.targets.length === 0) return [];
  const order = plan.orderBy.length === 0 ? "" : ` ORDER BY ${plan.orderBy.join(", ")}`;
  const insert = `INSERT INTO ${ddl.id(as)} (${plan.targets.join(", ")}) SELECT ${plan.values.join(", ")} FROM ${ddl.id(from)}`;
  return [
    {
      ...run(`${insert}${order}`, ["rewritesTable", "blocksWrites"]),
      doing: `copying ${table}`,
      ...(plan.rangeKey === null ? {} : { copy: { insert, table: ddl.id(from), key: plan.rangeKey } }),
    },
  ];
}

/**
 * Keeps the mark of AUTOINCREMENT, also where the table is empty and the copy left no mark: ids of rows that were
 * deleted must never be given again. The rename takes the mark along.
 */
function keepSequence(oldNode: TableNode, newNode: TableNode, from: string, as: string): readonly Statement[] {
  if (!isAutoincrement(oldNode) || !isAutoincrement(newNode)) return [];
  const mark = `(SELECT seq FROM sqlite_sequence WHERE name = ${quoteText(from)} COLLATE NOCASE)`;
  return [
    run(`DELETE FROM sqlite_sequence WHERE name = ${quoteText(as)}`),
    run(`INSERT INTO sqlite_sequence (name, seq) SELECT ${quoteText(as)}, ${mark} WHERE ${mark} IS NOT NULL`),
  ];
}

/** Does another table, or an index on it, hold a text in double quotes? */
function holdsForeignTexts(objects: readonly StoredObject[], table: string): boolean {
  const read = tableReader(objects);
  return objects.some((object) => {
    if (sameName(object.table, table) || isVirtual(object) || !object.sql.includes('"')) return false;
    if (object.type === "table") return /\b(?:check|as)\b/i.test(object.sql) && needsMending(parseWritten(object.sql));
    const columns = read(object.table)?.columns.map((column) => column.name) ?? [];
    return object.type === "index" && mendIndexText(object.sql, columns) !== object.sql;
  });
}

/**
 * Instead of a rename, which SQLite refuses where any table or index holds a text in double quotes that its build does
 * not take: the rows are copied once more.
 */
function copyBack(request: {
  readonly from: TableDef;
  readonly plan: CopyPlan;
  readonly as: string;
  readonly newNode: TableNode;
  readonly text: string;
}): readonly Statement[] {
  const { from, plan, as, newNode, text } = request;
  const back = { ...plan, values: plan.targets, orderBy: newNode.withoutRowid ? [] : plan.orderBy, rangeKey: null };
  return [
    run(text),
    ...copyRows({ plan: back, from: as, as: from.name, table: from.name }),
    countRows(as, from.name),
    ...keepSequence(newNode, newNode, as, from.name),
    run(`DROP TABLE ${ddl.id(as)}`),
  ];
}

function isAutoincrement(node: TableNode): boolean {
  const constraints = [...node.constraints, ...node.columns.flatMap((column) => [...column.constraints])];
  return constraints.some((constraint) => constraint.kind === "primaryKey" && constraint.autoincrement);
}

/** In the words they had, as long as nothing about them changed. */
function indexTexts(from: TableDef, to: TableDef, objects: readonly StoredObject[]): readonly string[] {
  const stored = objects.filter((object) => object.type === "index" && sameName(object.table, from.name));
  const has = (indexes: readonly IndexDef[], name: string) => indexes.find((index) => sameName(index.name, name));
  const kept = stored.filter((object) => {
    const before = has(from.indexes, object.name);
    const after = has(to.indexes, object.name);
    return before === undefined ? after === undefined : after !== undefined && sameDef(before, after);
  });
  const written = to.indexes.filter((index) => !kept.some((object) => sameName(object.name, index.name)));
  const columns = to.columns.map((column) => column.name);
  return [
    ...kept.map((object) => mendIndexText(object.sql, columns)),
    ...written.map((index) => ddl.createIndex({ name: from.name }, index)),
  ];
}

function probes(facts: LiveFacts, table: string, node: TableNode): readonly Statement[] {
  const read = tableReader(facts.objects);
  return facts.probes.flatMap((probe) => {
    const sql = probeSql(probe, sameName(probe.object, table) ? node : read(probe.object));
    return sql === null ? [] : run(sql);
  });
}

/** A trigger of UPDATE OF a column that is gone would never fire again, and SQLite would not say so. */
function refuseLostEvents(objects: readonly StoredObject[], from: TableDef, to: TableDef): void {
  for (const object of objects) {
    if (object.type !== "trigger" || !sameName(object.table, from.name)) continue;
    const lost = parseCreateTrigger(object.sql).columns.find(
      (name) => !to.columns.some((column) => sameName(column.name, name)),
    );
    if (lost === undefined) continue;
    throw new OperationConflictError(`the trigger '${object.name}' fires on updates of '${from.name}.${lost}'`, {
      operation: `drop column ${from.name}.${lost}`,
      hint: "Drop the trigger first with `op.execute`, and create it again without the column.",
    });
  }
}

interface Surroundings {
  readonly guards: readonly Statement[];
  readonly drop: readonly Statement[];
  readonly restore: readonly Statement[];
}

/** Every view and trigger of the database, taken away and given back in their order. */
function surroundings(before: SchemaDef, from: TableDef, facts: LiveFacts | null): Surroundings {
  const planned = plannedViews(before);
  const all = facts?.objects ?? [...planned, ...scriptedObjectsOf(before)];
  const objects = all.filter(({ type }) => type === "view" || type === "trigger");
  const triggers = objects.filter((object) => object.type === "trigger");
  const views = objects.filter((object) => object.type === "view");
  const drop = (kind: string) => (object: StoredObject) =>
    run(`DROP ${kind} ${object.temporary ? "temp" : "main"}.${ddl.id(object.name)}`);
  return {
    guards:
      facts === null
        ? guardScripted({ table: from, views: planned, scripted: scriptedObjectsOf(before) })
        : [guardTexts(objects)],
    drop: [...triggers.map(drop("TRIGGER")), ...views.map(drop("VIEW"))],
    restore: objects.map((object) =>
      run(object.temporary ? object.sql.replace(/^create/i, "CREATE TEMP") : object.sql),
    ),
  };
}

/** The views of the schema, as operations make them. */
export function plannedViews(before: SchemaDef): readonly StoredObject[] {
  return Object.keys(before.views)
    .sort()
    .map((key) => before.views[key]!)
    .map((view) => ({
      type: "view",
      name: view.name,
      table: view.name,
      sql: createViewText(view, ddl),
      temporary: false,
    }));
}

function run(sql: string, hazards: readonly Hazard[] = []): Statement {
  return statement(sql, { hazards, foreignKeysOff: true });
}
