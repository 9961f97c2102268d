/** Random sequences, types, functions, triggers, policies, … on random tables: few of each, so that two schemas overlap. */
import fc from "fast-check";
import { type FunctionDef, objectsByKey, type SchemaObjectDef } from "../../src/schema/objects.js";
import type { DialectName, RowSecurity, SchemaDef, TableDef } from "../../src/schema/schema.js";

type Maybe = fc.Arbitrary<SchemaObjectDef | null>;

const maybe = (...variants: readonly SchemaObjectDef[]): Maybe => fc.constantFrom(null, ...variants);

const TOUCH: FunctionDef = {
  kind: "function",
  name: "touch",
  signature: "",
  arguments: "",
  returns: "trigger",
  language: "plpgsql",
  body: "begin return new; end",
};

const twice = (returns: string, body: string, comment?: string): FunctionDef => ({
  kind: "function",
  name: "twice",
  signature: "integer",
  arguments: "a integer",
  returns,
  language: "sql",
  body,
  ...(comment === undefined ? {} : { comment }),
});

const FREE: readonly Maybe[] = [
  maybe(
    { kind: "sequence", name: "numbers" },
    { kind: "sequence", name: "numbers", increment: 5, comment: "it's counting" },
    { kind: "sequence", name: "numbers", type: "integer", minValue: -50, maxValue: 50, cycle: true },
    { kind: "sequence", name: "numbers", increment: -1 },
  ),
  maybe(
    {
      kind: "domain",
      name: "positive",
      type: { name: "integer" },
      checks: [{ name: "above", expression: "VALUE > 0" }],
    },
    { kind: "domain", name: "positive", type: { name: "integer" }, checks: [], default: "7", notNull: true },
    {
      kind: "domain",
      name: "positive",
      type: { name: "bigint" },
      checks: [{ name: "above", expression: "VALUE > 1" }],
    },
  ),
  maybe(
    { kind: "compositeType", name: "Pair of", columns: [{ name: "a", type: { name: "integer" } }] },
    {
      kind: "compositeType",
      name: "Pair of",
      columns: [
        { name: "a", type: { name: "bigint" } },
        { name: "select", type: { name: "text" } },
      ],
    },
  ),
  maybe(
    twice("integer", "select a * 2"),
    twice("integer", "select a + a", "doubles"),
    twice("bigint", "select a * 2::bigint"),
  ),
];

function onTable(table: TableDef, dialect: DialectName): readonly Maybe[] {
  const slug = table.name.replace(/\W+/g, "_");
  const on = { table: { name: table.name } };
  if (dialect === "sqlite") {
    const trigger = (fires: string, action: string): SchemaObjectDef => ({
      kind: "trigger",
      name: `tr_${slug}`,
      ...on,
      fires,
      action,
    });
    return [
      maybe(
        trigger("BEFORE DELETE", "BEGIN SELECT old.id; END"),
        trigger("AFTER INSERT", "WHEN new.id > 1 BEGIN SELECT 'end;'; END"),
      ),
    ];
  }
  const call = "FOR EACH ROW EXECUTE FUNCTION touch()";
  return [
    maybe(
      { kind: "trigger", name: `tr_${slug}`, ...on, fires: "BEFORE INSERT", action: call },
      { kind: "trigger", name: `tr_${slug}`, ...on, fires: "BEFORE INSERT", action: call, enabled: "always" },
      {
        kind: "trigger",
        name: `tr_${slug}`,
        ...on,
        fires: "AFTER INSERT OR UPDATE OF id",
        action: call,
        comment: "late",
      },
    ),
    maybe(
      { kind: "policy", name: `po_${slug}`, ...on, using: "id > 0" },
      { kind: "policy", name: `po_${slug}`, ...on, using: "id > 1", withCheck: "id > 2" },
      { kind: "policy", name: `po_${slug}`, ...on, restrictive: true, command: "select", using: "true" },
    ),
    maybe(
      {
        kind: "materializedView",
        name: `kept_${slug}`,
        definition: `SELECT id FROM "${table.name.replaceAll('"', '""')}"`,
        indexes: [],
      },
      {
        kind: "materializedView",
        name: `kept_${slug}`,
        definition: `SELECT id, 1 AS one FROM "${table.name.replaceAll('"', '""')}"`,
        indexes: [{ name: `ix_kept_${slug}`, unique: false, elements: [{ column: "one", order: "desc" }] }],
        comment: "kept",
      },
    ),
  ];
}

/** The schema with objects of every kind that the database has. */
export function withObjects(schemas: fc.Arbitrary<SchemaDef>, dialect: DialectName): fc.Arbitrary<SchemaDef> {
  return schemas.chain((schema) => {
    const tables = Object.entries(schema.tables);
    const parts = [...(dialect === "sqlite" ? [] : FREE), ...tables.flatMap(([, table]) => onTable(table, dialect))];
    const security = fc.constantFrom<RowSecurity>({}, { enabled: true }, { enabled: true, forced: true });
    return fc
      .tuple(fc.tuple(...parts), fc.array(security, { minLength: tables.length, maxLength: tables.length }))
      .map(([chosen, securities]) => {
        const objects = chosen.filter((object) => object !== null);
        const needsTouch = objects.some((object) => object.kind === "trigger") && dialect === "postgres";
        const secured = tables.map(([key, table], at): [string, TableDef] => {
          const rowSecurity = dialect === "sqlite" ? {} : securities[at]!;
          return [key, Object.keys(rowSecurity).length === 0 ? table : { ...table, rowSecurity }];
        });
        return {
          ...schema,
          tables: Object.fromEntries(secured),
          objects: objectsByKey(needsTouch ? [...objects, TOUCH] : objects),
        };
      });
  });
}
