/** From the pieces of a CREATE TABLE text to the neutral structure, keeping which piece said what. */
import type {
  CheckDef,
  ColumnDef,
  ForeignKeyAction,
  ForeignKeyDef,
  IndexDef,
  KeyCollations,
  KeyOrder,
  PrimaryKeyDef,
  SqliteColumn,
  TableDef,
  UniqueDef,
} from "../../../schema/schema.js";
import { quoteText } from "../../../util/quote.js";
import { saysNotNull } from "../text/ddl.js";
import { parseDefault } from "../text/defaults.js";
import { mendStrings } from "../text/mend-strings.js";
import type { IndexNode } from "../text/parse-create-index.js";
import type {
  ColumnConstraintNode,
  ColumnNode,
  KeyColumnNode,
  ReferenceNode,
  TableConstraintNode,
  TableNode,
} from "../text/table-nodes.js";
import { parseType } from "../text/types.js";

/** What one constraint of the text is in the neutral structure. */
export type ConstraintFact =
  | { readonly type: "primaryKey"; readonly constraint: PrimaryKeyDef }
  | { readonly type: "unique"; readonly constraint: UniqueDef }
  | { readonly type: "foreignKey"; readonly constraint: ForeignKeyDef }
  | { readonly type: "check"; readonly constraint: CheckDef };

export interface ReadTable {
  readonly table: TableDef;
  readonly facts: ReadonlyMap<ColumnConstraintNode | TableConstraintNode, ConstraintFact>;
}

/** Reads one table. Its foreign keys name their targets as written; an implied target column list is empty. */
export function readTable(node: TableNode, indexes: readonly IndexNode[]): ReadTable {
  const facts = new Map<ColumnConstraintNode | TableConstraintNode, ConstraintFact>();
  for (const column of node.columns) {
    for (const constraint of column.constraints) setFact(facts, constraint, columnFact(column, constraint));
  }
  for (const constraint of node.constraints) setFact(facts, constraint, tableFact(node, constraint));
  forgetRepeatedNames(facts, indexes);
  const primaryKey = of(facts, "primaryKey")[0];
  const alias = rowidAlias(node);
  const options = {
    ...(node.strict ? { strict: true } : {}),
    ...(node.withoutRowid ? { withoutRowid: true } : {}),
  };
  const table: TableDef = {
    name: node.name,
    columns: node.columns.map((column) => readColumn(column, primaryKey, alias)),
    ...(primaryKey === undefined ? {} : { primaryKey }),
    uniques: of(facts, "unique"),
    foreignKeys: of(facts, "foreignKey"),
    checks: of(facts, "check"),
    indexes: indexes.map((index) => readIndex(index, node)),
    ...(Object.keys(options).length === 0 ? {} : { options: { sqlite: options } }),
  };
  return { table, facts };
}

/** SQLite lets several constraints of a table have one name, by which none of them can be told: the first keeps it. */
function forgetRepeatedNames(facts: Map<unknown, ConstraintFact>, indexes: readonly IndexNode[]): void {
  const taken = new Set(indexes.map((index) => index.name));
  for (const [node, fact] of facts) {
    const { name } = fact.constraint;
    if (name === null) continue;
    if (taken.has(name)) {
      facts.set(node, { ...fact, constraint: { ...fact.constraint, name: null } } as ConstraintFact);
    }
    taken.add(name);
  }
}

/** The INTEGER PRIMARY KEY, which is another name of the rowid; null where the table has none. */
interface RowidAlias {
  readonly column: string;
  readonly autoincrement: boolean;
}

/**
 * A column-level PRIMARY KEY DESC makes no alias, a table-level one does.
 *
 * @see https://www.sqlite.org/lang_createtable.html#rowids_and_the_integer_primary_key
 */
function rowidAlias(node: TableNode): RowidAlias | null {
  if (node.withoutRowid) return null;
  for (const column of node.columns) {
    const key = column.constraints.find((constraint) => constraint.kind === "primaryKey");
    if (key?.kind !== "primaryKey") continue;
    if (column.type.toUpperCase() !== "INTEGER" || key.descending) return null;
    return { column: column.name, autoincrement: key.autoincrement };
  }
  for (const constraint of node.constraints) {
    if (constraint.kind !== "primaryKey" || constraint.columns.length !== 1) continue;
    const column = findColumnNode(node, constraint.columns[0]!.name);
    if (column?.type.toUpperCase() !== "INTEGER") return null;
    return { column: column.name, autoincrement: constraint.autoincrement };
  }
  return null;
}

function readColumn(node: ColumnNode, primaryKey: PrimaryKeyDef | undefined, alias: RowidAlias | null): ColumnDef {
  const type = parseType(node.type);
  const isKey = primaryKey?.columns.includes(node.name) === true;
  const column: { -readonly [K in keyof ColumnDef]: ColumnDef[K] } = { name: node.name, type, nullable: !isKey };
  let notNull: NotNullNode | null = null;
  for (const constraint of node.constraints) {
    if (constraint.kind === "notNull") {
      column.nullable = false;
      notNull = constraint;
    } else if (constraint.kind === "collate") column.collation = constraint.collation;
    else if (constraint.kind === "default") {
      column.default = parseDefault(constraint.expression, constraint.parenthesized, type);
    } else if (constraint.kind === "generated") {
      column.generated = { expression: constraint.expression, stored: constraint.stored };
    }
  }
  if (alias?.column === node.name) {
    column.identity = { generation: "byDefault", ...(alias.autoincrement ? { reuseIds: false } : {}) };
  }
  // Most columns say nothing that is SQLite's own.
  const isPlain = column.nullable || (!isKey && notNull?.name === null && notNull.onConflict === null);
  const sqlite = isPlain ? {} : sqliteColumn(column, primaryKey, notNull);
  if (Object.keys(sqlite).length > 0) column.sqlite = sqlite;
  return column;
}

