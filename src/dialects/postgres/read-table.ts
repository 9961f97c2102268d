/** From the catalog's rows to the structure of one table. */
import {
  type CheckDef,
  type ColumnDef,
  compact,
  type DefaultDef,
  type Deferrable,
  type ForeignKeyAction,
  type ForeignKeyDef,
  type IdentityDef,
  type IndexDef,
  type IndexElement,
  type ObjectName,
  type PrimaryKeyDef,
  type TableDef,
  type TableOptions,
  type UniqueDef,
} from "../../schema/schema.js";
import type {
  ColumnRow,
  ConstraintRow,
  IndexElementRow,
  IndexRow,
  RelationRow,
  SequenceRow,
} from "./catalog-queries.js";
import { parseDefault } from "./defaults.js";
import { onOneLine, withoutOuterParentheses } from "./sql-text.js";
import { parseType } from "./types.js";

/** Gives a name its schema, unless it is the default one. */
export type NameOf = (schema: string, name: string) => ObjectName;

/** By the table's id in the catalog. */
export interface CatalogRows {
  readonly columns: ReadonlyMap<number, readonly ColumnRow[]>;
  readonly constraints: ReadonlyMap<number, readonly ConstraintRow[]>;
  readonly indexes: ReadonlyMap<number, readonly IndexRow[]>;
}

export function readTable(row: RelationRow, rows: CatalogRows, nameOf: NameOf): TableDef {
  const constraints = rows.constraints.get(row.id) ?? [];
  const ofKind = (kind: ConstraintRow["kind"]) => constraints.filter((constraint) => constraint.kind === kind);
  const primaryKey = ofKind("p").map(readKey)[0] as PrimaryKeyDef | undefined;
  return {
    ...nameOf(row.schema, row.name),
    columns: (rows.columns.get(row.id) ?? []).map((column) => readColumn(column, nameOf)),
    uniques: ofKind("u").map(readKey),
    foreignKeys: ofKind("f").map((constraint) => readForeignKey(constraint, nameOf)),
    checks: ofKind("c").map(readCheck),
    indexes: (rows.indexes.get(row.id) ?? []).map(readIndex),
    ...compact({ primaryKey, comment: row.comment ?? undefined, options: readOptions(row) }),
  };
}

function readColumn(row: ColumnRow, nameOf: NameOf): ColumnDef {
  const object = nameOf(row.baseSchema, row.baseName);
  const type = parseType({ text: row.type, isArray: row.isArray, kind: row.baseKind, object });
  const isSerial = row.isSerial && (type.name === "integer" || type.name === "bigint");
  const isGenerated = row.generated !== "";
  return {
    name: row.name,
    type: isSerial ? { name: type.name === "integer" ? "serial" : "bigserial" } : type,
    nullable: !row.notNull,
    ...compact({
      default: row.default === null || isSerial || isGenerated ? undefined : readDefault(row, type),
      identity: row.identity === "" || row.sequence === null ? undefined : readIdentity(row, row.sequence),
      generated: isGenerated
        ? { expression: readExpression(row.default ?? ""), stored: row.generated === "s" }
        : undefined,
      collation: row.collation ?? undefined,
      comment: row.comment ?? undefined,
    }),
  };
}

/** A default of NULL is what a column without one has. */
function readDefault(row: ColumnRow, type: ColumnDef["type"]): DefaultDef | undefined {
  const value = parseDefault(onOneLine(row.default!), type, row.typeName);
  return value.kind === "literal" && value.value === null ? undefined : value;
}

const LARGEST: Readonly<Record<string, string>> = {
  smallint: "32767",
  integer: "2147483647",
  bigint: "9223372036854775807",
};

