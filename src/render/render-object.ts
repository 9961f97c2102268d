/** Sequences, domains, functions, triggers, … as the calls that make them, in revisions and in models. */
import type { Operation } from "../operations/operation.js";
import type { DomainCheck, ObjectRef, SchemaObjectDef, SequenceDef } from "../schema/objects.js";
import { compact, type IndexDef, type ObjectName } from "../schema/schema.js";
import { quoteName } from "../util/quote.js";
import { type Entry, entries, functionEntries, policyEntries, triggerEntries } from "./object-entries.js";
import {
  expression,
  options,
  type RenderContext,
  renderIndexElement,
  renderType,
  schemaOption,
  storageCalls,
} from "./render-column.js";
import { type Call, chain, literal, longString, object, type Source, string } from "./source.js";

type ObjectOperation = Extract<
  Operation,
  {
    kind:
      | "createObject"
      | "alterObject"
      | "renameObject"
      | "moveObject"
      | "replaceObject"
      | "dropObject"
      | "setRowSecurity";
  }
>;

const NAMES = {
  sequence: "Sequence",
  domain: "Domain",
  compositeType: "CompositeType",
  extension: "Extension",
  function: "Function",
  materializedView: "MaterializedView",
  trigger: "Trigger",
  policy: "Policy",
  definition: "Definition",
} as const;

/** `createFunction` for createObject of a function: what people call it. */
export function operationName(op: Operation): string {
  switch (op.kind) {
    case "createObject":
      return `create${NAMES[op.object.kind]}`;
    case "replaceObject":
      return `replace${NAMES[op.object.kind]}`;
    case "dropObject":
      return `drop${NAMES[op.object.kind]}`;
    case "alterObject": {
      const { kind } = op.object;
      return `${isCommentOnly(op.object, op.changes) ? "comment" : "alter"}${NAMES[kind]}`;
    }
    case "renameObject":
      return `rename${{ ...NAMES, enum: "Enum", view: "View" }[op.object.kind]}`;
    case "moveObject":
      return `move${{ ...NAMES, enum: "Enum", view: "View" }[op.object.kind]}`;
    case "setRowSecurity":
      return op.rowSecurity.enabled === true ? "enableRowSecurity" : "disableRowSecurity";
    default:
      return op.kind;
  }
}

export function objectCall(op: ObjectOperation, context: RenderContext): readonly [string, readonly Source[]] {
  const name = operationName(op);
  switch (op.kind) {
    case "createObject":
      return [
        name,
        createArguments(op.object, context, {
          ifNotExists: op.ifNotExists,
          checkBody: unchecked(op.unchecked),
          filled: op.filled,
        }),
      ];
    case "replaceObject":
      return [
        name,
        createArguments(op.object, context, {
          checkBody: unchecked(op.unchecked),
          renamedFrom: op.renamedFrom,
          renamedColumns: op.renamedColumns,
        }),
      ];
    case "dropObject":
      return [
        name,
        [
          ...identity(op.object),
          ...options({ ...schemaOption(op.object.table ?? op.object), ifExists: op.ifExists, cascade: op.cascade }),
        ],
      ];
    case "alterObject":
      return [name, alterArguments(op.object, op.changes, context)];
    case "renameObject": {
      const args = op.object.kind === "function" ? [string(op.object.signature ?? "")] : [];
      return [name, [string(op.object.name), ...args, string(op.to), ...options(schemaOption(op.object))]];
    }
    case "moveObject": {
      const { kind } = op.object;
      const it =
        kind === "enum" || kind === "view" ? [string(op.object.name)] : identity({ ...op.object, kind } as ObjectRef);
      return [name, [...it, literal(op.to), ...options(schemaOption(op.object))]];
    }
    case "setRowSecurity":
      return [name, [string(op.table.name), ...options({ ...schemaOption(op.table), forced: op.rowSecurity.forced })]];
  }
}

function unchecked(value: true | undefined): false | undefined {
  return value === true ? false : undefined;
}

/** Name, and what else tells it apart. */
function identity(ref: ObjectRef): readonly Source[] {
  if (ref.kind === "definition") return [string(ref.type!), string(ref.name)];
  if (ref.kind === "function") return [string(ref.name), string(ref.signature!)];
  return ref.table === undefined ? [string(ref.name)] : [string(ref.name), string(ref.table.name)];
}

