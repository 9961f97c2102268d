/** Grants and owners, where both sides tell them. */
import { objectTarget, relation, targetDroppedBy } from "../operations/kept-targets.js";
import type { Operation, PrivilegeChange } from "../operations/operation.js";
import { type PrivilegeDef, targetKey } from "../schema/privileges.js";
import type { SchemaDef } from "../schema/schema.js";

export interface PrivilegeOperations {
  /** On what is dropped before anything else happens. */
  readonly first: readonly Operation[];
  /** When that is gone, and before tables go. */
  readonly before: readonly Operation[];
  /** When everything is there. */
  readonly after: readonly Operation[];
}

const NONE: PrivilegeOperations = { first: [], before: [], after: [] };

/**
 * `early` are the operations that come first. What is dropped and made again keeps its privileges and its owner when the
 * operations run, so that only what is to be different is said.
 */
export function diffPrivileges(from: SchemaDef, to: SchemaDef, early: readonly Operation[]): PrivilegeOperations {
  if (to.privileges === undefined && to.owners === undefined) return NONE;
  const goneEarly = new Set(early.flatMap((op) => droppedKey(op) ?? []));
  const changes = to.privileges === undefined ? [] : changesOf(from.privileges ?? {}, to.privileges);
  const isFirst = (op: Change) => goneEarly.has(targetKey(op.on));
  // What everybody has on a new object is taken away when that is there.
  const taken = changes.filter((op) => (op.kind === "revoke") !== (op.isWithheld === true));
  return {
    first: taken.filter(isFirst).map(plain),
    before: taken.filter((op) => !isFirst(op)).map(plain),
    after: [...changes.filter((op) => !taken.includes(op)).map(plain), ...owners(from, to)],
  };
}

type Change = PrivilegeChange & { readonly kind: "grant" | "revoke"; readonly isWithheld?: boolean };

function plain({ isWithheld: _withheld, ...op }: Change): Operation {
  return op;
}

function changesOf(
  from: NonNullable<SchemaDef["privileges"]>,
  to: NonNullable<SchemaDef["privileges"]>,
): readonly Change[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return keys.flatMap((key): readonly Change[] => {
    const { on, role, way } = (to[key] ?? from[key]) as PrivilegeDef;
    const [old, wanted] = [from[key]?.privileges ?? [], to[key]?.privileges ?? []];
    const gone = old.filter((one) => !wanted.includes(one));
    const added = wanted.filter((one) => !old.includes(one));
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
function owners(from: SchemaDef, to: SchemaDef): readonly Operation[] {
  return Object.entries(to.owners ?? {})
    .filter(([key, { role }]) => from.owners?.[key]?.role !== role)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { on, role }]): Operation => ({ kind: "alterOwner", on, role }));
}

function droppedKey(op: Operation): string | null {
  if (op.kind === "replaceView") return targetKey(relation(op.view).on);
  const target = op.kind === "replaceObject" ? objectTarget(op.object) : targetDroppedBy(op);
  if (op.kind === "replaceObject" && op.object.kind === "function") return null;
  return target === null || target.column !== undefined ? null : targetKey(target.on);
}
