/** One column builder as data, with the constraints it carries. */
import { ModelInvalidError } from "../errors.js";
import {
  type ColumnDef,
  compact,
  type DefaultDef,
  type DialectName,
  displayName,
  type ForeignKeyAction,
  type ForeignKeyDef,
  type IdentityDef,
  type ObjectName,
  type TypeDef,
} from "../schema/schema.js";
import type { ColumnSpec, ForeignKeyOptions, IdentityOptions, ReferenceSpec } from "./column.js";
import { defaultOf } from "./column-default.js";
import { type ConstraintDrafts, emptyDrafts } from "./constraint-drafts.js";
import { bareExpressionText } from "./expression-text.js";
import { splitPath } from "./object-path.js";

export interface ColumnPlace {
  readonly table: ObjectName;
  readonly column: string;
  readonly dialect: DialectName | null;
}

/** The column, not yet knowing whether the table's primary key includes it, and its constraints without names. */
export function columnDraft(
  spec: ColumnSpec,
  place: ColumnPlace,
): { readonly column: ColumnDef; readonly drafts: ConstraintDrafts } {
  const where = `'${displayName(place.table)}.${place.column}'`;
  const { type, collation } = columnType(spec, place.dialect);
  const numbered = spec.identity !== undefined || spec.type.name === "serial" || spec.type.name === "bigserial";
  const generated = spec.generated && {
    expression: bareExpressionText(spec.generated.expression, `the expression of ${where}`),
    stored: spec.generated.stored,
  };
  const base: ColumnDef = {
    name: place.column,
    type,
    nullable: spec.notNull === undefined && spec.primaryKey === undefined && !numbered,
  };
  const value = columnDefault(spec, where);
  const plain = value === undefined ? base : { ...base, default: value };
  const column = isPlain(spec)
    ? plain
    : compact({
        ...plain,
        identity: spec.identity && identityDef(spec.identity),
        generated,
        collation: spec.collation ?? collation,
        comment: spec.comment,
        sqlite: place.dialect === "postgres" ? undefined : spec.sqlite,
        ...postgresFacts(spec, place.dialect),
        renamedFrom: spec.renamedFrom,
      });
  refuseTwoSources(column, place, where);
  return { column, drafts: columnConstraints(spec, place, where) };
}

/** What says no more than most: none of these is in it, and nothing that its NOT NULL has on PostgreSQL. */
function isPlain(spec: ColumnSpec): boolean {
  for (const said of Object.keys(spec) as (keyof ColumnSpec)[]) {
    if (said === "notNull" ? Object.keys(spec.notNull ?? {}).length > 0 : !OF_MOST.has(said)) return false;
  }
  return true;
}

/** Those of constraints make no part of the column itself. */
const OF_MOST: ReadonlySet<keyof ColumnSpec> = new Set([
  "type",
  "enum",
  "default",
  "primaryKey",
  "unique",
  "references",
  "checks",
  "only",
]);

/** What only PostgreSQL has. */
function postgresFacts(spec: ColumnSpec, dialect: DialectName | null) {
  if (dialect === "sqlite") return {};
  const said = <T extends object>(of: T | undefined) =>
    of === undefined || Object.keys(of).length === 0 ? undefined : of;
  return { postgres: said(spec.postgres), notNull: said(spec.notNull), inherited: spec.inherited };
}

function columnDefault(spec: ColumnSpec, where: string): DefaultDef | undefined {
  if (spec.default === undefined) return undefined;
  return spec.default === "now" ? { kind: "now" } : defaultOf(spec.default.value, `the default of ${where}`, spec.type);
}

/**
 * The type for the database. `.sqlType({ sqlite: "TEXT COLLATE NOCASE" })` says a collation too, which is an attribute
 * of the column everywhere else.
 */
function columnType(
  spec: ColumnSpec,
  dialect: DialectName | null,
): { readonly type: TypeDef; readonly collation?: string } {
  const text = dialect === null ? undefined : spec.sqlType?.[dialect];
  if (text === undefined) return { type: spec.type };
  const bare = text.trim();
  const match = /(?<!\s)\s+COLLATE\s+("(?:[^"]|"")+"|\w+)$/i.exec(bare);
  if (match === null) return { type: { name: "custom", text: bare } };
  const collation = match[1]!.replace(/^"(.*)"$/s, "$1").replaceAll('""', '"');
  return { type: { name: "custom", text: bare.slice(0, match.index) }, collation };
}