function withOptions(args: readonly Source[], given: readonly Entry[]): readonly Source[] {
  return given.length === 0 ? args : [...args, object(given)];
}

function createArguments(
  it: SchemaObjectDef,
  context: RenderContext,
  more: Readonly<Record<string, unknown>>,
): readonly Source[] {
  const shared = entries({ ...schemaOption("table" in it && it.table !== undefined ? it.table : it), ...more });
  switch (it.kind) {
    case "function":
      return withOptions([string(it.name)], [...functionEntries(it), ...shared]);
    case "trigger":
      return withOptions([string(it.name), string(it.table.name)], [...triggerEntries(it), ...shared]);
    case "policy":
      return withOptions([string(it.name), string(it.table.name)], [...policyEntries(it, context), ...shared]);
    case "definition":
      return withOptions(
        [string(it.type), string(it.name), longString(it.definition)],
        [...entries({ table: it.table?.name, further: it.further, comment: it.comment }), ...shared],
      );
    default:
      return builderArguments(it, context, shared);
  }
}

/**
 * The builder that makes the object in a models module: `sequence("numbers", { start: 1000 })`. A policy or trigger says
 * the table it is on; `unversioned` leaves out the version of an extension.
 */
export function renderObject(it: SchemaObjectDef, context: RenderContext): Source {
  const on = (table: ObjectName) => [["on", string(tableText(table))] as const];
  switch (it.kind) {
    case "function":
      return chain([
        {
          name: context.use("functionDefinition"),
          args: withOptions([string(it.name)], [...functionEntries(it), ...entries(schemaOption(it))]),
        },
      ]);
    case "trigger":
      return builder("trigger", context, withOptions([string(it.name)], [...on(it.table), ...triggerEntries(it)]));
    case "policy":
      return builder(
        "policy",
        context,
        withOptions([string(it.name)], [...on(it.table), ...policyEntries(it, context)]),
      );
    case "definition":
      return builder(
        "definition",
        context,
        withOptions(
          [string(it.type), string(it.name), longString(it.definition)],
          entries({
            table: it.table === undefined ? undefined : tableText(it.table),
            further: it.further,
            comment: it.comment,
          }),
        ),
      );
    case "extension": {
      // Another server may have another version of it.
      const { version: _version, ...rest } = it;
      return builder("extension", context, builderArguments(rest, context, []));
    }
    default:
      return builder(it.kind, context, builderArguments(it, context, entries(schemaOption(it))));
  }
}

function builder(name: string, context: RenderContext, args: readonly Source[]): Source {
  return chain([{ name: context.use(name), args }]);
}

function builderArguments(
  it: Exclude<SchemaObjectDef, { kind: "function" | "trigger" | "policy" | "definition" }>,
  context: RenderContext,
  shared: readonly Entry[],
): readonly Source[] {
  const comment = entries({ comment: it.comment });
  switch (it.kind) {
    case "sequence":
      return withOptions([string(it.name)], [...entries(sequenceValues(it)), ...comment, ...shared]);
    case "extension":
      return withOptions(
        [string(it.name)],
        [...entries({ version: it.version, into: it.into }), ...comment, ...shared],
      );
    case "domain":
      return withOptions(
        [string(it.name), chain(renderType(it.type, context))],
        [
          ...entries({ notNull: it.notNull }),
          ...(it.default === undefined ? [] : [["default", expression(it.default, context)] as const]),
          ...domainChecks(it.checks, context),
          ...entries({ collation: it.collation }),
          ...comment,
          ...shared,
        ],
      );
    case "compositeType":
      return withOptions([string(it.name), compositeColumns(it.columns, context)], [...comment, ...shared]);
    case "materializedView":
      return withOptions(
        [string(it.name), expression(it.definition, context)],
        [
          ...(it.indexes.length === 0
            ? []
            : [
                [
                  "indexes",
                  { kind: "array", items: it.indexes.map((index) => renderIndex(index, context)), expanded: false },
                ] as const,
              ]),
          ...comment,
          ...entries({
            columnComments: it.columnComments,
            with: it.with,
            tablespace: it.tablespace,
            accessMethod: it.accessMethod,
          }),
          ...shared,
        ],
      );
  }
}

