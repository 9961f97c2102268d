/** Questions a rebuild asks before it takes anything away: is everything known that it has to give back? */
import { type Statement, statement } from "../../../operations/operation.js";
import { displayName, type TableDef } from "../../../schema/schema.js";
import { quoteText } from "../../../util/quote.js";
import type { StoredObject } from "../catalog/live-facts.js";
import { splitTrigger } from "../catalog/read-objects.js";
import { foldCase } from "../text/expression.js";

/** Between the planning and the run nothing may have touched what will be given back. */
export function guardTexts(objects: readonly StoredObject[]): Statement {
  const stored = objects.filter((object) => !object.temporary);
  const length = stored.reduce((sum, object) => sum + [...object.sql].length, 0);
  return ask(
    `SELECT 1 FROM (SELECT count(*) AS n, total(length(sql)) AS t FROM sqlite_master WHERE type IN ('view', 'trigger')) WHERE n <> ${stored.length} OR t <> ${length}`,
    "the triggers and views of the database changed after the rebuild was planned",
  );
}

export interface ScriptedSurroundings {
  readonly table: TableDef;
  readonly views: readonly StoredObject[];
  readonly scripted: readonly StoredObject[];
}

/**
 * Without a database at hand only the revisions tell what there is: the script stops where the database has more, since
 * a rebuild would lose it.
 */
export function guardScripted({ table, views, scripted }: ScriptedSurroundings): readonly Statement[] {
  // In any order: a column that was dropped and came back is the last one.
  const columns = JSON.stringify(table.columns.map((column) => column.name).sort(byBytes));
  const indexes = [...table.indexes.map(({ name }) => name), ...scripted.map(({ name }) => name)];
  const name = quoteText(table.name);
  const triggers = scripted.filter(({ type }) => type === "trigger");
  return [
    ask(
      `SELECT 1 WHERE (SELECT json_group_array(name) FROM (SELECT name FROM pragma_table_xinfo(${name}) WHERE hidden <> 1 ORDER BY name COLLATE BINARY)) IS NOT ${quoteText(columns)}`,
      `table '${displayName(table)}' does not have the columns that the revisions give it`,
    ),
    ask(
      `SELECT 1 FROM sqlite_master WHERE type = 'index' AND tbl_name = ${name} COLLATE NOCASE AND sql IS NOT NULL AND name NOT IN (${list(indexes)})`,
      `table '${displayName(table)}' has an index that the revisions do not know, and a rebuild would lose it`,
    ),
    ask(
      `SELECT 1 FROM sqlite_master WHERE type IN ('view', 'trigger') AND name NOT IN (${list(views.map((view) => view.name))}) AND sql NOT IN (${list(scripted.map(({ sql }) => sql))})${triggers.map((trigger) => ` AND NOT (${isTrigger(trigger)})`).join("")}`,
      "the database has a trigger or view that the revisions do not know as it is, and a rebuild would lose it",
    ),
  ];
}

/**
 * A trigger that a database had before its revisions has the same action, letter by letter, and a head in which names stand
 * in other quotes or none, and space elsewhere. There are no texts in a head, so that nothing can be taken for another.
 */
function isTrigger({ name, sql }: StoredObject): string {
  const { action } = splitTrigger(sql);
  const head = sql.slice(0, sql.lastIndexOf(action));
  const length = [...action].length;
  const bare = SPACE_AND_QUOTES.reduce(
    (text, character) => `replace(${text}, ${character}, '')`,
    `substr(sql, 1, length(sql) - ${length})`,
  );
  const wanted = foldCase(head.replace(/[\s"`[\]]+/g, ""));
  return `name = ${quoteText(name)} AND substr(sql, -${length}) = ${quoteText(action)} AND lower(${bare}) = ${quoteText(wanted)}`;
}

const SPACE_AND_QUOTES = ["' '", "char(9)", "char(10)", "char(13)", "'\"'", "'`'", "'['", "']'"];

/** As SQLite compares texts. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function list(texts: readonly string[]): string {
  return texts.map(quoteText).join(", ");
}

function ask(sql: string, sentence: string): Statement {
  return statement(sql, { foreignKeysOff: true, expectNoRow: sentence });
}
