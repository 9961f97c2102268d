/** SQL that makes, changes and drops what is no table, enum or view. */
import { UnsupportedOperationError } from "../errors.js";
import type {
  CompositeTypeDef,
  DefinitionDef,
  DomainDef,
  FunctionDef,
  MaterializedViewDef,
  ObjectRef,
  PolicyDef,
  SchemaObjectDef,
  SequenceDef,
  TriggerDef,
} from "../schema/objects.js";
import { displayObject, KIND_WORDS, SQLITE_DEFINITIONS } from "../schema/objects.js";
import { nameOfKey, type ObjectName } from "../schema/schema.js";
import { alterDefinitionTexts } from "./alter-definition.js";
import { functionStatements } from "./function-sql.js";
import { afterCreateIndex } from "./indexes.js";
import { type DdlWriter, type Statement, statement } from "./operation.js";
import { parameterActions } from "./table-sql.js";
import {
  alterComposite,
  alterDomain,
  alterSequence,
  attribute,
  domainTexts,
  owner,
  sequenceClauses,
} from "./type-sql.js";

export interface CreateObjectOptions {
  readonly orReplace?: boolean;
  readonly ifNotExists?: boolean;
  /** The bodies of functions are not looked into: what they name may come later. */
  readonly unchecked?: boolean;
}

export function createStatements(
  object: SchemaObjectDef,
  ddl: DdlWriter,
  options: CreateObjectOptions = {},
): readonly Statement[] {
  refuseElsewhere(object, ddl, "create");
  const comments = object.comment === undefined ? [] : commentStatements(object, object.comment, ddl);
  if (object.kind === "function") return [...functionStatements(object, ddl, options), ...comments];
  return [...createTexts(object, ddl, options).map((sql) => statement(sql)), ...comments];
}

function createTexts(
  object: Exclude<SchemaObjectDef, FunctionDef>,
  ddl: DdlWriter,
  { ifNotExists }: CreateObjectOptions,
): readonly string[] {
  const missing = ifNotExists === true ? "IF NOT EXISTS " : "";
  switch (object.kind) {
    case "sequence":
      return [
        joined(`CREATE SEQUENCE ${missing}${ddl.name(object)}`, ...sequenceClauses(object), ...owner(object, ddl)),
      ];
    case "domain":
      return domainTexts(object, ddl);
    case "compositeType":
      return [
        `CREATE TYPE ${ddl.name(object)} AS (${object.columns.map((column) => attribute(column, ddl)).join(", ")})`,
        ...columnComments(object, {}, commentsOf(object), ddl),
      ];
    case "extension":
      return [
        joined(
          `CREATE EXTENSION ${missing}${ddl.id(object.name)}`,
          object.into === undefined ? "" : `SCHEMA ${ddl.id(object.into)}`,
          object.version === undefined ? "" : `VERSION ${ddl.literal(object.version)}`,
        ),
      ];
    case "materializedView":
      return materializedViewTexts(object, missing, ddl);
    case "trigger":
      return [
        triggerText(object, ddl),
        ...enabledTexts(object, object.enabled, ddl),
        ...firingTexts(object, object.enabledOn ?? {}, ddl),
      ];
    case "policy":
      return [policyText(object, ddl)];
    case "definition":
      return [object.definition, ...(object.further ?? [])];
  }
}

function materializedViewTexts(view: MaterializedViewDef, missing: string, ddl: DdlWriter): readonly string[] {
  const literal = (value: unknown) => (typeof value === "string" ? ddl.literal(value) : String(value));
  const storage = Object.entries(view.with ?? {}).map(([key, value]) => `${key} = ${literal(value)}`);
  return [
    joined(
      `CREATE MATERIALIZED VIEW ${missing}${ddl.name(view)}`,
      view.accessMethod === undefined ? "" : `USING ${ddl.id(view.accessMethod)}`,
      storage.length === 0 ? "" : `WITH (${storage.join(", ")})`,
      view.tablespace === undefined ? "" : `TABLESPACE ${ddl.id(view.tablespace)}`,
      `AS ${view.definition}`,
    ),
    ...view.indexes.flatMap((index) => [
      ddl.createIndex(view, index),
      ...afterCreateIndex(view, index, ddl).map(({ sql }) => sql),
    ]),
    ...columnComments(view, {}, view.columnComments ?? {}, ddl),
  ];
}

/** COMMENT ON COLUMN for those that differ. */
function columnComments(
  object: ObjectName,
  from: Readonly<Record<string, string | undefined>>,
  to: Readonly<Record<string, string | undefined>>,
  ddl: DdlWriter,
): readonly string[] {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((name) => from[name] !== to[name]);
  return names.map(
    (name) => `COMMENT ON COLUMN ${ddl.name(object)}.${ddl.id(name)} IS ${ddl.literal(to[name] ?? null)}`,
  );
}

function commentsOf(type: CompositeTypeDef | undefined): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries((type?.columns ?? []).map(({ name, comment }) => [name, comment]));
}

