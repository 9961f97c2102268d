/** alterColumn in place: what one ALTER TABLE can do together, and what has to come before and after it. */
import { changeColumn } from "../../../operations/alter-column.js";
import { requireColumn, requireTable } from "../../../operations/conflict.js";
import { type Hazard, type OperationOf, type Statement, statement } from "../../../operations/operation.js";
import { storageActions } from "../../../operations/table-sql.js";
import { wholeTable } from "../../../schema/inheritance.js";
import { refKey, type SequenceDef } from "../../../schema/objects.js";
import { type ColumnDef, displayName, type SchemaDef, sameDef } from "../../../schema/schema.js";
import { calledSequence, isSequenceOf, isSerial, withoutSerial, withSerialSpelled } from "../../../schema/serials.js";
import { notNullNameOf } from "../../../schema/server-names.js";
import { quoteText } from "../../../util/quote.js";
import { parenthesize } from "../../standard-ddl.js";
import { ddl } from "../text/ddl.js";
import { isIntegerType, typeDdl, typeText } from "../text/types.js";
import { aroundGenerated, recreateColumn, settleColumn } from "./compile-generated.js";
import {
  addIdentity,
  addSerial,
  type ColumnPlace,
  changeIdentity,
  continueAbove,
  dollarQuoted,
  dropIdentity,
  dropSerial,
  widenSerial,
} from "./sequence-statements.js";
import { rewritesTable, usingExpression } from "./type-changes.js";

type AlterColumn = OperationOf<"alterColumn">;

export async function compileAlterColumn(
  op: AlterColumn,
  before: () => Promise<SchemaDef>,
  majorVersion: number,
): Promise<readonly Statement[]> {
  if (!needsColumn(op)) return [...alterTable(op, simpleActions(op), nullHazards(op)), ...comment(op)];
  const schema = withSerialSpelled(await before(), op.table, op.column, op.changes);
  const what = `alter column ${displayName(op.table)}.${op.column}`;
  const table = wholeTable(schema, requireTable(schema, op.table, what));
  const from = requireColumn(table, op.column, what);
  const to = changeColumn(from, op.changes);
  if (!sameDef(from.generated, to.generated)) return changeGenerated(op, schema, from, to, majorVersion);
  const plain = besideSequences(op, from, to, schema, changePlain(op, from, to, majorVersion));
  const statements = [...plain, ...newNumbers(op, from, to, schema)];
  const retyped = op.changes.type !== undefined || op.changes.collation !== undefined;
  return retyped ? aroundGenerated(table, [op.column], schema, statements) : statements;
}

function changePlain(op: AlterColumn, from: ColumnDef, to: ColumnDef, majorVersion: number): readonly Statement[] {
  const { before, after } = sequenceChanges({ table: op.table, column: op.column }, from, to);
  return [
    ...before,
    ...mainStatements(op, from, to),
    ...after,
    ...storageStatements(op, from, to, majorVersion),
    ...notNullStatements(op, from, to),
    ...comment(op),
  ];
}

/**
 * The server takes the first sequence that belongs to the column for the one of its identity, or refuses to choose: the
 * others belong to nobody meanwhile.
 */
function besideSequences(
  { table, column }: AlterColumn,
  from: ColumnDef,
  to: ColumnDef,
  schema: SchemaDef,
  statements: readonly Statement[],
): readonly Statement[] {
  if (sameDef(from.identity, to.identity) || isSerial(from.type)) return statements;
  const others = Object.values(schema.objects).filter(
    (object): object is SequenceDef => object.kind === "sequence" && isSequenceOf(object, table, column),
  );
  const give = (owner: string) =>
    others.map((sequence) => statement(`ALTER SEQUENCE ${ddl.name(sequence)} OWNED BY ${owner}`));
  return [...give("NONE"), ...statements, ...give(`${ddl.name(table)}.${ddl.id(column)}`)];
}

/** A column that a sequence numbers from now on, whose rows have numbers already. */
function newNumbers(op: AlterColumn, from: ColumnDef, to: ColumnDef, schema: SchemaDef): readonly Statement[] {
  const called = calledSequence(to.default);
  if (called === null || sameDef(called, calledSequence(from.default)) || !isIntegerType(to.type)) return [];
  const sequence = schema.objects[refKey({ kind: "sequence", ...called })];
  return sequence?.kind === "sequence" ? continueAbove({ table: op.table, column: op.column }, sequence) : [];
}

