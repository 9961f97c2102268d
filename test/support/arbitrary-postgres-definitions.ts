/** Casts, foreign data and rules, all carried as the statements that make them; and functions of many signatures. */
import type { DefinitionDef, FunctionDef } from "../../src/schema/objects.js";
import { objectKey, type SchemaDef, type TableDef } from "../../src/schema/schema.js";
import {
  all,
  type Edit,
  HOSTILE,
  type Part,
  part,
  quotedName,
  shownName,
  slugOf,
  when,
  withObject,
} from "./arbitrary-parts.js";

export const definition = (type: string, name: string, text: string, more: Partial<DefinitionDef> = {}): Edit =>
  withObject({ kind: "definition", type, name, definition: text, ...more });

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** What stands on no table. */
export function definitionParts(): readonly Part[] {
  return [...castParts(), ...foreignParts(), ...signatureParts()];
}

function castParts(): readonly Part[] {
  const told = withObject({
    kind: "compositeType",
    name: "told",
    columns: [{ name: "number", type: { name: "integer" } }],
  });
  const cast = (how: string, more: Partial<DefinitionDef> = {}): Edit =>
    all(told, definition("cast", "(text AS told)", `CREATE CAST (text AS told) ${how}`, more));
  const made = withObject({
    kind: "function",
    name: "told_of",
    signature: "integer",
    arguments: "integer",
    returns: "told",
    language: "sql",
    volatility: "immutable",
    body: "select row($1)::told",
  });
  return [
    part(told),
    part(cast("WITH INOUT AS ASSIGNMENT"), cast("WITH INOUT AS IMPLICIT", { comment: HOSTILE.texts[0] })),
    part(
      all(told, made),
      all(
        told,
        made,
        definition("cast", "(integer AS told)", "CREATE CAST (integer AS told) WITH FUNCTION told_of(integer)"),
      ),
    ),
  ];
}

const BASE = { name: "base" };
const LOG = { name: 'Log "of"' };
const SERVER: Edit = all(
  (schema) => ("foreign data wrapper:files" in schema.objects ? schema : wrapper("")(schema)),
  (schema) => ("server:there" in schema.objects ? schema : server("")(schema)),
);

function wrapper(more: string, comment: Partial<DefinitionDef> = {}): Edit {
  return definition("foreign data wrapper", "files", `CREATE FOREIGN DATA WRAPPER files${more}`, comment);
}

function server(more: string, comment: Partial<DefinitionDef> = {}): Edit {
  return all(
    (schema) => ("foreign data wrapper:files" in schema.objects ? schema : wrapper("")(schema)),
    definition("server", "there", `CREATE SERVER there FOREIGN DATA WRAPPER files${more}`, comment),
  );
}

function foreignTable(name: string, text: string, more: Partial<DefinitionDef> = {}): Edit {
  return all(SERVER, definition("foreign table", name, `CREATE FOREIGN TABLE ${name} ${text}`, more));
}

/** No wrapper here can be read through: nothing looks into the tables. */
function foreignParts(): readonly Part[] {
  return [
    part(wrapper(""), wrapper(" OPTIONS (debug 'true')", { comment: HOSTILE.texts[1] })),
    part(
      server(""),
      server(` OPTIONS (host ${literal(HOSTILE.texts[0])})`),
      server(" OPTIONS (host 'a')", { comment: "so" }),
    ),
    part(
      all(
        SERVER,
        definition(
          "user mapping",
          "FOR public SERVER there",
          `CREATE USER MAPPING FOR public SERVER there OPTIONS ("user" 'reader')`,
        ),
      ),
    ),
    part(
      foreignTable("far", "(id integer OPTIONS (name 'ID') NOT NULL, word text DEFAULT 'w'::text) SERVER there"),
      foreignTable("far", "(id bigint, CONSTRAINT positive CHECK (id > 0)) SERVER there OPTIONS (path '/f')", {
        comment: HOSTILE.texts[0],
        further: ["COMMENT ON COLUMN far.id IS 'its key'"],
      }),
    ),
  ];
}

