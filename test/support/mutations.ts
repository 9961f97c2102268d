/**
 * Each attribute of each object, changed alone. The keys are those of the schema's types: an attribute that is new there
 * has to be changed here as well, or be named with the test that does.
 */
import type {
  CompositeTypeDef,
  DefinitionDef,
  DomainDef,
  FunctionDef,
  MaterializedViewDef,
  PolicyDef,
  SchemaObjectDef,
  SequenceDef,
  TriggerDef,
} from "../../src/schema/objects.js";
import { objectsByKey } from "../../src/schema/objects.js";
import type {
  CheckDef,
  ColumnDef,
  EnumDef,
  ExcludeDef,
  ForeignKeyDef,
  IdentityDef,
  IndexDef,
  IndexElement,
  PrimaryKeyDef,
  SchemaDef,
  TableDef,
  UniqueDef,
  ViewDef,
} from "../../src/schema/schema.js";

export interface Mutation {
  readonly from: SchemaDef;
  readonly to: SchemaDef;
  /** Kinds of the operations there and back. */
  readonly up: readonly string[];
  readonly down: readonly string[];
  readonly only?: "sqlite" | "postgres";
  /** The first version of PostgreSQL that has it. */
  readonly since?: number;
}

/** Where an attribute is changed that is not changed here, or why it cannot be. */
type Elsewhere = string;
type Changes<T> = readonly (readonly [from: Partial<T>, to: Partial<T>, only?: Only])[];
/** `postgres 15`: from that version on. */
type Only = "sqlite" | "postgres" | `postgres ${number}`;
type Table<T> = { readonly [K in keyof Required<T>]: Changes<T> | Elsewhere };

const NAMED = "the name is a rename: test/cli/renames.test.ts";
const OBJECT_HINT = "only the wanted side has it: test/cli/renamed-objects.test.ts";
const HINT = "only the wanted side has it: test/cli/renames.test.ts";
const WHO = "says who chose the name, which is no part of the thing";
const SQLITE = "test/dialects/sqlite-*.test.ts";
const PARTITIONS = "test/dialects/postgres-*.test.ts";
const TABLES = "test/dialects/postgres-tables.test.ts";
const TABLESPACE = "takes a tablespace, which a test cannot make everywhere";
const text = { name: "text" } as const;
const integer = { name: "integer" } as const;

const COLUMN: Table<ColumnDef> = {
  postgres: [
    [{}, { postgres: { storage: "external" } }, "postgres"],
    [{ postgres: { statistics: 5 } }, { postgres: { statistics: 6, parameters: { n_distinct: 3 } } }, "postgres"],
  ],
  notNull: TABLES,
  inherited: TABLES,
  sqlite: SQLITE,
  name: NAMED,
  renamedFrom: HINT,
  type: [
    [{ type: { name: "varchar", args: [10] } }, { type: { name: "varchar", args: [20] } }],
    [{ type: { name: "varchar", args: [20] } }, { type: text }],
    [{ type: integer }, { type: { name: "bigint" } }],
    [{ type: { name: "numeric", args: [10, 2] } }, { type: { name: "numeric", args: [12, 2] } }],
    [{ type: { name: "timestamp" } }, { type: { name: "timestamptz" } }],
    [{ type: text }, { type: integer }],
    [{ type: { name: "json" } }, { type: { name: "jsonb" } }, "postgres"],
    [
      { type: { name: "array", element: integer } },
      { type: { name: "array", element: { name: "bigint" } } },
      "postgres",
    ],
    [{ type: { name: "interval" } }, { type: { name: "interval", args: [3] } }, "postgres"],
    [{ type: { name: "bit", args: [3] } }, { type: { name: "bit", args: [4] } }, "postgres"],
  ],
  nullable: [[{ nullable: true }, { nullable: false }]],
  default: [
    [{}, { default: { kind: "literal", value: "x" } }],
    [{ default: { kind: "literal", value: "x" } }, { default: { kind: "literal", value: "X" } }],
    [{ default: { kind: "literal", value: "" } }, { default: { kind: "literal", value: " " } }],
    [
      { type: integer, default: { kind: "literal", value: 1 } },
      { type: integer, default: { kind: "literal", value: 0 } },
    ],
    [{ type: { name: "timestamp" } }, { type: { name: "timestamp" }, default: { kind: "now" } }],
    [{ default: { kind: "sql", text: "lower('A')" } }, { default: { kind: "sql", text: "lower('B')" } }],
  ],
  identity: [
    [
      { type: integer, nullable: false },
      { type: integer, nullable: false, identity: { generation: "byDefault" } },
      "postgres",
    ],
  ],
  generated: [
    [
      { generated: { expression: "a + 1", stored: true }, type: integer },
      { generated: { expression: "a + 2", stored: true }, type: integer },
    ],
    ...(["sqlite", "postgres 18"] as const).map(
      (only) =>
        [
          { generated: { expression: "a + 1", stored: true }, type: integer },
          { generated: { expression: "a + 1", stored: false }, type: integer },
          only,
        ] as const,
    ),
    [{ generated: { expression: "a + 1", stored: true }, type: integer }, { type: integer }],
  ],
  collation: [
    [{}, { collation: "C" }, "postgres"],
    [{ collation: "C" }, { collation: "POSIX" }, "postgres"],
    [{}, { collation: "NOCASE" }, "sqlite"],
  ],
  comment: [
    [{}, { comment: "it's" }, "postgres"],
    [{ comment: "one" }, { comment: "two" }, "postgres"],
  ],
};

