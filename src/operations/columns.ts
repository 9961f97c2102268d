/** addColumn, dropColumn. */

import { displayType } from "../schema/display-type.js";
import { ownedSequences } from "../schema/edit-objects.js";
import { mapTables, putTable, referencingTables, sameObject } from "../schema/edit-schema.js";
import { mentionsColumn } from "../schema/expression.js";
import { childrenOf, wholeTable } from "../schema/inheritance.js";
import { refOf } from "../schema/objects.js";
import {
  type ColumnDef,
  displayName,
  findColumn,
  type IndexDef,
  type JsonValue,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  type TableDef,
  type TypeDef,
} from "../schema/schema.js";
import { conflict, requireColumn, requireTable } from "./conflict.js";
import { excludesOf } from "./exclusions.js";
import { createAgain, withoutObjectsOf } from "./objects.js";
import { type Operation, type OperationSpec, statement } from "./operation.js";
import { columnComment, columnStatements } from "./table-sql.js";

export const addColumn: OperationSpec<"addColumn"> = {
  kind: "addColumn",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    if (findColumn(wholeTable(before, table), op.column.name) !== undefined) {
      if (op.ifNotExists) return before;
      throw conflict(this.describe(op), "it exists already");
    }
    return putTable(before, { ...table, columns: [...table.columns, op.column] });
  },
  reverse: (op) => [{ kind: "dropColumn", table: op.table, column: op.column.name }],
  toSql(op, ddl) {
    const holder: TableDef = {
      ...op.table,
      columns: [op.column],
      uniques: [],
      foreignKeys: [],
      checks: [],
      indexes: [],
    };
    const exists = op.ifNotExists && ddl.dialect === "postgres" ? "IF NOT EXISTS " : "";
    return [
      statement(`ALTER TABLE ${ddl.name(op.table)} ADD COLUMN ${exists}${ddl.column(op.column, holder)}`),
      ...columnStatements(op.table, op.column, ddl),
      ...columnComment(op.table, op.column, ddl),
    ];
  },
  describe: (op) => `add column ${displayName(op.table)}.${op.column.name}`,
  destroys: () => null,
};

export const dropColumn: OperationSpec<"dropColumn"> = {
  kind: "dropColumn",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    if (findColumn(table, op.column) === undefined && op.ifExists) return before;
    requireColumn(table, op.column, this.describe(op));
    if (table.columns.length === 1) throw conflict(this.describe(op), "it is the only column of its table");
    for (const other of [table, ...referencingTables(before, op.table)]) {
      const key = other.foreignKeys.find(
        (foreignKey) =>
          sameObject(foreignKey.target, op.table) &&
          foreignKey.targetColumns.includes(op.column) &&
          !(other === table && foreignKey.columns.includes(op.column)),
      );
      if (key !== undefined) {
        throw conflict(
          this.describe(op),
          `a foreign key of '${displayName(other)}' refers to it`,
          "Drop that foreign key first, with op.dropConstraint.",
        );
      }
    }
    const generated = table.columns.find(
      (column) =>
        column.name !== op.column &&
        column.generated !== undefined &&
        mentionsColumn(column.generated.expression, op.column),
    );
    if (generated !== undefined)
      throw conflict(this.describe(op), `the generated column '${generated.name}' is made from it`);
    const heirs = new Set(losingHeirs(before, op.table, op.column));
    const dropped = mapTables(before, (other) =>
      other === table || heirs.has(other) ? withoutColumn(other, op.column) : other,
    );
    return withoutObjectsOf(dropped, op.table, op.column);
  },
  reverse(op, before) {
    const table = before.tables[objectKey(op.table)];
    const column = table === undefined ? undefined : findColumn(table, op.column);
    if (table === undefined || column === undefined) return op.ifExists ? [] : null;
    const sequences = ownedSequences(before, op.table, op.column);
    return [
      ...sequences.map(({ ownedBy: _owner, ...sequence }) => createAgain(sequence)),
      ...addBack(op.table, column, before.enums),
      ...[table, ...losingHeirs(before, op.table, op.column)].flatMap((each) =>
        restoreLost(each, withoutColumn(each, op.column)),
      ),
      ...sequences.map(
        (sequence): Operation => ({
          kind: "alterObject",
          object: refOf(sequence),
          changes: { ownedBy: sequence.ownedBy },
        }),
      ),
    ];
  },
  toSql: (op, ddl) => [
    statement(
      `ALTER TABLE ${ddl.name(op.table)} DROP COLUMN ${op.ifExists && ddl.dialect === "postgres" ? "IF EXISTS " : ""}${ddl.id(op.column)}`,
      { hazards: ["deletesData"] },
    ),
  ],
  describe: (op) => `drop column ${displayName(op.table)}.${op.column}`,
  destroys(op, before) {
    const table = before.tables[objectKey(op.table)];
    const column = table === undefined ? undefined : findColumn(table, op.column);
    if (column?.generated !== undefined) return null;
    return `${displayName(op.table)}.${op.column}${column === undefined ? "" : ` (${displayType(column.type)})`}`;
  },
};

/** As databases do it: what is made of the column goes with it (its keys, checks and indexes, of several columns too). */
function withoutColumn(table: TableDef, name: string): TableDef {
  const uses = (columns: readonly string[]) => columns.includes(name);
  const { primaryKey, excludes, ...rest } = table;
  return {
    ...rest,
    ...(primaryKey === undefined || uses(primaryKey.columns) ? {} : { primaryKey }),
    columns: table.columns.filter((column) => column.name !== name),
    uniques: table.uniques.filter((unique) => !uses(unique.columns) && !uses(unique.include ?? [])),
    foreignKeys: table.foreignKeys.filter((key) => !uses(key.columns)),
    checks: table.checks.filter((check) => !mentionsColumn(check.expression, name)),
    indexes: table.indexes.filter((index) => !isMadeOf(index, name)),
    ...excludesOf((excludes ?? []).filter((constraint) => !isMadeOf(constraint, name))),
  };
}

