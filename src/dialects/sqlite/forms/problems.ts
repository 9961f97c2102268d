/** What SQLite cannot hold, as sentences with the alternative. Works on definitions that were lowered already. */
import type { ColumnDef, ForeignKeyDef, IndexDef, SchemaDef, TableDef, UniqueDef } from "../../../schema/schema.js";
import { displayName, findColumn, objectKey } from "../../../schema/schema.js";
import { tokenize } from "../text/sql-tokenizer.js";
import { strictTypeText } from "../text/types.js";

export interface Problem {
  readonly table: string;
  readonly column?: string;
  readonly message: string;
  readonly hint: string;
}

const ONLY_POSTGRES = 'Mark it with `.only("postgres")`';
const OTHER_TYPE = 'give it another form with `.sqlType({ sqlite: "…" })`';

/** Everything about one table that does not depend on the others. */
export function tableProblems(table: TableDef): readonly Problem[] {
  const name = displayName(table);
  const problems: Problem[] = [];
  const add = (message: string, hint: string, column?: string) =>
    problems.push({ table: name, ...(column === undefined ? {} : { column }), message, hint });
  if (table.schema !== undefined) {
    add(
      `table '${name}' is in schema '${table.schema}', and SQLite has no schemas`,
      `${ONLY_POSTGRES}, or leave the schema out.`,
    );
  }
  if (/^sqlite_/i.test(table.name))
    add(`table '${name}' has a name that SQLite keeps for itself`, "Choose another name.");
  if (table.columns.length === 0) add(`table '${name}' has no columns, and SQLite wants one`, "Add a column.");
  const seen = new Map<string, string>();
  for (const column of table.columns) {
    const twin = seen.get(column.name.toLowerCase());
    if (twin !== undefined) {
      add(
        `columns '${twin}' and '${column.name}' of table '${name}' are one name to SQLite`,
        "Rename one of them.",
        column.name,
      );
    }
    seen.set(column.name.toLowerCase(), column.name);
    for (const [message, hint] of columnProblems(column, table)) add(message, hint, column.name);
  }
  const { primaryKey } = table;
  if (primaryKey?.include !== undefined || primaryKey?.deferrable !== undefined) {
    add(
      `the primary key of table '${name}' has INCLUDE or DEFERRABLE, which SQLite has not`,
      `${ONLY_POSTGRES}, or leave that out.`,
    );
  }
  if (table.options?.sqlite?.withoutRowid === true && primaryKey === undefined) {
    add(`table '${name}' is WITHOUT ROWID and has no primary key`, "Give it a primary key.");
  }
  for (const unique of table.uniques)
    for (const what of uniqueProblems(unique)) {
      add(
        `a unique constraint of table '${name}' has ${what}, which SQLite has not`,
        `${ONLY_POSTGRES}, or leave that out.`,
        unique.columns[0],
      );
    }
  for (const key of table.foreignKeys)
    for (const message of foreignKeyProblems(key, name)) {
      add(message, `${ONLY_POSTGRES}, or leave that out.`, key.columns[0]);
    }
  for (const index of table.indexes)
    for (const what of indexProblems(index)) {
      add(
        `index '${index.name}' of table '${name}' has ${what}, which SQLite has not`,
        `${ONLY_POSTGRES}, or leave that out.`,
      );
    }
  return problems;
}

/** What shows only beside the other tables: names that differ in case alone, and foreign keys to what is no key. */
export function schemaProblems(schema: SchemaDef): readonly Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, string>();
  for (const object of [...Object.values(schema.tables), ...Object.values(schema.views)]) {
    const name = displayName(object);
    const twin = seen.get(name.toLowerCase());
    if (twin !== undefined) {
      problems.push({
        table: name,
        message: `'${twin}' and '${name}' are one name to SQLite`,
        hint: "Rename one of them.",
      });
    }
    seen.set(name.toLowerCase(), name);
  }
  for (const view of Object.values(schema.views)) {
    if (view.schema === undefined) continue;
    const message = `view '${displayName(view)}' is in schema '${view.schema}', and SQLite has no schemas`;
    problems.push({ table: displayName(view), message, hint: `${ONLY_POSTGRES}, or leave the schema out.` });
  }
  for (const table of Object.values(schema.tables)) {
    for (const key of table.foreignKeys) {
      const target = schema.tables[objectKey(key.target)];
      if (key.unchecked === true || target === undefined || isKeyOf(target, key.targetColumns)) continue;
      problems.push({
        table: displayName(table),
        ...(key.columns[0] === undefined ? {} : { column: key.columns[0] }),
        message: `the foreign key (${key.columns.join(", ")}) of table '${displayName(table)}' refers to (${key.targetColumns.join(", ")}) of '${displayName(target)}', which is neither its primary key nor unique`,
        hint: "Add a unique constraint on these columns: without it SQLite refuses every write to the table.",
      });
    }
  }
  return problems;
}

type Said = readonly [message: string, hint: string];

