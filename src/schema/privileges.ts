/** Who may do what, and whose an object is: read and compared only where somebody asks for it. */
import { displayName, type ObjectName, objectKey, type SchemaDef } from "./schema.js";

export const TARGET_TYPES = [
  "table",
  "sequence",
  "function",
  "type",
  "schema",
  "language",
  "foreign server",
  "foreign data wrapper",
] as const;

/** What a privilege is on. Views of all sorts and foreign tables are tables here, procedures and aggregates functions. */
export interface PrivilegeTarget extends ObjectName {
  readonly type: (typeof TARGET_TYPES)[number];
  /** Of a function: types of its input arguments. */
  readonly signature?: string;
}

/** PostgreSQL. What a role has on one object. */
export interface PrivilegeDef {
  readonly on: PrivilegeTarget;
  /** `public`: everybody. */
  readonly role: string;
  /** In SQL's words and lower case, sorted: `select`, `update (email)`. Never empty. */
  readonly privileges: readonly string[];
  /** Absent: may not be passed on. `withheld`: everybody has it on a new object, but not on this one. */
  readonly way?: "grantable" | "withheld";
}

export interface OwnerDef {
  readonly on: PrivilegeTarget;
  readonly role: string;
}

export function targetKey(on: PrivilegeTarget): string {
  return `${on.type} ${objectKey(on)}${on.signature === undefined ? "" : `(${on.signature})`}`;
}

export function displayTarget(on: PrivilegeTarget): string {
  return `${on.type} ${displayName(on)}${on.signature === undefined ? "" : `(${on.signature})`}`;
}

/** The key in `SchemaDef.privileges`. */
export function privilegeKey({ on, role, way }: Omit<PrivilegeDef, "privileges">): string {
  return `${targetKey(on)} to ${role}${way === undefined ? "" : ` ${way}`}`;
}

/** With privileges of one way added, or taken away. */
export function editPrivileges(
  schema: SchemaDef,
  place: Omit<PrivilegeDef, "privileges">,
  edit: (privileges: readonly string[]) => readonly string[],
): SchemaDef {
  const key = privilegeKey(place);
  const { [key]: found, ...others } = schema.privileges ?? {};
  const privileges = [...new Set(edit(found?.privileges ?? []))].sort();
  return { ...schema, privileges: privileges.length === 0 ? others : { ...others, [key]: { ...place, privileges } } };
}

/** Those of something that gets another name. */
export function movePrivileges(schema: SchemaDef, from: PrivilegeTarget, to: ObjectName): Partial<SchemaDef> {
  const { name: _name, schema: _schema, ...rest } = from;
  const moved = <T extends PrivilegeDef | OwnerDef>(all: Readonly<Record<string, T>>, keyOf: (one: T) => string) =>
    Object.fromEntries(
      Object.values(all)
        .map((one) => (targetKey(one.on) === targetKey(from) ? { ...one, on: { ...rest, ...to } } : one))
        .map((one) => [keyOf(one), one]),
    );
  return {
    ...(schema.privileges === undefined ? {} : { privileges: moved(schema.privileges, privilegeKey) }),
    ...(schema.owners === undefined ? {} : { owners: moved(schema.owners, ({ on }) => targetKey(on)) }),
  };
}
