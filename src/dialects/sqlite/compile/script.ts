/** SQLite's scripts, for its shell or for anything that runs several statements and stops at the first error. */
import { UnsupportedOperationError } from "../../../errors.js";
import { quoteText } from "../../../util/quote.js";
import type { ScriptSyntax } from "../../script-connection.js";
import { followOperation, followScript } from "../catalog/scripted-objects.js";
import { bindable } from "../connection/bindable.js";
import { controlsTransaction, splitScript } from "../text/split-script.js";
import { tokenize } from "../text/sql-tokenizer.js";
import { followFacts } from "./follow-facts.js";

const BASELINE = "temp._tsm_violations";
const COUNTS = `SELECT "table" AS child, parent, count(*) AS n FROM pragma_foreign_key_check GROUP BY 1, 2`;

export const script: ScriptSyntax = {
  assumedVersion: "3.35.0",
  shell: "sqlite3 -bail <database> <",
  prologue: ["PRAGMA foreign_keys = ON"],
  begin: (foreignKeysOff) =>
    foreignKeysOff
      ? [
          // SQLite ignores the first of them inside a transaction, and would then delete the rows of cascading children.
          "PRAGMA foreign_keys = OFF",
          "PRAGMA legacy_alter_table = OFF",
          "PRAGMA ignore_check_constraints = OFF",
          "BEGIN IMMEDIATE",
          `DROP TABLE IF EXISTS ${BASELINE}`,
          `CREATE TABLE ${BASELINE} AS ${COUNTS}`,
        ]
      : ["BEGIN IMMEDIATE"],
  commit: (foreignKeysOff) =>
    foreignKeysOff
      ? [
          refuseRow(
            `SELECT 1 FROM (${COUNTS}) AS now WHERE now.n > coalesce((SELECT sum(old.n) FROM ${BASELINE} AS old WHERE old.child = now.child AND old.parent = now.parent), 0)`,
            "foreign keys would be violated: see PRAGMA foreign_key_check",
          ),
          `DROP TABLE ${BASELINE}`,
          "COMMIT",
          "PRAGMA foreign_keys = ON",
        ]
      : ["COMMIT"],
  inline,
  isReading(sql) {
    const tokens = tokenize(sql);
    const [first] = tokens;
    // A common table expression is a way to write as well as to read.
    const verb = first?.key === "WITH" ? (tokens.find((token) => WRITES.has(token.key))?.key ?? "SELECT") : first?.key;
    return READS.has(verb ?? "") || tokens.some((token) => token.key === "RETURNING");
  },
  controlsTransaction: (sql) => splitScript(sql).some(controlsTransaction),
  isAtomic: (sql) => splitScript(sql).length < 2,
  refuseRow,
  requireRevisions: (table, ids) =>
    refuseRow(
      ids.length === 0
        ? `SELECT 1 FROM ${table}`
        : `SELECT 1 WHERE (SELECT count(*) FROM ${table} WHERE "rev" IN (${ids.map(quoteText).join(", ")})) <> ${ids.length}`,
      `the database is not at ${ids.join(", ") || "base"}, where this part of the script begins`,
    ),
  followScript,
  followOperation: (schema, op) => followFacts(followOperation(schema, op), op),
};

const READS: ReadonlySet<string> = new Set(["SELECT", "VALUES", "PRAGMA", "EXPLAIN"]);
const WRITES: ReadonlySet<string> = new Set(["INSERT", "REPLACE", "UPDATE", "DELETE"]);

/**
 * SQLite's language has no statement that fails with a text of one's own. A path that is no JSON path fails with the path
 * in the message, since 3.9 and in every build since 3.38. It must depend on the row: a constant would be computed, and
 * fail, without any.
 */
function refuseRow(query: string, sentence: string): string {
  return `SELECT json_extract('{}', ${quoteText(sentence)} || substr(found, 1, 0)) FROM (SELECT count(*) AS found FROM (${query})) WHERE found > 0`;
}

function inline(sql: string, parameters: readonly unknown[]): string {
  if (parameters.length === 0) return sql;
  let text = "";
  let from = 0;
  let next = 0;
  for (const token of tokenize(sql)) {
    if (token.kind !== "parameter") continue;
    const at = /^\?\d+$/.test(token.text) ? Number(token.text.slice(1)) - 1 : next;
    next = at + 1;
    text += sql.slice(from, token.start) + literal(parameters[at], sql);
    from = token.end;
  }
  return text + sql.slice(from);
}

/** What the driver binds: every JavaScript number is a REAL, only a bigint is an INTEGER. */
function literal(given: unknown, sql: string): string {
  const value = bindable(given);
  if (value === null) return "NULL";
  if (typeof value === "bigint") return String(value);
  if (typeof value === "string") return textLiteral(value);
  if (value instanceof Uint8Array) return `X'${Buffer.from(value).toString("hex").toUpperCase()}'`;
  if (typeof value === "number") {
    if (Number.isNaN(value)) return "NULL";
    if (!Number.isFinite(value)) return value > 0 ? "9e999" : "-9e999";
    if (Object.is(value, -0)) return "-0.0";
    return /^-?\d+$/.test(String(value)) ? `${value}.0` : String(value);
  }
  throw new UnsupportedOperationError(`SQLite takes no ${typeof value} as a value of '${sql}'`, {
    dialect: "sqlite",
    operation: sql,
    hint: "Pass text, a number, a bigint, a boolean, a Date, bytes or null.",
  });
}

/** A text with NUL in it cannot be written between quotes. */
function textLiteral(text: string): string {
  if (!text.includes("\0")) return quoteText(text);
  return `CAST(X'${Buffer.from(text, "utf8").toString("hex").toUpperCase()}' AS TEXT)`;
}