function identityDef(options: IdentityOptions & { readonly reuseIds?: boolean }): IdentityDef {
  return compact({
    generation: options.always === true ? ("always" as const) : ("byDefault" as const),
    reuseIds: options.reuseIds === false ? (false as const) : undefined,
    start: options.start,
    increment: options.increment,
    minValue: options.minValue ?? options.min,
    maxValue: options.maxValue ?? options.max,
    cache: options.cache,
    cycle: options.cycle === true ? true : undefined,
  });
}

/** A value comes from one place: PostgreSQL refuses the others with "both default and identity specified" and alike. */
function refuseTwoSources(column: ColumnDef, place: ColumnPlace, where: string): void {
  if (column.identity === undefined && column.generated === undefined) return;
  const sources = [
    ...(column.default === undefined ? [] : ["a default"]),
    ...(column.identity === undefined ? [] : ["an identity"]),
    ...(column.generated === undefined ? [] : ["a generated expression"]),
  ];
  if (sources.length < 2) return;
  throw new ModelInvalidError(`${where} has ${sources.join(" and ")}`, {
    table: displayName(place.table),
    column: place.column,
    hint: "Keep one of them.",
  });
}

function columnConstraints(spec: ColumnSpec, place: ColumnPlace, where: string): ConstraintDrafts {
  const { primaryKey, unique, references, checks } = spec;
  if (primaryKey === undefined && unique === undefined && references === undefined && checks === undefined) {
    return emptyDrafts;
  }
  const columns = [place.column];
  return {
    ...emptyDrafts,
    primaryKeys: spec.primaryKey === undefined ? [] : [compact({ name: spec.primaryKey.name, columns })],
    uniques:
      spec.unique === undefined
        ? []
        : [
            compact({
              name: spec.unique.name,
              columns,
              nullsNotDistinct: spec.unique.nullsNotDistinct === true ? (true as const) : undefined,
            }),
          ],
    foreignKeys: (spec.references ?? []).map((reference) => referenceDraft(reference, place, where)),
    checks: (spec.checks ?? []).map((check) => ({
      ...(check.name === undefined ? {} : { name: check.name }),
      expression: bareExpressionText(check.expression, `a check of ${where}`),
      column: place.column,
    })),
  };
}

function referenceDraft(reference: ReferenceSpec, place: ColumnPlace, where: string) {
  const parts = splitPath(reference.target);
  if (parts === null || parts.length < 2 || parts.length > 3) {
    throw new ModelInvalidError(`${where} references '${reference.target}', which names no table and column`, {
      table: displayName(place.table),
      column: place.column,
      hint: 'Write the target as "table.column" or "schema.table.column".',
    });
  }
  const [column, name, schema] = parts.toReversed() as [string, string, string | undefined];
  return compact({
    name: reference.name,
    columns: [place.column],
    target: compact({ name, schema }) as ObjectName,
    targetColumns: [column],
    ...foreignKeyRules(reference),
  });
}

/** The options as the structure has them: what SQL does anyway is left out. */
export function foreignKeyRules(
  options: ForeignKeyOptions,
): Pick<
  ForeignKeyDef,
  "onDelete" | "onUpdate" | "match" | "deferrable" | "onDeleteColumns" | "notEnforced" | "period" | "unchecked"
> {
  return compact({
    onDelete: action(options.onDelete),
    onUpdate: action(options.onUpdate),
    match: options.match === "full" ? ("full" as const) : undefined,
    deferrable: options.deferrable,
    onDeleteColumns: options.onDeleteColumns,
    notEnforced: options.notEnforced === true ? (true as const) : undefined,
    period: options.period === true ? (true as const) : undefined,
    unchecked: options.unchecked === true ? (true as const) : undefined,
  });
}

function action(value: ForeignKeyAction | "no action" | undefined): ForeignKeyAction | undefined {
  return value === "no action" ? undefined : value;
}
