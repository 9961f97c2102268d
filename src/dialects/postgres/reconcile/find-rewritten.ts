/**
 * What the server puts in other words when a column gets another type: `v > 0` of an integer becomes `v > 0::numeric`, and
 * `v::numeric > 0::numeric` on the way back. What would not come back as it was makes way for the change.
 */

import type { Operation } from "../../../operations/operation.js";
import { mentionsColumn } from "../../../schema/expression.js";
import { descendantsOf, parentsOf, wholeTable, withAncestors } from "../../../schema/inheritance.js";
import {
  type CheckDef,
  type ColumnDef,
  type RewrittenPart,
  type SchemaDef,
  sameDef,
  type TableDef,
} from "../../../schema/schema.js";
import { withoutSerial } from "../../../schema/serials.js";
import type { PostgresConnection } from "../connection/connection.js";
import { typeText } from "../text/types.js";
import { changedEnums, inScratch } from "./answer-questions.js";
import { printParts } from "./print-parts.js";
import { isSamePart, type Part, type Question } from "./questions.js";
import { indexOfExclude } from "./reconcile-table.js";

/** The columns that are on both sides and get another type or collation. */
export function retypedColumns(wanted: SchemaDef, found: SchemaDef, key: string): readonly string[] {
  const [to, from] = [wanted.tables[key], found.tables[key]];
  if (to === undefined || from === undefined) return [];
  // One that has parents has the types of their columns.
  if (to === from && parentsOf(to).length === 0) return [];
  const [after, before] = [wholeTable(wanted, to), wholeTable(found, from)];
  const typeOf = ({ type, collation }: ColumnDef) => [typeText(withoutSerial(type)), collation ?? null];
  return before.columns.flatMap((column) => {
    const other = after.columns.find(({ name }) => name === column.name);
    return other === undefined || sameDef(typeOf(column), typeOf(other)) ? [] : [column.name];
  });
}

/** The names of tables that have such columns. */
export function retypedNames(wanted: SchemaDef, found: SchemaDef): readonly string[] {
  const keys = Object.keys(wanted.tables).filter((key) => retypedColumns(wanted, found, key).length > 0);
  return [...new Set(keys.map((key) => wanted.tables[key]!.name))];
}

/** `wanted` with what is to make way. Nothing is asked where no type changes. */
export async function withRewritten(
  wanted: SchemaDef,
  found: SchemaDef,
  ahead: readonly Operation[],
  connection: PostgresConnection,
): Promise<SchemaDef> {
  const keys = Object.keys(wanted.tables).filter((key) => key in found.tables);
  const parts = keys.flatMap((key) => partsOf(key, wanted, found));
  let rewritten: readonly OpenPart[] = [];
  if (parts.length > 0) {
    await inScratch(connection, ahead, async () => {
      rewritten = await rewrittenOf(parts, wanted, found, connection);
    });
  }
  const tables = keys.flatMap((key): readonly (readonly [string, TableDef])[] => {
    const staying = rewritten.filter(({ question }) => question.table === key).map(({ part }) => part);
    const own = [...staying, ...changedInHeir(key, wanted, found)];
    return own.length === 0 ? [] : [[key, { ...wanted.tables[key]!, rewritten: own }]];
  });
  return { ...wanted, tables: { ...wanted.tables, ...Object.fromEntries(tables) } };
}

/** Those that are not as before when they were of the new type meanwhile. */
async function rewrittenOf(
  parts: readonly OpenPart[],
  wanted: SchemaDef,
  found: SchemaDef,
  connection: PostgresConnection,
): Promise<readonly OpenPart[]> {
  const enums = changedEnums(wanted, found);
  const questions = parts.map(({ question }) => question);
  const texts = questions.map((question) => question.found as Part);
  const print = (asked: readonly number[], printed: readonly Part[], schema: SchemaDef) =>
    printParts(connection, {
      questions: asked.map((at) => questions[at]!),
      parts: printed,
      schema,
      enums: schema === wanted ? enums : [],
    });
  const all = questions.map((_question, at) => at);
  const there = await print(all, texts, wanted);
  // What the new type refuses is for the statement to fail on.
  const open = all.filter((at) => there[at] !== undefined);
  const back = await print(
    open,
    open.map((at) => there[at]!),
    found,
  );
  const stayed = await print(
    open,
    open.map((at) => texts[at]!),
    found,
  );
  const isAsBefore = (at: number, place: number) => isSamePart(questions[at]!.kind, back[place], stayed[place]);
  return open.filter((at, place) => !isAsBefore(at, place)).map((at) => parts[at]!);
}