const IDENTITY: Table<IdentityDef> = {
  generation: [[{}, { generation: "always" }, "postgres"]],
  reuseIds: [[{}, { reuseIds: false }, "sqlite"]],
  start: [[{}, { start: 7 }, "postgres"]],
  increment: [[{}, { increment: 2 }, "postgres"]],
  minValue: [[{ start: 5 }, { start: 5, minValue: 3 }, "postgres"]],
  maxValue: [[{}, { maxValue: 1000 }, "postgres"]],
  cache: [[{}, { cache: 5 }, "postgres"]],
  cycle: [[{}, { cycle: true }, "postgres"]],
};

const KEYED = { columns: ["k"] };
const PRIMARY_KEY: Table<PrimaryKeyDef> = {
  comment: TABLES,
  with: [[KEYED, { ...KEYED, with: { fillfactor: 70 } }, "postgres"]],
  tablespace: TABLESPACE,
  withoutOverlaps: TABLES,
  order: SQLITE,
  collations: SQLITE,
  name: NAMED,
  renamedFrom: HINT,
  conventional: WHO,
  columns: [
    [KEYED, { columns: ["k", "l"] }, "postgres"],
    [{ columns: ["k", "l"] }, { columns: ["l", "k"] }],
  ],
  include: [[KEYED, { ...KEYED, include: ["a"] }, "postgres"]],
  deferrable: [[KEYED, { ...KEYED, deferrable: "deferred" }, "postgres"]],
  onConflict: [[KEYED, { ...KEYED, onConflict: "IGNORE" }, "sqlite"]],
};

const UNIQUE: Table<UniqueDef> = {
  comment: TABLES,
  with: [[{ ...KEYED, with: { fillfactor: 70 } }, { ...KEYED, with: { fillfactor: 80 } }, "postgres"]],
  tablespace: TABLESPACE,
  withoutOverlaps: TABLES,
  order: [[KEYED, { ...KEYED, order: ["desc"] }, "sqlite"]],
  collations: [[{ columns: ["b"] }, { columns: ["b"], collations: ["NOCASE"] }, "sqlite"]],
  name: NAMED,
  renamedFrom: HINT,
  conventional: WHO,
  columns: [
    [KEYED, { columns: ["k", "l"] }],
    [{ columns: ["k", "l"] }, { columns: ["l", "k"] }],
  ],
  nullsNotDistinct: [[KEYED, { ...KEYED, nullsNotDistinct: true }, "postgres 15"]],
  include: [[KEYED, { ...KEYED, include: ["a"] }, "postgres"]],
  deferrable: [
    [KEYED, { ...KEYED, deferrable: "immediate" }, "postgres"],
    [{ ...KEYED, deferrable: "immediate" }, { ...KEYED, deferrable: "deferred" }, "postgres"],
  ],
  onConflict: [[KEYED, { ...KEYED, onConflict: "IGNORE" }, "sqlite"]],
};

