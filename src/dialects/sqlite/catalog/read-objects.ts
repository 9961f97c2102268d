/** Triggers and virtual tables, from the texts that SQLite keeps. */
import type { DefinitionDef, SchemaObjectDef, TriggerDef } from "../../../schema/objects.js";
import { quoteName } from "../../../util/quote.js";
import { isPlainWord, type Token, tokenize } from "../text/sql-tokenizer.js";
import type { StoredObject } from "./live-facts.js";
import { isVirtual } from "./probes.js";

export function readObjects(objects: readonly StoredObject[], hidden: ReadonlySet<string>): readonly SchemaObjectDef[] {
  return objects.flatMap((object): readonly SchemaObjectDef[] => {
    if (object.type === "trigger") {
      return object.name === "" || hidden.has(object.table.toLowerCase()) ? [] : [readTrigger(object)];
    }
    return object.type === "table" && isVirtual(object) ? [readVirtualTable(object)] : [];
  });
}

export function readTrigger(object: StoredObject): TriggerDef {
  return { kind: "trigger", name: object.name, table: { name: object.table }, ...splitTrigger(object.sql) };
}

function readVirtualTable({ name, sql }: StoredObject): DefinitionDef {
  return { kind: "definition", type: "virtual table", name: virtualName(name), definition: sql };
}

/** How SQL calls it: in quotes where it needs them. */
export function virtualName(name: string): string {
  if (name === "") return '""';
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && isPlainWord(name.toLowerCase()) ? name : quoteName(name);
}

/** `CREATE TRIGGER [IF NOT EXISTS] [schema.]name fires ON table action`. */
export function splitTrigger(sql: string): Pick<TriggerDef, "fires" | "action"> {
  const tokens = tokenize(sql);
  const key = (at: number) => tokens[at]?.key;
  let name = tokens.findIndex((token) => token.key === "TRIGGER") + 1;
  if (key(name) === "IF") name += 3;
  if (key(name + 1) === ".") name += 2;
  const on = tokens.findIndex((token: Token, at) => at > name && token.key === "ON");
  const table = key(on + 2) === "." ? on + 3 : on + 1;
  return {
    fires: sql.slice(tokens[name]!.end, tokens[on]!.start).trim(),
    action: sql.slice(tokens[table]!.end).trim().replace(/;$/, ""),
  };
}
