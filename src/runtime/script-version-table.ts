/** The version table of a script: the rows are those the script itself has written so far. */
import type { ScriptConnection } from "../dialects/script-connection.js";
import type { ObjectName } from "../schema/schema.js";
import { quoteText } from "../util/quote.js";
import { changeStatements, createStatement, qualified, refuseLongName, type VersionTable } from "./version-table.js";

/**
 * `heads`: the rows that are there where the script begins. Every transaction of a step begins with a statement that
 * fails unless they are (without any: if there are rows), and the version table is made only where there are none.
 */
export function openScriptVersionTable(
  connection: ScriptConnection,
  name: ObjectName,
  heads: readonly string[],
): VersionTable {
  refuseLongName(name, connection.dialect.name);
  const table = qualified(name);
  let rows = new Set(heads);
  /** The rows before the last transaction, which come back when it is rolled back. */
  let before = { transaction: 0, rows };
  const follow = () => {
    const { transactions, rolledBack } = connection;
    if (transactions === before.transaction && rolledBack !== transactions) return;
    if (rolledBack === before.transaction && rolledBack > 0) rows = before.rows;
    before = { transaction: transactions, rows: new Set(rows) };
  };
  /** The transaction that has asked for the rows already. */
  let guarded = 0;
  const guard = async () => {
    await connection.script(connection.dialect.script.requireRevisions(table, [...rows].sort()));
  };
  const read = async () => {
    follow();
    if (connection.inTransaction) {
      await guard();
      guarded = connection.transactions;
    }
    return [...rows].sort();
  };
  return {
    name,
    read,
    claim: read,
    exists: async () => rows.size > 0,
    async ensure() {
      // What else is made with it must not be made in a database that is somewhere else.
      if (rows.size > 0) {
        await guard();
        guarded = connection.transactions;
        return false;
      }
      await connection.script(createStatement(name));
      return true;
    },
    async move(changes) {
      follow();
      // A step that runs outside a transaction, or has committed a part of itself, has not asked in this one.
      if (guarded !== connection.transactions) await guard();
      guarded = connection.transactions;
      for (const id of changes.deletes) rows.delete(id);
      for (const [from, to] of changes.updates) {
        rows.delete(from);
        rows.add(to);
      }
      for (const id of changes.inserts) rows.add(id);
      for (const { sql } of changeStatements(table, changes, quoteText)) await connection.script(sql);
    },
  };
}
