/** The texts of keys, checks, exclusions and indexes. */
import type { DdlWriter } from "../operations/operation.js";
import type {
  CheckDef,
  Deferrable,
  ExcludeDef,
  ForeignKeyDef,
  IndexDef,
  IndexElement,
  KeyStorage,
  ObjectName,
  PrimaryKeyDef,
  StorageParameters,
  UniqueDef,
} from "../schema/schema.js";
import { quoteText } from "../util/quote.js";
import { joined, parenthesize } from "./sql-words.js";

export function primaryKeyText(constraint: PrimaryKeyDef, ddl: DdlWriter): string {
  return joined([
    constraintName(constraint.name, ddl),
    "PRIMARY KEY",
    keyList(constraint, ddl),
    includeText(constraint.include, ddl),
    ...storageTexts(constraint, ddl),
    deferrableText(constraint.deferrable),
    conflictText(constraint.onConflict),
  ]);
}

export function uniqueText(constraint: UniqueDef, ddl: DdlWriter): string {
  return joined([
    constraintName(constraint.name, ddl),
    "UNIQUE",
    constraint.nullsNotDistinct === true ? "NULLS NOT DISTINCT" : "",
    keyList(constraint, ddl),
    includeText(constraint.include, ddl),
    ...storageTexts(constraint, ddl),
    deferrableText(constraint.deferrable),
    conflictText(constraint.onConflict),
  ]);
}

export function foreignKeyText(constraint: ForeignKeyDef, ddl: DdlWriter): string {
  const { onDelete, onUpdate, targetColumns, onDeleteColumns, period } = constraint;
  return joined([
    constraintName(constraint.name, ddl),
    `FOREIGN KEY ${periodList(constraint.columns, period, ddl)}`,
    `REFERENCES ${ddl.name(constraint.target)}`,
    targetColumns.length === 0 ? "" : periodList(targetColumns, period, ddl),
    constraint.match === undefined ? "" : `MATCH ${constraint.match.toUpperCase()}`,
    onDelete === undefined ? "" : `ON DELETE ${onDelete.toUpperCase()}`,
    onDeleteColumns === undefined ? "" : columnList(onDeleteColumns, ddl),
    onUpdate === undefined ? "" : `ON UPDATE ${onUpdate.toUpperCase()}`,
    deferrableText(constraint.deferrable),
    constraint.notEnforced === true ? "NOT ENFORCED" : "",
    constraint.notValid === true ? "NOT VALID" : "",
  ]);
}

export function checkText(constraint: CheckDef, ddl: DdlWriter): string {
  return joined([
    constraintName(constraint.name, ddl),
    `CHECK ${parenthesize(constraint.expression)}`,
    constraint.noInherit === true ? "NO INHERIT" : "",
    constraint.notEnforced === true ? "NOT ENFORCED" : "",
    constraint.notValid === true ? "NOT VALID" : "",
  ]);
}

export function excludeText(constraint: ExcludeDef, ddl: DdlWriter): string {
  const elements = constraint.elements.map(
    ({ operator, ...element }) => `${indexElement(element, ddl)} WITH ${operator}`,
  );
  return joined([
    constraintName(constraint.name, ddl),
    "EXCLUDE",
    methodText(constraint.method, ddl),
    `(${elements.join(", ")})`,
    includeText(constraint.include, ddl),
    ...storageTexts(constraint, ddl),
    constraint.where === undefined ? "" : `WHERE ${parenthesize(constraint.where)}`,
    deferrableText(constraint.deferrable),
  ]);
}

/** The built-in methods as everybody writes them. */
function methodText(method: string | undefined, ddl: DdlWriter): string {
  if (method === undefined) return "";
  return `USING ${/^\w+$/.test(method) ? method : ddl.id(method)}`;
}

interface IndexToWrite {
  readonly table: ObjectName;
  readonly index: IndexDef;
  readonly concurrently?: boolean;
  readonly ifNotExists?: boolean;
}

