/** Texts in double quotes, as old databases hold them, in the quotes that every build of SQLite takes. */

import { quoteText } from "../../../util/quote.js";
import { foldCase } from "./expression.js";
import { identifierOf, tokenize } from "./sql-tokenizer.js";
import type { ColumnConstraintNode, NodeBase, TableNode } from "./table-nodes.js";

/**
 * The text with every name in double quotes that is no column's written as the string for which SQLite takes it where it
 * may. Builds that may not, as the driver's, read such a text in an old database and refuse it in a new one.
 *
 * @see https://www.sqlite.org/quirks.html#double_quoted_string_literals_are_accepted
 */
export function mendStrings(text: string, columns: readonly string[]): string {
  if (!text.includes('"')) return text;
  const names = new Set([...columns, "rowid", "_rowid_", "oid"].map(foldCase));
  const tokens = tokenize(text);
  let mended = "";
  let from = 0;
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== "quoted" || !token.text.startsWith('"') || names.has(foldCase(identifierOf(token)))) continue;
    const [before, after] = [tokens[at - 1]?.key, tokens[at + 1]?.key];
    if (before === "." || after === "." || after === "(") continue;
    mended += text.slice(from, token.start) + quoteText(identifierOf(token));
    from = token.end;
  }
  return mended + text.slice(from);
}

/** The same in the checks and generated columns of a table. */
export function mendTable(table: TableNode): TableNode {
  const columns = table.columns.map((column) => column.name);
  return {
    ...table,
    columns: table.columns.map((column) => ({
      ...column,
      constraints: column.constraints.map((node) => mendNode<ColumnConstraintNode>(node, columns)),
    })),
    constraints: table.constraints.map((node) => mendNode(node, columns)),
  };
}

type Mendable = NodeBase & { readonly kind: string; readonly expression?: string };

function mendNode<N extends Mendable>(node: N, columns: readonly string[]): N {
  if ((node.kind !== "check" && node.kind !== "generated") || node.expression === undefined) return node;
  const { expression } = node;
  const mended = mendStrings(expression, columns);
  if (mended === expression) return node;
  const within = (text: string) => text.replace(expression, () => mended);
  return { ...node, expression: mended, text: within(node.text), body: within(node.body) };
}

/** The same in what an index is on and which rows it holds. */
export function mendIndexText(sql: string, columns: readonly string[]): string {
  const list = tokenize(sql).find((token) => token.key === "(")?.start ?? sql.length;
  return sql.slice(0, list) + mendStrings(sql.slice(list), columns);
}

/** Do the checks and generated columns of the table, as written, hold such a text? */
export function needsMending(table: TableNode): boolean {
  const mended = mendTable(table);
  const changed = (a: readonly unknown[], b: readonly unknown[]) => a.some((node, index) => node !== b[index]);
  return (
    changed(table.constraints, mended.constraints) ||
    table.columns.some((column, index) => changed(column.constraints, mended.columns[index]!.constraints))
  );
}