const KEY = { columns: ["k"], target: { name: "target" }, targetColumns: ["id"] };
const FOREIGN_KEY: Table<ForeignKeyDef> = {
  comment: TABLES,
  onDeleteColumns: TABLES,
  notEnforced: TABLES,
  period: TABLES,
  unchecked: "for the models alone, which adapt takes off",
  name: NAMED,
  renamedFrom: HINT,
  conventional: WHO,
  columns: [[KEY, { ...KEY, columns: ["l"] }]],
  target: [[KEY, { ...KEY, target: { name: "other" } }]],
  targetColumns: [[KEY, { ...KEY, targetColumns: ["u"] }]],
  onDelete: [
    [KEY, { ...KEY, onDelete: "cascade" }],
    [
      { ...KEY, onDelete: "set null" },
      { ...KEY, onDelete: "restrict" },
    ],
  ],
  onUpdate: [[KEY, { ...KEY, onUpdate: "cascade" }]],
  match: [[KEY, { ...KEY, match: "full" }, "postgres"]],
  deferrable: [[KEY, { ...KEY, deferrable: "deferred" }]],
  notValid: "valid or not is not drop and create: a test of its own",
};

const POSITIVE = { expression: "k > 0" };
const CHECK: Table<CheckDef> = {
  comment: TABLES,
  notEnforced: TABLES,
  name: NAMED,
  renamedFrom: HINT,
  conventional: WHO,
  ofEnum: HINT,
  expression: [
    [POSITIVE, { expression: "k > 1" }],
    [{ expression: "b <> 'x'" }, { expression: "b <> 'X'" }],
    [{ expression: "b in ('x', 'y')" }, { expression: "b in ('x', 'y', 'z')" }],
    [{ expression: "k > 0 and l > 0" }, { expression: "k > 0 or l > 0" }],
    [{ expression: "k between 1 and 2" }, { expression: "k between 1 and 3" }],
  ],
  noInherit: [[POSITIVE, { ...POSITIVE, noInherit: true }, "postgres"]],
  notValid: "valid or not is not drop and create: a test of its own",
};

const element = (more: Partial<IndexElement>): Partial<IndexDef> => ({ elements: [{ column: "b", ...more }] });
const EXCLUDED: Partial<ExcludeDef> = { elements: [{ column: "span", operator: "&&" }] };
const EXCLUDE: Table<ExcludeDef> = {
  name: NAMED,
  renamedFrom: HINT,
  conventional: WHO,
  comment: TABLES,
  with: [[EXCLUDED, { ...EXCLUDED, with: { fillfactor: 70 } }, "postgres"]],
  tablespace: TABLESPACE,
  method: "an operator of ranges has no other",
  elements: [
    [EXCLUDED, { elements: [{ column: "span", operator: "-|-" }] }, "postgres"],
    [EXCLUDED, { elements: [{ expression: "int4range(k, l)", operator: "&&" }] }, "postgres"],
  ],
  where: [
    [EXCLUDED, { ...EXCLUDED, where: "k > 0" }, "postgres"],
    [{ ...EXCLUDED, where: "k > 0" }, { ...EXCLUDED, where: "k > 1" }, "postgres"],
  ],
  include: "an access method that has it is newer than the oldest server",
  deferrable: [[EXCLUDED, { ...EXCLUDED, deferrable: "deferred" }, "postgres"]],
};