/** Does the text depend on what the column is now? */
function needsColumn({ changes }: AlterColumn): boolean {
  const { type, default: value, identity, generated, collation, postgres, notNull } = changes;
  return (
    [type, identity, generated, collation, postgres, notNull].some((change) => change !== undefined) ||
    (value ?? null) !== null
  );
}

function simpleActions({ changes }: AlterColumn): readonly string[] {
  return [
    ...(changes.default === null ? ["DROP DEFAULT"] : []),
    ...(changes.nullable === undefined ? [] : [nullability(changes.nullable)]),
  ];
}

/** Type, nullability and default together, so that the table is read or written once. */
function mainStatements(op: AlterColumn, from: ColumnDef, to: ColumnDef): readonly Statement[] {
  const [fromType, toType] = [withoutSerial(from.type), withoutSerial(to.type)];
  const retyped = typeText(fromType) !== typeText(toType) || from.collation !== to.collation;
  const using = op.using ?? usingExpression(ddl.id(op.column), fromType, toType);
  const redefaulted = !sameDef(from.default, to.default);
  // The server would make a default of the old type with a cast around it, or refuse to.
  const dropsDefault = from.default !== undefined && (to.default === undefined || retyped);
  const setsDefault = to.default !== undefined && (redefaulted || dropsDefault);
  const collation = to.collation === undefined ? "" : ` COLLATE ${ddl.collation(to.collation)}`;
  const actions = [
    ...(dropsDefault ? ["DROP DEFAULT"] : []),
    ...(retyped || op.using !== undefined
      ? [`TYPE ${typeDdl(toType)}${collation}${using === null ? "" : ` USING ${using}`}`]
      : []),
    ...(from.nullable === to.nullable || (!to.nullable && to.notNull !== undefined) ? [] : [nullability(to.nullable)]),
    ...(setsDefault ? [`SET DEFAULT ${ddl.defaultExpression(to.default!, toType)}`] : []),
  ];
  const rewrites = op.using !== undefined || rewritesTable(fromType, toType);
  return alterTable(op, actions, [...(retyped && rewrites ? (["rewritesTable"] as const) : []), ...nullHazards(op)]);
}

/** Before version 16 no word means the storage that the type has: it is looked up where the statement runs. */
function storageStatements(
  op: AlterColumn,
  from: ColumnDef,
  to: ColumnDef,
  majorVersion: number,
): readonly Statement[] {
  const { storage, compression: _compression, ...rest } = from.postgres ?? {};
  // A new type brings its own storage and compression.
  if (isRetyped(op, from, to)) return alterTable(op, storageActions(rest, to.postgres, ddl), []);
  const isDefault = storage !== undefined && to.postgres?.storage === undefined;
  if (!isDefault || majorVersion >= 16) return alterTable(op, storageActions(from.postgres, to.postgres, ddl), []);
  const { storage: _storage, ...others } = from.postgres!;
  const [table, column] = [ddl.name(op.table), ddl.id(op.column)];
  return [
    statement(
      `DO ${dollarQuoted(`
BEGIN
  EXECUTE ${quoteText(`ALTER TABLE ${table} ALTER COLUMN ${column} SET STORAGE `)} || (SELECT CASE t.typstorage
    WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = ${quoteText(table)}::regclass AND a.attname = ${quoteText(op.column)});
END `)}`,
    ),
    ...alterTable(op, storageActions(others, to.postgres, ddl), []),
  ];
}

/** Is there a TYPE in the statement? */
function isRetyped({ using }: AlterColumn, from: ColumnDef, to: ColumnDef): boolean {
  const [before, after] = [withoutSerial(from.type), withoutSerial(to.type)];
  return typeText(before) !== typeText(after) || from.collation !== to.collation || using !== undefined;
}

