/** Privileges on columns as they are written in a schema: one column each, `update (email)`, quoted where SQL needs it. */
import { quoteName } from "../util/quote.js";
import { editPrivileges, type PrivilegeDef, targetKey } from "./privileges.js";
import { type ObjectName, objectName, type SchemaDef } from "./schema.js";

/** `UPDATE (Email, "b c")` → `update (email)`, `update ("b c")`; one without columns is itself. */
export function plainPrivileges(text: string): readonly string[] {
  const { words, columns } = parse(text);
  return columns === null ? [words] : columns.map((column) => privilegeOn(words, column));
}

/** Null for one on the whole thing. */
export function columnOf(privilege: string): string | null {
  return parse(privilege).columns?.[0] ?? null;
}

/** As GRANT has it: `quote` writes the name of a column. */
export function privilegeSql(privilege: string, quote: (name: string) => string): string {
  const { words, columns } = parse(privilege);
  return columns === null ? words.toUpperCase() : `${words.toUpperCase()} (${columns.map(quote).join(", ")})`;
}

export function renameColumnPrivileges(schema: SchemaDef, table: ObjectName, from: string, to: string): SchemaDef {
  const key = targetKey({ type: "table", ...objectName(table) });
  const concerned = Object.values(schema.privileges ?? {}).filter(
    ({ on, privileges }) => targetKey(on) === key && privileges.some((one) => columnOf(one) === from),
  );
  const renamed = (one: string) => (columnOf(one) === from ? privilegeOn(parse(one).words, to) : one);
  return concerned.reduce(
    (state: SchemaDef, { privileges: _old, ...place }: PrivilegeDef) =>
      editPrivileges(state, place, (all) => all.map(renamed)),
    schema,
  );
}

/** What a role has on one column. */
export function privilegeOn(words: string, column: string): string {
  return `${words} (${/^[a-z_][a-z0-9_$]*$/.test(column) ? column : quoteName(column)})`;
}

function parse(text: string): { readonly words: string; readonly columns: readonly string[] | null } {
  const bare = text.trim();
  const open = bare.indexOf("(");
  if (open !== -1 && !bare.endsWith(")")) return { words: "", columns: null };
  const words = (open === -1 ? bare : bare.slice(0, open)).trim();
  const list = open === -1 ? undefined : bare.slice(open + 1, -1);
  const names = list?.match(/"(?:[^"]|"")*"|[^\s,"]+/g) ?? [];
  const columns = names.map((name) =>
    name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase(),
  );
  return { words: words.toLowerCase(), columns: list === undefined ? null : columns };
}