const INDEX_ELEMENT: Table<IndexElement> = {
  statistics: [
    [{ elements: [{ expression: "lower(b)" }] }, { elements: [{ expression: "lower(b)", statistics: 7 }] }, "postgres"],
  ] as never,
  column: [[element({}), { elements: [{ column: "a" }] }]] as never,
  expression: [
    [{ elements: [{ expression: "lower(b)" }] }, { elements: [{ expression: "upper(b)" }] }],
    [{ elements: [{ expression: "lower(b)" }] }, { elements: [{ column: "b" }] }],
  ] as never,
  order: [[element({}), element({ order: "desc" })]] as never,
  nulls: [[element({}), element({ nulls: "first" }), "postgres"]] as never,
  collation: [
    [element({}), element({ collation: "C" }), "postgres"],
    [element({}), element({ collation: "NOCASE" }), "sqlite"],
  ] as never,
  operatorClass: [[element({}), element({ operatorClass: "text_pattern_ops" }), "postgres"]] as never,
};

const INDEX: Table<IndexDef> = {
  only: "test/dialects/postgres-partition-parts.test.ts",
  tablespace: TABLESPACE,
  comment: TABLES,
  name: NAMED,
  renamedFrom: HINT,
  conventional: WHO,
  unique: [[{}, { unique: true }]],
  elements: [
    [{ elements: [{ column: "a" }, { column: "b" }] }, { elements: [{ column: "b" }, { column: "a" }] }],
    [{ elements: [{ column: "a" }] }, { elements: [{ column: "a" }, { column: "b" }] }],
  ],
  where: [
    [{}, { where: "a > 0" }],
    [{ where: "a > 0" }, { where: "a > 1" }],
  ],
  method: [[{}, { method: "hash" }, "postgres"]],
  include: [[{}, { include: ["b"] }, "postgres"]],
  nullsNotDistinct: [[{ unique: true }, { unique: true, nullsNotDistinct: true }, "postgres 15"]],
  with: [
    [{}, { with: { fillfactor: 70 } }, "postgres"],
    [{ with: { fillfactor: 70 } }, { with: { fillfactor: 80 } }, "postgres"],
  ],
};

const ENUM: Table<EnumDef> = {
  name: NAMED,
  schema: "test/cli/schemas.test.ts",
  renamedValues: HINT,
  renamedFrom: OBJECT_HINT,
  comment: PARTITIONS,
  values: [
    [{ values: ["a", "b"] }, { values: ["a", "b", "c"] }, "postgres"],
    [{ values: ["a", "b"] }, { values: ["x", "a", "b"] }, "postgres"],
    [{ values: ["a", "b"] }, { values: ["b", "a"] }, "postgres"],
    [{ values: ["a", "b"] }, { values: ["a"] }, "postgres"],
  ],
};

const SELECT = { definition: "SELECT k, a FROM t" };
const VIEW: Table<ViewDef> = {
  renamedFrom: OBJECT_HINT,
  sameColumns: "test/cli/replaced-views.test.ts",
  columns: [[SELECT, { ...SELECT, columns: ["one", "two"] }, "sqlite"]],
  name: "a view under another name is dropped and made",
  schema: "test/cli/schemas.test.ts",
  definition: [
    [SELECT, { definition: "SELECT k FROM t" }],
    [SELECT, { definition: "SELECT k, a FROM t WHERE k > 1" }],
  ],
  comment: TABLES,
  columnComments: TABLES,
  options: [
    [SELECT, { ...SELECT, options: { security_barrier: true } }, "postgres"],
    [
      { ...SELECT, options: { check_option: "local" } },
      { ...SELECT, options: { check_option: "cascaded" } },
      "postgres",
    ],
  ],
  columnDefaults: [[SELECT, { ...SELECT, columnDefaults: { a: "7" } }, "postgres"]],
};

