/** What changes about an object that becomes another one where it is. */
import type { SchemaObjectDef } from "../schema/objects.js";
import { sameDef } from "../schema/schema.js";

const FIXED: ReadonlySet<string> = new Set([
  "kind",
  "name",
  "schema",
  "table",
  "signature",
  "indexes",
  "columnComments",
]);

/** New values by key, null for what goes. */
export function changesOf(from: SchemaObjectDef, to: SchemaObjectDef): Readonly<Record<string, unknown>> {
  const [a, b] = [from, to] as unknown as readonly [Record<string, unknown>, Record<string, unknown>];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => !FIXED.has(key));
  return Object.fromEntries(
    keys.filter((key) => !sameDef(a[key] ?? null, b[key] ?? null)).map((key) => [key, b[key] ?? null]),
  );
}