/** Foreign tables that hold rows of others, after these are known. */
export function foreignChildParts(): readonly Part[] {
  return [
    part(
      when(
        (schema) => BASE.name in schema.tables,
        foreignTable("base_far", "(more integer) INHERITS (base) SERVER there"),
      ),
    ),
    part(
      when(
        (schema) => schema.tables[objectKey(LOG)]?.primaryKey === undefined && objectKey(LOG) in schema.tables,
        foreignTable("log_far", `PARTITION OF "Log ""of""" FOR VALUES FROM (600) TO (700) SERVER there`),
      ),
    ),
  ];
}

function signatureParts(): readonly Part[] {
  const told = (signature: string, list: string, more: Partial<FunctionDef>): Edit =>
    withObject({
      kind: "function",
      name: "numbers_of",
      signature,
      arguments: list,
      returns: "integer",
      language: "sql",
      body: "select 1",
      ...more,
    });
  const isThere = (schema: SchemaDef) => "function:numbers_of(integer)" in schema.objects;
  const withView =
    (text: string): Edit =>
    (schema) => ({ ...schema, views: { ...schema.views, of_numbers: { name: "of_numbers", definition: text } } });
  return [
    part(
      told("integer", "a integer", {}),
      told("integer", "b integer", { comment: HOSTILE.texts[0] }),
      told("integer", "a integer DEFAULT 3", { returns: "bigint", body: "select 1::bigint" }),
      told("integer", "a integer, OUT b integer, OUT c text", { returns: "record", body: "select 1, 'x'" }),
      told("integer", "a integer", { returns: "TABLE(x integer, y text)", body: "select 1, 'x'", rows: 5 }),
      told("integer", "a integer", { returns: "SETOF integer", volatility: "stable" }),
      told("integer[]", "VARIADIC a integer[]", {}),
      told("bigint, text", "a bigint, b text DEFAULT 'it''s'::text", {}),
      told("integer", "a integer", { language: "plpgsql", body: "begin return a; end", securityDefiner: true }),
    ),
    part(when(isThere, withView("SELECT count(*) AS n FROM numbers_of(1) s"))),
  ];
}

/** Rules on a table, and on its view where it has one. */
export function ruleParts(table: TableDef): readonly Part[] {
  const slug = slugOf(table);
  const name = quotedName(table.name);
  const rule = (label: string, text: string, more: Partial<DefinitionDef> = {}): Edit =>
    definition("rule", `${label}_${slug} ON ${shownName(table.name)}`, `CREATE RULE ${label}_${slug} AS ${text}`, {
      table: { name: table.name },
      ...more,
    });
  const view = `look_${slug}`;
  const onView = (text: string): Edit =>
    definition(
      "rule",
      `into_${slug} ON ${view}`,
      `CREATE RULE into_${slug} AS ON INSERT TO ${view} DO INSTEAD ${text}`,
      {
        table: { name: view },
      },
    );
  const hasPlainView = (schema: SchemaDef) => view in schema.views && schema.views[view]!.columns === undefined;
  return [
    part(
      rule("ru", `ON DELETE TO ${name} WHERE old.id < 0 DO INSTEAD NOTHING`),
      rule("ru", `ON DELETE TO ${name} WHERE old.id < -1 DO INSTEAD NOTHING`, { comment: HOSTILE.texts[0] }),
      rule("ru", `ON UPDATE TO ${name} WHERE old.id < 0 DO INSTEAD (DELETE FROM ${name} WHERE id = old.id)`),
      rule("ru", `ON UPDATE TO ${name} WHERE old.id < 0 DO INSTEAD NOTHING`, {
        further: [`ALTER TABLE ${shownName(table.name)} DISABLE RULE ru_${slug}`],
      }),
      rule("ru", `ON INSERT TO ${name} DO ALSO NOTIFY told`),
    ),
    part(
      when((schema) => view in schema.views, onView("NOTHING")),
      when(hasPlainView, onView(`INSERT INTO ${name} (id) VALUES (new.id)`)),
    ),
  ];
}