type NotNullNode = Extract<ColumnConstraintNode, { readonly kind: "notNull" }>;

function sqliteColumn(
  column: ColumnDef,
  primaryKey: PrimaryKeyDef | undefined,
  node: NotNullNode | null,
): SqliteColumn {
  if (column.nullable) return {};
  const isSaid = node !== null;
  const isUsual = saysNotNull(column, primaryKey === undefined ? {} : { primaryKey }) === isSaid;
  return {
    ...(isUsual ? {} : { notNull: isSaid }),
    ...(node?.name == null ? {} : { notNullName: node.name }),
    ...(node?.onConflict == null || node.onConflict === "ABORT" ? {} : { notNullConflict: node.onConflict }),
  };
}

function columnFact(column: ColumnNode, node: ColumnConstraintNode): ConstraintFact | null {
  const { name } = node;
  switch (node.kind) {
    case "primaryKey":
      return {
        type: "primaryKey",
        constraint: {
          name,
          columns: [column.name],
          ...conflict(node.onConflict),
          ...(node.descending ? { order: ["desc"] } : {}),
        },
      };
    case "unique":
      return { type: "unique", constraint: { name, columns: [column.name], ...conflict(node.onConflict) } };
    case "check":
      return { type: "check", constraint: { name, expression: node.expression } };
    case "foreignKey":
      return { type: "foreignKey", constraint: foreignKey(name, [column.name], node.reference) };
    default:
      return null;
  }
}

function tableFact(table: TableNode, node: TableConstraintNode): ConstraintFact | null {
  const { name } = node;
  const declared = (column: string) => findColumnNode(table, column)?.name ?? column;
  const keyNames = (columns: readonly KeyColumnNode[]) => columns.map((column) => declared(column.name));
  switch (node.kind) {
    case "primaryKey":
      return {
        type: "primaryKey",
        constraint: {
          name,
          columns: keyNames(node.columns),
          ...conflict(node.onConflict),
          // The rowid has an order and a collation of its own.
          ...(rowidAlias(table) === null ? keyTerms(node.columns) : {}),
        },
      };
    case "unique":
      return {
        type: "unique",
        constraint: { name, columns: keyNames(node.columns), ...conflict(node.onConflict), ...keyTerms(node.columns) },
      };
    case "check":
      return { type: "check", constraint: { name, expression: node.expression } };
    case "foreignKey":
      return { type: "foreignKey", constraint: foreignKey(name, node.columns.map(declared), node.reference) };
    default:
      return null;
  }
}

function keyTerms(columns: readonly KeyColumnNode[]): {
  readonly order?: KeyOrder;
  readonly collations?: KeyCollations;
} {
  return {
    ...(columns.some((column) => column.descending)
      ? { order: columns.map((column) => (column.descending ? "desc" : "asc")) }
      : {}),
    ...(columns.some((column) => column.collation !== null)
      ? { collations: columns.map((column) => column.collation) }
      : {}),
  };
}

const ACTIONS: Readonly<Record<string, ForeignKeyAction>> = {
  CASCADE: "cascade",
  RESTRICT: "restrict",
  "SET NULL": "set null",
  "SET DEFAULT": "set default",
};

function foreignKey(name: string | null, columns: readonly string[], reference: ReferenceNode): ForeignKeyDef {
  const onDelete = ACTIONS[reference.onDelete];
  const onUpdate = ACTIONS[reference.onUpdate];
  return {
    name,
    columns,
    target: { name: reference.table },
    targetColumns: reference.columns,
    ...(onDelete === undefined ? {} : { onDelete }),
    ...(onUpdate === undefined ? {} : { onUpdate }),
    ...(reference.match === "FULL" || reference.match === "PARTIAL"
      ? { match: reference.match === "FULL" ? "full" : "partial" }
      : {}),
    ...(reference.deferrable === null ? {} : { deferrable: reference.deferrable }),
  };
}

function readIndex(node: IndexNode, table: TableNode): IndexDef {
  const mend = (text: string) =>
    mendStrings(
      text,
      table.columns.map((column) => column.name),
    );
  return {
    name: node.name,
    unique: node.unique,
    elements: node.elements.map((element) => {
      if (element.column === undefined) return { ...element, expression: mend(element.expression!) };
      const column = findColumnNode(table, element.column)?.name;
      if (column !== undefined) return { ...element, column };
      // An old database may hold a "string" in double quotes, which SQLite then reads as a constant.
      const { column: text, ...rest } = element;
      return { expression: quoteText(text), ...rest };
    }),
    ...(node.where === null ? {} : { where: mend(node.where) }),
  };
}

/** SQLite compares names without regard to the case of ASCII letters. */
export function sameName(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase();
}

export function findColumnNode(table: TableNode, name: string): ColumnNode | undefined {
  return table.columns.find((column) => column.name === name) ?? table.columns.find((it) => sameName(it.name, name));
}

function conflict(onConflict: string | null): { readonly onConflict?: string } {
  return onConflict === null ? {} : { onConflict };
}

function setFact<K, V>(map: Map<K, V>, key: K, value: V | null): void {
  if (value !== null) map.set(key, value);
}

function of<T extends ConstraintFact["type"]>(facts: ReadTable["facts"], type: T) {
  type Found = Extract<ConstraintFact, { readonly type: T }>;
  return [...facts.values()]
    .filter((fact): fact is Found => fact.type === type)
    .map((fact) => fact.constraint) as Found["constraint"][];
}