const object = "its kind and place are its name";
const SEQUENCE: Table<SequenceDef> = {
  renamedFrom: OBJECT_HINT,
  kind: object,
  name: object,
  schema: object,
  comment: [[{}, { comment: "c" }, "postgres"]],
  type: [[{}, { type: "integer" }, "postgres"]],
  start: [[{}, { start: 3 }, "postgres"]],
  increment: [[{}, { increment: 3 }, "postgres"]],
  minValue: [[{ start: 5 }, { start: 5, minValue: 2 }, "postgres"]],
  maxValue: [[{}, { maxValue: 99 }, "postgres"]],
  cache: [[{}, { cache: 9 }, "postgres"]],
  cycle: [[{}, { cycle: true }, "postgres"]],
  ownedBy: [[{}, { ownedBy: { table: { name: "t" }, column: "k" } }, "postgres"]],
};

const DOMAIN: Table<DomainDef> = {
  renamedFrom: OBJECT_HINT,
  kind: object,
  name: object,
  schema: object,
  comment: [[{}, { comment: "c" }, "postgres"]],
  type: "remade, with the columns of it: test/dialects/postgres-objects.test.ts",
  collation: "remade, with the columns of it: test/dialects/postgres-objects.test.ts",
  default: [[{}, { default: "7" }, "postgres"]],
  notNull: [[{}, { notNull: true }, "postgres"]],
  checks: [
    [
      { checks: [{ name: "c", expression: "VALUE > 0" }] },
      { checks: [{ name: "c", expression: "VALUE > 1" }] },
      "postgres",
    ],
  ],
};

const COMPOSITE: Table<CompositeTypeDef> = {
  renamedFrom: OBJECT_HINT,
  kind: object,
  name: object,
  schema: object,
  comment: [[{}, { comment: "c" }, "postgres"]],
  columns: [
    [
      {},
      {
        columns: [
          { name: "a", type: integer },
          { name: "b", type: text },
        ],
      },
      "postgres",
    ],
    [{}, { columns: [{ name: "a", type: { name: "bigint" } }] }, "postgres"],
  ],
};

const FUNCTION: Table<
  Omit<FunctionDef, "library" | "support" | "window" | "procedure" | "sqlBody" | "rows" | "leakproof" | "transforms">
> = {
  renamedFrom: OBJECT_HINT,
  kind: object,
  name: object,
  schema: object,
  signature: object,
  arguments: "another head is another function: test/dialects/postgres-objects.test.ts",
  returns: "another head is another function: test/dialects/postgres-objects.test.ts",
  language: [[{}, { language: "plpgsql", body: "begin return a; end" }, "postgres"]],
  body: [[{}, { body: "select a + 2" }, "postgres"]],
  comment: [[{}, { comment: "c" }, "postgres"]],
  volatility: [[{}, { volatility: "immutable" }, "postgres"]],
  strict: [[{}, { strict: true }, "postgres"]],
  securityDefiner: [[{}, { securityDefiner: true }, "postgres"]],
  parallel: [[{}, { parallel: "safe" }, "postgres"]],
  cost: [[{}, { cost: 7 }, "postgres"]],
  settings: [[{}, { settings: ["search_path TO 'pg_catalog'"] }, "postgres"]],
};

const TRIGGER: Table<Omit<TriggerDef, "table">> = {
  renamedFrom: OBJECT_HINT,
  kind: object,
  name: object,
  schema: object,
  comment: [[{}, { comment: "c" }, "postgres"]],
  enabled: [[{}, { enabled: "always" }, "postgres"]],
  enabledOn: "test/dialects/postgres-partition-parts.test.ts",
  constraint: [[{ fires: "AFTER INSERT" }, { fires: "AFTER INSERT", constraint: true }, "postgres"]],
  fires: [[{}, { fires: "AFTER INSERT OR DELETE" }, "postgres"]],
  action: [[{}, { action: "FOR EACH ROW WHEN (new.k > 0) EXECUTE FUNCTION touch()" }, "postgres"]],
};

