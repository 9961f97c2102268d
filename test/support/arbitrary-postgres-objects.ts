/** Views on views, functions that tables call, and all that is carried as the statement that makes it. */
import type { DefinitionDef, FunctionDef } from "../../src/schema/objects.js";
import { findColumn, objectKey, type SchemaDef, type TableDef, type ViewDef } from "../../src/schema/schema.js";
import {
  all,
  type Edit,
  HOSTILE,
  onTable,
  type Part,
  part,
  quotedName,
  since,
  slugOf,
  when,
  withObject,
} from "./arbitrary-parts.js";
import { typeParts } from "./arbitrary-postgres-columns.js";
import { definition, definitionParts, ruleParts } from "./arbitrary-postgres-definitions.js";

function withView(view: ViewDef): Edit {
  return (schema) => ({ ...schema, views: { ...schema.views, [view.name]: view } });
}

const above = (body: string, more: Partial<FunctionDef> = {}): Edit =>
  withObject({
    kind: "function",
    name: "is above",
    signature: "integer, integer",
    arguments: "value integer, bound integer DEFAULT 0",
    returns: "boolean",
    language: "sql",
    volatility: "immutable",
    body,
    ...more,
  });

const hasAbove = (schema: SchemaDef) => Object.keys(schema.objects).some((key) => key.startsWith("function:is above("));

const ADD: Edit = withObject({
  kind: "function",
  name: "add",
  signature: "integer, integer",
  arguments: "integer, integer",
  returns: "integer",
  language: "sql",
  volatility: "immutable",
  body: "select $1 + $2",
});

const WATCH: Edit = withObject({
  kind: "function",
  name: "watch",
  signature: "",
  arguments: "",
  returns: "event_trigger",
  language: "plpgsql",
  body: "begin null; end",
});

/** What stands on no table. */
export function freeParts(): readonly Part[] {
  return [
    ...typeParts(),
    ...definitionParts(),
    part(
      above("select value > bound"),
      above("select value >= bound + 1", { comment: HOSTILE.texts[0], parallel: "safe" }),
      above("select value > bound /* it's; */", { strict: true, cost: 7, settings: ["search_path TO 'pg_catalog'"] }),
      above("select amount > bound", { arguments: "amount integer, bound integer DEFAULT 0" }),
      above("select value > bound", {
        signature: "bigint, integer",
        arguments: "value bigint, bound integer DEFAULT 0",
      }),
      above("select value > bound + more", {
        signature: "integer, integer, integer",
        arguments: "value integer, bound integer DEFAULT 0, more integer DEFAULT 0",
      }),
    ),
    part(
      withObject({
        kind: "function",
        name: HOSTILE.name,
        signature: "text",
        procedure: true,
        arguments: "told text DEFAULT 'it''s'::text",
        language: "plpgsql",
        body: "\nbegin\n  -- $$ and $body$\n  null;\nend\n",
        comment: HOSTILE.texts[1],
      }),
    ),
    part(
      all(
        ADD,
        definition(
          "aggregate",
          "total(integer)",
          "CREATE AGGREGATE total(integer) (SFUNC = add, STYPE = integer, INITCOND = '0')",
        ),
      ),
      all(
        ADD,
        definition(
          "operator",
          "### (integer, integer)",
          "CREATE OPERATOR ### (FUNCTION = add, LEFTARG = integer, RIGHTARG = integer)",
          { comment: HOSTILE.texts[0] },
        ),
      ),
    ),
    part(definition("collation", "numbers_last", "CREATE COLLATION numbers_last (PROVIDER = libc, LOCALE = 'C')")),
    since(
      140_000,
      definition(
        "type",
        "float_span",
        "CREATE TYPE float_span AS RANGE (SUBTYPE = double precision, SUBTYPE_DIFF = float8mi, MULTIRANGE_TYPE_NAME = float_spans)",
      ),
    ),
    part(
      all(
        WATCH,
        definition(
          "event trigger",
          "watched",
          "CREATE EVENT TRIGGER watched ON ddl_command_end WHEN TAG IN ('CREATE CAST') EXECUTE FUNCTION watch()",
        ),
      ),
    ),
    part(
      withObject({ kind: "sequence", name: HOSTILE.name, start: 9, cache: 4, comment: HOSTILE.texts[2] }),
      withObject({ kind: "sequence", name: HOSTILE.name, start: 10, maxValue: "9223372036854775000" }),
    ),
    part(
      definition("publication", "news", "CREATE PUBLICATION news FOR ALL TABLES WITH (publish = 'insert')"),
      definition("publication", "news", "CREATE PUBLICATION news WITH (publish = 'insert, update')", {
        comment: HOSTILE.texts[0],
      }),
    ),
  ];
}

