/**
 * Bodies of revisions that leave rows behind for the next ones to keep: each makes a table with rows that refer to each
 * other and to its parents' rows, and gives the tables of its parents a column, filled and then made NOT NULL, which is a
 * rebuild on SQLite.
 */

import type { Connection } from "../../src/dialects/dialect.js";
import type { Revision } from "../../src/revisions/revision.js";
import { introspect } from "./engine.js";

export function livedInBodies({ id, downRevisions }: Revision): {
  readonly upgrade: string;
  readonly downgrade: string;
} {
  const table = `t_${id}`;
  const parents = downRevisions.map((parent) => `t_${parent}`);
  const columns = parents.flatMap((parent, at) => [
    `cascading_${at}: integer().references("${parent}.id", { onDelete: "cascade" })`,
    `kept_${at}: integer().references("${parent}.id", { onDelete: "set null" })`,
  ]);
  const row = (number: number) =>
    `{ note: "it's row ${number} of ${id}"${parents.map((_, at) => `, cascading_${at}: ${number}, kept_${at}: ${number}`).join("")} }`;
  return {
    upgrade: [
      `await op.createTable("${table}", { id: integer().primaryKey().autoIncrement(), note: text().notNull(), beside: integer().references("${table}.id"), ${columns.join(", ")} });`,
      `await op.bulkInsert("${table}", [${row(1)}, ${row(2)}]);`,
      `await op.execute("UPDATE ${table} SET beside = 1 WHERE id = 2");`,
      ...parents.flatMap((parent) => [
        `await op.addColumn("${parent}", "by_${id}", integer());`,
        `await op.execute("UPDATE ${parent} SET by_${id} = id * 10");`,
        `await op.alterColumn("${parent}", "by_${id}", { nullable: false });`,
        `await op.createIndex("ix_${parent}_by_${id}", "${parent}", ["by_${id}"]);`,
      ]),
    ].join("\n"),
    downgrade: [
      ...parents
        .toReversed()
        .flatMap((parent) => [
          `await op.dropIndex("ix_${parent}_by_${id}", "${parent}");`,
          `await op.dropColumn("${parent}", "by_${id}");`,
        ]),
      `await op.dropTable("${table}");`,
    ].join("\n"),
  };
}

/** Everything in a database that revisions are about: its schema, its rows, and the rows of the version table. */
export async function contentOf(connection: Connection): Promise<unknown> {
  const schema = await introspect(connection);
  const rows: Record<string, unknown> = {};
  for (const { name } of Object.values(schema.tables)) {
    rows[name] = (await connection.query(`SELECT * FROM "${name}" ORDER BY id`)).rows;
  }
  return { schema, rows, version: await versionRows(connection) };
}

/** Sorted; empty where there is no version table. */
export async function versionRows(connection: Connection): Promise<readonly string[]> {
  const { rows } = await connection
    .query<{ rev: string }>('SELECT "rev" FROM tsmigrate_version ORDER BY 1')
    .catch(() => ({
      rows: [],
    }));
  return rows.map(({ rev }) => rev).sort();
}
