/** Names written with dots: `users.id`, `billing.invoices.id`; a part that holds a dot is quoted: `"a.b".id`. */
import type { ObjectName } from "../schema/schema.js";

const PART = /"((?:[^"]|"")*)"|([^."]+)/y;

/** The parts of a dotted name, or null for a text that is none. */
export function splitPath(text: string): readonly string[] | null {
  const parts: string[] = [];
  for (let at = 0; ; at += 1) {
    PART.lastIndex = at;
    const match = PART.exec(text);
    if (match === null) return null;
    parts.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    at = PART.lastIndex;
    if (at === text.length) return parts;
    if (text[at] !== ".") return null;
  }
}

/** `name` or `schema.name`; any other text is taken as a name as it is. */
export function parseObjectName(text: string): ObjectName {
  const parts = splitPath(text);
  if (parts?.length === 2) return { name: parts[1]!, schema: parts[0]! };
  return { name: parts?.length === 1 ? parts[0]! : text };
}
