/**
 * The CREATE TABLE text of a rebuilt table. What did not change keeps the words it had, so that everything the neutral
 * structure cannot say (conflict clauses, collations and order in keys, comments inside an expression) survives.
 */
import { OperationConflictError } from "../../../errors.js";
import type { ColumnDef, DefaultDef, ForeignKeyDef, TableDef, TypeDef } from "../../../schema/schema.js";
import { displayName, findColumn, sameDef } from "../../../schema/schema.js";
import { parenthesize } from "../../standard-ddl.js";
import { type ConstraintFact, readTable } from "../catalog/read-table.js";
import { checkShape, foreignKeyShape, keyShape, uniqueShape } from "../reconcile/reconcile-constraints.js";
import { ddl, inlinePrimaryKey, notNullText, saysNotNull, tableSuffix } from "../text/ddl.js";
import { defaultExpression, parseDefault } from "../text/defaults.js";
import { sameExpression } from "../text/expression.js";
import type { ColumnConstraintNode, ColumnNode, TableConstraintNode, TableNode } from "../text/table-nodes.js";
import { canonicalTypeText, columnTypeText } from "../text/types.js";

export interface TextRequest {
  /** The table as the history has it before and after, under one name. */
  readonly from: TableDef;
  readonly to: TableDef;
  /** The name to create it under. */
  readonly as: string;
  /** What the database holds now; null without a database. */
  readonly node: TableNode | null;
}

/** @throws OperationConflictError when the table has a column that the history does not know: it would be lost. */
export function tableText({ from, to, as, node }: TextRequest): string {
  if (node === null) return ddl.createTable(to, { as });
  const unknown = node.columns.find((column) => findColumn(from, column.name) === undefined);
  if (unknown !== undefined) {
    throw new OperationConflictError(
      `table '${displayName(from)}' has a column '${unknown.name}' that is not expected`,
      {
        operation: `rebuild ${displayName(from)}`,
        hint: "Bring the models and the database together first: `tsmigrate check` shows the difference.",
      },
    );
  }
  const kept = keepConstraints(node, from, to);
  const columns = to.columns.map((column) => {
    const written = node.columns.find((candidate) => candidate.name === column.name);
    return written === undefined ? ddl.column(column, to) : columnText(column, written, { to, kept });
  });
  const parts = [
    ...columns,
    ...node.constraints.flatMap((constraint) => kept.texts.get(constraint) ?? []),
    ...kept.added,
  ];
  const suffix = tableSuffix(to);
  return `CREATE TABLE ${ddl.id(as)} (\n  ${parts.join(",\n  ")}\n)${suffix === "" ? "" : ` ${suffix}`}`;
}

interface KeptConstraints {
  /** The text of each constraint that stays. */
  readonly texts: ReadonlyMap<ColumnConstraintNode | TableConstraintNode, string>;
  /** New ones, as table constraints. */
  readonly added: readonly string[];
}

interface ColumnContext {
  readonly to: TableDef;
  readonly kept: KeptConstraints;
}

function columnText(column: ColumnDef, written: ColumnNode, { to, kept }: ColumnContext): string {
  const type = columnTypeText(column, to);
  const sameType = canonicalTypeText(type) === canonicalTypeText(written.type);
  const inline = inlinePrimaryKey(column, to);
  const texts = written.constraints.flatMap((node) =>
    isAttribute(node) ? (attributeStays(node, column, to) ? node.text : []) : (kept.texts.get(node) ?? []),
  );
  const has = (kind: ColumnConstraintNode["kind"]) =>
    written.constraints.some((node) => node.kind === kind && isAttribute(node) && attributeStays(node, column, to));
  const keyStays = written.constraints.some((node) => node.kind === "primaryKey" && kept.texts.has(node));
  if (!has("notNull")) texts.push(notNullText(column, to));
  if (column.collation !== undefined && !has("collate")) texts.push(`COLLATE ${ddl.id(column.collation)}`);
  if (column.default !== undefined && !has("default")) {
    texts.push(`DEFAULT ${defaultExpression(column.default, column.type)}`);
  }
  if (column.generated !== undefined && !has("generated")) {
    texts.push(
      `GENERATED ALWAYS AS ${parenthesize(column.generated.expression)} ${column.generated.stored ? "STORED" : "VIRTUAL"}`,
    );
  }
  if (inline !== null && !keyStays && !tableKeyStays(to, kept)) texts.push(inline);
  return [ddl.id(column.name), sameType ? written.type : type, ...texts].filter((text) => text !== "").join(" ");
}

function tableKeyStays(to: TableDef, kept: KeptConstraints): boolean {
  return to.primaryKey !== undefined && [...kept.texts.keys()].some((node) => node.kind === "primaryKey");
}

function isAttribute(node: ColumnConstraintNode): boolean {
  return ["notNull", "default", "collate", "generated", "nothing"].includes(node.kind);
}

