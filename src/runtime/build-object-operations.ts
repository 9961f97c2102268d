/** From the arguments of `op.createSequence(…)` and the like to operations as data. Pure. */
import { rowSecurityDef } from "../model/build-table.js";
import { materializedViewDef } from "../model/materialized-view.js";
import { compositeTypeDef, domainChecks, domainDef, domainDefault } from "../model/object-types.js";
import { type GrantOptions, grantDef, ownerDef } from "../model/privileges.js";
import {
  definitionDef,
  extensionDef,
  functionDef,
  policyDef,
  policySettings,
  sequenceDef,
  sequenceSettings,
} from "../model/schema-objects.js";
import { triggerDef } from "../model/trigger.js";
import type { Operation, PrivilegeChange } from "../operations/operation.js";
import {
  type MaterializedViewDef,
  type MovableRef,
  type NamedRef,
  type ObjectKind,
  type ObjectRef,
  refOf,
  type SchemaObjectDef,
} from "../schema/objects.js";
import { compact, type ObjectName } from "../schema/schema.js";
import { signatureOf } from "../schema/signature.js";
import { quoteName } from "../util/quote.js";
import type { ObjectOperations, ReplaceDefinitionOptions } from "./object-operations.js";
import type { IfExists, InSchema } from "./operations.js";

type Builders = {
  readonly [K in keyof ObjectOperations]: (...args: Parameters<ObjectOperations[K]>) => readonly Operation[];
};

interface Drop extends IfExists {
  readonly cascade?: boolean;
}

const yes = (value: boolean | undefined): true | undefined => (value === true ? true : undefined);

function create(
  object: SchemaObjectDef,
  options: { readonly ifNotExists?: boolean; readonly checkBody?: boolean; readonly filled?: boolean } = {},
) {
  const unchecked = options.checkBody === false ? (true as const) : undefined;
  const how = { ifNotExists: yes(options.ifNotExists), unchecked, filled: yes(options.filled) };
  return [compact({ kind: "createObject" as const, object, ...how }) as Operation];
}

function replace(
  object: SchemaObjectDef,
  {
    checkBody,
    ...renamed
  }: Pick<ReplaceDefinitionOptions, "renamedFrom" | "renamedColumns"> & { checkBody?: boolean } = {},
) {
  const unchecked = checkBody === false ? (true as const) : undefined;
  return [compact({ kind: "replaceObject" as const, object, unchecked, ...renamed }) as Operation];
}

function drop(object: ObjectRef, options: Drop = {}) {
  const { ifExists, cascade } = options;
  return [
    compact({ kind: "dropObject" as const, object, ifExists: yes(ifExists), cascade: yes(cascade) }) as Operation,
  ];
}

function alter(object: ObjectRef, changes: Readonly<Record<string, unknown>>): readonly Operation[] {
  return [{ kind: "alterObject", object, changes: compact({ ...changes }) }];
}

function rename(object: NamedRef, to: string): readonly Operation[] {
  return [{ kind: "renameObject", object, to }];
}

function move(object: MovableRef, to: string | null): readonly Operation[] {
  return [{ kind: "moveObject", object, to }];
}

function ref(kind: ObjectKind, name: string, options: InSchema = {}, more: Partial<ObjectRef> = {}): ObjectRef {
  return { kind, ...named(name, options), ...more };
}

function named(name: string, options: InSchema = {}): ObjectName {
  return options.schema === undefined ? { name } : { name, schema: options.schema };
}