function sequenceChanges(place: ColumnPlace, from: ColumnDef, to: ColumnDef) {
  const [wasSerial, becomesSerial] = [isSerial(from.type), isSerial(to.type)];
  const before: Statement[] = [];
  const after: Statement[] = [];
  if (wasSerial && !becomesSerial) before.push(dropSerial(place, to.identity));
  else if (from.identity !== undefined && to.identity === undefined) before.push(dropIdentity(place));
  if (becomesSerial && !wasSerial) after.push(...addSerial(place, to.type));
  else if (becomesSerial && from.type.name !== to.type.name) after.push(widenSerial(place, to.type));
  else if (to.identity !== undefined && from.identity !== undefined)
    after.push(...changeIdentity(place, to.type, from.identity, to.identity));
  else if (to.identity !== undefined && !wasSerial) after.push(...addIdentity(place, to.identity));
  return { before, after };
}

async function changeGenerated(
  op: AlterColumn,
  schema: SchemaDef,
  from: ColumnDef,
  to: ColumnDef,
  majorVersion: number,
): Promise<readonly Statement[]> {
  if (to.generated === undefined) {
    const kept = from.generated!.stored && majorVersion >= 13;
    const settled = kept ? alterTable(op, ["DROP EXPRESSION"], []) : await settleColumn(op.table, from, schema);
    const { generated: _expression, ...plain } = from;
    return [...settled, ...changePlain(op, plain, to, majorVersion)];
  }
  const isRetyped = op.changes.type !== undefined || op.changes.collation !== undefined;
  const inPlace = from.generated?.stored === to.generated.stored && majorVersion >= 17 && !isRetyped;
  if (!inPlace) return recreateColumn(op.table, from, to, schema);
  const hazards: readonly Hazard[] = to.generated.stored ? ["rewritesTable", "blocksWrites"] : [];
  return [
    ...alterTable(op, [`SET EXPRESSION AS ${parenthesize(to.generated.expression)}`], hazards),
    ...alterTable(op, simpleActions(op), nullHazards(op)),
    ...comment(op),
  ];
}

function alterTable(op: AlterColumn, actions: readonly string[], hazards: readonly Hazard[]): readonly Statement[] {
  if (actions.length === 0) return [];
  const parts = actions.map((action) => `ALTER COLUMN ${ddl.id(op.column)} ${action}`);
  const blocking = hazards.includes("rewritesTable") ? (["rewritesTable", "blocksWrites"] as const) : hazards;
  return [statement(`ALTER TABLE ${ddl.name(op.table)} ${parts.join(", ")}`, { hazards: [...new Set(blocking)] })];
}

/** SET NOT NULL reads the whole table while nobody may write. */
function nullHazards({ changes }: AlterColumn): readonly Hazard[] {
  return changes.nullable === false ? ["blocksWrites"] : [];
}

/** The NOT NULL of version 18 is a constraint with a name. */
function notNullStatements(op: AlterColumn, from: ColumnDef, to: ColumnDef): readonly Statement[] {
  if (to.nullable || sameDef(from.notNull ?? {}, to.notNull ?? {})) return [];
  const alter = `ALTER TABLE ${ddl.name(op.table)}`;
  const nameOf = (column: ColumnDef) => ddl.id(column.notNull?.name ?? notNullNameOf(op.table.name, column.name));
  const rest = ({ notNull }: ColumnDef) => [notNull?.noInherit === true, notNull?.notValid === true];
  if (!from.nullable && sameDef(rest(from), rest(to))) {
    return [statement(`${alter} RENAME CONSTRAINT ${nameOf(from)} TO ${nameOf(to)}`)];
  }
  const [noInherit, notValid] = rest(to);
  const added = `ADD CONSTRAINT ${nameOf(to)} NOT NULL ${ddl.id(op.column)}${noInherit ? " NO INHERIT" : ""}${notValid ? " NOT VALID" : ""}`;
  const dropped = from.nullable ? "" : `DROP CONSTRAINT ${nameOf(from)}, `;
  return [statement(`${alter} ${dropped}${added}`, { hazards: notValid ? [] : ["blocksWrites"] })];
}

function nullability(nullable: boolean): string {
  return nullable ? "DROP NOT NULL" : "SET NOT NULL";
}

function comment(op: AlterColumn): readonly Statement[] {
  if (op.changes.comment === undefined) return [];
  const place = `${ddl.name(op.table)}.${ddl.id(op.column)}`;
  return [statement(`COMMENT ON COLUMN ${place} IS ${ddl.literal(op.changes.comment)}`)];
}
