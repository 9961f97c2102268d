/**
 * A made-up project of many tables, to see what the types cost: models, the same as a hand-written interface, and
 * Kysely queries over either.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where a `Database` type comes from. */
export type DatabaseSource = "models" | "byHand";

export interface LargeSchemaOptions {
  readonly tables: number;
  readonly columns: number;
  readonly queries: number;
}

/** Writes the files into a project's folder, one tsconfig per source: `tsconfig.models.json`, `tsconfig.byHand.json`. */
export function writeLargeSchema(folder: string, compilerOptions: object, options: LargeSchemaOptions): void {
  writeFileSync(join(folder, "models.ts"), modelsText(options));
  writeFileSync(join(folder, "db-models.ts"), DATABASE_OF_MODELS);
  writeFileSync(join(folder, "db-byHand.ts"), interfaceText(options));
  for (const source of ["models", "byHand"] satisfies DatabaseSource[]) {
    const files = [`queries-${source}.ts`];
    writeFileSync(join(folder, `queries-${source}.ts`), queriesText(options, source));
    writeFileSync(join(folder, `tsconfig.${source}.json`), JSON.stringify({ compilerOptions, files }));
  }
}

const DATABASE_OF_MODELS = `import type { InferDatabase } from "tsmigrate/schema";
import type * as models from "./models.js";
export interface DB extends InferDatabase<typeof models> {}
`;

/** The columns of a table after its `id` and its foreign key, over and over. */
const KINDS = [
  { builder: "varchar(100).notNull()", type: "string", required: '"x"' },
  { builder: "text()", type: "string | null" },
  { builder: "integer().notNull()", type: "number", required: "1" },
  { builder: "integer().default(0)", type: "Generated<number | null>" },
  { builder: "boolean().notNull().default(true)", type: "Generated<boolean | number>" },
  { builder: "timestamptz().notNull().defaultNow()", type: "Generated<Date | string>" },
  {
    builder: "bigint()",
    type: "ColumnType<string | number | null, string | number | bigint | null, string | number | bigint | null>",
  },
  { builder: "numeric(12, 2).notNull()", type: "string | number", required: '"1.50"' },
  { builder: "jsonb<{ a: number }>()", type: "{ a: number } | string | null" },
] as const;

function modelsText({ tables, columns }: LargeSchemaOptions): string {
  const table = (number: number) => `export const table${number} = table("table_${number}", {
  id: integer().primaryKey().autoIncrement(),
  parent_id: integer().notNull().references("table_${(number + 1) % tables}.id", { onDelete: "cascade" }),
${kinds(columns)
  .map((kind, at) => `  c${at}: ${kind.builder},`)
  .join("\n")}
}, (t) => [index().on(t.parent_id, t.c0.desc()), unique().on(t.c0, t.c1)]);`;
  return `import { bigint, boolean, defineSchema, index, integer, jsonb, numeric, table, text, timestamptz, unique, varchar } from "tsmigrate/schema";
${numbers(tables).map(table).join("\n")}
export default defineSchema({ ${numbers(tables)
    .map((number) => `table${number}`)
    .join(", ")} });
`;
}

function interfaceText({ tables, columns }: LargeSchemaOptions): string {
  const members = kinds(columns).map((kind, at) => `  c${at}: ${kind.type};`);
  return `import type { ColumnType, Generated } from "kysely";
${numbers(tables)
  .map(
    (number) => `export interface Table${number} { id: Generated<number>; parent_id: number;\n${members.join("\n")} }`,
  )
  .join("\n")}
export interface DB {
${numbers(tables)
  .map((number) => `  table_${number}: Table${number};`)
  .join("\n")}
}
`;
}

function queriesText({ tables, columns, queries }: LargeSchemaOptions, source: DatabaseSource): string {
  const required = kinds(columns)
    .flatMap((kind, at) => ("required" in kind ? [`c${at}: ${kind.required}`] : []))
    .join(", ");
  const query = (number: number) => {
    const [a, b] = [`table_${number % tables}`, `table_${(number + 1) % tables}`];
    return `export const query${number} = async () => {
  const rows = await db.selectFrom("${a}").innerJoin("${b}", "${b}.id", "${a}.parent_id")
    .select(["${a}.id", "${a}.c0", "${b}.c1 as other"]).where("${a}.c2", ">", ${number}).orderBy("${b}.c5").execute();
  await db.insertInto("${a}").values({ parent_id: ${number}, ${required} }).returning("id").execute();
  return rows.map((row) => row.other satisfies string | null);
};`;
  };
  return `import type { Kysely } from "kysely";
import type { DB } from "./db-${source}.js";
declare const db: Kysely<DB>;
${numbers(queries).map(query).join("\n")}
`;
}

function kinds(columns: number) {
  return numbers(columns - 2).map((number) => KINDS[number % KINDS.length]!);
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, number) => number);
}
