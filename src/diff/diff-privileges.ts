/** Grants and owners, where both sides tell them. */
import type { Operation, PrivilegeChange } from "../operations/operation.js";
import { refOf } from "../schema/objects.js";
import { type PrivilegeDef, targetKey } from "../schema/privileges.js";
import type { ObjectName, SchemaDef } from "../schema/schema.js";

export interface PrivilegeOperations {
  /** On what is dropped before anything else happens. */
  readonly first: readonly Operation[];
  /** When that is gone, and before tables go. */
  readonly before: readonly Operation[];
  /** When everything is there. */
  readonly after: readonly Operation[];
}

const NONE: PrivilegeOperations = { first: [], before: [], after: [] };

/** `early` are the operations that come first, `rest` is what else happens: what is made again loses its privileges. */
export function diffPrivileges(
  from: SchemaDef,
  to: SchemaDef,
  early: readonly Operation[],
  rest: readonly Operation[],
): PrivilegeOperations {
  if (to.privileges === undefined && to.owners === undefined) return NONE;
  const all = [...early, ...rest];
  const goneEarly = new Set(early.flatMap((op) => droppedTarget(op) ?? []));
  const gone = new Set(all.flatMap((op) => droppedTarget(op) ?? []));
  const remade = new Set(all.flatMap((op) => createdTarget(op) ?? []).filter((key) => gone.has(key)));
  const changes = to.privileges === undefined ? [] : changesOf(from.privileges ?? {}, to.privileges, remade);
  const isFirst = (op: Change) => goneEarly.has(targetKey(op.on));
  // What everybody has on a new object is taken away when that is there.
  const taken = changes.filter((op) => (op.kind === "revoke") !== (op.isWithheld === true));
  return {
    first: taken.filter(isFirst).map(plain),
    before: taken.filter((op) => !isFirst(op)).map(plain),
    after: [...changes.filter((op) => !taken.includes(op)).map(plain), ...owners(from, to, remade)],
  };
}

type Change = PrivilegeChange & { readonly kind: "grant" | "revoke"; readonly isWithheld?: boolean };

function plain({ isWithheld: _withheld, ...op }: Change): Operation {
  return op;
}

function changesOf(
  from: NonNullable<SchemaDef["privileges"]>,
  to: NonNullable<SchemaDef["privileges"]>,
  remade: ReadonlySet<string>,
): readonly Change[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return keys.flatMap((key): readonly Change[] => {
    const { on, role, way } = (to[key] ?? from[key]) as PrivilegeDef;
    const isRemade = remade.has(targetKey(on));
    const [old, wanted] = [from[key]?.privileges ?? [], to[key]?.privileges ?? []];
    const gone = isRemade ? old : old.filter((one) => !wanted.includes(one));
    const added = isRemade ? wanted : wanted.filter((one) => !old.includes(one));
    const grantable = way === "grantable" ? { grantable: true as const } : {};
    const change = (kind: "grant" | "revoke", privileges: readonly string[]): readonly Change[] =>
      privileges.length === 0
        ? []
        : [{ kind, on, role, privileges, ...grantable, ...(way === "withheld" ? { isWithheld: true } : {}) }];
    return way === "withheld"
      ? [...change("grant", gone), ...change("revoke", added)]
      : [...change("revoke", gone), ...change("grant", added)];
  });
}

/** Those that nobody declares stay as they are. */
function owners(from: SchemaDef, to: SchemaDef, remade: ReadonlySet<string>): readonly Operation[] {
  return Object.entries(to.owners ?? {})
    .filter(([key, { role }]) => remade.has(key) || from.owners?.[key]?.role !== role)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { on, role }]): Operation => ({ kind: "alterOwner", on, role }));
}

function droppedTarget(op: Operation): string | null {
  if (op.kind === "dropView" || op.kind === "replaceView") return relation(op.view);
  if (op.kind === "dropTable") return relation(op.table);
  if (op.kind !== "dropObject" && op.kind !== "replaceObject") return null;
  const { kind } = op.object;
  if (kind === "materializedView") return relation(op.object);
  if (kind === "function" && op.kind === "dropObject") {
    const { name, schema, signature = "" } = op.object;
    return targetKey({ type: "function", name, ...(schema === undefined ? {} : { schema }), signature });
  }
  return kind === "compositeType" || kind === "domain" ? typeTarget(op.object) : null;
}

function createdTarget(op: Operation): string | null {
  if (op.kind === "createView" || op.kind === "replaceView") return relation(op.view);
  if (op.kind === "createTable") return relation(op.table);
  if (op.kind === "createObject") return droppedTarget({ kind: "dropObject", object: refOf(op.object) });
  return op.kind === "replaceObject" ? droppedTarget(op) : null;
}

function relation({ name, schema }: ObjectName): string {
  return targetKey({ type: "table", name, ...(schema === undefined ? {} : { schema }) });
}

function typeTarget({ name, schema }: ObjectName): string {
  return targetKey({ type: "type", name, ...(schema === undefined ? {} : { schema }) });
}