function attributeStays(node: ColumnConstraintNode, column: ColumnDef, table: TableDef): boolean {
  switch (node.kind) {
    case "notNull":
      return (
        saysNotNull(column, table) &&
        (column.sqlite?.notNullName ?? null) === node.name &&
        (column.sqlite?.notNullConflict ?? "ABORT") === (node.onConflict ?? "ABORT")
      );
    case "collate":
      return column.collation?.toUpperCase() === node.collation.toUpperCase();
    case "default":
      return column.default !== undefined && sameDefault(node, column.default, column.type);
    case "generated":
      return column.generated?.stored === node.stored && sameExpression(node.expression, column.generated.expression);
    default:
      return false;
  }
}

function sameDefault(
  node: Extract<ColumnConstraintNode, { readonly kind: "default" }>,
  value: DefaultDef,
  type: TypeDef,
): boolean {
  return (
    sameDef(parseDefault(node.expression, node.parenthesized, type), value) ||
    sameExpression(node.expression, defaultExpression(value, type))
  );
}

/** Decides for every constraint of the text whether it stays, and writes those that come. */
function keepConstraints(node: TableNode, from: TableDef, to: TableDef): KeptConstraints {
  const facts = [...readTable(node, []).facts];
  const wanted = factsOf(to);
  const known = new Set(factsOf(from).map((fact) => shapeOf(fact, from)));
  const texts = new Map<ColumnConstraintNode | TableConstraintNode, string>();
  const claim = (accepts: (fact: ConstraintFact, candidate: ConstraintFact) => boolean) => {
    for (const [constraint, fact] of facts) {
      if (texts.has(constraint) || !identityStays(constraint, fact, to)) continue;
      const shape = shapeOf(fact, from);
      const at = wanted.findIndex((candidate) => shapeOf(candidate, to) === shape && accepts(fact, candidate));
      if (at === -1) continue;
      const [candidate] = wanted.splice(at, 1);
      texts.set(constraint, renamed(constraint, candidate!.constraint.name));
    }
  };
  claim((fact, candidate) => fact.constraint.name === candidate.constraint.name);
  claim(() => true);
  for (const [constraint, fact] of facts) {
    // Nobody took it away, so it is not ours to lose.
    if (!texts.has(constraint) && !known.has(shapeOf(fact, from))) texts.set(constraint, constraint.text);
  }
  return { texts, added: wanted.filter((fact) => !isInline(fact, to)).map(constraintText) };
}

function factsOf(table: TableDef): ConstraintFact[] {
  return [
    ...(table.primaryKey === undefined ? [] : [{ type: "primaryKey", constraint: table.primaryKey } as const]),
    ...table.uniques.map((constraint) => ({ type: "unique", constraint }) as const),
    ...table.foreignKeys.map((constraint) => ({ type: "foreignKey", constraint }) as const),
    ...table.checks.map((constraint) => ({ type: "check", constraint }) as const),
  ];
}

function shapeOf(fact: ConstraintFact, table: TableDef): string {
  switch (fact.type) {
    case "primaryKey":
      return `primaryKey ${keyShape(fact.constraint)}`;
    case "unique":
      return `unique ${uniqueShape(fact.constraint)}`;
    case "foreignKey":
      return `foreignKey ${foreignKeyShape(withImpliedColumns(fact.constraint, table))}`;
    case "check":
      return `check ${checkShape(fact.constraint)}`;
  }
}

/** `REFERENCES t` means the primary key of `t`, which the history has looked up already. */
function withImpliedColumns(key: ForeignKeyDef, table: TableDef): ForeignKeyDef {
  if (key.targetColumns.length > 0) return key;
  const known = table.foreignKeys.find(
    (other) =>
      other.target.name.toLowerCase() === key.target.name.toLowerCase() &&
      JSON.stringify(other.columns) === JSON.stringify(key.columns),
  );
  return known === undefined ? key : { ...key, targetColumns: known.targetColumns };
}

/** A primary key carries AUTOINCREMENT in its text. */
function identityStays(node: ColumnConstraintNode | TableConstraintNode, fact: ConstraintFact, to: TableDef): boolean {
  if (node.kind !== "primaryKey" || fact.type !== "primaryKey") return true;
  const column = findColumn(to, fact.constraint.columns[0] ?? "");
  return node.autoincrement === (column?.identity?.reuseIds === false);
}

function isInline(fact: ConstraintFact, table: TableDef): boolean {
  if (fact.type !== "primaryKey") return false;
  return table.columns.some((column) => inlinePrimaryKey(column, table) !== null);
}

function renamed(node: ColumnConstraintNode | TableConstraintNode, name: string | null): string {
  if (node.name === name) return node.text;
  return name === null ? node.body : `CONSTRAINT ${ddl.id(name)} ${node.body}`;
}

function constraintText(fact: ConstraintFact): string {
  switch (fact.type) {
    case "primaryKey":
      return ddl.primaryKey(fact.constraint);
    case "unique":
      return ddl.unique(fact.constraint);
    case "foreignKey":
      return ddl.foreignKey(fact.constraint);
    case "check":
      return ddl.check(fact.constraint);
  }
}
