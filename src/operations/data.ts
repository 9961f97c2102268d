/** execute, bulkInsert, batchAlterTable and custom: what is opaque to the schema, or holds other operations. */
import { displayName, type SchemaDef } from "../schema/schema.js";
import { requireTable } from "./conflict.js";
import type { Operation, OperationOf, OperationSpec, Statement } from "./operation.js";
import { statement } from "./operation.js";

export const execute: OperationSpec<"execute"> = {
  kind: "execute",
  // SQL of the user's own: whoever needs the schema afterwards has to read it again.
  apply: (before) => before,
  reverse: () => null,
  toSql: (op) => [statement(op.sql)],
  describe: (op) => `execute ${firstLine(op.sql)}`,
  destroys: () => null,
};

/** Text of one INSERT at the most, in UTF-16 units; SQLite's own limit is a million bytes. */
const INSERT_TEXT_LIMIT = 200_000;
const INSERT_ROW_LIMIT = 500;

export const bulkInsert: OperationSpec<"bulkInsert"> = {
  kind: "bulkInsert",
  apply: (before) => before,
  reverse: () => null,
  toSql(op, ddl) {
    const statements: Statement[] = [];
    for (const group of groupByColumns(op)) {
      const head = `INSERT INTO ${ddl.name(op.table)} (${group.columns.map((name) => ddl.id(name)).join(", ")}) VALUES\n`;
      let chunk: string[] = [];
      let length = 0;
      const flush = () => {
        if (chunk.length > 0) statements.push(statement(`${head}${chunk.join(",\n")}`));
        chunk = [];
        length = 0;
      };
      for (const row of group.rows) {
        const text = `(${group.columns.map((name) => ddl.literal(row[name]!)).join(", ")})`;
        if (chunk.length >= INSERT_ROW_LIMIT || length + text.length > INSERT_TEXT_LIMIT) flush();
        chunk.push(text);
        length += text.length;
      }
      flush();
    }
    return statements;
  },
  describe: (op) => `insert ${op.rows.length} ${op.rows.length === 1 ? "row" : "rows"} into ${displayName(op.table)}`,
  destroys: () => null,
};

export const custom: OperationSpec<"custom"> = {
  kind: "custom",
  apply: (before) => before,
  reverse(op) {
    if (op.downgradeSql === undefined) return null;
    return [{ kind: "custom", name: op.name, upgradeSql: op.downgradeSql, downgradeSql: op.upgradeSql }];
  },
  toSql: (op) => op.upgradeSql.map((sql) => statement(sql)),
  describe: (op) => op.name,
  destroys: () => null,
};

/** The registry's own functions, handed in so that this file does not import what imports it. */
export interface OperationRules {
  apply(before: SchemaDef, op: Operation): SchemaDef;
  reverse(op: Operation, before: SchemaDef): readonly Operation[] | null;
  describe(op: Operation): string;
  destroys(op: Operation, before: SchemaDef): string | null;
}

export function batchAlterTableSpec(rules: OperationRules): OperationSpec<"batchAlterTable"> {
  return {
    kind: "batchAlterTable",
    apply: (before, op) => {
      requireTable(before, op.table, `alter table ${displayName(op.table)}`);
      return op.operations.reduce((schema, inner) => rules.apply(schema, inner), before);
    },
    reverse(op, before) {
      const undone: Operation[] = [];
      let schema = before;
      for (const inner of op.operations) {
        const reversed = rules.reverse(inner, schema);
        if (reversed === null) return null;
        undone.unshift(...reversed);
        schema = rules.apply(schema, inner);
      }
      return [{ ...op, operations: undone }];
    },
    toSql: () => [],
    describe: (op) =>
      `alter table ${displayName(op.table)}: ${op.operations.map((inner) => rules.describe(inner)).join("; ")}`,
    destroys(op, before) {
      let schema = before;
      const phrases: string[] = [];
      for (const inner of op.operations) {
        const phrase = rules.destroys(inner, schema);
        if (phrase !== null) phrases.push(phrase);
        schema = rules.apply(schema, inner);
      }
      return phrases.length === 0 ? null : phrases.join("; ");
    },
  };
}

/** Rows that name the same columns go into one INSERT, in the order in which they came. */
function groupByColumns(op: OperationOf<"bulkInsert">) {
  const groups: { columns: readonly string[]; rows: OperationOf<"bulkInsert">["rows"][number][] }[] = [];
  for (const row of op.rows) {
    const columns = Object.keys(row);
    const last = groups.at(-1);
    if (
      last !== undefined &&
      last.columns.length === columns.length &&
      columns.every((name) => last.columns.includes(name))
    ) {
      last.rows.push(row);
    } else {
      groups.push({ columns, rows: [row] });
    }
  }
  return groups;
}

function firstLine(sql: string): string {
  const line = sql.trim().split("\n", 1)[0]!.trimEnd();
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}
