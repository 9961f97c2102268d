/**
 * Identity columns and SERIAL: making, changing and exchanging the sequence behind a column.
 *
 * The name of that sequence is known only to the server, so what needs it is one DO block.
 */
import { type Statement, statement } from "../../../operations/operation.js";
import type { SequenceDef } from "../../../schema/objects.js";
import type { IdentityDef, ObjectName, TypeDef } from "../../../schema/schema.js";
import { type EffectiveSequence, effectiveSequence } from "../../../schema/sequences.js";
import { serialSequenceName } from "../../../schema/serials.js";
import { quoteText } from "../../../util/quote.js";
import { ddl, identityDdl, sequenceOptions } from "../text/ddl.js";

export interface ColumnPlace {
  readonly table: ObjectName;
  readonly column: string;
}

/** Makes the column an identity; the first number given is above all there are. */
export function addIdentity(place: ColumnPlace, identity: IdentityDef): readonly Statement[] {
  return [
    statement(`${alter(place)} ADD ${identityDdl(identity)}`),
    ...(identity.start === undefined && (identity.increment ?? 1) > 0 ? [statement(startAboveRows(place))] : []),
  ];
}

export function dropIdentity(place: ColumnPlace): Statement {
  return statement(`${alter(place)} DROP IDENTITY`);
}

/**
 * Writes every option that differs, those that are gone at the server's own choice. Where the bounds get narrower the
 * number that the sequence stands at may lie outside: then, and only then, it begins anew.
 */
export function changeIdentity(
  place: ColumnPlace,
  type: TypeDef,
  from: IdentityDef,
  to: IdentityDef,
): readonly Statement[] {
  const generation =
    from.generation === to.generation ? [] : [`SET GENERATED ${to.generation === "always" ? "ALWAYS" : "BY DEFAULT"}`];
  const [old, now] = [boundsOf(type, from), boundsOf(type, to)];
  const isNarrower = now.minValue > old.minValue || now.maxValue < old.maxValue;
  const before = sequenceOptions(from);
  const usual = [
    ...(from.increment !== undefined && to.increment === undefined ? ["INCREMENT BY 1"] : []),
    ...(from.minValue !== undefined && to.minValue === undefined ? ["NO MINVALUE"] : []),
    ...(from.maxValue !== undefined && to.maxValue === undefined ? ["NO MAXVALUE"] : []),
    ...(from.start !== undefined && to.start === undefined ? [`START WITH ${usualStart(to)}`] : []),
    ...(from.cache !== undefined && to.cache === undefined ? ["CACHE 1"] : []),
    ...(from.cycle === true && to.cycle !== true ? ["NO CYCLE"] : []),
  ];
  const changed = [...sequenceOptions(to).filter((option) => !before.includes(option)), ...usual];
  const options = isNarrower
    ? [
        ...changed.filter((option) => !/^(?:NO )?(?:MIN|MAX)VALUE/.test(option)),
        `MINVALUE ${now.minValue}`,
        `MAXVALUE ${now.maxValue}`,
      ]
    : changed;
  const changes = [...generation, ...options.map((option) => `SET ${option}`)];
  if (changes.length === 0) return [];
  return [...(isNarrower ? [moveInside(place, old, now)] : []), statement(`${alter(place)} ${changes.join(" ")}`)];
}

function boundsOf({ name }: TypeDef, { generation: _generation, reuseIds: _reuse, ...identity }: IdentityDef) {
  return effectiveSequence({
    ...identity,
    ...(name === "smallint" || name === "integer" ? { type: name } : {}),
  } as Partial<SequenceDef>);
}

function moveInside(place: ColumnPlace, old: EffectiveSequence, now: EffectiveSequence): Statement {
  const least = now.minValue < old.minValue ? now.minValue : old.minValue;
  const most = now.maxValue > old.maxValue ? now.maxValue : old.maxValue;
  return doBlock(`held text := ${sequenceOf(place)};`, [
    `${alter(place)} SET MINVALUE ${least} SET MAXVALUE ${most};`,
    "EXECUTE 'SELECT last_value FROM ' || held INTO next;",
    `IF next NOT BETWEEN ${now.minValue} AND ${now.maxValue} THEN PERFORM pg_catalog.setval(held::regclass, ${now.start}, false); END IF;`,
  ]);
}

