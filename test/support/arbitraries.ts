/** Random schemas for property tests: few names, so that two of them overlap and refer to each other. */
import fc from "fast-check";
import type {
  CheckDef,
  ColumnDef,
  ForeignKeyDef,
  IndexDef,
  SchemaDef,
  TableDef,
  TypeDef,
  UniqueDef,
} from "../../src/schema/schema.js";
import { compact, objectKey } from "../../src/schema/schema.js";

const TABLES = ["users", "posts", "tags", 'Odd "name"', "select"] as const;
const COLUMNS = ["id", "a", "b", "c", "order", "naïve"] as const;

const type: fc.Arbitrary<TypeDef> = fc.constantFrom<TypeDef>(
  { name: "integer" },
  { name: "bigint" },
  { name: "text" },
  { name: "boolean" },
  { name: "varchar", args: [20] },
  { name: "varchar", args: [40] },
  { name: "numeric", args: [10, 2] },
  { name: "timestamp" },
);

function literalFor(of: TypeDef): fc.Arbitrary<ColumnDef["default"]> {
  switch (of.name) {
    case "boolean":
      return fc.boolean().map((value) => ({ kind: "literal", value }));
    case "text":
    case "varchar":
      return fc.constantFrom("", "x", "it's", "a\nb").map((value) => ({ kind: "literal", value }));
    case "timestamp":
      return fc.constant({ kind: "now" });
    default:
      return fc.integer({ min: -5, max: 99 }).map((value) => ({ kind: "literal", value }));
  }
}

/** One type a name, so that two schemas never ask for a conversion that rows could refuse. */
const FIXED: Readonly<Record<string, TypeDef>> = {
  a: { name: "integer" },
  b: { name: "text" },
  c: { name: "boolean" },
  order: { name: "bigint" },
  naïve: { name: "varchar", args: [20] },
};

function column(name: string, key: boolean, fixed: boolean): fc.Arbitrary<ColumnDef> {
  if (name === "id") return fc.constant({ name, type: { name: "integer" }, nullable: !key });
  // What may refer to another table has to be able to refer to nothing.
  if (fixed && /int/.test(FIXED[name]!.name)) return fc.constant({ name, type: FIXED[name]!, nullable: true });
  return (fixed ? fc.constant(FIXED[name]!) : type).chain((of) =>
    fc
      .record({ nullable: fc.boolean(), default: fc.option(literalFor(of), { nil: undefined, freq: 2 }) })
      // A column that must have a value brings one, so that it can be added to a table that has rows.
      .map(
        ({ nullable, default: value }) =>
          compact({
            name,
            type: of,
            nullable: nullable || (fixed && value === undefined),
            default: value,
          }) as ColumnDef,
      ),
  );
}

/** A table without foreign keys; `id` is always there, as its primary key most of the time. */
function table(name: string, fixed: boolean): fc.Arbitrary<TableDef> {
  return fc
    .record({
      others: fc.subarray(COLUMNS.slice(1), { minLength: 1 }),
      keyed: fc.integer({ min: 0, max: 4 }).map((value) => value > 0),
    })
    .chain(({ others, keyed }) =>
      fc
        .record({
          columns: fc.tuple(column("id", keyed, fixed), ...others.map((other) => column(other, false, fixed))),
          uniques: fc.option(fc.subarray(others, { minLength: 1, maxLength: Math.min(2, others.length) }), {
            nil: null,
            freq: 2,
          }),
          indexed: fc.option(
            fc.record({
              columns: fc.subarray(others, { minLength: 1, maxLength: Math.min(2, others.length) }),
              desc: fc.boolean(),
              partial: fc.boolean(),
              unique: fc.boolean(),
            }),
            { nil: null, freq: 2 },
          ),
          check: fc.option(fc.constantFrom(...others), { nil: null, freq: 2 }),
        })
        .map(({ columns, uniques, indexed, check }): TableDef => {
          const slug = name.replace(/\W+/g, "_");
          const unique: UniqueDef[] = uniques === null ? [] : [{ name: `uq_${slug}`, columns: uniques }];
          const checks: CheckDef[] =
            check === null ? [] : [{ name: `ck_${slug}`, expression: `"${check}" IS NOT NULL OR "id" > 0` }];
          const indexes: IndexDef[] =
            indexed === null
              ? []
              : [
                  compact({
                    name: `ix_${slug}`,
                    unique: indexed.unique,
                    elements: indexed.columns.map((item) =>
                      indexed.desc ? { column: item, order: "desc" as const } : { column: item },
                    ),
                    where: indexed.partial ? `"${indexed.columns[0]}" IS NOT NULL` : undefined,
                  }) as IndexDef,
                ];
          return compact({
            name,
            columns,
            primaryKey: keyed ? { name: `pk_${slug}`, columns: ["id"] } : undefined,
            uniques: unique,
            foreignKeys: [],
            checks,
            indexes,
          }) as TableDef;
        }),
    );
}

/** Up to five tables with foreign keys among them: self references, cycles and all. */
function schemas(fixed: boolean): fc.Arbitrary<SchemaDef> {
  return fc
    .subarray([...TABLES])
    .chain((names) => fc.tuple(...names.map((name) => table(name, fixed))))
    .chain((tables) => {
      const targets = tables.filter((candidate) => candidate.primaryKey !== undefined);
      if (targets.length === 0) return fc.constant(tables);
      return fc.tuple(
        ...tables.map((from) => {
          const sources = from.columns.filter(
            (item) =>
              item.name !== "id" &&
              (item.type.name === "integer" || item.type.name === "bigint") &&
              item.nullable &&
              item.default === undefined,
          );
          const source = sources[0];
          if (source === undefined) return fc.constant(from);
          return fc
            .option(
              fc.record({
                target: fc.constantFrom(...targets),
                onDelete: fc.constantFrom<ForeignKeyDef["onDelete"]>(undefined, "cascade", "set null"),
              }),
              { nil: null, freq: 4 },
            )
            .map(
              (chosen): TableDef =>
                chosen === null
                  ? from
                  : {
                      ...from,
                      foreignKeys: [
                        compact({
                          name: `fk_${from.name.replace(/\W+/g, "_")}`,
                          columns: [source.name],
                          target: { name: chosen.target.name },
                          targetColumns: ["id"],
                          onDelete: chosen.onDelete,
                        }) as ForeignKeyDef,
                      ],
                    },
            );
        }),
      );
    })
    .map((tables) => ({
      tables: Object.fromEntries(tables.map((item) => [objectKey(item), item])),
      enums: {},
      views: {},
      objects: {},
      schemas: [],
    }));
}

export const arbitrarySchema = schemas(false);

/** Schemas between which every row can move: a column of one name is of one type. */
export const arbitrarySchemaForRows = schemas(true);

/** The same schema in a canonical order: what has no order is sorted. */
export function canonical(schema: SchemaDef): SchemaDef {
  const byName = <T extends { readonly name: string | null }>(items: readonly T[]) =>
    [...items].sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1));
  const tables = Object.fromEntries(
    Object.keys(schema.tables)
      .sort()
      .map((key) => {
        const item = schema.tables[key]!;
        return [
          key,
          {
            ...item,
            columns: byName(item.columns),
            uniques: byName(item.uniques),
            foreignKeys: byName(item.foreignKeys),
            checks: byName(item.checks),
            indexes: byName(item.indexes),
          },
        ];
      }),
  );
  return { tables, enums: schema.enums, views: schema.views, objects: schema.objects, schemas: schema.schemas };
}