/** What stands on a table, after all of its columns are known. */
export function objectParts(table: TableDef): readonly Part[] {
  const slug = slugOf(table);
  const name = quotedName(table.name);
  const on = { table: { name: table.name } };
  const other = (schema: SchemaDef) => {
    const columns = schema.tables[objectKey(table)]?.columns ?? [];
    return quotedName((columns.findLast(({ generated }) => generated === undefined) ?? columns[0]!).name);
  };
  const view =
    (text: (column: string) => string, more: Partial<ViewDef> = {}): Edit =>
    (schema) =>
      withView({ name: `look_${slug}`, definition: text(other(schema)), ...more })(schema);
  const hasView = (schema: SchemaDef) => `look_${slug}` in schema.views;
  const touch: FunctionDef = {
    kind: "function",
    name: "touch",
    signature: "",
    arguments: "",
    returns: "trigger",
    language: "plpgsql",
    body: "begin return new; end",
  };
  const trigger = (fires: string, action: string, more: object = {}): Edit =>
    all(withObject(touch), withObject({ kind: "trigger", name: `more "of" ${slug}`, ...on, fires, action, ...more }));
  const isLogged = (schema: SchemaDef) => schema.tables[objectKey(table)]?.options?.postgres?.unlogged !== true;
  return [
    part(
      view((column) => `SELECT id, ${column} FROM ${name}`),
      view((column) => `SELECT id, ${column} AS "it's", id + 1 AS more FROM ${name} WHERE id > 0`, {
        comment: HOSTILE.texts[0],
        columnComments: { more: HOSTILE.texts[1] },
      }),
      view(() => `SELECT id FROM ${name} WHERE id < 100`, {
        options: { security_barrier: true, check_option: "local" },
      }),
      view(() => `SELECT id, 2 AS two FROM ${name}`, { columns: ["one", "and two"] }),
    ),
    part(
      when(hasView, withView({ name: `again_${slug}`, definition: `SELECT count(*) AS n FROM look_${slug}` })),
      when(
        hasView,
        all(
          withView({ name: `again_${slug}`, definition: `SELECT * FROM (SELECT 1 AS n FROM look_${slug}) s` }),
          withView({ name: `thrice_${slug}`, definition: `SELECT n FROM again_${slug} UNION ALL SELECT 1` }),
        ),
      ),
      when(
        hasView,
        withObject({
          kind: "materializedView",
          name: `held_${slug}`,
          definition: `SELECT count(*) AS n, 1 AS k FROM look_${slug}`,
          indexes: [
            { name: `ix_held_${slug}`, unique: true, elements: [{ column: "k" }] },
            {
              name: `ix_more_${slug}`,
              unique: false,
              elements: [{ expression: "n * 2" }],
              where: "k > 0",
              comment: "part",
            },
          ],
          columnComments: { k: HOSTILE.texts[2] },
        }),
      ),
    ),
    part(
      trigger("AFTER INSERT", "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION touch('it''s')", {
        constraint: true,
      }),
      trigger("AFTER DELETE", "REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION touch()", {
        enabled: "replica",
      }),
      trigger("BEFORE UPDATE", "FOR EACH ROW WHEN (old.id IS DISTINCT FROM new.id) EXECUTE FUNCTION touch()", {
        comment: HOSTILE.texts[1],
      }),
    ),
    ...ruleParts(table),
    ...statisticsParts(table, slug, name),
    part(when(hasAbove, checked(table, slug))),
    part(
      when(isLogged, published(table, slug, "WITH (publish = 'insert, truncate')")),
      when(isLogged, published(table, slug, "WITH (publish = 'insert')")),
    ),
  ];
}

function published(table: TableDef, slug: string, options: string): Edit {
  const name = quotedName(table.name);
  return definition(
    "publication",
    `of_${slug.toLowerCase()}`,
    `CREATE PUBLICATION of_${slug.toLowerCase()} FOR TABLE ${name} ${options}`,
  );
}

function statisticsParts(table: TableDef, slug: string, name: string): readonly Part[] {
  const statistics =
    (kinds: string, more: Partial<DefinitionDef> = {}): Edit =>
    (schema) => {
      const last = schema.tables[objectKey(table)]!.columns.find(
        (column) => column.name !== "id" && column.generated === undefined,
      )!;
      const label = /^[a-z_]+$/.test(slug) ? `st_${slug}` : `"st_${slug}"`;
      return definition(
        "statistics",
        label,
        `CREATE STATISTICS ${label} ${kinds} ON id, ${quotedName(last.name)} FROM ${name}`,
        { table: { name: table.name }, ...more },
      )(schema);
    };
  return [part(statistics("(ndistinct)"), statistics("(dependencies)", { comment: HOSTILE.texts[0] }), statistics(""))];
}

/** A check, an index and a default that call a function of the schema. */
function checked(table: TableDef, slug: string): Edit {
  return onTable(table, (it) => ({
    ...it,
    checks: [...it.checks, { name: `ck_called_${slug}`, expression: `"is above"("id", -1)` }],
    indexes: [
      ...it.indexes,
      { name: `ix_called_${slug}`, unique: false, elements: [{ expression: `"is above"("id")` }] },
    ],
    columns: it.columns.map((column) =>
      column.name === "c" && column.default === undefined && findColumn(it, "c")?.type.name === "boolean"
        ? { ...column, default: { kind: "sql", text: `"is above"(1, 0)` } }
        : column,
    ),
  }));
}
