/** What the operations take that are about no table, enum or view. */

import {
  type Argument,
  checkOf,
  column,
  columnMap,
  optional,
  someTexts,
  sqlText,
  text,
  textOrNull,
} from "../model/call-arguments.js";
import { aFlag, anObject, aText, firings, required, sqlOrText, sqlTexts, storageParameters } from "../model/checks.js";
import type { MaterializedViewOptions } from "../model/materialized-view.js";
import { type DomainOptions, domainCheck, domainValue } from "../model/object-types.js";
import { aTarget, type GrantOptions, type OwnerOptions, type RevokeOptions } from "../model/privileges.js";
import type { ObjectOptions } from "../model/schema-object.js";
import {
  columnOfTable,
  type ExtensionOptions,
  type PolicySettings,
  type SequenceOptions,
} from "../model/schema-objects.js";
import type { TriggerSettings } from "../model/trigger.js";
import type {
  CreateDefinitionOptions,
  DefinitionChanges,
  FunctionOperationOptions,
  ObjectOperations,
  ReplaceDefinitionOptions,
} from "./object-operations.js";
import {
  bareCascade,
  cascade,
  fromTo,
  type IfNotExists,
  inSchema,
  nameAndTable,
  schema,
  viewKeys,
} from "./operation-arguments.js";
import type { InSchema } from "./operations.js";
import { options, orNull } from "./option-checks.js";

type Forced = InSchema & { readonly forced?: boolean };

const materializedOptions = optional(
  options<MaterializedViewOptions>("options", {
    ...viewKeys,
    indexes: true,
    with: true,
    tablespace: true,
    accessMethod: true,
  }),
);
const INTEGERS = ["smallint", "integer", "bigint"];
const sequenceKeys = {
  ...schema,
  type: orNull(checkOf("'smallint', 'integer' or 'bigint'", (value) => INTEGERS.includes(value as string))),
  start: true,
  increment: true,
  minValue: true,
  maxValue: true,
  cache: true,
  cycle: true,
  ownedBy: columnOfTable,
  comment: true,
} as const;
const domainKeys = {
  ...schema,
  notNull: orNull(aFlag),
  default: orNull(domainValue),
  comment: true,
  check: domainCheck,
} as const;
const extensionKeys = { version: true, into: true, comment: true } as const;
const functionOptions = options<FunctionOperationOptions>("options", {
  ...schema,
  arguments: true,
  returns: true,
  procedure: true,
  language: true,
  body: true,
  sqlBody: true,
  library: true,
  window: true,
  volatility: true,
  strict: true,
  securityDefiner: true,
  leakproof: true,
  parallel: true,
  cost: true,
  rows: true,
  support: true,
  settings: true,
  transforms: true,
  comment: true,
  checkBody: true,
});
const triggerKeys = {
  ...schema,
  fires: required(aText),
  action: required(sqlOrText),
  constraint: true,
  enabled: ["never", "replica", "always"],
  enabledOn: firings,
  comment: true,
} as const;
const aFiring = checkOf("'never', 'replica' or 'always'", (value) => triggerKeys.enabled.includes(value as "never"));
const triggerOptions = options<TriggerSettings & InSchema>("options", triggerKeys);
const policyKeys = {
  ...schema,
  roles: true,
  using: orNull(sqlOrText),
  withCheck: true,
  comment: true,
} as const;
const policyOptions = optional(
  options<PolicySettings & InSchema>("options", { ...policyKeys, restrictive: true, command: true }),
);
const definitionKeys = { ...schema, table: true, further: true, comment: true } as const;
const nameTo = [text("name"), textOrNull("to"), inSchema] as const;
const definition = [text("type"), text("name")] as const;