function columnProblems(column: ColumnDef, table: TableDef): readonly Said[] {
  const name = `column '${displayName(table)}.${column.name}'`;
  const said: Said[] = [];
  const { identity, generated, collation } = column;
  if (identity !== undefined) said.push(...identityProblems(column, table, name));
  if (generated !== undefined && column.default !== undefined) {
    said.push([`${name} is generated and has a default`, "Leave out one of the two."]);
  }
  if (generated !== undefined && table.primaryKey?.columns.includes(column.name) === true) {
    said.push([
      `${name} is generated and part of the primary key, which SQLite refuses`,
      `${ONLY_POSTGRES}, or ${OTHER_TYPE}.`,
    ]);
  }
  if (collation !== undefined && !["BINARY", "NOCASE", "RTRIM"].includes(collation.toUpperCase())) {
    said.push([
      `${name} has the collation '${collation}', and SQLite has BINARY, NOCASE and RTRIM`,
      `Say ${'`.sqlType({ sqlite: "TEXT COLLATE NOCASE" })`'}.`,
    ]);
  }
  if (column.default?.kind === "sql") {
    const problem = defaultProblem(column.default.text);
    if (problem !== null) {
      said.push([
        `the default of ${name} ${problem}`,
        `Write it as SQLite does, or mark the table with ${'`.only("postgres")`'}.`,
      ]);
    }
  }
  if (table.options?.sqlite?.strict === true && identity === undefined) {
    const type = strictTypeText(column.type).toUpperCase();
    if (!["INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"].includes(type)) {
      said.push([
        `${name} has the type '${type}', and a STRICT table knows INT, INTEGER, REAL, TEXT, BLOB and ANY`,
        "Choose one of these.",
      ]);
    }
  }
  return said;
}

function identityProblems(column: ColumnDef, table: TableDef, name: string): readonly Said[] {
  const { generation, reuseIds: _reuseIds, ...sequence } = column.identity!;
  const said: Said[] = [];
  const key = table.primaryKey?.columns;
  if (key?.length !== 1 || key[0] !== column.name) {
    said.push([
      `${name} fills itself and is not the only primary key column, which SQLite wants`,
      "Make it the primary key, or leave `.autoIncrement()` out.",
    ]);
  }
  if (table.options?.sqlite?.withoutRowid === true) {
    said.push([`${name} fills itself, which a table WITHOUT ROWID cannot`, "Leave `withoutRowid` out."]);
  }
  if (generation === "always") {
    said.push([
      `${name} is always generated, and SQLite takes a value that is given`,
      "Say `.autoIncrement()` instead.",
    ]);
  }
  if (Object.keys(sequence).length > 0) {
    said.push([
      `${name} has ${Object.keys(sequence).join(", ")}, and SQLite counts by itself`,
      "Say `.autoIncrement()` instead.",
    ]);
  }
  return said;
}

/** Functions that PostgreSQL has and SQLite has not: it takes them in a DEFAULT and fails at the first insert. */
const FOREIGN_FUNCTIONS = [
  "now",
  "nextval",
  "gen_random_uuid",
  "uuid_generate_v4",
  "clock_timestamp",
  "transaction_timestamp",
  "timezone",
  "to_char",
  "md5",
];

/**
 * What SQLite will not take after DEFAULT.
 *
 * @see https://www.sqlite.org/lang_createtable.html#the_default_clause
 */
function defaultProblem(text: string): string | null {
  const tokens = tokenize(text);
  if (tokens.some((token) => token.kind === "illegal")) return `is not SQLite's SQL: ${text}`;
  if (tokens.some((token) => token.kind === "parameter")) return "holds a parameter";
  if (tokens.some((token) => token.key === "SELECT")) return "holds a subquery, which SQLite refuses";
  const foreign = tokens.find(
    (token, index) => FOREIGN_FUNCTIONS.includes(token.text.toLowerCase()) && tokens[index + 1]?.key === "(",
  );
  return foreign === undefined ? null : `calls '${foreign.text}()', which SQLite has not`;
}

function uniqueProblems(unique: UniqueDef): readonly string[] {
  return [
    ...(unique.nullsNotDistinct === true ? ["NULLS NOT DISTINCT"] : []),
    ...(unique.include === undefined ? [] : ["INCLUDE"]),
    ...(unique.deferrable === undefined ? [] : ["DEFERRABLE"]),
  ];
}

function foreignKeyProblems(key: ForeignKeyDef, table: string): readonly string[] {
  return [
    ...(key.target.schema === undefined
      ? []
      : [`a foreign key of table '${table}' refers to '${displayName(key.target)}', and SQLite has no schemas`]),
  ];
}

function indexProblems(index: IndexDef): readonly string[] {
  return [
    ...(index.method === undefined ? [] : [`the method ${index.method}`]),
    ...(index.include === undefined ? [] : ["INCLUDE"]),
    ...(index.nullsNotDistinct === true ? ["NULLS NOT DISTINCT"] : []),
    ...(index.with === undefined ? [] : ["WITH"]),
    ...(index.only === undefined ? [] : ["ON ONLY"]),
    ...index.elements.flatMap((element) => [
      ...(element.operatorClass === undefined ? [] : [`the operator class ${element.operatorClass}`]),
      ...(element.nulls === undefined ? [] : [`NULLS ${element.nulls.toUpperCase()} against its own order`]),
    ]),
  ];
}

function isKeyOf(target: TableDef, columns: readonly string[]): boolean {
  const same = (key: readonly string[]) => key.length === columns.length && columns.every((name) => key.includes(name));
  if (columns.length === 0) return target.primaryKey !== undefined;
  if (columns.some((name) => findColumn(target, name) === undefined)) return true;
  return (
    (target.primaryKey !== undefined && same(target.primaryKey.columns)) ||
    target.uniques.some((unique) => same(unique.columns)) ||
    target.indexes.some(
      (index) =>
        index.unique && index.where === undefined && same(index.elements.map((element) => element.column ?? "")),
    )
  );
}
