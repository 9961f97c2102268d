/** grant, revoke and alterOwner. Roles are of the whole server: none is made or dropped here. */
import { UnsupportedOperationError } from "../errors.js";
import { privilegeSql } from "../schema/column-privileges.js";
import { displayTarget, editPrivileges, type PrivilegeTarget, targetKey } from "../schema/privileges.js";
import type { SchemaDef } from "../schema/schema.js";
import type { DdlWriter, OperationSpec, PrivilegeChange } from "./operation.js";
import { statement } from "./operation.js";

type Change = PrivilegeChange;

/** What everybody may do with a new object. */
const FOR_EVERYBODY: Readonly<Record<string, string>> = { function: "execute", type: "usage", language: "usage" };

export const grant: OperationSpec<"grant"> = {
  kind: "grant",
  apply: (before, op) => (before.privileges === undefined ? before : granted(before, op)),
  reverse: (op) => [{ ...op, kind: "revoke" }],
  toSql(op, ddl) {
    const more = op.grantable === true ? " WITH GRANT OPTION" : "";
    return [statement(`GRANT ${list(op, ddl)} ON ${target(op.on, ddl)} TO ${role(op.role, ddl)}${more}`)];
  },
  describe: (op) => `grant ${op.privileges.join(", ")} on ${displayTarget(op.on)} to ${op.role}`,
  destroys: () => null,
};

export const revoke: OperationSpec<"revoke"> = {
  kind: "revoke",
  apply: (before, op) => (before.privileges === undefined ? before : revoked(before, op)),
  reverse: (op) => [{ ...op, kind: "grant" }],
  toSql: (op, ddl) => [statement(`REVOKE ${list(op, ddl)} ON ${target(op.on, ddl)} FROM ${role(op.role, ddl)}`)],
  describe: (op) => `revoke ${op.privileges.join(", ")} on ${displayTarget(op.on)} from ${op.role}`,
  destroys: () => null,
};

export const alterOwner: OperationSpec<"alterOwner"> = {
  kind: "alterOwner",
  apply(before, { on, role: owner }) {
    if (before.owners === undefined) return before;
    return { ...before, owners: { ...before.owners, [targetKey(on)]: { on, role: owner } } };
  },
  reverse(op, before) {
    const found = before.owners?.[targetKey(op.on)];
    return found === undefined ? null : [{ ...op, role: found.role }];
  },
  toSql: (op, ddl) => [statement(`ALTER ${target(op.on, ddl, OWNER_WORDS)} OWNER TO ${role(op.role, ddl)}`)],
  describe: (op) => `give ${displayTarget(op.on)} to ${op.role}`,
  destroys: () => null,
};

function granted(before: SchemaDef, { on, role, privileges, grantable }: Change): SchemaDef {
  const withheld = before.privileges?.[`${targetKey(on)} to ${role} withheld`]?.privileges ?? [];
  const freed = editPrivileges(before, { on, role, way: "withheld" }, (all) =>
    all.filter((one) => !privileges.includes(one)),
  );
  const added = privileges.filter((one) => !withheld.includes(one));
  const way = grantable === true ? { way: "grantable" as const } : {};
  return editPrivileges(freed, { on, role, ...way }, (all) => [...all, ...added]);
}

function revoked(before: SchemaDef, { on, role, privileges }: Change): SchemaDef {
  const without = (all: readonly string[]) => all.filter((one) => !privileges.includes(one));
  const taken = editPrivileges(editPrivileges(before, { on, role }, without), { on, role, way: "grantable" }, without);
  const usual = FOR_EVERYBODY[on.type];
  if (role !== "public" || usual === undefined || !privileges.includes(usual)) return taken;
  return editPrivileges(taken, { on, role, way: "withheld" }, (all) => [...all, usual]);
}

function list({ privileges }: Change, ddl: DdlWriter): string {
  return privileges.map((one) => privilegeSql(one, ddl.id)).join(", ");
}

/** What kinds of things are called between ALTER and OWNER TO, where that is not what we call them. */
export const OWNER_WORDS: Readonly<Record<string, string>> = { function: "ROUTINE", "foreign server": "SERVER" };
/** The same after GRANT … ON. */
export const GRANT_WORDS: Readonly<Record<string, string>> = { function: "ROUTINE" };

function target(on: PrivilegeTarget, ddl: DdlWriter, words = GRANT_WORDS): string {
  if (ddl.dialect === "sqlite") {
    throw new UnsupportedOperationError("SQLite has no roles: nothing can be granted or owned", {
      dialect: ddl.dialect,
      operation: displayTarget(on),
      hint: 'Guard the call with `if (op.dialect === "postgres")`.',
    });
  }
  const signature = on.type === "function" ? `(${on.signature ?? ""})` : "";
  return `${words[on.type] ?? on.type.toUpperCase()} ${ddl.name(on)}${signature}`;
}

function role(name: string, ddl: DdlWriter): string {
  return /^(?:public|current_user|session_user|current_role)$/i.test(name) ? name : ddl.id(name);
}
