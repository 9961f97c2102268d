/** A database as somebody else describes it, to compare two of them without a word of ours. */
import Database from "better-sqlite3";
import { parseDatabaseUrl } from "../../src/dialects/database-url.js";
import type { DialectName } from "../../src/schema/schema.js";
import { catalogView } from "./catalog-view.js";
import { dumpStatements } from "./pg-dump.js";
import { schemaFacts } from "./sqlite-facts.js";

/**
 * Sorted lines: of pg_dump, or of SQLite's pragmas and `sqlite_schema`; null where there is no pg_dump for the server. The
 * order of columns is left out, since a column that is added later stands last; so is the place of what has no order.
 */
export async function outsideView(family: DialectName, url: string): Promise<readonly string[] | null> {
  if (family === "postgres") {
    const statements = await dumpStatements(url);
    if (statements === null) return catalogView(url);
    // What is validated meanwhile is no worse than what is not.
    return (
      statements
        ?.map((text) => text.replace(/ NOT VALID;$/, ";"))
        .flatMap(withoutChecks)
        .map(withoutOrder)
        .sort() ?? null
    );
  }
  const raw = new Database(fileOf(url), { readonly: true });
  try {
    return withoutMeaningless(schemaFacts(raw));
  } finally {
    raw.close();
  }
}

/**
 * Without what makes no difference: the place of a column, the NOT NULL of a rowid, the name of another NOT NULL, and what
 * the index of a table WITHOUT ROWID holds besides its key.
 */
function withoutMeaningless(facts: readonly string[]): readonly string[] {
  const isRowid = (table: string) => facts.includes(`table ${table} [0,0]`) || facts.includes(`table ${table} [0,1]`);
  const rowids = new Map(
    facts.flatMap((fact) => {
      const [, table, column] = /^table (.*) column \d+ \["(.*?)","INTEGER",\d,null,1,0\]$/.exec(fact) ?? [];
      return table !== undefined && isRowid(table) ? [[table, column!] as const] : [];
    }),
  );
  return facts
    .map((fact) => fact.replace(/ column \d+ /, " column "))
    .map((fact) => fact.replace(/^(table .* column \[".*?","INTEGER"),1(,null,1,0\])$/, "$1,0$2"))
    .map((fact) => fact.replace(/^(table .* says \[)".*?"(,"notNull")/, "$1null$2"))
    .map((fact) => (/ index \[null,1,"pk"/.test(fact) ? fact.replace(/(?:,\[[^[\]]*,0\])+\]\]$/, "]]") : fact))
    .filter((fact) => {
      const [, table, column] = /^table (.*) says \[null,"notNull","(.*)","ABORT"\]$/.exec(fact) ?? [];
      return table === undefined || rowids.get(table) !== column;
    })
    .sort();
}

/** What one side says and the other does not. */
export function viewDifference(expected: readonly string[] | null, found: readonly string[] | null): readonly string[] {
  if (expected === null || found === null) return [];
  return [
    ...expected.filter((line) => !found.includes(line)).map((line) => `- ${line}`),
    ...found.filter((line) => !expected.includes(line)).map((line) => `+ ${line}`),
  ];
}

/** A check that is not valid stands by itself, another one in its table. */
function withoutChecks(statement: string): readonly string[] {
  const table = /^TABLE: CREATE (?:UNLOGGED )?TABLE (.*) \($/m.exec(statement)?.[1];
  if (table === undefined) return [statement];
  const isCheck = (line: string) => /^ {4}CONSTRAINT .* CHECK \(/.test(line);
  const lines = statement.split("\n");
  const checks = lines.filter(isCheck).map((line) => line.trim().replace(/,$/, ""));
  return [
    lines.filter((line) => !isCheck(line)).join("\n"),
    ...checks.map((check) => `CHECK CONSTRAINT: ALTER TABLE ${table}\n    ADD ${check};`),
  ];
}

function withoutOrder(statement: string): string {
  if (!/^(?:TABLE|TYPE): /.test(statement) || /^TYPE: CREATE TYPE \S+ AS (?:ENUM|\()/.test(statement)) return statement;
  return statement
    .split("\n")
    .map((line) => line.replace(/,$/, ""))
    .sort()
    .join("\n");
}

function fileOf(url: string): string {
  const parsed = parseDatabaseUrl(url, process.cwd());
  if (parsed.dialect !== "sqlite" || parsed.file === null) throw new Error(`'${parsed.display}' is no file`);
  return parsed.file;
}