export function createIndexText({ table, index, ...options }: IndexToWrite, ddl: DdlWriter): string {
  return joined([
    index.unique ? "CREATE UNIQUE INDEX" : "CREATE INDEX",
    options.concurrently === true ? "CONCURRENTLY" : "",
    options.ifNotExists === true ? "IF NOT EXISTS" : "",
    `${ddl.id(index.name)} ON ${index.only === undefined ? "" : "ONLY "}${ddl.name(table)}`,
    methodText(index.method, ddl),
    `(${index.elements.map((element) => indexElement(element, ddl)).join(", ")})`,
    includeText(index.include, ddl),
    index.nullsNotDistinct === true ? "NULLS NOT DISTINCT" : "",
    storageText(index.with),
    index.tablespace === undefined ? "" : `TABLESPACE ${ddl.id(index.tablespace)}`,
    index.where === undefined ? "" : `WHERE ${index.where}`,
  ]);
}

function indexElement(element: IndexElement, ddl: DdlWriter): string {
  return joined([
    element.expression === undefined ? ddl.id(element.column!) : parenthesize(element.expression),
    element.collation === undefined ? "" : `COLLATE ${ddl.collation(element.collation)}`,
    element.operatorClass ?? "",
    element.order === undefined ? "" : element.order.toUpperCase(),
    element.nulls === undefined ? "" : `NULLS ${element.nulls.toUpperCase()}`,
  ]);
}

/** `WITH (fillfactor = 70)`, or nothing. */
export function storageText(parameters: StorageParameters | undefined): string {
  const texts = Object.entries(parameters ?? {}).map(([key, value]) => `${key} = ${storageValue(value)}`);
  return texts.length === 0 ? "" : `WITH (${texts.join(", ")})`;
}

function storageTexts(constraint: KeyStorage, ddl: DdlWriter): readonly string[] {
  const { tablespace } = constraint;
  return [storageText(constraint.with), tablespace === undefined ? "" : `USING INDEX TABLESPACE ${ddl.id(tablespace)}`];
}

export function storageValue(value: string | number | boolean): string {
  return typeof value === "string" ? quoteText(value) : String(value);
}

function constraintName(name: string | null, ddl: DdlWriter): string {
  return name === null ? "" : `CONSTRAINT ${ddl.id(name)}`;
}

function keyList(key: PrimaryKeyDef | UniqueDef, ddl: DdlWriter): string {
  const { columns, order, collations, withoutOverlaps } = key;
  const parts = columns.map((column, index) => {
    const collation = collations?.[index] ?? null;
    return joined([
      ddl.id(column),
      collation === null ? "" : `COLLATE ${ddl.collation(collation)}`,
      order?.[index] === "desc" ? "DESC" : "",
    ]);
  });
  return `(${parts.join(", ")}${withoutOverlaps === true ? " WITHOUT OVERLAPS" : ""})`;
}

function periodList(columns: readonly string[], period: true | undefined, ddl: DdlWriter): string {
  if (period !== true) return columnList(columns, ddl);
  return `(${columns.map((column, at) => (at === columns.length - 1 ? `PERIOD ${ddl.id(column)}` : ddl.id(column))).join(", ")})`;
}

export function columnList(columns: readonly string[], ddl: DdlWriter): string {
  return `(${columns.map(ddl.id).join(", ")})`;
}

function includeText(columns: readonly string[] | undefined, ddl: DdlWriter): string {
  return columns === undefined || columns.length === 0 ? "" : `INCLUDE ${columnList(columns, ddl)}`;
}

function deferrableText(deferrable: Deferrable | undefined): string {
  return deferrable === undefined ? "" : `DEFERRABLE INITIALLY ${deferrable.toUpperCase()}`;
}

function conflictText(onConflict: string | undefined): string {
  return onConflict === undefined ? "" : `ON CONFLICT ${onConflict}`;
}
