/** What tables, indexes and other objects of the catalogs have in common. */
import type { KeyStorage } from "../../../schema/schema.js";
import { onOneLine, withoutOuterParentheses } from "../text/sql-text.js";
import type { ColumnRow } from "./catalog-queries.js";

/** The columns of one table by their number. */
export type ColumnsByNumber = ReadonlyMap<number, ColumnRow>;

export function columnNames(numbers: readonly number[], columns: ColumnsByNumber): readonly string[] {
  return numbers.map((number) => columns.get(number)![2]);
}

export function readKeyStorage(
  storage: readonly string[] | null,
  tablespace: string | null,
): { readonly [K in keyof KeyStorage]: KeyStorage[K] | undefined } {
  return { with: readStorage(storage), tablespace: tablespace ?? undefined };
}

/** `fillfactor=70` → `{ fillfactor: 70 }`. */
export function readStorage(
  options: readonly string[] | null,
): Readonly<Record<string, string | number | boolean>> | undefined {
  if (options === null) return undefined;
  return Object.fromEntries(
    options.map((option) => {
      const at = option.indexOf("=");
      return [option.slice(0, at), storageValue(option.slice(at + 1))];
    }),
  );
}

function storageValue(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
}

export function readExpression(text: string): string {
  return withoutOuterParentheses(onOneLine(text));
}
