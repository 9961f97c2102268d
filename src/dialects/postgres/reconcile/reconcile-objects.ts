/** What is no table, enum or view on both sides: what means the same is taken as the database has it. */

import { overloadsOf } from "../../../schema/edit-objects.js";
import {
  type CompositeTypeDef,
  type DefinitionDef,
  type DomainDef,
  type ExtensionDef,
  type FunctionDef,
  type MaterializedViewDef,
  type ObjectDefs,
  objectsByKey,
  type PolicyDef,
  refKey,
  type SchemaObjectDef,
  type TriggerDef,
  tableOf,
} from "../../../schema/objects.js";
import {
  compact,
  nameOfKey,
  type ObjectName,
  objectKey,
  type SchemaDef,
  sameDef,
  type TypeDef,
} from "../../../schema/schema.js";
import { canonicalSequence } from "../../../schema/sequences.js";
import { sameSql } from "../text/sql-text.js";
import { sameType } from "../text/types.js";
import type { Ask } from "./questions.js";
import { reconcileIndexes } from "./reconcile-indexes.js";

export function reconcileObjects(wanted: SchemaDef, found: SchemaDef, ask: Ask): ObjectDefs {
  return objectsByKey(
    Object.values(wanted.objects).map((object) => {
      const plain = withoutEmptyComment(object);
      const other = counterpart(plain, wanted, found, ask);
      return other === undefined ? settled(plain) : reconcileObject(plain, other, ask);
    }),
  );
}

/** Under the same key, or the one function of that name whose signature nobody else has. */
function counterpart(
  object: SchemaObjectDef,
  wanted: SchemaDef,
  found: SchemaDef,
  ask: Ask,
): SchemaObjectDef | undefined {
  const same = found.objects[refKey(object)];
  if (same !== undefined) return same;
  if (object.kind === "definition" && object.table === undefined) return namesake(object, found);
  if (object.kind !== "function") return undefined;
  const free = overloadsOf(found, object).filter((other) => !(refKey(other) in wanted.objects));
  return free.find((other) => ask(question(object, other)));
}

/** The server knows which table it goes with, and models need not say. */
function namesake(object: DefinitionDef, found: SchemaDef): DefinitionDef | undefined {
  const all = Object.values(found.objects).flatMap((other) =>
    other.kind === "definition" && other.type === object.type && other.name === object.name ? other : [],
  );
  return all.length === 1 ? all[0] : undefined;
}

function reconcileObject(wanted: SchemaObjectDef, found: SchemaObjectDef, ask: Ask): SchemaObjectDef {
  const { comment: _comment, ...rest } = adopted(wanted, found, ask);
  return (wanted.comment === undefined ? rest : { ...rest, comment: wanted.comment }) as SchemaObjectDef;
}

/** Each part that means the same is taken as found, so that what is left is what changes. */
function adopted(wanted: SchemaObjectDef, found: SchemaObjectDef, ask: Ask): SchemaObjectDef {
  if (sameDef(comparable(wanted), comparable(found))) return found;
  switch (wanted.kind) {
    case "sequence":
      return canonicalSequence(wanted);
    case "extension":
      return adoptExtension(wanted, found as ExtensionDef);
    case "materializedView":
      return adoptView(wanted, found as MaterializedViewDef, ask);
    case "function":
      return adoptFunction(wanted, found as FunctionDef, ask);
    case "domain":
      return adoptDomain(wanted, found as DomainDef, ask);
    case "compositeType":
      return adoptComposite(wanted, found as CompositeTypeDef, ask);
    case "trigger": {
      const { fires, action, ...other } = found as TriggerDef;
      if (wanted.constraint !== other.constraint) return wanted;
      const same =
        sameTexts([wanted.fires, wanted.action], [fires, action]) ||
        ask(question({ ...found, fires: wanted.fires, action: wanted.action } as TriggerDef, found));
      return same ? { ...wanted, fires, action } : wanted;
    }
    case "policy":
      return adoptPolicy(wanted, found as PolicyDef, ask);
    case "definition":
      return adoptDefinition(wanted, found as DefinitionDef, ask);
  }
}

