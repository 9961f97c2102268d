/**
 * A virtual table that becomes another one under its name, or under another, with its rows.
 *
 * SQLite has no ALTER TABLE for its columns or options, and renaming one leaves triggers and queries behind that call a
 * full text search by its own name. So the rows go into a table of ours, and from there into the new one, which is made
 * in the words that the definition has.
 */
import { type Hazard, type Statement, statement } from "../../../operations/operation.js";
import type { DefinitionDef } from "../../../schema/objects.js";
import type { SchemaDef } from "../../../schema/schema.js";
import { bareName, keptColumns, lostWith, readVirtualTable, type VirtualTable } from "../../../schema/virtual-table.js";
import { quoteText } from "../../../util/quote.js";
import { liveFactsOf } from "../catalog/live-facts.js";
import { sameName } from "../catalog/read-table.js";
import { ddl } from "../text/ddl.js";
import { NEW_TABLE_PREFIX } from "./leftovers.js";
import { countRows } from "./rebuild-checks.js";

export interface VirtualReplacement {
  readonly before: SchemaDef;
  readonly from: DefinitionDef;
  readonly to: DefinitionDef;
  /** Columns: old name → new name. */
  readonly renamed?: Readonly<Record<string, string>> | undefined;
}

/** Both sides, read. */
interface Sides extends VirtualReplacement {
  readonly old: VirtualTable;
  readonly now: VirtualTable;
  readonly oldName: string;
  readonly newName: string;
  /** Where the rows wait, or their numbers only. */
  readonly waiting: string;
}

/** Where the rows of the new one come from; values by the column that they go into. */
interface Source {
  readonly rows: string;
  readonly key: string;
  readonly values: readonly (readonly [target: string, value: string])[];
}

/** Null where nothing of its rows is left, or nobody knows how to read them. */
export function replaceVirtual(request: VirtualReplacement): readonly Statement[] | null {
  const { before, from, to, renamed } = request;
  const [old, now] = [readVirtualTable(from.definition), readVirtualTable(to.definition)];
  if (old === null || now === null) return null;
  const [oldName, newName] = [bareName(from.name), bareName(to.name)];
  const sides: Sides = { ...request, old, now, oldName, newName, waiting: `${NEW_TABLE_PREFIX}${oldName}` };
  const waits = waitingRows(sides);
  const settings = keptSettings(sides);
  const isComplete = waits.length > 0 && old.content === "own" && now.content === "own";
  return [
    ...(liveFactsOf(before) === null ? [guardColumns(sides)] : []),
    ...waits,
    ...settings.before,
    run(`DROP TABLE ${ddl.id(oldName)}`, lostWith(from, to, renamed) === null ? [] : ["deletesData"]),
    run(to.definition),
    ...settings.after,
    ...fill(sides, waits.length > 0),
    ...(isComplete ? [countRows(sides.waiting, newName)] : []),
    ...(waits.length > 0 ? [run(`DROP TABLE ${ddl.id(sides.waiting)}`)] : []),
    ...(to.further ?? []).map((sql) => run(sql)),
  ];
}

/** Makes one whose values are in a table that has rows find them. Null where there is no such table. */
export function fillVirtual(before: SchemaDef, to: DefinitionDef): readonly Statement[] | null {
  const now = readVirtualTable(to.definition);
  if (now === null || typeof now.content !== "object") return null;
  const name = bareName(to.name);
  const sides: Sides = { before, from: to, to, old: now, now, oldName: name, newName: name, waiting: "" };
  return [run(to.definition), ...fill(sides, false), ...(to.further ?? []).map((sql) => run(sql))];
}

function waitingRows(sides: Sides): readonly Statement[] {
  const { old, now, oldName, waiting } = sides;
  if (old.content === "own") return typeof now.content === "object" ? [] : waitingValues(sides);
  if (old.content === "none" || old.indexed === undefined || !isSameContent(old, now)) return [];
  const { suffix, key } = old.indexed;
  return [
    run(`CREATE TABLE ${ddl.id(waiting)} (key INTEGER PRIMARY KEY)`),
    copied({
      into: `${ddl.id(waiting)} (key)`,
      values: [ddl.id(key)],
      rows: ddl.id(`${oldName}_${suffix}`),
      key: ddl.id(key),
      doing: `looking what ${oldName} has indexed`,
    }),
  ];
}

/** Which rows are indexed can be said of one table only. */
function isSameContent(old: VirtualTable, now: VirtualTable): boolean {
  if (typeof old.content !== "object" || typeof now.content !== "object") return true;
  return sameName(old.content.table, now.content.table);
}

function waitingValues(sides: Sides): readonly Statement[] {
  const { old, oldName, waiting } = sides;
  const values = keptValues(sides);
  const key = ddl.id(old.key);
  const columns = values.map((_value, at) => `v${at}`);
  return [
    // Columns without a type take any value as it is.
    run(`CREATE TABLE ${ddl.id(waiting)} (${["key INTEGER PRIMARY KEY", ...columns].join(", ")})`),
    copied({
      into: `${ddl.id(waiting)} (${["key", ...columns].join(", ")})`,
      values: [key, ...values.map(({ read }) => read)],
      rows: ddl.id(oldName),
      key,
      doing: `copying ${oldName}`,
    }),
  ];
}

interface KeptValue {
  readonly target: string;
  /** Over the old one. */
  readonly read: string;
  /** Into the new one, from this column of the table in which it waits. */
  readonly write: (column: string) => string;
}