/** Is the index or exclusion made of the column? */
function isMadeOf(
  { elements, include, where }: Pick<IndexDef, "elements" | "include" | "where">,
  name: string,
): boolean {
  return (
    elements.some(({ column, expression }) =>
      column === undefined ? mentionsColumn(expression ?? "", name) : column === name,
    ) ||
    include?.includes(name) === true ||
    (where !== undefined && mentionsColumn(where, name))
  );
}

/**
 * What a dropped column held is gone. One that must have a value comes back with a placeholder in the rows that are
 * there, so that the way back can be gone with rows in the table, and then loses the default that put it there.
 */
function addBack(table: ObjectName, column: ColumnDef, enums: SchemaDef["enums"]): readonly Operation[] {
  const fillsItself = column.default !== undefined || column.identity !== undefined || column.generated !== undefined;
  const placeholder = column.nullable || fillsItself ? undefined : placeholderFor(column.type, enums);
  if (placeholder === undefined) return [{ kind: "addColumn", table, column }];
  return [
    { kind: "addColumn", table, column: { ...column, default: { kind: "literal", value: placeholder } } },
    { kind: "alterColumn", table, column: column.name, changes: { default: null } },
  ];
}

function placeholderFor(type: TypeDef, enums: SchemaDef["enums"]): JsonValue | undefined {
  switch (type.name) {
    case "smallint":
    case "integer":
    case "bigint":
    case "numeric":
    case "real":
    case "doublePrecision":
    case "money":
      return 0;
    case "boolean":
      return false;
    case "text":
    case "varchar":
    case "char":
    case "bytea":
    case "blob":
      return "";
    case "date":
      return "1970-01-01";
    case "timestamp":
    case "timestamptz":
      return "1970-01-01 00:00:00";
    case "time":
    case "timetz":
      return "00:00:00";
    case "uuid":
      return "00000000-0000-0000-0000-000000000000";
    case "json":
    case "jsonb":
      return {};
    case "array":
      return [];
    case "interval":
      return "0";
    case "inet":
    case "cidr":
      return "0.0.0.0";
    case "macaddr":
      return "00:00:00:00:00:00";
    case "tsvector":
    case "tsquery":
    case "varbit":
      return "";
    case "int4range":
    case "int8range":
    case "numrange":
    case "tsrange":
    case "tstzrange":
    case "daterange":
      return "empty";
    case "enum":
      return type.object === undefined ? undefined : enums[objectKey(type.object)]?.values[0];
    case "custom":
      return PLACEHOLDERS.find(([words]) => words.test(type.text ?? ""))?.[1];
    default:
      return undefined;
  }
}

/** Types under names that databases take and the models have no word for. */
const PLACEHOLDERS: readonly (readonly [RegExp, JsonValue])[] = [
  [/^(?:unsigned\s+)?(?:tiny|small|medium|big)?int(?:eger|[248])?\b(?!\s*\[)/i, 0],
  [/^(?:number|dec|decimal|double|float[48]?)\b(?!\s*\[)/i, 0],
  [/^bool\b/i, false],
  [/^(?:n?(?:var)?char|clob|string|citext|any)\b(?!\s*\[)/i, ""],
  [/^$/, ""],
  [/^datetime\b/i, "1970-01-01 00:00:00"],
];

/** Partitions and children that have the column from their parent alone; one that has it as its own as well keeps it. */
function losingHeirs(schema: SchemaDef, table: ObjectName, column: string): readonly TableDef[] {
  return childrenOf(schema, table).flatMap((child) => {
    const own = findColumn(child, column);
    const isKept = own !== undefined && own.inherited !== true;
    return isKept ? [] : [child, ...losingHeirs(schema, child, column)];
  });
}

function restoreLost(before: TableDef, after: TableDef): readonly Operation[] {
  const table = objectName(before);
  const overrides = before.columns.filter((column) => column.inherited === true && !after.columns.includes(column));
  const lost = <T>(all: readonly T[], left: readonly T[]) => all.filter((item) => !left.includes(item));
  return [
    ...overrides.map(
      ({ name, default: value = null, nullable, comment = null, postgres = null }): Operation => ({
        kind: "alterColumn",
        table,
        column: name,
        changes: { default: value, nullable, comment, postgres },
      }),
    ),
    ...(before.primaryKey !== undefined && after.primaryKey === undefined
      ? [{ kind: "createPrimaryKey", table, constraint: before.primaryKey } as const]
      : []),
    ...lost(before.uniques, after.uniques).map(
      (constraint) => ({ kind: "createUniqueConstraint", table, constraint }) as const,
    ),
    ...lost(before.checks, after.checks).map(
      (constraint) => ({ kind: "createCheckConstraint", table, constraint }) as const,
    ),
    ...lost(before.excludes ?? [], after.excludes ?? []).map(
      (constraint) => ({ kind: "createExcludeConstraint", table, constraint }) as const,
    ),
    ...lost(before.foreignKeys, after.foreignKeys).map(
      (constraint) => ({ kind: "createForeignKey", table, constraint }) as const,
    ),
    ...lost(before.indexes, after.indexes).map((index) => ({ kind: "createIndex", table, index }) as const),
  ];
}
