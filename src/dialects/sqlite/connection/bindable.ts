/** JavaScript values that SQLite's drivers do not take, as what it stores them as: booleans as 1 and 0, dates as text. */
export function bindable(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof Date) return value.toISOString();
  return value;
}
