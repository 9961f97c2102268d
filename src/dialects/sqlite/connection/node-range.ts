/** Does a Node.js version fit the `engines` of a package? As much of semver ranges as packages write there. */

type Version = readonly [major: number, minor: number, patch: number];

/** Unreadable ranges are taken to fit: they must not keep anybody from trying. */
export function fitsRange(version: string, range: string): boolean {
  const actual = parseVersion(version);
  if (actual === null) return true;
  return range.split("||").some((alternative) => {
    const hyphen = /^\s*(\S+)\s+-\s+(\S+)\s*$/.exec(alternative);
    const comparators =
      hyphen === null
        ? (alternative.match(/(?:[<>]=?|[=^~])?\s*v?[\dxX*][^\s]*/g) ?? [])
        : [`>=${hyphen[1]}`, `<=${hyphen[2]}`];
    return comparators.every((comparator) => fitsComparator(actual, comparator));
  });
}

function fitsComparator(actual: Version, comparator: string): boolean {
  const match = /^([<>]=?|[=^~])?\s*v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?/.exec(comparator);
  if (match === null) return true;
  const operator = match[1] ?? "=";
  const given = match
    .slice(2, 5)
    .filter((part) => part !== undefined && /^\d+$/.test(part))
    .map(Number);
  if (given.length === 0) return true;
  const low: Version = [given[0]!, given[1] ?? 0, given[2] ?? 0];
  // The first version beyond what a partial one (`20`, `20.x`, `20.1`) stands for.
  const next: Version =
    given.length === 1
      ? [low[0] + 1, 0, 0]
      : given.length === 2
        ? [low[0], low[1] + 1, 0]
        : [low[0], low[1], low[2] + 1];
  switch (operator) {
    case ">=":
      return compare(actual, low) >= 0;
    case ">":
      return compare(actual, next) >= 0;
    case "<":
      return compare(actual, low) < 0;
    case "<=":
      return compare(actual, next) < 0;
    case "^":
      return compare(actual, low) >= 0 && compare(actual, [low[0] + 1, 0, 0]) < 0;
    case "~":
      return compare(actual, low) >= 0 && compare(actual, given.length === 1 ? next : [low[0], low[1] + 1, 0]) < 0;
    default:
      return compare(actual, low) >= 0 && compare(actual, next) < 0;
  }
}

function parseVersion(text: string): Version | null {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match === null ? null : [Number(match[1]), Number(match[2]), Number(match[3])];
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