/** What changes in a partition or child by itself, and has to go before its parent's columns change. */
function changedInHeir(table: string, wanted: SchemaDef, found: SchemaDef): readonly RewrittenPart[] {
  const [to, from] = [wanted.tables[table]!, found.tables[table]!];
  if (parentsOf(from).length === 0) return [];
  const columns = retypedColumns(wanted, found, table);
  const isAbout = (part: object) =>
    textsOf(part).some((text) => columns.some((column) => mentionsColumn(text, column)));
  const changed = <T extends { readonly name: string | null }>(
    kind: RewrittenPart["kind"],
    before: readonly T[],
    after: readonly T[],
  ) =>
    before
      .filter((one) => isAbout(one) && !after.some((other) => sameDef(plain(one), plain(other))))
      .map(({ name }): RewrittenPart => ({ kind, name: name! }));
  return [
    ...changed("check", from.checks, to.checks),
    ...changed("index", from.indexes, to.indexes),
    ...changed("exclude", from.excludes ?? [], to.excludes ?? []),
  ];
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

function plain(part: object): object {
  const { conventional: _source, renamedFrom: _hint, ofEnum: _enum, ...rest } = part as Partial<CheckDef>;
  return rest;
}

interface OpenPart {
  readonly part: RewrittenPart;
  readonly question: Question;
}

/** What stays as it is and names a column that gets another type. */
function partsOf(table: string, wanted: SchemaDef, found: SchemaDef): readonly OpenPart[] {
  const columns = retypedColumns(wanted, found, table);
  if (columns.length === 0) return [];
  const isAbout = (...texts: readonly (string | undefined)[]) =>
    texts.some((text) => text !== undefined && columns.some((column) => mentionsColumn(text, column)));
  const [to, from] = [wanted.tables[table]!, found.tables[table]!];
  // Checks that come from a table's parents, or that it has in common with them, are not its own to drop.
  const relatives = [...withAncestors(found, from).slice(1), ...descendantsOf(found, from)];
  const pairs = <T extends { readonly name: string | null }>(before: readonly T[], after: readonly T[]) =>
    before.flatMap((one) => {
      const other = after.find(({ name }) => name === one.name);
      return one.name === null || other === undefined ? [] : [{ name: one.name, one, other }];
    });
  const elements = (list: readonly { readonly expression?: string }[]) => list.map(({ expression }) => expression);
  return [
    ...pairs(from.checks, to.checks)
      .filter(({ name }) => !relatives.some((table) => table.checks.some((check) => check.name === name)))
      .filter(({ one, other }) => one.expression === other.expression && isAbout(one.expression))
      .map(({ name, one, other }): OpenPart => {
        const question: Question = { kind: "check", table, wanted: other, found: one };
        return { part: { kind: "check", name }, question };
      }),
    ...pairs(from.indexes, to.indexes)
      .filter(({ one }) => isAbout(one.where, ...elements(one.elements)))
      .filter(({ one, other }) => sameDef([one.where ?? null, one.elements], [other.where ?? null, other.elements]))
      .map(({ name, one, other }): OpenPart => {
        const question: Question = { kind: "index", table, wanted: other, found: one };
        return { part: { kind: "index", name }, question };
      }),
    ...pairs(from.excludes ?? [], to.excludes ?? [])
      .filter(({ one }) => isAbout(one.where, ...elements(one.elements)))
      .filter(({ one, other }) => sameDef([one.where ?? null, one.elements], [other.where ?? null, other.elements]))
      .map(({ name, one, other }): OpenPart => {
        const question: Question = { kind: "index", table, wanted: indexOfExclude(other), found: indexOfExclude(one) };
        return { part: { kind: "exclude", name }, question };
      }),
    ...pairs(from.columns, to.columns)
      .filter(({ one, other }) => one.inherited !== true && other.generated !== undefined)
      .filter(({ one, other }) => sameDef(one.generated, other.generated) && isAbout(one.generated?.expression))
      .map(({ name, one, other }): OpenPart => {
        const question: Question = { kind: "generated", table, wanted: other, found: one };
        return { part: { kind: "generated", name }, question };
      }),
  ];
}