export function objectOperationBuilders(): Builders {
  return {
    createSequence: (name, { ifNotExists, ...options } = {}) =>
      create(sequenceDef(name, options), compact({ ifNotExists })),
    alterSequence: (name, { schema, ...changes }) =>
      alter(ref("sequence", name, compact({ schema })), sequenceSettings(changes as never)),
    dropSequence: (name, options) => drop(ref("sequence", name, options), options),

    renameSequence: (from, to, options) => rename({ kind: "sequence", ...named(from, options) }, to),
    renameDomain: (from, to, options) => rename({ kind: "domain", ...named(from, options) }, to),
    renameCompositeType: (from, to, options) => rename({ kind: "compositeType", ...named(from, options) }, to),
    renameEnum: (from, to, options) => rename({ kind: "enum", ...named(from, options) }, to),
    renameView: (from, to, options) => rename({ kind: "view", ...named(from, options) }, to),
    renameMaterializedView: (from, to, options) => rename({ kind: "materializedView", ...named(from, options) }, to),
    renameFunction: (from, argumentList, to, options) =>
      rename({ kind: "function", ...named(from, options), signature: signatureOf(argumentList) }, to),

    moveSequence: (name, to, options) => move({ kind: "sequence", ...named(name, options) }, to),
    moveDomain: (name, to, options) => move({ kind: "domain", ...named(name, options) }, to),
    moveCompositeType: (name, to, options) => move({ kind: "compositeType", ...named(name, options) }, to),
    moveEnum: (name, to, options) => move({ kind: "enum", ...named(name, options) }, to),
    moveView: (name, to, options) => move({ kind: "view", ...named(name, options) }, to),
    moveMaterializedView: (name, to, options) => move({ kind: "materializedView", ...named(name, options) }, to),
    moveFunction: (name, argumentList, to, options) =>
      move({ kind: "function", ...named(name, options), signature: signatureOf(argumentList) }, to),
    moveDefinition: (type, name, to) => move({ kind: "definition", type: type.toLowerCase(), name }, to),

    createDomain: (name, type, options = {}) => create(domainDef(name, type, options)),
    alterDomain(name, { schema, check, default: value, notNull, comment }) {
      const changes = {
        ...(check === undefined ? {} : { checks: domainChecks(name, check) }),
        ...(value === undefined ? {} : { default: value === null ? null : domainDefault(name, value) }),
        notNull: notNull === undefined ? undefined : notNull === true ? true : null,
        comment,
      };
      return alter(ref("domain", name, compact({ schema })), changes);
    },
    dropDomain: (name, options) => drop(ref("domain", name, options), options),

    createCompositeType: (name, columns, options = {}) => create(compositeTypeDef(name, columns, options)),
    alterCompositeType(name, { schema, columns, comment }) {
      const object = ref("compositeType", name, compact({ schema }));
      const made = columns === undefined ? undefined : compositeTypeDef(name, columns, {}).columns;
      return alter(object, { columns: made, comment });
    },
    dropCompositeType: (name, options) => drop(ref("compositeType", name, options), options),

    createExtension: (name, { ifNotExists, ...options } = {}) =>
      create(extensionDef(name, options), compact({ ifNotExists })),
    alterExtension: (name, changes) => alter(ref("extension", name), { ...changes }),
    dropExtension: (name, options) => drop(ref("extension", name), options),

    createMaterializedView: (...given) => create(materializedViewOf(...given)),
    replaceMaterializedView: (...given) => replace(materializedViewOf(...given)),
    alterMaterializedView: (name, { schema, ...changes }) =>
      alter(ref("materializedView", name, compact({ schema })), { ...changes }),
    commentMaterializedView: (name, comment, options) => alter(ref("materializedView", name, options), { comment }),
    dropMaterializedView: (name, options) => drop(ref("materializedView", name, options), options),

    createFunction: (name, { checkBody, ...options }) => create(functionDef(name, options), compact({ checkBody })),
    replaceFunction: (name, { checkBody, ...options }) => replace(functionDef(name, options), compact({ checkBody })),
    commentFunction: (name, argumentList, comment, options) =>
      alter(ref("function", name, options, { signature: signatureOf(argumentList) }), { comment }),
    dropFunction: (name, argumentList, options) =>
      drop(ref("function", name, options, { signature: signatureOf(argumentList) }), options),

    createTrigger: (name, table, { schema, ...options }) => create(triggerDef(name, inSchema(table, schema), options)),
    replaceTrigger: (name, table, { schema, ...options }) =>
      replace(triggerDef(name, inSchema(table, schema), options)),
    alterTrigger: (name, table, { schema, ...changes }) =>
      alter(ref("trigger", name, {}, { table: named(table, compact({ schema })) }), { ...changes }),
    dropTrigger: (name, table, options) => drop(ref("trigger", name, {}, { table: named(table, options) }), options),

    createPolicy: (name, table, { schema, ...options } = {}) =>
      create(policyDef(name, inSchema(table, schema), options)),
    replacePolicy: (name, table, { schema, ...options } = {}) =>
      replace(policyDef(name, inSchema(table, schema), options)),
    alterPolicy(name, table, { schema, ...changes }) {
      const settings = policySettings(name, changes as never);
      const asked = Object.keys(changes).map((key) => [key, settings[key] ?? null] as const);
      return alter(ref("policy", name, {}, { table: named(table, compact({ schema })) }), Object.fromEntries(asked));
    },
    dropPolicy: (name, table, options) => drop(ref("policy", name, {}, { table: named(table, options) }), options),
    enableRowSecurity: (table, { forced, ...options } = {}) => [
      {
        kind: "setRowSecurity",
        table: named(table, options),
        rowSecurity: rowSecurityDef(forced === true ? "forced" : true)!,
      },
    ],
    grant: (privileges, options) => [{ kind: "grant", ...privilegeChange(privileges, options) }],
    revoke: (privileges, { from, ...options }) => [
      { kind: "revoke", ...privilegeChange(privileges, { ...options, to: from }) },
    ],
    alterOwner: (role, options) => [{ kind: "alterOwner", ...ownerDef(role, options) }],
    disableRowSecurity: (table, { forced, ...options } = {}) => [
      {
        kind: "setRowSecurity",
        table: named(table, options),
        rowSecurity: forced === true ? { forced: true } : {},
      },
    ],

    createDefinition: (type, name, sql, { table, schema, filled, ...options } = {}) =>
      create(
        definitionDef(type, name, sql, table === undefined ? options : { ...options, table: inSchema(table, schema) }),
        compact({ filled }),
      ),
    replaceDefinition: (type, name, sql, { table, schema, renamedFrom, renamedColumns, ...options } = {}) =>
      replace(
        definitionDef(type, name, sql, table === undefined ? options : { ...options, table: inSchema(table, schema) }),
        compact({ renamedFrom, renamedColumns }),
      ),
    alterDefinition(type, name, { definition, further, comment }) {
      const made = definitionDef(type, name, definition ?? "", { further: further ?? [] });
      return alter(refOf(made), {
        definition: definition === undefined ? undefined : made.definition,
        further: further === undefined ? undefined : (made.further ?? null),
        comment,
      });
    },
    commentDefinition: (type, name, comment) => alter(refOf({ kind: "definition", name, type }), { comment }),
    dropDefinition: (type, name, options) => drop({ kind: "definition", name, type: type.toLowerCase() }, options),
  };
}

/** Names with dots in them stay one name. */
function inSchema(table: string, schema: string | undefined): string {
  const part = (text: string) => quoteName(text);
  return schema === undefined ? part(table) : `${part(schema)}.${part(table)}`;
}

function privilegeChange(privileges: string | readonly string[], options: GrantOptions): PrivilegeChange {
  const { way: _way, ...change } = grantDef(privileges, options);
  return { ...change, ...(options.grantable === true ? { grantable: true as const } : {}) };
}

function materializedViewOf(
  ...[name, query, options = {}]: Parameters<ObjectOperations["createMaterializedView"]>
): MaterializedViewDef {
  const { indexes = [], with: storage, tablespace, accessMethod, ...rest } = options;
  const materialized = compact({ indexes, with: storage, tablespace, accessMethod });
  return materializedViewDef(compact({ name, query, materialized, ...rest }));
}
