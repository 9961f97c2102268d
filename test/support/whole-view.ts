/** A database as SQLite's pragmas describe it, or as pg_dump does and as we read it, should there be no pg_dump. */
import type { DialectName, TableDef } from "../../src/schema/schema.js";
import { connectTo } from "./engine.js";
import { outsideView } from "./outside-view.js";

export async function wholeView(family: DialectName, url: string): Promise<object> {
  const outside = await outsideView(family, url);
  // In the texts that SQLite changes itself it quotes names, which means the same.
  if (family === "sqlite") return { outside };
  const connection = await connectTo(url);
  try {
    const { dialect, defaultSchema } = connection;
    const schemas = ((await dialect.listSchemas?.(connection)) ?? []).filter((name) => name !== defaultSchema);
    const ignoreTables = [{ name: "tsmigrate_version" }, { name: "tsmigrate_log" }];
    const privileges = { grants: true, owners: true };
    const own = await dialect.introspect(connection, { ignoreTables, schemas, privileges });
    return { outside, own: { ...own, tables: Object.values(own.tables).map(inOrder) } };
  } finally {
    await connection.close();
  }
}

/** A column that is made again stands last. */
function inOrder(table: TableDef): TableDef {
  return { ...table, columns: [...table.columns].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}
