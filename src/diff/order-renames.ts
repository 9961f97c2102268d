/** Renames among things that share one set of names, in an order in which no name is taken. */
import { cutName } from "../schema/naming.js";

export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** `said`: by the command that is running, so that it cannot have been done before. */
export interface RenameClaim extends Rename {
  readonly said: boolean;
}

export interface OrderedRenames {
  readonly steps: readonly Rename[];
  /** What the steps come to, in the names of the start. */
  readonly done: readonly Rename[];
  /** Renames in a circle that only the models say: afterwards it looks the same, so nobody can tell whether it is done. */
  readonly circular: readonly Rename[];
  /** Renames to a name that is taken, of what is not wanted any more under the old one. */
  readonly blocked: readonly Rename[];
}

/**
 * A chain (`b` to `c`, then `a` to `b`) begins at its free end. A circle is gone round by way of a name in between. A
 * claim whose old name is not there is done; the old name may be wanted again, for something new.
 */
export function orderRenames(
  claims: readonly RenameClaim[],
  there: Iterable<string>,
  isWanted: (name: string) => boolean,
  nameBetween = (name: string) => cutName(`tsm_rename_${name}`),
): OrderedRenames {
  const names = new Set(there);
  const steps: Rename[] = [];
  const done: Rename[] = [];
  const circular: Rename[] = [];
  let open = claims.filter((claim) => claim.from !== claim.to && names.has(claim.from));
  const take = (claim: RenameClaim) => {
    open = open.filter((other) => other !== claim && other.from !== claim.from);
    done.push({ from: claim.from, to: claim.to });
  };
  const move = (from: string, to: string) => {
    names.delete(from);
    names.add(to);
    steps.push({ from, to });
  };
  const goOn = () => {
    const isFree = (claim: RenameClaim) => names.has(claim.from) && !names.has(claim.to);
    for (let claim = open.find(isFree); claim !== undefined; claim = open.find(isFree)) {
      move(claim.from, claim.to);
      take(claim);
    }
  };
  goOn();
  for (let circle = findCircle(open); circle !== null; circle = findCircle(open)) {
    const [first, ...rest] = circle as [RenameClaim, ...RenameClaim[]];
    if (!circle.every((claim) => claim.said)) {
      circular.push(...circle.map(({ from, to }) => ({ from, to })));
      open = open.filter((claim) => !circle.includes(claim));
      continue;
    }
    const between = nameBetween(first.from);
    move(first.from, between);
    for (const claim of rest.reverse()) {
      move(claim.from, claim.to);
      take(claim);
    }
    move(between, first.to);
    take(first);
    goOn();
  }
  const blocked = open
    .filter((claim) => names.has(claim.from) && !isWanted(claim.from))
    .map(({ from, to }) => ({ from, to }));
  return { steps, done, circular, blocked };
}

/** Claims each of which takes the name that the next one gives away. */
function findCircle(claims: readonly RenameClaim[]): readonly RenameClaim[] | null {
  for (const start of claims) {
    const circle = [start];
    for (let last = start; ; ) {
      const next = claims.find((claim) => claim.from === last.to);
      if (next === start) return circle;
      if (next === undefined || circle.includes(next)) break;
      circle.push(next);
      last = next;
    }
  }
  return null;
}
