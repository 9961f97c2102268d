/** An order in which things come after what they need, and the circles that stand in its way. */

export interface TopologicalOrder<T> {
  /** Every item once. A need that would close a circle is left out of account. */
  readonly order: readonly T[];
  /** One per need left out: each item needs the next one, the last needs the first. Empty when all is well. */
  readonly cycles: readonly (readonly T[])[];
}

/**
 * Puts every item behind the items it needs, moving as few as possible: what is in order already stays as it is.
 * Needs that are not among the items are ignored. Takes linear time and no call stack, however long the chains are.
 */
export function topologicalSort<T>(items: readonly T[], needsOf: (item: T) => readonly T[]): TopologicalOrder<T> {
  const states = new Map<T, "waiting" | "open" | "placed">();
  for (const item of items) states.set(item, "waiting");
  const order: T[] = [];
  const cycles: T[][] = [];
  const path: { readonly item: T; readonly needs: readonly T[]; next: number }[] = [];
  const open = (item: T) => {
    states.set(item, "open");
    path.push({ item, needs: needsOf(item), next: 0 });
  };

  for (const item of items) {
    if (states.get(item) === "waiting") open(item);
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      if (step.next === step.needs.length) {
        states.set(step.item, "placed");
        order.push(step.item);
        path.pop();
        continue;
      }
      const need = step.needs[step.next++]!;
      const state = states.get(need);
      if (state === "waiting") {
        open(need);
      } else if (state === "open") {
        const start = path.findIndex((entered) => entered.item === need);
        cycles.push(path.slice(start).map((entered) => entered.item));
      }
    }
  }
  return { order, cycles };
}
