/**
 * Queries that compile a view or the triggers of a table. Nothing else says that one of them came back broken from a
 * rebuild: SQLite creates them without looking into them.
 */
import type { Connection } from "../../dialect.js";
import { ddl } from "../text/ddl.js";
import { parseCreateTable } from "../text/parse-create-table.js";
import { parseCreateTrigger } from "../text/parse-create-trigger.js";
import type { TableNode } from "../text/table-nodes.js";
import type { Probe, StoredObject } from "./live-facts.js";
import { sameName } from "./read-table.js";

/**
 * Those that compile now. One that does not was broken before, or calls a function of the application, and so tells
 * nothing afterwards.
 */
export async function workingProbes(
  connection: Connection,
  objects: readonly StoredObject[],
): Promise<readonly Probe[]> {
  const tables = tableReader(objects);
  const working: Probe[] = [];
  for (const probe of allProbes(objects)) {
    const sql = probeSql(probe, tables(probe.object));
    if (sql === null) continue;
    try {
      await connection.query(sql);
      working.push(probe);
    } catch {}
  }
  return working;
}

/** The query, or null where there is none: `node` is the table's text, null for a view. */
export function probeSql({ event, object }: Probe, node: TableNode | null): string | null {
  // What has no name is left to SQLite.
  if (object === "" || node?.columns.some((column) => column.name === "") === true) return null;
  const name = ddl.id(object);
  switch (event) {
    case "select":
      return `SELECT * FROM ${name} LIMIT 0`;
    case "insert":
      return `EXPLAIN INSERT INTO ${name} DEFAULT VALUES`;
    case "delete":
      return `EXPLAIN DELETE FROM ${name}`;
    case "update": {
      // Every column, so that the triggers of UPDATE OF are compiled too.
      const columns = (node?.columns ?? [])
        .filter((column) => !column.constraints.some((constraint) => constraint.kind === "generated"))
        .map((column) => ddl.id(column.name));
      if (columns.length === 0) return null;
      return `EXPLAIN UPDATE ${name} SET ${columns.map((column) => `${column} = ${column}`).join(", ")}`;
    }
  }
}

/** Gives the text of a table by its name, read when it is first asked for. */
export function tableReader(objects: readonly StoredObject[]): (name: string) => TableNode | null {
  const read = new Map<string, TableNode | null>();
  return (name) => {
    const key = name.toLowerCase();
    if (!read.has(key)) {
      const stored = objects.find((object) => object.type === "table" && sameName(object.name, name));
      const isTable = stored !== undefined && !isVirtual(stored);
      read.set(key, isTable ? parseCreateTable(stored.sql) : null);
    }
    return read.get(key) ?? null;
  };
}

function allProbes(objects: readonly StoredObject[]): readonly Probe[] {
  const probes = new Map<string, Probe>();
  for (const object of objects) {
    const probe: Probe | null =
      object.type === "view"
        ? { event: "select", object: object.name }
        : object.type === "trigger"
          ? { event: parseCreateTrigger(object.sql).event, object: object.table }
          : null;
    if (probe !== null) probes.set(JSON.stringify(probe), probe);
  }
  return [...probes.values()];
}

export function isVirtual(object: StoredObject): boolean {
  return object.type === "table" && /^create\s+virtual\b/i.test(object.sql);
}