/** `before` is the object as it is, where that is known. */
export function alterStatements(
  ref: ObjectRef,
  changes: Readonly<Record<string, unknown>>,
  before: SchemaObjectDef | undefined,
  ddl: DdlWriter,
): readonly Statement[] {
  refuseElsewhere(ref, ddl, "alter");
  const { comment, ...rest } = changes;
  const comments = comment === undefined ? [] : commentStatements(ref, comment as string | null, ddl);
  if (Object.keys(rest).length === 0) return comments;
  return [...alterTexts(ref, rest, before, ddl).map((sql) => statement(sql)), ...comments];
}

function alterTexts(
  ref: ObjectRef,
  changes: Readonly<Record<string, unknown>>,
  before: SchemaObjectDef | undefined,
  ddl: DdlWriter,
): readonly string[] {
  const after = { ...before, ...ref, ...withoutNulls(changes, before) } as unknown as SchemaObjectDef;
  switch (after.kind) {
    case "sequence":
      return alterSequence(after, changes, before as SequenceDef | undefined, ddl);
    case "domain":
      return alterDomain(after, changes, before as DomainDef | undefined, ddl);
    case "compositeType":
      return [
        ...alterComposite(after, before as CompositeTypeDef | undefined, ddl),
        ...columnComments(after, commentsOf(before as CompositeTypeDef | undefined), commentsOf(after), ddl),
      ];
    case "extension":
      return [
        ...(changes.into === undefined
          ? []
          : [`ALTER EXTENSION ${ddl.id(ref.name)} SET SCHEMA ${ddl.id(String(changes.into))}`]),
        ...(changes.version === undefined
          ? []
          : [
              `ALTER EXTENSION ${ddl.id(ref.name)} UPDATE${changes.version === null ? "" : ` TO ${ddl.literal(String(changes.version))}`}`,
            ]),
      ];
    case "policy":
      for (const key of ["using", "withCheck"]) {
        if (changes[key] !== null) continue;
        throw new UnsupportedOperationError(`PostgreSQL cannot take '${key}' away from a policy that is there`, {
          dialect: ddl.dialect,
          operation: `alter ${displayObject(ref)}`,
          hint: "Use `op.replacePolicy`.",
        });
      }
      return [
        joined(
          `ALTER POLICY ${ddl.id(after.name)} ON ${ddl.name(after.table)}`,
          changes.roles === undefined ? "" : `TO ${roleList(after, ddl)}`,
          changes.using === undefined ? "" : `USING (${after.using})`,
          changes.withCheck === undefined ? "" : `WITH CHECK (${after.withCheck})`,
        ),
      ];
    case "trigger":
      return firingChanges(after, changes, before as TriggerDef | undefined, ddl);
    case "materializedView":
      return alterMaterializedView(after, changes, before as MaterializedViewDef | undefined, ddl);
    case "definition": {
      const texts = before === undefined ? null : alterDefinitionTexts(before as DefinitionDef, after);
      return texts ?? refuseAlter(ref, ddl);
    }
    default:
      return refuseAlter(ref, ddl);
  }
}

function refuseAlter(ref: ObjectRef, ddl: DdlWriter): never {
  throw new UnsupportedOperationError(`${displayObject(ref)} cannot be altered like that, only replaced`, {
    dialect: ddl.dialect,
    operation: `alter ${displayObject(ref)}`,
  });
}

function alterMaterializedView(
  after: MaterializedViewDef,
  changes: Readonly<Record<string, unknown>>,
  before: MaterializedViewDef | undefined,
  ddl: DdlWriter,
): readonly string[] {
  const alter = `ALTER MATERIALIZED VIEW ${ddl.name(after)}`;
  return [
    ...(changes.with === undefined ? [] : parameterActions(before?.with, after.with ?? {}, ddl)),
    ...(changes.tablespace === undefined ? [] : [`SET TABLESPACE ${ddl.id(after.tablespace ?? "pg_default")}`]),
  ].map((action) => `${alter} ${action}`);
}

export function dropText(
  ref: ObjectRef,
  ddl: DdlWriter,
  options: { readonly ifExists?: boolean; readonly cascade?: boolean } = {},
): string {
  refuseElsewhere(ref, ddl, "drop");
  const words = ref.type === "virtual table" ? "TABLE" : (ref.type ?? DROP_WORDS[ref.kind] ?? "").toUpperCase();
  const cascade = options.cascade === true && ddl.dialect === "postgres" ? " CASCADE" : "";
  return `DROP ${words} ${options.ifExists ? "IF EXISTS " : ""}${sqlName(ref, ddl)}${cascade}`;
}

const DROP_WORDS: Readonly<Record<string, string>> = {
  sequence: "SEQUENCE",
  domain: "DOMAIN",
  compositeType: "TYPE",
  extension: "EXTENSION",
  // Functions and procedures alike.
  function: "ROUTINE",
  materializedView: "MATERIALIZED VIEW",
  trigger: "TRIGGER",
  policy: "POLICY",
};

