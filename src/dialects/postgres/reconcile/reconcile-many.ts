/** Things of one kind on both sides, whose names somebody chose or nobody did. */

export interface Named {
  readonly name: string | null;
  readonly conventional?: true;
  readonly renamedFrom?: string;
  readonly comment?: string;
}

/** A comment is what the models say. */
function withCommentOf<T extends Named>(wanted: T, found: T): T {
  const { comment: _comment, ...rest } = found;
  return (wanted.comment === undefined || wanted.comment === "" ? rest : { ...rest, comment: wanted.comment }) as T;
}

/**
 * Pairs by name, then by shape: what nobody chose the name of is the found one, what has another name by now is written
 * as the found one with that name. Found's order; what is new comes last.
 */
export function reconcileMany<T extends Named>(
  wanted: readonly T[],
  found: readonly T[],
  same: (wanted: T, found: T) => boolean,
): readonly T[] {
  const named = new Set(wanted.map((item) => item.name));
  const free = found.filter((item) => !named.has(item.name));
  const reconciled = new Map<T, T>();
  const pair = (accepts: (item: T, other: T) => boolean, adopt: (item: T, other: T) => T) => {
    for (const item of wanted) {
      if (reconciled.has(item)) continue;
      const at = free.findIndex((other) => accepts(item, other) && same(item, other));
      if (at !== -1) reconciled.set(item, adopt(item, free.splice(at, 1)[0]!));
    }
  };
  for (const item of wanted) {
    const byName = found.find((other) => other.name === item.name);
    if (byName !== undefined) reconciled.set(item, same(item, byName) ? withCommentOf(item, byName) : item);
  }
  const renamed = (item: T, other: T): T => ({ ...withCommentOf(item, other), name: item.name });
  pair((item, other) => item.renamedFrom !== undefined && item.renamedFrom === other.name, renamed);
  pair((item) => item.name === null || item.conventional === true, withCommentOf);
  pair((_item, other) => other.name !== null, renamed);
  return inFoundOrder(
    wanted.map((item) => reconciled.get(item) ?? item),
    found,
  );
}

/** What is new comes last. */
export function inFoundOrder<T extends { readonly name: string | null }>(
  items: readonly T[],
  found: readonly T[],
): readonly T[] {
  const position = new Map(found.map((item, index) => [item.name, index]));
  const place = (item: T) => position.get(item.name) ?? found.length;
  return [...items].sort((a, b) => place(a) - place(b));
}
