/** Grants and owners as models declare them. */
import { plainPrivileges } from "../schema/column-privileges.js";
import {
  type OwnerDef,
  type PrivilegeDef,
  type PrivilegeTarget,
  privilegeKey,
  TARGET_TYPES,
  targetKey,
} from "../schema/privileges.js";
import type { DialectName, SchemaDef } from "../schema/schema.js";
import { signatureOf } from "../schema/signature.js";
import { brandedObject, privilegeBrand } from "./brand.js";
import { checkOf, someTexts, text } from "./call-arguments.js";
import { checkCall, settings } from "./checked-calls.js";
import { aFlag, aText, required } from "./checks.js";
import { knownOptions } from "./known-options.js";
import { isTableLike, type TableLike, tableName } from "./schema-object.js";

export interface PrivilegeOn {
  readonly type: PrivilegeTarget["type"];
  readonly name: string;
  readonly schema?: string;
  /** Of a function: its arguments as in SQL. */
  readonly arguments?: string;
}

export interface GrantOptions {
  /** A table or view, or anything else by its type and name. */
  readonly on: TableLike | PrivilegeOn;
  /** `public`: everybody. */
  readonly to: string;
  /** The role may pass it on. */
  readonly grantable?: boolean;
}

export interface RevokeOptions {
  readonly on: TableLike | PrivilegeOn;
  readonly from: string;
}

export interface OwnerOptions {
  readonly of: TableLike | PrivilegeOn;
}

/** What {@link grant}, {@link revoke} and {@link owner} make. */
export interface Privilege {
  readonly [privilegeBrand]: PrivilegeSpec;
}
export type PrivilegeSpec = ({ readonly grant: PrivilegeDef } | { readonly owner: OwnerDef }) & {
  readonly only?: DialectName;
};

/** On what a privilege is. */
export const aTarget = checkOf("a table, or { type, name } of something else", (value) => {
  if (typeof value !== "object" || value === null || !("type" in value)) return isTableLike(value);
  return (TARGET_TYPES as readonly unknown[]).includes(value.type) && "name" in value && typeof value.name === "string";
});

/**
 * What a role may do with something. Compared when the config's `manage` names `grant`.
 *
 * @example
 * export const readers = grant(["select"], { on: users, to: "reader" });
 */
export function grant(privileges: string | readonly string[], options: GrantOptions): Privilege {
  checkCall("grant", [someTexts("privileges"), settings], [privileges, options]);
  knownOptions("grant(…)", options, { on: required(aTarget), to: required(aText), grantable: aFlag });
  return made({ grant: grantDef(privileges, options) });
}

/** What everybody may do with new objects (call functions, use types), taken from them. */
export function revoke(privileges: string | readonly string[], options: RevokeOptions): Privilege {
  checkCall("revoke", [someTexts("privileges"), settings], [privileges, options]);
  knownOptions("revoke(…)", options, { on: required(aTarget), from: required(aText) });
  const { on, from } = options;
  return made({ grant: { ...grantDef(privileges, { on, to: from }), way: "withheld" } });
}

/** Whose something is. Compared when the config's `manage` names `owner`. */
export function owner(role: string, options: OwnerOptions): Privilege {
  checkCall("owner", [text("role"), settings], [role, options]);
  knownOptions("owner(…)", options, { of: required(aTarget) });
  return made({ owner: ownerDef(role, options) });
}

export function grantDef(privileges: string | readonly string[], { on, to, grantable }: GrantOptions): PrivilegeDef {
  const all = typeof privileges === "string" ? [privileges] : privileges;
  return {
    on: targetOf(on),
    role: to,
    privileges: [...new Set(all.flatMap(plainPrivileges))].sort(),
    ...(grantable === true ? { way: "grantable" as const } : {}),
  };
}

export function ownerDef(role: string, { of }: OwnerOptions): OwnerDef {
  return { on: targetOf(of), role };
}

export function targetOf(on: TableLike | PrivilegeOn): PrivilegeTarget {
  if (typeof on === "string" || !("type" in on)) return { type: "table", ...tableName(on as TableLike) };
  const { type, name, schema, arguments: given } = on as PrivilegeOn;
  return {
    type,
    name,
    ...(schema === undefined ? {} : { schema }),
    ...(type === "function" ? { signature: signatureOf(given ?? "") } : {}),
  };
}

/** Those that are not there say nothing: a models module need not speak of privileges at all. */
export function privilegesOf(specs: readonly PrivilegeSpec[]): Pick<SchemaDef, "privileges" | "owners"> {
  const privileges: Record<string, PrivilegeDef> = {};
  const owners: Record<string, OwnerDef> = {};
  for (const spec of specs) {
    if ("owner" in spec) owners[targetKey(spec.owner.on)] = spec.owner;
    else {
      const key = privilegeKey(spec.grant);
      const all = [...(privileges[key]?.privileges ?? []), ...spec.grant.privileges];
      privileges[key] = { ...spec.grant, privileges: [...new Set(all)].sort() };
    }
  }
  return {
    ...(Object.keys(privileges).length === 0 ? {} : { privileges }),
    ...(Object.keys(owners).length === 0 ? {} : { owners }),
  };
}

function made(spec: PrivilegeSpec): Privilege {
  return brandedObject<Privilege>({}, privilegeBrand, { ...spec, only: "postgres" });
}