/** How SQL calls it after DROP and COMMENT ON. */
function sqlName(ref: ObjectRef, ddl: DdlWriter): string {
  switch (ref.kind) {
    case "definition":
      return ref.name;
    case "extension":
      return ddl.id(ref.name);
    case "trigger":
    case "policy":
      return ddl.dialect === "sqlite" ? ddl.id(ref.name) : `${ddl.id(ref.name)} ON ${ddl.name(ref.table!)}`;
    case "function":
      return `${ddl.name(ref)}(${ref.signature ?? ""})`;
    default:
      return ddl.name(ref);
  }
}

function commentStatements(
  ref: ObjectRef | SchemaObjectDef,
  comment: string | null,
  ddl: DdlWriter,
): readonly Statement[] {
  if (ddl.dialect === "sqlite") return [];
  const words = "type" in ref && ref.kind === "definition" ? String(ref.type).toUpperCase() : DROP_WORDS[ref.kind];
  return [statement(`COMMENT ON ${words} ${sqlName(ref as ObjectRef, ddl)} IS ${ddl.literal(comment)}`)];
}

function refuseElsewhere(object: ObjectRef | SchemaObjectDef, ddl: DdlWriter, verb: string): void {
  const everywhere =
    object.kind === "trigger" || (object.kind === "definition" && SQLITE_DEFINITIONS.has(object.type ?? ""));
  if (ddl.dialect === "postgres" || everywhere) return;
  const words =
    object.kind === "definition" ? `${object.type} objects` : `${KIND_WORDS[object.kind].replace(/y$/, "ie")}s`;
  throw new UnsupportedOperationError(`SQLite has no ${words}: cannot ${verb} ${displayObject(object)}`, {
    dialect: ddl.dialect,
    operation: `${verb} ${displayObject(object)}`,
    hint: 'Guard the call with `if (op.dialect === "postgres")`.',
  });
}

function triggerText(trigger: TriggerDef, ddl: DdlWriter): string {
  const constraint = trigger.constraint === true ? "CONSTRAINT " : "";
  return `CREATE ${constraint}TRIGGER ${ddl.id(trigger.name)} ${trigger.fires} ON ${ddl.name(trigger.table)} ${trigger.action}`;
}

const ENABLED: Readonly<Record<string, string>> = {
  never: "DISABLE TRIGGER",
  replica: "ENABLE REPLICA TRIGGER",
  always: "ENABLE ALWAYS TRIGGER",
  ordinary: "ENABLE TRIGGER",
};

function enabledTexts(trigger: TriggerDef, enabled: string | undefined, ddl: DdlWriter): readonly string[] {
  if (enabled === undefined || ddl.dialect === "sqlite") return [];
  return [`ALTER TABLE ${ddl.name(trigger.table)} ${ENABLED[enabled]} ${ddl.id(trigger.name)}`];
}

/** On the whole it says how the trigger fires on every partition, so what is said of those alone is said again. */
function firingChanges(
  after: TriggerDef,
  changes: Readonly<Record<string, unknown>>,
  before: TriggerDef | undefined,
  ddl: DdlWriter,
): readonly string[] {
  const whole = after.enabled ?? "ordinary";
  const on = after.enabledOn ?? {};
  if (changes.enabled !== undefined) return [...enabledTexts(after, whole, ddl), ...firingTexts(after, on, ddl)];
  const was = before?.enabledOn ?? {};
  const gone = Object.keys(was).filter((key) => !(key in on));
  const changed = Object.entries(on).filter(([key, firing]) => was[key] !== firing);
  return firingTexts(after, Object.fromEntries([...gone.map((key) => [key, whole]), ...changed]), ddl);
}

function firingTexts(trigger: TriggerDef, on: NonNullable<TriggerDef["enabledOn"]>, ddl: DdlWriter): readonly string[] {
  if (ddl.dialect === "sqlite") return [];
  return Object.entries(on).map(
    ([key, firing]) => `ALTER TABLE ONLY ${ddl.name(nameOfKey(key))} ${ENABLED[firing]} ${ddl.id(trigger.name)}`,
  );
}

function policyText(policy: PolicyDef, ddl: DdlWriter): string {
  return joined(
    `CREATE POLICY ${ddl.id(policy.name)} ON ${ddl.name(policy.table)}`,
    policy.restrictive === true ? "AS RESTRICTIVE" : "",
    policy.command === undefined ? "" : `FOR ${policy.command.toUpperCase()}`,
    policy.roles === undefined ? "" : `TO ${roleList(policy, ddl)}`,
    policy.using === undefined ? "" : `USING (${policy.using})`,
    policy.withCheck === undefined ? "" : `WITH CHECK (${policy.withCheck})`,
  );
}

function roleList(policy: PolicyDef, ddl: DdlWriter): string {
  const words = /^(?:public|current_user|session_user|current_role)$/i;
  return (policy.roles ?? ["public"]).map((role) => (words.test(role) ? role : ddl.id(role))).join(", ");
}

function withoutNulls(changes: Readonly<Record<string, unknown>>, before: object | undefined): object {
  const reset = Object.keys(changes).filter((key) => changes[key] === null);
  return { ...before, ...changes, ...Object.fromEntries(reset.map((key) => [key, undefined])) };
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" ");
}