function adoptDefinition(given: DefinitionDef, found: DefinitionDef, ask: Ask): DefinitionDef {
  const wanted = { ...given, ...compact({ table: given.table ?? found.table }) };
  const { definition, further } = found;
  const sameFurther = wanted.further?.length === further?.length && sameTexts(wanted.further ?? [], further ?? []);
  const isSaid = sameSql(wanted.definition, definition) && sameFurther;
  if (!isSaid && ask({ kind: "definition", table: "", wanted, found })) {
    const { further: _further, ...rest } = wanted;
    return { ...rest, definition, ...compact({ further }) };
  }
  const same = sameSql(wanted.definition, definition) ? { ...wanted, definition } : wanted;
  return sameFurther ? { ...same, ...compact({ further }) } : same;
}

/** The head by itself: with the same one the function is replaced where it is. */
function adoptFunction(wanted: FunctionDef, found: FunctionDef, ask: Ask): FunctionDef {
  const { arguments: given, returns, sqlBody } = wanted;
  const head = { ...found, arguments: given, ...(returns === undefined ? {} : { returns }) };
  const isRoutine = (it: FunctionDef) => it.returns === undefined;
  const sameHead =
    isRoutine(wanted) === isRoutine(found) &&
    (sameTexts([given, returns], [found.arguments, found.returns]) || ask(question(head, found)));
  const sameSqlBody =
    sqlBody !== undefined &&
    found.sqlBody !== undefined &&
    (sameSql(sqlBody, found.sqlBody) || ask(question({ ...found, sqlBody }, found)));
  return {
    ...wanted,
    ...(sameHead
      ? { arguments: found.arguments, signature: found.signature, ...compact({ returns: found.returns }) }
      : {}),
    ...(sameSqlBody ? { sqlBody: found.sqlBody! } : {}),
  };
}

function adoptDomain(wanted: DomainDef, found: DomainDef, ask: Ask): DomainDef {
  const bare = (it: DomainDef): DomainDef => ({ kind: "domain", name: it.name, type: it.type, checks: [] });
  const sameDomainType = sameType(wanted.type, found.type) || ask(question(bare(wanted), bare(found)));
  const type = sameDomainType ? found.type : wanted.type;
  const part = (it: Partial<DomainDef>): DomainDef => ({ ...bare(found), ...it });
  const { default: value } = wanted;
  const sameValue =
    value !== undefined &&
    found.default !== undefined &&
    (sameSql(value, found.default) || ask(question(part({ default: value }), part({ default: found.default }))));
  const checks = wanted.checks.map((check) => {
    const other = found.checks.find(({ name }) => name === check.name);
    if (other === undefined) return check;
    const alone = (expression: string) => part({ checks: [{ name: check.name, expression }] });
    const same =
      sameSql(check.expression, other.expression) || ask(question(alone(check.expression), alone(other.expression)));
    return same ? { ...check, expression: other.expression } : check;
  });
  // Their order means nothing.
  return { ...wanted, type, checks: byName(checks), ...(sameValue ? { default: found.default! } : {}) };
}

function adoptComposite(wanted: CompositeTypeDef, found: CompositeTypeDef, ask: Ask): CompositeTypeDef {
  const columns = wanted.columns.map((column) => {
    const other = found.columns.find(({ name }) => name === column.name);
    if (other === undefined) return column;
    const alone = (type: TypeDef): CompositeTypeDef => ({ ...found, columns: [{ name: column.name, type }] });
    const same = sameType(column.type, other.type) || ask(question(alone(column.type), alone(other.type)));
    return same ? { ...column, type: other.type } : column;
  });
  return { ...wanted, columns };
}

/** Words that stand for the role that makes the policy, which is what is kept. */
const ROLE_WORDS = /^(?:current_user|current_role|session_user)$/i;

function adoptPolicy(wanted: PolicyDef, found: PolicyDef, ask: Ask): PolicyDef {
  const bare = (it: Partial<PolicyDef>): PolicyDef =>
    compact({ kind: "policy" as const, name: found.name, table: found.table, ...it }) as PolicyDef;
  const sameText = (key: "using" | "withCheck") => {
    const [text, other] = [wanted[key], found[key]];
    if (text === undefined || other === undefined) return false;
    return sameSql(text, other) || ask(question(bare({ [key]: text }), bare({ [key]: other })));
  };
  const named = (it: PolicyDef) => (it.roles === undefined ? bare({}) : bare({ roles: it.roles }));
  const sameRoles =
    wanted.roles?.some((role) => ROLE_WORDS.test(role)) === true && ask(question(named(wanted), named(found)));
  return {
    ...wanted,
    ...(sameText("using") ? { using: found.using! } : {}),
    ...(sameText("withCheck") ? { withCheck: found.withCheck! } : {}),
    ...(sameRoles ? { roles: found.roles! } : {}),
  };
}