export const OBJECT_OPERATION_ARGUMENTS: { readonly [K in keyof ObjectOperations]: readonly Argument[] } = {
  createSequence: [
    text("name"),
    optional(options<SequenceOptions & IfNotExists>("options", { ...sequenceKeys, ifNotExists: true })),
  ],
  alterSequence: [text("name"), options<SequenceOptions>("changes", sequenceKeys)],
  dropSequence: [text("name"), cascade],
  renameSequence: fromTo,
  renameDomain: fromTo,
  renameCompositeType: fromTo,
  renameEnum: fromTo,
  renameView: fromTo,
  renameMaterializedView: fromTo,
  renameFunction: [text("from"), text("argumentList"), text("to"), inSchema],

  moveSequence: nameTo,
  moveDomain: nameTo,
  moveCompositeType: nameTo,
  moveEnum: nameTo,
  moveView: nameTo,
  moveMaterializedView: nameTo,
  moveFunction: [text("name"), text("argumentList"), textOrNull("to"), inSchema],
  moveDefinition: [...definition, textOrNull("to")],

  createDomain: [
    text("name"),
    column("type"),
    optional(options<DomainOptions>("options", { ...domainKeys, collation: true })),
  ],
  alterDomain: [text("name"), options<Omit<DomainOptions, "collation">>("changes", domainKeys)],
  dropDomain: [text("name"), cascade],
  createCompositeType: [
    text("name"),
    columnMap("columns"),
    optional(options<ObjectOptions>("options", { ...schema, comment: true })),
  ],
  alterCompositeType: [
    text("name"),
    options<ObjectOptions & { columns?: unknown }>("changes", { ...schema, columns: anObject, comment: true }),
  ],
  dropCompositeType: [text("name"), cascade],

  createExtension: [
    text("name"),
    optional(options<ExtensionOptions & IfNotExists>("options", { ...extensionKeys, ifNotExists: true })),
  ],
  alterExtension: [
    text("name"),
    options<ExtensionOptions>("changes", { ...extensionKeys, version: orNull(aText), into: orNull(aText) }),
  ],
  dropExtension: [text("name"), bareCascade],

  createMaterializedView: [text("name"), sqlText("query"), materializedOptions],
  replaceMaterializedView: [text("name"), sqlText("query"), materializedOptions],
  alterMaterializedView: [
    text("name"),
    options<Pick<MaterializedViewOptions, "with" | "tablespace" | "comment"> & InSchema>("changes", {
      ...schema,
      with: orNull(storageParameters),
      tablespace: true,
      comment: true,
    }),
  ],
  commentMaterializedView: [text("name"), textOrNull("comment"), inSchema],
  dropMaterializedView: [text("name"), cascade],

  createFunction: [text("name"), functionOptions],
  replaceFunction: [text("name"), functionOptions],
  commentFunction: [text("name"), text("argumentList"), textOrNull("comment"), inSchema],
  dropFunction: [text("name"), text("argumentList"), cascade],

  createTrigger: [...nameAndTable, triggerOptions],
  replaceTrigger: [...nameAndTable, triggerOptions],
  alterTrigger: [
    ...nameAndTable,
    options<Pick<TriggerSettings, "enabled" | "enabledOn" | "comment"> & InSchema>("changes", {
      ...schema,
      enabled: orNull(aFiring),
      enabledOn: orNull(firings),
      comment: true,
    }),
  ],
  dropTrigger: [...nameAndTable, cascade],

  createPolicy: [...nameAndTable, policyOptions],
  replacePolicy: [...nameAndTable, policyOptions],
  alterPolicy: [
    ...nameAndTable,
    options<Pick<PolicySettings, "roles" | "using" | "withCheck" | "comment"> & InSchema>("changes", policyKeys),
  ],
  dropPolicy: [...nameAndTable, cascade],
  enableRowSecurity: [text("table"), optional(options<Forced>("options", { ...schema, forced: true }))],
  disableRowSecurity: [text("table"), optional(options<Forced>("options", { ...schema, forced: true }))],

  grant: [
    someTexts("privileges"),
    options<GrantOptions>("options", { on: required(aTarget), to: required(aText), grantable: true }),
  ],
  revoke: [
    someTexts("privileges"),
    options<RevokeOptions & { grantable?: boolean }>("options", {
      on: required(aTarget),
      from: required(aText),
      grantable: true,
    }),
  ],
  alterOwner: [text("role"), options<OwnerOptions>("options", { of: required(aTarget) })],

  createDefinition: [
    ...definition,
    sqlText("create"),
    optional(options<CreateDefinitionOptions>("options", { ...definitionKeys, filled: true })),
  ],
  replaceDefinition: [
    ...definition,
    sqlText("create"),
    optional(
      options<ReplaceDefinitionOptions>("options", { ...definitionKeys, renamedFrom: true, renamedColumns: true }),
    ),
  ],
  alterDefinition: [
    ...definition,
    options<DefinitionChanges>("changes", { definition: sqlOrText, further: orNull(sqlTexts), comment: true }),
  ],
  commentDefinition: [...definition, textOrNull("comment")],
  dropDefinition: [...definition, bareCascade],
};