/** SERIAL's sequence goes away, and with it the default. With `identity` another goes on with the next number. */
export function dropSerial(place: ColumnPlace, identity: IdentityDef | undefined): Statement {
  const body = [
    identity === undefined ? "" : `EXECUTE 'SELECT last_value + is_called::integer FROM ' || held INTO next;`,
    `${alter(place)} DROP DEFAULT;`,
    "EXECUTE 'DROP SEQUENCE ' || held;",
    identity === undefined ? "" : `${alter(place)} ADD ${identityDdl(identity)};`,
    identity === undefined ? "" : `PERFORM pg_catalog.setval(${sequenceOf(place)}, next, false);`,
  ];
  return doBlock(["held text := ", sequenceOf(place), ";"].join(""), body);
}

/** Makes the sequence and default of SERIAL, numbering on above all there are. */
export function addSerial(place: ColumnPlace, type: TypeDef): readonly Statement[] {
  const sequence = { ...place.table, name: serialSequenceName(place.table.name, place.column) };
  const base = type.name === "bigserial" ? "bigint" : "integer";
  return [
    statement(
      `CREATE SEQUENCE ${ddl.name(sequence)} AS ${base} OWNED BY ${ddl.name(place.table)}.${ddl.id(place.column)}`,
    ),
    statement(`${alter(place)} SET DEFAULT nextval(${quoteText(ddl.name(sequence))}::regclass)`),
    statement(startAboveRows(place)),
  ];
}

/** Lets SERIAL's sequence count as far as the column's new type does. */
export function widenSerial(place: ColumnPlace, type: TypeDef): Statement {
  const base = type.name === "bigserial" ? "bigint" : "integer";
  return doBlock(`held text := ${sequenceOf(place)};`, [`EXECUTE 'ALTER SEQUENCE ' || held || ' AS ${base}';`]);
}

function alter({ table, column }: ColumnPlace): string {
  return `ALTER TABLE ${ddl.name(table)} ALTER COLUMN ${ddl.id(column)}`;
}

/** The table by its quoted name, the column by the name itself: that is how the function reads them. */
function sequenceOf({ table, column }: ColumnPlace): string {
  return `pg_catalog.pg_get_serial_sequence(${quoteText(ddl.name(table))}, ${quoteText(column)})`;
}

function startAboveRows(place: ColumnPlace): string {
  const column = ddl.id(place.column);
  return `SELECT pg_catalog.setval(${sequenceOf(place)}, coalesce(pg_catalog.max(${column}), 0) + 1, false) FROM ${ddl.name(place.table)}`;
}

/** Numbers on above all there are, where the sequence is not as far; it may be far ahead for others that it numbers. */
export function continueAbove(place: ColumnPlace, sequence: SequenceDef): readonly Statement[] {
  const { increment, maxValue, cycle } = effectiveSequence(sequence);
  if (increment < 0n || cycle) return [];
  const [name, column, table] = [ddl.name(sequence), ddl.id(place.column), ddl.name(place.table)];
  const isBehind = `HAVING pg_catalog.max(${column}) >= (SELECT last_value FROM ${name}) AND pg_catalog.max(${column}) < ${maxValue}`;
  return [
    statement(
      `SELECT pg_catalog.setval(${quoteText(name)}::regclass, pg_catalog.max(${column}) + 1, false) FROM ${table} ${isBehind}`,
    ),
  ];
}

function usualStart(identity: IdentityDef): number {
  return (identity.increment ?? 1) < 0 ? (identity.maxValue ?? -1) : (identity.minValue ?? 1);
}

function doBlock(declaration: string, lines: readonly string[]): Statement {
  const body = lines.filter((line) => line !== "").map((line) => `  ${line}`);
  const text = `\nDECLARE ${declaration} next bigint;\nBEGIN\n${body.join("\n")}\nEND `;
  return statement(`DO ${dollarQuoted(text)}`);
}

/** The text between dollar quotes that it does not hold. */
export function dollarQuoted(text: string): string {
  let tag = "$tsm$";
  for (let attempt = 1; text.includes(tag); attempt++) tag = `$tsm${attempt}$`;
  return `${tag}${text}${tag}`;
}
