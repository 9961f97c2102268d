/** Versions of SQLite, as it says them. */

/** `3.53.2` is at least 3.53. */
export function isAtLeast(version: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = version.split(".").map(Number);
  return first > major || (first === major && second >= minor);
}
