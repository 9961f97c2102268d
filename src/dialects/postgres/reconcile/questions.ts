/** What only the server can tell: do two texts, once it has read them, say the same? */
import { type DefinitionDef, KIND_WORDS, type SchemaObjectDef } from "../../../schema/objects.js";
import {
  type CheckDef,
  type ColumnDef,
  displayName,
  type IndexDef,
  type ObjectName,
  sameDef,
  type TypeDef,
  type ViewDef,
} from "../../../schema/schema.js";
import { sameDefault } from "../text/defaults.js";
import { sameType } from "../text/types.js";

interface Parts {
  readonly type: ColumnDef;
  readonly default: ColumnDef;
  readonly generated: ColumnDef;
  readonly check: CheckDef;
  readonly index: IndexDef;
  readonly view: ViewDef;
  /** Which columns a query gives, with names, types and defaults. */
  readonly columns: QueryPart;
  readonly object: SchemaObjectDef;
  readonly bounds: BoundsPart;
  /** Asked of the real object, and no part of a table. */
  readonly definition: DefinitionDef;
}

/** A query, and what it gives once the server has read it. */
export interface QueryPart extends ObjectName {
  readonly definition: string;
  /** Of its columns, as those of a view have them. */
  readonly defaults?: Readonly<Record<string, string>>;
  readonly columns?: readonly ColumnDef[];
}

/** The bounds of a partition, and what they are bounds of. */
export interface BoundsPart {
  readonly columns: readonly ColumnDef[];
  readonly partitionBy: string;
  readonly bounds: string;
}
export type PartKind = keyof Parts;

/** One part of a table, a view or another object, as wanted and as found. `table` is the key of the table it is on. */
export type Question = { [K in PartKind]: QuestionOf<K> }[PartKind];
export interface QuestionOf<K extends PartKind> {
  readonly kind: K;
  readonly table: string;
  readonly wanted: Parts[K];
  readonly found: Parts[K];
}
export type Part = Parts[PartKind];

/** Answers at once: no, as long as it is not known otherwise. */
export type Ask = (question: Question) => boolean;

/** The same text for equal questions. */
export function questionKey({ kind, table, wanted, found }: Question): string {
  return JSON.stringify([kind, table, wanted, found]);
}

/** Are the two, both printed by the server, one and the same? A part that it refused is like no other. */
export function isSamePart(kind: PartKind, a: Part | undefined, b: Part | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  switch (kind) {
    case "type":
      return sameType((a as ColumnDef).type, (b as ColumnDef).type);
    case "default":
      return sameDefault((a as ColumnDef).default, (b as ColumnDef).default, (b as ColumnDef).type as TypeDef);
    case "generated":
      return sameDef((a as ColumnDef).generated, (b as ColumnDef).generated);
    case "check":
      return (a as CheckDef).expression === (b as CheckDef).expression;
    case "index":
      return sameDef(indexTexts(a as IndexDef), indexTexts(b as IndexDef));
    case "view":
      return (a as ViewDef).definition === (b as ViewDef).definition;
    case "columns":
      return (
        (a as QueryPart).columns !== undefined && sameDef((a as QueryPart).columns, (b as QueryPart).columns ?? null)
      );
    case "bounds":
      return (a as BoundsPart).bounds === (b as BoundsPart).bounds;
    case "definition":
      return sameDef(a, b);
    case "object":
      return sameDef(objectTexts(a as SchemaObjectDef), objectTexts(b as SchemaObjectDef));
  }
}

/** What is left when names are taken away; the table of a trigger is a scratch table. */
function objectTexts(object: SchemaObjectDef): object {
  const { name: _name, schema: _schema, comment: _comment, ...rest } = object;
  if (rest.kind === "trigger" || rest.kind === "policy") {
    const { table: _table, ...own } = rest;
    return own;
  }
  if (rest.kind !== "domain") return rest;
  return { ...rest, checks: rest.checks.map((check) => JSON.stringify(check)).sort() };
}

function indexTexts({ where, elements }: IndexDef): object {
  return [
    where ?? null,
    elements.map(({ expression, collation, operatorClass }) => [expression, collation, operatorClass]),
  ];
}

/** A sentence about what was compared as text alone. */
export function unaskedText(questions: readonly Question[]): string {
  return (
    "the server could not be asked whether texts mean the same, since the role may create nothing to ask with; compared " +
    `as they are written, and maybe no change at all: ${questions.map(subjectOf).join(", ")} (the role needs CREATE on the database)`
  );
}

function subjectOf({ kind, table, wanted }: Question): string {
  if (kind === "bounds") return "bounds of a partition";
  const name = displayName(wanted as ObjectName);
  if (kind === "object" || kind === "definition") return `${KIND_WORDS[(wanted as SchemaObjectDef).kind]} ${name}`;
  if (kind === "columns") return `defaults of view ${name}`;
  if (table === "") return `${kind} ${name}`;
  const isColumn = kind === "type" || kind === "default" || kind === "generated";
  return isColumn ? `${kind === "generated" ? "expression" : kind} of ${table}.${name}` : `${kind} ${name} of ${table}`;
}