function adoptView(wanted: MaterializedViewDef, found: MaterializedViewDef, ask: Ask): MaterializedViewDef {
  const view = ({ name, schema, definition }: MaterializedViewDef) => compact({ name, schema, definition });
  const definition = wanted.definition.trim().replace(/;\s*$/, "");
  const same =
    sameSql(definition, found.definition) ||
    ask({ kind: "view", table: "", wanted: view({ ...wanted, definition }), found: view(found) });
  return {
    ...wanted,
    definition: same ? found.definition : definition,
    indexes: reconcileIndexes("", wanted.indexes, found.indexes, () => false),
  };
}

/** A version or schema that nobody asked for is right as it is. */
function adoptExtension(wanted: ExtensionDef, found: ExtensionDef): ExtensionDef {
  return {
    ...wanted,
    ...compact({ version: wanted.version ?? found.version, into: wanted.into ?? found.into }),
  };
}

/** In the canonical form as far as the server is not needed for it. */
function settled(object: SchemaObjectDef): SchemaObjectDef {
  if (object.kind === "sequence") return canonicalSequence(object);
  return object.kind === "materializedView"
    ? { ...object, definition: object.definition.replace(/;\s*$/, "") }
    : object;
}

function question(wanted: SchemaObjectDef, found: SchemaObjectDef): Parameters<Ask>[0] {
  const table = tableOf(wanted);
  const place = table === undefined ? "" : objectKey(table);
  return { kind: "object", table: place, wanted: asked(wanted), found: asked(found) };
}

/** What is made to be read has no partitions. */
function asked(object: SchemaObjectDef): SchemaObjectDef {
  if (object.kind !== "trigger") return object;
  const { enabledOn: _firing, ...rest } = object;
  return rest;
}

/** Without what tells objects apart, and the comment. */
export function comparable(object: SchemaObjectDef): object {
  const { name: _name, schema: _schema, comment: _comment, ...rest } = object;
  return rest;
}

function byName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function sameTexts(a: readonly (string | undefined)[], b: readonly (string | undefined)[]): boolean {
  return a.every((text, at) => {
    const other = b[at];
    return text === undefined || other === undefined ? text === other : sameSql(text, other);
  });
}

function withoutEmptyComment(object: SchemaObjectDef): SchemaObjectDef {
  if (object.comment !== "") return object;
  const { comment: _comment, ...rest } = object;
  return rest as SchemaObjectDef;
}

/** With the names in it that are of the default schema without it. */
export function bareObject(
  object: SchemaObjectDef,
  bare: <T extends ObjectName>(name: T) => T,
  type: (of: TypeDef) => TypeDef,
): SchemaObjectDef {
  const named = bare(object) as SchemaObjectDef;
  const table = tableOf(named);
  const on = table === undefined ? {} : { table: bare(table) };
  switch (named.kind) {
    case "domain":
      return { ...named, type: type(named.type) };
    case "compositeType":
      return { ...named, columns: named.columns.map((column) => ({ ...column, type: type(column.type) })) };
    case "sequence":
      return named.ownedBy === undefined
        ? named
        : { ...named, ownedBy: { ...named.ownedBy, table: bare(named.ownedBy.table) } };
    case "extension": {
      const { into, ...rest } = named;
      const { schema } = bare(compact({ name: "", schema: into }) as ObjectName);
      return { ...rest, ...compact({ into: schema }) };
    }
    case "trigger": {
      const { enabledOn = {}, ...rest } = named;
      const firing = Object.entries(enabledOn).map(([key, way]) => [objectKey(bare(nameOfKey(key))), way] as const);
      return { ...rest, ...on, ...(firing.length === 0 ? {} : { enabledOn: Object.fromEntries(firing) }) };
    }
    default:
      return { ...named, ...on } as SchemaObjectDef;
  }
}
