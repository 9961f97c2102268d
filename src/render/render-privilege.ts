/** Grants and owners as the calls that make them, in revisions and in models. */
import type { Operation } from "../operations/operation.js";
import type { OwnerDef, PrivilegeDef, PrivilegeTarget } from "../schema/privileges.js";
import { compact } from "../schema/schema.js";
import { quoteName } from "../util/quote.js";
import { type RenderContext, strings } from "./render-column.js";
import { chain, literal, object, type Source, string } from "./source.js";

type PrivilegeOperation = Extract<Operation, { kind: "grant" | "revoke" | "alterOwner" }>;

export function privilegeCall(op: PrivilegeOperation): readonly [string, readonly Source[]] {
  if (op.kind === "alterOwner") return [op.kind, [string(op.role), object([["of", target(op.on)]])]];
  const { kind, on, role, privileges, grantable } = op;
  return [kind, grantArguments(kind, { on, role, privileges, grantable })];
}

/** `grant(["select"], { on: "users", to: "reader" })`. */
export function renderPrivilege({ on, role, privileges, way }: PrivilegeDef, context: RenderContext): Source {
  const name = way === "withheld" ? "revoke" : "grant";
  const grantable = way === "grantable" ? true : undefined;
  return chain([{ name: context.use(name), args: grantArguments(name, { on, role, privileges, grantable }) }]);
}

export function renderOwner({ on, role }: OwnerDef, context: RenderContext): Source {
  return chain([{ name: context.use("owner"), args: [string(role), object([["of", target(on)]])] }]);
}

function grantArguments(
  name: "grant" | "revoke",
  { on, role, privileges, grantable }: Omit<PrivilegeDef, "way"> & { readonly grantable: true | undefined },
): readonly Source[] {
  return [
    strings(privileges),
    object([["on", target(on)], [name === "grant" ? "to" : "from", string(role)], ...entries({ grantable })]),
  ];
}

function entries(values: Readonly<Record<string, unknown>>): readonly (readonly [string, Source])[] {
  return Object.entries(compact(values)).map(([key, value]) => [key, literal(value)]);
}

/** A table by its name alone. */
function target({ type, name, schema, signature }: PrivilegeTarget): Source {
  if (type !== "table") return literal(compact({ type, name, schema, arguments: signature }));
  const part = (text: string) => (/[."]/.test(text) ? quoteName(text) : text);
  return string(schema === undefined ? part(name) : `${part(schema)}.${part(name)}`);
}