/** Only what differs from the server's own choice for the type and direction. */
function readIdentity(row: ColumnRow, sequence: SequenceRow): IdentityDef {
  const down = sequence.increment.startsWith("-");
  const largest = LARGEST[row.typeName]!;
  const minimum = down ? `-${BigInt(largest) + 1n}` : "1";
  const maximum = down ? "-1" : largest;
  const unless = (value: string, usual: string) => (value === usual ? undefined : Number(value));
  return {
    generation: row.identity === "a" ? "always" : "byDefault",
    ...compact({
      start: unless(sequence.start, down ? sequence.max : sequence.min),
      increment: unless(sequence.increment, "1"),
      minValue: unless(sequence.min, minimum),
      maxValue: unless(sequence.max, maximum),
      cache: unless(sequence.cache, "1"),
      cycle: sequence.cycle ? true : undefined,
    }),
  };
}

function readKey(row: ConstraintRow): PrimaryKeyDef & UniqueDef {
  return {
    name: row.name,
    columns: row.columns,
    ...compact({
      nullsNotDistinct: row.nullsNotDistinct ? (true as const) : undefined,
      include: row.include ?? undefined,
      deferrable: readDeferrable(row),
    }),
  };
}

const ACTIONS: Readonly<Record<string, ForeignKeyAction>> = {
  c: "cascade",
  r: "restrict",
  n: "set null",
  d: "set default",
};

function readForeignKey(row: ConstraintRow, nameOf: NameOf): ForeignKeyDef {
  return {
    name: row.name,
    columns: row.columns,
    target: nameOf(row.targetSchema!, row.target!),
    targetColumns: row.targetColumns!,
    ...compact({
      onDelete: ACTIONS[row.onDelete],
      onUpdate: ACTIONS[row.onUpdate],
      match: row.match === "f" ? ("full" as const) : undefined,
      deferrable: readDeferrable(row),
      notValid: row.validated ? undefined : (true as const),
    }),
  };
}

function readDeferrable(row: ConstraintRow): Deferrable | undefined {
  if (!row.deferrable) return undefined;
  return row.deferred ? "deferred" : "immediate";
}

function readCheck(row: ConstraintRow): CheckDef {
  return {
    name: row.name,
    expression: readExpression(row.expression!),
    ...compact({
      noInherit: row.noInherit ? (true as const) : undefined,
      notValid: row.validated ? undefined : (true as const),
    }),
  };
}

function readIndex(row: IndexRow): IndexDef {
  return {
    name: row.name,
    unique: row.unique,
    elements: row.elements.map((element) => readElement(element, row.method)),
    ...compact({
      where: row.where === null ? undefined : readExpression(row.where),
      method: row.method === "btree" ? undefined : row.method,
      include: row.include ?? undefined,
      nullsNotDistinct: row.nullsNotDistinct ? (true as const) : undefined,
      with: readStorage(row.storage),
    }),
  };
}

function readElement(row: IndexElementRow, method: string): IndexElement {
  const isOrdered = method === "btree";
  const descending = isOrdered && (row.option & 1) !== 0;
  const nullsFirst = isOrdered && (row.option & 2) !== 0;
  return compact({
    column: row.column ?? undefined,
    expression: row.expression === null ? undefined : readExpression(row.expression),
    order: descending ? ("desc" as const) : undefined,
    // Nulls come last going up and first going down, unless said otherwise.
    nulls: descending === nullsFirst ? undefined : nullsFirst ? ("first" as const) : ("last" as const),
    collation: row.collation ?? undefined,
    operatorClass: row.operatorClass ?? undefined,
  });
}

function readOptions(row: RelationRow): TableOptions | undefined {
  const postgres = compact({
    unlogged: row.unlogged ? true : undefined,
    partitionBy: row.partition ?? undefined,
    tablespace: row.tablespace ?? undefined,
    storage: readStorage(row.storage),
  });
  return Object.keys(postgres).length === 0 ? undefined : { postgres };
}

/** `fillfactor=70` → `{ fillfactor: 70 }`. */
function readStorage(
  options: readonly string[] | null,
): Readonly<Record<string, string | number | boolean>> | undefined {
  if (options === null) return undefined;
  return Object.fromEntries(
    options.map((option) => {
      const at = option.indexOf("=");
      return [option.slice(0, at), storageValue(option.slice(at + 1))];
    }),
  );
}

function storageValue(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
}

function readExpression(text: string): string {
  return withoutOuterParentheses(onOneLine(text));
}
