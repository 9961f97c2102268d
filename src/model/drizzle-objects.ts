/**
 * Drizzle's schema objects among the exports of modules, told by the symbols that Drizzle registers for that: copies of
 * the package understand each other by them, and so do we without loading it.
 */
import { branded, tableBrand } from "./brand.js";
import type { ModelsModule } from "./collect-models.js";
import type { DrizzlePolicy } from "./drizzle-api.js";

const IS_TABLE = Symbol.for("drizzle:IsDrizzleTable");
const IS_ENUM = Symbol.for("drizzle:isPgEnum");
const KIND = Symbol.for("drizzle:entityKind");

export interface DrizzleObjects {
  /** `PgTable`, `SQLiteTable`, `MySqlTable`, … */
  readonly tables: readonly { readonly kind: string; readonly table: object }[];
  readonly enums: readonly DrizzleEnum[];
  readonly schemas: readonly string[];
  readonly views: readonly { readonly kind: string; readonly view: object }[];
  readonly sequences: readonly DrizzleSequence[];
  /** Those that are exported by themselves. */
  readonly policies: readonly DrizzlePolicy[];
}

export interface DrizzleEnum {
  readonly enumName: string;
  readonly enumValues: readonly string[];
  readonly schema: string | undefined;
}

export interface DrizzleSequence {
  readonly seqName: string;
  readonly schema: string | undefined;
  readonly seqOptions: DrizzleSequenceOptions | undefined;
}

export interface DrizzleSequenceOptions {
  readonly startWith?: number | string;
  readonly increment?: number | string;
  readonly minValue?: number | string;
  readonly maxValue?: number | string;
  readonly cache?: number | string;
  readonly cycle?: boolean;
}

/** Each once, in the order of the exports; objects of exports are looked into. */
export function findDrizzleObjects(modules: readonly ModelsModule[]): DrizzleObjects {
  const found = {
    tables: [] as { kind: string; table: object }[],
    enums: [] as DrizzleEnum[],
    schemas: [] as string[],
    views: [] as { kind: string; view: object }[],
    sequences: [] as DrizzleSequence[],
    policies: [] as DrizzlePolicy[],
  };
  const seen = new Set<unknown>();
  const visit = (value: unknown, depth: number): void => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return;
    seen.add(value);
    if (branded(value, tableBrand) !== undefined) return;
    const kinds = kindsOf(value);
    const is = (suffix: RegExp) => kinds.find((kind) => suffix.test(kind));
    if (IS_TABLE in value) found.tables.push({ kind: is(/Table$/) ?? "Table", table: value });
    else if (IS_ENUM in value) found.enums.push(value as unknown as DrizzleEnum);
    else if (is(/View$/) !== undefined) found.views.push({ kind: is(/View$/)!, view: value });
    else if (is(/^PgSequence$/) !== undefined) found.sequences.push(value as unknown as DrizzleSequence);
    else if (is(/^PgPolicy$/) !== undefined) found.policies.push(value as unknown as DrizzlePolicy);
    else if (is(/^PgSchema$/) !== undefined) found.schemas.push((value as { readonly schemaName: string }).schemaName);
    else if (kinds.length === 0 && typeof value === "object" && depth < 3 && !Array.isArray(value)) {
      for (const inner of Object.values(value)) visit(inner, depth + 1);
    }
  };
  for (const module of modules) visit(module, 0);
  return found;
}

export function hasDrizzleObjects(found: DrizzleObjects): boolean {
  return found.tables.length > 0;
}

/** What Drizzle calls the classes of the object, nearest first; empty for anything else. */
function kindsOf(value: object): readonly string[] {
  const kinds: string[] = [];
  let type: unknown = (Object.getPrototypeOf(value) as { readonly constructor?: unknown } | null)?.constructor;
  while (typeof type === "function" && type !== Function.prototype) {
    if (Object.hasOwn(type, KIND)) kinds.push(String((type as unknown as Readonly<Record<symbol, unknown>>)[KIND]));
    type = Object.getPrototypeOf(type);
  }
  return kinds;
}