/** What has a call of its own for its comment. */
function isCommentOnly({ kind }: ObjectRef, changes: Readonly<Record<string, unknown>>): boolean {
  const hasCall = kind === "function" || kind === "materializedView" || kind === "definition";
  return hasCall && Object.keys(changes).every((key) => key === "comment");
}

function alterArguments(
  ref: ObjectRef,
  changes: Readonly<Record<string, unknown>>,
  context: RenderContext,
): readonly Source[] {
  const schema = entries(schemaOption(ref.table ?? ref));
  if (isCommentOnly(ref, changes)) {
    return withOptions([...identity(ref), literal(changes.comment)], ref.kind === "definition" ? [] : schema);
  }
  const given = Object.entries(changes).flatMap(([key, value]): readonly Entry[] => {
    if (key === "checks") {
      const checks = domainChecks(value as never, context);
      return checks.length === 0 ? [["check", object([])]] : checks;
    }
    if (key === "definition") return [[key, longString(String(value))]];
    if (key === "columns") return [[key, compositeColumns(value as never, context)]];
    if (key === "ownedBy" && value !== null) return entries(sequenceValues({ ownedBy: value } as SequenceDef));
    const isSql = ["using", "withCheck"].includes(key) || (key === "default" && ref.kind === "domain");
    return [[key, isSql && value !== null ? expression(String(value), context) : literal(value)]];
  });
  return [...identity(ref), object([...given, ...schema])];
}

function sequenceValues(it: SequenceDef): Readonly<Record<string, unknown>> {
  const { ownedBy } = it;
  return compact({
    type: it.type,
    start: it.start,
    increment: it.increment,
    minValue: it.minValue,
    maxValue: it.maxValue,
    cache: it.cache,
    cycle: it.cycle,
    ownedBy: ownedBy === undefined ? undefined : { table: tableText(ownedBy.table), column: ownedBy.column },
  });
}

function domainChecks(checks: readonly DomainCheck[], context: RenderContext): readonly Entry[] {
  if (checks.length === 0) return [];
  const said = ({ expression: sql, notValid, comment }: DomainCheck): Source =>
    notValid === undefined && comment === undefined
      ? expression(sql, context)
      : object([["expression", expression(sql, context)], ...entries({ notValid, comment })]);
  return [["check", object(checks.map((check) => [check.name, said(check)]))]];
}

function compositeColumns(
  columns: Extract<SchemaObjectDef, { kind: "compositeType" }>["columns"],
  context: RenderContext,
): Source {
  return object(
    columns.map((column) => {
      const collate: readonly Call[] =
        column.collation === undefined ? [] : [{ name: "collate", args: [string(column.collation)] }];
      const comment: readonly Call[] =
        column.comment === undefined ? [] : [{ name: "comment", args: [string(column.comment)] }];
      return [column.name, chain([...renderType(column.type, context), ...collate, ...comment])];
    }),
  );
}

/** `uniqueIndex("ix_totals_user_id").on("user_id").where(…)`. */
export function renderIndex(index: IndexDef, context: RenderContext): Source {
  return chain([
    { name: context.use(index.unique ? "uniqueIndex" : "index"), args: [string(index.name)] },
    { name: "on", args: index.elements.map((element) => renderIndexElement(element, context)) },
    ...(index.method === undefined ? [] : [{ name: "using", args: [string(index.method)] }]),
    ...(index.include === undefined ? [] : [{ name: "include", args: index.include.map(string) }]),
    ...(index.nullsNotDistinct === undefined ? [] : [{ name: "nullsNotDistinct", args: [] }]),
    ...(index.where === undefined ? [] : [{ name: "where", args: [expression(index.where, context)] }]),
    ...storageCalls(index),
  ]);
}

/** As `tableName` of the builders reads it. */
function tableText(table: ObjectName): string {
  const part = (text: string) => (/[."]/.test(text) ? quoteName(text) : text);
  return table.schema === undefined ? part(table.name) : `${part(table.schema)}.${part(table.name)}`;
}