const POLICY: Table<Omit<PolicyDef, "table">> = {
  renamedFrom: OBJECT_HINT,
  kind: object,
  name: object,
  schema: object,
  comment: [[{}, { comment: "c" }, "postgres"]],
  restrictive: [[{}, { restrictive: true }, "postgres"]],
  command: [[{}, { command: "select" }, "postgres"]],
  roles: [[{}, { roles: ["pg_monitor"] }, "postgres"]],
  using: [[{}, { using: "k > 1" }, "postgres"]],
  withCheck: [[{ withCheck: "k > 1" }, { withCheck: "k > 2" }, "postgres"]],
};

const MATERIALIZED: Table<MaterializedViewDef> = {
  renamedFrom: OBJECT_HINT,
  kind: object,
  name: object,
  schema: object,
  comment: [[{}, { comment: "c" }, "postgres"]],
  definition: [[{}, { definition: "SELECT k, a FROM t" }, "postgres"]],
  indexes: "test/dialects/postgres-objects.test.ts",
  columnComments: TABLES,
  with: TABLES,
  tablespace: TABLESPACE,
  accessMethod: "there is no other in a plain server",
};

const DEFINITION: Table<Omit<DefinitionDef, "table">> = {
  renamedFrom: OBJECT_HINT,
  kind: object,
  name: object,
  schema: object,
  type: object,
  comment: [[{}, { comment: "c" }, "postgres"]],
  definition: [[{}, { definition: "CREATE STATISTICS st (mcv) ON k, a FROM t" }, "postgres"]],
  further: [[{}, { further: ["ALTER STATISTICS st SET STATISTICS 50"] }, "postgres 13"]],
};

const TABLE: Table<TableDef> = {
  excludes: "EXCLUDE",
  partitionOf: TABLES,
  inherits: TABLES,
  name: NAMED,
  schema: "test/cli/schemas.test.ts",
  renamedFrom: HINT,
  rewritten: "test/dialects/postgres-rewritten.test.ts",
  columns: "below, as a column that comes",
  primaryKey: "PRIMARY_KEY",
  uniques: "UNIQUE",
  foreignKeys: "FOREIGN_KEY",
  checks: "CHECK",
  indexes: "INDEX",
  comment: [
    [{}, { comment: "c" }, "postgres"],
    [{ comment: "c" }, { comment: "d" }, "postgres"],
  ],
  options: SQLITE,
  rowSecurity: [
    [{}, { rowSecurity: { enabled: true } }, "postgres"],
    [{ rowSecurity: { enabled: true } }, { rowSecurity: { enabled: true, forced: true } }, "postgres"],
  ],
};

const OBJECT = "an object that comes is created";
const SCHEMA: { readonly [K in keyof Required<SchemaDef>]: string } = {
  tables: "TABLE",
  enums: "ENUM",
  views: "VIEW",
  objects: OBJECT,
  schemas: "test/cli/schemas.test.ts",
  schemaComments: TABLES,
  privileges: "test/cli/privileges.test.ts",
  owners: "test/cli/privileges.test.ts",
};

const column = (name: string, type: ColumnDef["type"], nullable = true): ColumnDef => ({ name, type, nullable });
const T: TableDef = {
  name: "t",
  columns: [column("k", integer, false), column("l", integer, false), column("a", integer), column("b", text)],
  uniques: [],
  foreignKeys: [],
  checks: [],
  indexes: [],
};
const TARGETS = ["target", "other"].map(
  (name): TableDef => ({
    ...T,
    name,
    columns: [column("id", integer, false), column("u", integer)],
    primaryKey: { name: `pk_${name}`, columns: ["id"] },
    uniques: [{ name: `uq_${name}`, columns: ["u"] }],
  }),
);

function schemaWith(table: TableDef, more: Partial<SchemaDef> = {}): SchemaDef {
  const tables = Object.fromEntries([...TARGETS, table].map((each) => [each.name, each]));
  return { tables, enums: {}, views: {}, objects: {}, schemas: [], ...more };
}