/** The values of the columns that stay, then their locales, then the language of the row. */
function keptValues({ old, now, oldName, renamed }: Sides): readonly KeptValue[] {
  const kept = [...keptColumns(old, now, renamed)];
  const hasLocales = old.locale === true && now.locale === true;
  const same = (column: string) => column;
  const values = kept.map(([target, source], at): KeptValue => {
    const write = (column: string) => {
      const locale = `v${kept.length + at}`;
      return `CASE WHEN ${locale} IS NULL THEN ${column} ELSE fts5_locale(${locale}, ${column}) END`;
    };
    return { target, read: ddl.id(source), write: hasLocales ? write : same };
  });
  const locales = kept.map(
    ([, source]): KeptValue => ({
      target: "",
      read: `fts5_get_locale(${ddl.id(oldName)}, ${old.columns.indexOf(source)})`,
      write: same,
    }),
  );
  const language: readonly KeptValue[] =
    old.language === undefined || now.language === undefined
      ? []
      : [{ target: now.language, read: ddl.id(old.language), write: same }];
  return [...values, ...(hasLocales ? locales : []), ...language];
}

function fill(sides: Sides, isWaiting: boolean): readonly Statement[] {
  const { now, newName } = sides;
  const source = sourceOf(sides, isWaiting);
  if (source === null) return [];
  const { rows, key, values } = source;
  return [
    copied({
      into: `${ddl.id(newName)} (${[now.key, ...values.map(([target]) => target)].map(ddl.id).join(", ")})`,
      values: [key, ...values.map(([, value]) => value)],
      rows,
      key,
      doing: `indexing ${newName}`,
    }),
  ];
}

function sourceOf(sides: Sides, isWaiting: boolean): Source | null {
  const { old, now, waiting } = sides;
  const content = typeof now.content === "object" ? now.content : typeof old.content === "object" ? old.content : null;
  if (content !== null) {
    const values = contentColumns(sides, content.table).map(
      ([target, source]) => [target, `t.${ddl.id(source)}`] as const,
    );
    const table = `${ddl.id(content.table)} AS t`;
    if (!isWaiting) return { rows: table, key: `t.${ddl.id(content.key)}`, values };
    return {
      rows: `${ddl.id(waiting)} AS w JOIN ${table} ON t.${ddl.id(content.key)} = w.key`,
      key: "w.key",
      values,
    };
  }
  if (!isWaiting) return null;
  const values = keptValues(sides).flatMap(({ target, write }, at) =>
    target === "" ? [] : [[target, write(`v${at}`)] as const],
  );
  return { rows: ddl.id(waiting), key: "key", values };
}

/** Columns of the new one, and those of the table that had the values. What this does not have any more stays empty. */
function contentColumns({ before, old, now, renamed }: Sides, name: string): readonly (readonly [string, string])[] {
  const table = Object.values(before.tables).find((one) => sameName(one.name, name));
  const has = (column: string) => table === undefined || table.columns.some((one) => sameName(one.name, column));
  const kept = keptColumns(old, now, renamed);
  const language = now.language === undefined ? [] : [now.language];
  const columns = [...now.columns, ...language];
  if (typeof now.content === "object") return columns.map((column) => [column, column] as const);
  return columns.flatMap((column) => {
    const source = [column, kept.get(column)].find((other) => other !== undefined && has(other));
    return source === undefined ? [] : [[column, source] as const];
  });
}

/** How a full text search ranks and merges is kept in a table of its own. */
function keptSettings({
  old,
  now,
  oldName,
  newName,
  waiting,
}: Sides): Readonly<Record<"before" | "after", readonly Statement[]>> {
  if (old.module !== "fts5" || now.module !== "fts5") return { before: [], after: [] };
  const settings = ddl.id(`${waiting}_settings`);
  const [name, config] = [ddl.id(newName), ddl.id(`${oldName}_config`)];
  return {
    before: [run(`CREATE TABLE ${settings} AS SELECT k, v FROM ${config} WHERE k <> 'version'`)],
    after: [run(`INSERT INTO ${name} (${name}, rank) SELECT k, v FROM ${settings}`), run(`DROP TABLE ${settings}`)],
  };
}

/** A script knows the columns from the revisions; what the table has besides would be lost. */
function guardColumns({ old, oldName }: Sides): Statement {
  const isTree = old.module.startsWith("rtree");
  const columns = JSON.stringify(isTree ? [old.key, ...old.columns] : old.columns);
  return {
    ...run(
      `SELECT 1 WHERE (SELECT json_group_array(name) FROM pragma_table_xinfo(${quoteText(oldName)}) WHERE hidden <> 1) IS NOT ${quoteText(columns)}`,
    ),
    expectNoRow: `virtual table '${oldName}' does not have the columns that the revisions give it`,
  };
}

interface Copied {
  readonly into: string;
  readonly values: readonly string[];
  readonly rows: string;
  readonly key: string;
  readonly doing: string;
}

function copied({ into, values, rows, key, doing }: Copied): Statement {
  const insert = `INSERT INTO ${into} SELECT ${values.join(", ")} FROM ${rows}`;
  return {
    ...run(`${insert} ORDER BY ${key}`, ["rewritesTable", "blocksWrites"]),
    doing,
    copy: { insert, table: rows, key },
  };
}

/** Together with the others or not at all. */
function run(sql: string, hazards: readonly Hazard[] = []): Statement {
  return statement(sql, { hazards, foreignKeysOff: true });
}
