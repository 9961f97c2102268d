/**
 * Tables that models have no words for. Those without a name, or with a column without one, are carried as the statements
 * that made them. Those that need a collation of the application cannot be made by anybody else: they are nobody's here.
 */
import type { DefinitionDef } from "../../../schema/objects.js";
import type { Connection } from "../../dialect.js";
import { mentionsName } from "../text/expression.js";
import { parseCreateTable } from "../text/parse-create-table.js";
import { identifierOf, tokenize } from "../text/sql-tokenizer.js";
import type { StoredObject } from "./live-facts.js";
import { isVirtual } from "./probes.js";
import { virtualName } from "./read-objects.js";
import { readStoredObjects } from "./refresh.js";

/** SQLite's own. */
const COLLATIONS: ReadonlySet<string> = new Set(["BINARY", "NOCASE", "RTRIM"]);

/**
 * Tables whose own text, or an index of which, names a collation of the application, the views that read them, and views
 * without a name: by name in lower case, with the reason.
 */
export function leftAlone(objects: readonly StoredObject[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const object of objects) {
    if (object.type === "view" && object.name === "") found.set("", "which has no name");
    if ((object.type !== "table" && object.type !== "index") || !/\bcollate\b/i.test(object.sql)) continue;
    const collation = foreignCollation(object.sql);
    const reason = `which needs the collation '${collation}' of the application`;
    if (collation !== null) found.set(object.table.toLowerCase(), reason);
  }
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const { type, name, sql } of objects) {
      if (type !== "view" || found.has(name.toLowerCase())) continue;
      const read = [...found.keys()].find((other) => other !== "" && mentionsName(sql, other));
      if (read !== undefined) found.set(name.toLowerCase(), `which reads '${read}'`);
    }
  }
  return found;
}

function foreignCollation(sql: string): string | null {
  const tokens = tokenize(sql);
  for (const [at, token] of tokens.entries()) {
    const name = token.key === "COLLATE" ? tokens[at + 1] : undefined;
    if (name === undefined || !["word", "quoted", "string"].includes(name.kind)) continue;
    if (!COLLATIONS.has(identifierOf(name).toUpperCase())) return identifierOf(name);
  }
  return null;
}

/** Sentences for what is left alone, on either side of every comparison. */
export async function findUnread(connection: Connection): Promise<readonly string[]> {
  const objects = await readStoredObjects(connection);
  const reasons = leftAlone(objects);
  return objects.flatMap(({ type, name }) => {
    const reason = type === "table" || type === "view" ? reasons.get(name.toLowerCase()) : undefined;
    if (type === "trigger" && name === "") return ["a trigger without a name; autogenerate leaves it alone"];
    return reason === undefined ? [] : [`${type} ${name}, ${reason}; autogenerate leaves it alone`];
  });
}

/** The tables without a name, or with columns without one, each with its indexes and triggers. */
export function namelessTables(objects: readonly StoredObject[]): readonly DefinitionDef[] {
  return objects.filter(isNameless).map((table): DefinitionDef => {
    const further = objects.filter(
      (object) => object !== table && object.type !== "view" && object.table === table.name,
    );
    return {
      kind: "definition",
      type: "table",
      name: virtualName(table.name),
      definition: table.sql,
      ...(further.length === 0 ? {} : { further: further.map(({ sql }) => sql) }),
    };
  });
}

export function isNameless(object: StoredObject): boolean {
  if (object.type !== "table" || isVirtual(object)) return false;
  // Only such a text can hold one: an empty name is two quotes.
  if (object.name !== "" && !/""|``|\[\]|''/.test(object.sql)) return false;
  return object.name === "" || parseCreateTable(object.sql).columns.some((column) => column.name === "");
}