interface Kind<T> {
  readonly table: Table<T>;
  readonly schema: (part: Partial<T>) => SchemaDef;
  readonly up: readonly string[];
  /** Where it is not the same as `up`. */
  readonly down?: readonly string[];
}

const part = <T>(kind: Kind<T>): Kind<any> => kind as Kind<any>;
const withObjects = (...objects: readonly SchemaObjectDef[]) => schemaWith(T, { objects: objectsByKey(objects) });
const TOUCH: FunctionDef = {
  kind: "function",
  name: "touch",
  signature: "",
  arguments: "",
  returns: "trigger",
  language: "plpgsql",
  body: "begin return new; end",
};
const FUNCTION_BASE: FunctionDef = {
  ...TOUCH,
  name: "twice",
  signature: "integer",
  arguments: "a integer",
  returns: "integer",
  language: "sql",
  body: "select a * 2",
};

const KINDS: Readonly<Record<string, Kind<any>>> = {
  column: part<ColumnDef>({
    table: COLUMN,
    schema: (it) => schemaWith({ ...T, columns: [...T.columns, { ...column("v", text), ...it }] }),
    up: ["alterColumn"],
  }),
  identity: part<IdentityDef>({
    table: IDENTITY,
    schema: (it) =>
      schemaWith({
        ...T,
        columns: [{ ...column("v", integer, false), identity: { generation: "byDefault", ...it } }, ...T.columns],
        primaryKey: { name: "pk_t", columns: ["v"] },
      }),
    up: ["alterColumn"],
  }),
  "primary key": part<PrimaryKeyDef>({
    table: PRIMARY_KEY,
    schema: (it) => schemaWith({ ...T, primaryKey: { name: "pk_t", columns: ["k"], ...it } }),
    up: ["dropConstraint|alterConstraint", "createPrimaryKey?"],
  }),
  unique: part<UniqueDef>({
    table: UNIQUE,
    schema: (it) => schemaWith({ ...T, uniques: [{ name: "uq_t", columns: ["k"], ...it }] }),
    up: ["dropConstraint|alterConstraint", "createUniqueConstraint?"],
  }),
  "foreign key": part<ForeignKeyDef>({
    table: FOREIGN_KEY,
    schema: (it) => schemaWith({ ...T, foreignKeys: [{ name: "fk_t", ...KEY, ...it }] }),
    up: ["dropConstraint|alterConstraint", "createForeignKey?"],
  }),
  check: part<CheckDef>({
    table: CHECK,
    schema: (it) => schemaWith({ ...T, checks: [{ name: "ck_t", ...POSITIVE, ...it }] }),
    up: ["dropConstraint", "createCheckConstraint"],
  }),
  exclusion: part<ExcludeDef>({
    table: EXCLUDE,
    schema: (it) =>
      schemaWith({
        ...T,
        columns: [...T.columns, column("span", { name: "int4range" })],
        excludes: [{ name: "ex_t", method: "gist", elements: [], ...it }],
      }),
    up: ["dropConstraint|alterConstraint", "createExcludeConstraint?"],
  }),
  index: part<IndexDef>({
    table: INDEX,
    schema: (it) =>
      schemaWith({ ...T, indexes: [{ name: "ix_t", unique: false, elements: [{ column: "a" }], ...it }] }),
    up: ["dropIndex|alterIndex", "createIndex?"],
  }),
  "index column": part<IndexElement>({
    table: INDEX_ELEMENT,
    schema: (it) => schemaWith({ ...T, indexes: [{ name: "ix_t", unique: false, ...(it as { elements: [] }) }] }),
    up: ["dropIndex|alterIndex", "createIndex?"],
  }),
  enum: part<EnumDef>({
    table: ENUM,
    schema: (it) =>
      schemaWith(
        { ...T, columns: [...T.columns, column("m", { name: "enum", object: { name: "mood" } })] },
        { enums: { mood: { name: "mood", values: [], ...it } } },
      ),
    up: ["addEnumValue|replaceEnum"],
    down: ["replaceEnum"],
  }),
  view: part<ViewDef>({
    table: VIEW,
    schema: (it) => schemaWith(T, { views: { vw: { name: "vw", definition: "", ...it } } }),
    up: ["replaceView|alterView"],
  }),
  sequence: part<SequenceDef>({
    table: SEQUENCE,
    schema: (it) => withObjects({ kind: "sequence", name: "numbers", ...it }),
    up: ["alterObject"],
  }),
  domain: part<DomainDef>({
    table: DOMAIN,
    schema: (it) => withObjects({ kind: "domain", name: "positive", type: integer, checks: [], ...it }),
    up: ["alterObject"],
  }),
  "composite type": part<CompositeTypeDef>({
    table: COMPOSITE,
    schema: (it) =>
      withObjects({ kind: "compositeType", name: "pair", columns: [{ name: "a", type: integer }], ...it }),
    up: ["alterObject"],
  }),
  function: part<FunctionDef>({
    table: FUNCTION as Table<FunctionDef>,
    schema: (it) => withObjects({ ...FUNCTION_BASE, ...it }),
    up: ["replaceObject|alterObject"],
  }),
  trigger: part<TriggerDef>({
    table: TRIGGER as Table<TriggerDef>,
    schema: (it) =>
      withObjects(TOUCH, {
        kind: "trigger",
        name: "tr",
        table: { name: "t" },
        fires: "BEFORE INSERT",
        action: "FOR EACH ROW EXECUTE FUNCTION touch()",
        ...it,
      }),
    up: ["dropObject|alterObject", "createObject?"],
  }),
  policy: part<PolicyDef>({
    table: POLICY as Table<PolicyDef>,
    schema: (it) => withObjects({ kind: "policy", name: "po", table: { name: "t" }, using: "k > 0", ...it }),
    up: ["dropObject|alterObject", "createObject?"],
  }),
  "materialized view": part<MaterializedViewDef>({
    table: MATERIALIZED,
    schema: (it) =>
      withObjects({ kind: "materializedView", name: "kept", definition: "SELECT k FROM t", indexes: [], ...it }),
    up: ["dropObject|alterObject", "createObject?"],
  }),
  definition: part<DefinitionDef>({
    table: DEFINITION as Table<DefinitionDef>,
    schema: (it) =>
      withObjects({
        kind: "definition",
        type: "statistics",
        name: "st",
        definition: "CREATE STATISTICS st ON k, a FROM t",
        table: { name: "t" },
        ...it,
      }),
    up: ["dropObject|alterObject", "createObject?"],
  }),
  table: part<TableDef>({
    table: TABLE,
    schema: (it) => schemaWith({ ...T, ...it }),
    up: ["createTableComment|setRowSecurity"],
  }),
};

/** Every change by what it is: `column default 3`. */
export function mutations(): ReadonlyMap<string, Mutation> {
  const all = new Map<string, Mutation>();
  for (const [kind, { table, schema, up, down }] of Object.entries(KINDS)) {
    for (const [attribute, changes] of Object.entries(table) as [string, Changes<unknown> | Elsewhere][]) {
      if (typeof changes === "string") continue;
      for (const [at, [from, to, only]] of changes.entries()) {
        all.set(`${kind} ${attribute} ${at + 1}`, {
          from: schema(from as object),
          to: schema(to as object),
          up,
          down: down ?? up,
          ...(only === undefined ? {} : restriction(only)),
        });
      }
    }
  }
  return all;
}

function restriction(only: Only): Pick<Mutation, "only" | "since"> {
  const [family, major] = only.split(" ") as ["sqlite" | "postgres", string?];
  return major === undefined ? { only: family } : { only: family, since: Number(major) };
}

/** So that a new kind of thing in a schema is thought of here as well. */
export const WHERE_THINGS_ARE_CHANGED: Readonly<Record<string, string>> = SCHEMA;
