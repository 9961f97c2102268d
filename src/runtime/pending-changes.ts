/**
 * Operations that wait, so that each table is rebuilt once however its changes are scattered over a revision.
 *
 * Changes of different tables can change places: a rebuild reads and writes its own table only, foreign keys are not
 * enforced meanwhile, and views and triggers come back as they were. What is more than a change of one table (a rename,
 * a drop, a view, SQL, data) waits for nobody: it runs after everything that was taken before it.
 */
import type { Operation } from "../operations/operation.js";
import { applyOperation, tableKeyOf } from "../operations/registry.js";
import { EMPTY_SCHEMA, objectKey, type SchemaDef } from "../schema/schema.js";

export interface PendingOperation {
  readonly op: Operation;
  /** The schema that it meets. */
  readonly met: SchemaDef;
}

/** The changes of one table, in order. */
export interface PendingTable {
  readonly key: string;
  readonly operations: PendingOperation[];
  rebuild: boolean;
}

export class PendingChanges {
  /** In the order in which their first operations came. */
  readonly tables: PendingTable[] = [];
  readonly all: Operation[] = [];
  #after: SchemaDef;

  constructor(before: SchemaDef) {
    this.#after = before;
  }

  /** The schema as it will be; what the database itself told of it still holds, since nothing runs meanwhile. */
  get after(): SchemaDef {
    return this.#after;
  }

  /** Does the table wait for its rebuild already? Then nobody need ask whether another change of it needs one. */
  rebuilds(key: string): boolean {
    return this.#table(key)?.rebuild === true;
  }

  add(key: string, op: Operation, rebuild: boolean): void {
    const met = this.#after;
    this.#after = applyOperation(met, op);
    this.all.push(op);
    const table = this.#table(key);
    if (table === undefined) this.tables.push({ key, operations: [{ op, met }], rebuild });
    else {
      table.operations.push({ op, met });
      table.rebuild ||= rebuild;
    }
  }

  /** May the operation wait as well, or does it have to come after what waits? */
  admits(key: string, op: Operation): boolean {
    const own = this.#table(key);
    if (op.kind !== "createTable" && !(key in this.#after.tables)) return false;
    if (this.tables.some((table) => table.operations.some((pending) => renames(pending.op)))) return own !== undefined;
    if (renames(op)) return own !== undefined && this.tables.length === 1;
    if (own?.operations.some((pending) => pending.op.kind === "createTable")) return op.kind === "createIndex";
    if (op.kind === "createTable") return op.ifNotExists !== true && own === undefined && !(key in this.#after.tables);
    // An index of one name goes from one table to another in the order that was said.
    return !this.tables.some((table) => table.key !== key && sharesIndex(op, table));
  }

  #table(key: string): PendingTable | undefined {
    return this.tables.find((table) => table.key === key);
  }
}

/** The table whose change this is and nothing else, or null. */
export function pendingKeyOf(op: Operation, schema: SchemaDef): string | null {
  if (op.kind === "createTable") return objectKey(op.table);
  if (op.kind !== "dropIndex") return tableKeyOf(op, EMPTY_SCHEMA);
  return op.table === undefined ? tableKeyOf(op, schema) : objectKey(op.table);
}

function renames(op: Operation): boolean {
  if (op.kind === "batchAlterTable") return op.operations.some(renames);
  return op.kind === "renameColumn" || op.kind === "renameTable" || op.kind === "renameIndex";
}

function sharesIndex(op: Operation, table: PendingTable): boolean {
  const names = new Set(indexNames(op));
  return names.size > 0 && table.operations.some((pending) => indexNames(pending.op).some((name) => names.has(name)));
}

function indexNames(op: Operation): readonly string[] {
  switch (op.kind) {
    case "createIndex":
    case "dropIndex":
      return [op.index.name.toLowerCase()];
    case "createTable":
      return op.table.indexes.map((index) => index.name.toLowerCase());
    case "batchAlterTable":
      return op.operations.flatMap(indexNames);
    default:
      return [];
  }
}
