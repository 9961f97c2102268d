/**
 * Lets the server read texts and gives them back as it would print them, in a schema of its own that is rolled back.
 *
 * One text that it refuses (a check on a type that is still to be made) spoils nothing but itself.
 */
import { randomBytes } from "node:crypto";
import { QueryError } from "../../../errors.js";
import { createStatements } from "../../../operations/object-sql.js";
import { type SchemaObjectDef, tableOf } from "../../../schema/objects.js";
import type { ColumnDef, EnumDef, SchemaDef, TableDef, TypeDef, ViewDef } from "../../../schema/schema.js";
import { withoutSerial } from "../../../schema/serials.js";
import { readSchema } from "../catalog/introspect.js";
import type { PostgresConnection } from "../connection/connection.js";
import type { BoundsPart, QueryPart } from "../reconcile/questions.js";
import { ddl } from "../text/ddl.js";
import { qualifiedName } from "../text/identifiers.js";
import { typeDdl } from "../text/types.js";

export interface ScratchContents {
  /** Types that the tables use and that are not, or not so, in the database. */
  readonly enums: readonly EnumDef[];
  /** Columns of the tables hold the defaults and generated expressions that are asked about, and no others. */
  readonly tables: readonly TableDef[];
  readonly views: readonly ViewDef[];
  /** Their columns are those of tables of their names. */
  readonly queries: readonly QueryPart[];
  /** Each of a table of its own. */
  readonly partitions: readonly (BoundsPart & { readonly name: string })[];
  /** None of them is asked for by others. */
  readonly objects: readonly SchemaObjectDef[];
}

/**
 * Makes all of it and reads it back; what the server refuses is missing from the result. `onTemporary` hears that only
 * temporary things may be made, so that what is missing may be so for want of rights.
 */
export async function readBack(
  connection: PostgresConnection,
  contents: ScratchContents,
  onTemporary?: () => void,
): Promise<SchemaDef> {
  return connection.isolated("scratch", async () => {
    const { rows } = await connection.query<{ path: string }>(
      "SELECT pg_catalog.current_setting('search_path') AS path",
    );
    const schema = await createScratchSchema(connection);
    if (schema === TEMPORARY) onTemporary?.();
    await setPath(connection, `${qualifiedName({ name: schema })}, ${rows[0]!.path}`);
    const own = new Set(contents.enums.map((definition) => definition.name));
    await runAll(
      connection,
      contents.enums.map((definition) => createEnum(schema, definition)),
    );
    await createTables(
      connection,
      contents.tables.map((table) => tableStatements(schema, table, own)),
    );
    await runAll(
      connection,
      contents.views.map((view) => `CREATE VIEW ${ddl.name({ name: view.name, schema })} AS ${view.definition}`),
    );
    for (const { name, definition, defaults = {} } of contents.queries) {
      const table = ddl.name({ name, schema });
      await tryStatements(connection, [
        `CREATE TABLE ${table} AS (${definition}\n) WITH NO DATA`,
        ...Object.entries(defaults).map(
          ([column, value]) => `ALTER TABLE ${table} ALTER COLUMN ${ddl.id(column)} SET DEFAULT ${value}`,
        ),
      ]);
    }
    for (const { name, columns, partitionBy, bounds } of contents.partitions) {
      const whole = ddl.name({ name: `${name}_whole`, schema });
      const list = columns.map((column) => `${ddl.id(column.name)} ${columnType(column, own)}`);
      await tryStatements(connection, [
        `CREATE TABLE ${whole} (${list.join(", ")}) PARTITION BY ${partitionBy}`,
        `CREATE TABLE ${ddl.name({ name, schema })} PARTITION OF ${whole} ${bounds}`,
      ]);
    }
    await createObjects(connection, schema, contents.objects);
    const name = schema === TEMPORARY ? await temporarySchemaName(connection) : schema;
    // Views are printed as if they stood in the default schema, so that their tables are named as there.
    const searchPath = contents.tables.length === 0 ? [connection.defaultSchema] : [name, connection.defaultSchema];
    return readSchema(connection, { defaultSchema: name, namedSchemas: [], searchPath });
  });
}

const TEMPORARY = "pg_temp";

/** Who may not create schemas can mostly create temporary tables. */
async function createScratchSchema(connection: PostgresConnection): Promise<string> {
  const name = `tsm_scratch_${randomBytes(6).toString("hex")}`;
  return (await tryStatements(connection, [`CREATE SCHEMA ${ddl.id(name)}`])) ? name : TEMPORARY;
}

async function temporarySchemaName(connection: PostgresConnection): Promise<string> {
  const { rows } = await connection.query<{ name: string }>(
    "SELECT nspname::text AS name FROM pg_catalog.pg_namespace WHERE oid = pg_catalog.pg_my_temp_schema()",
  );
  return rows[0]?.name ?? TEMPORARY;
}

async function setPath(connection: PostgresConnection, path: string): Promise<void> {
  await connection.query("SELECT pg_catalog.set_config('search_path', $1, true)", [path]);
}

function createEnum(schema: string, definition: EnumDef): string {
  const values = definition.values.map((value) => ddl.literal(value)).join(", ");
  return `CREATE TYPE ${ddl.name({ name: definition.name, schema })} AS ENUM (${values})`;
}

/** Bodies of functions are not looked into: texts are compared, and what they name may be hidden or missing here. */
async function createObjects(
  connection: PostgresConnection,
  schema: string,
  objects: readonly SchemaObjectDef[],
): Promise<void> {
  if (objects.length === 0) return;
  await connection.query("SET LOCAL check_function_bodies = off");
  const placed = objects.map((object): SchemaObjectDef => {
    const table = tableOf(object);
    return {
      ...object,
      schema,
      ...(table === undefined ? {} : { table: { name: table.name, schema } }),
    } as SchemaObjectDef;
  });
  await runAll(
    connection,
    placed.map((object) =>
      createStatements(object, ddl)
        .map(({ sql }) => sql)
        .join(";\n"),
    ),
  );
}

interface TableStatements {
  readonly name: string;
  /** Name and type of every column. */
  readonly columns: readonly string[];
  /** One for each part that is asked about. */
  readonly parts: readonly string[];
}

function tableStatements(schema: string, table: TableDef, ownEnums: ReadonlySet<string>): TableStatements {
  const name = ddl.name({ name: table.name, schema });
  const alter = `ALTER TABLE ${name}`;
  const columns = table.columns.filter((column) => column.generated === undefined);
  const generated = table.columns.filter((column) => column.generated !== undefined);
  return {
    name,
    columns: columns.map((column) => `${ddl.id(column.name)} ${columnType(column, ownEnums)}`),
    parts: [
      ...columns.flatMap(({ name: column, default: value, type }) =>
        value === undefined
          ? []
          : [`${alter} ALTER COLUMN ${ddl.id(column)} SET DEFAULT ${ddl.defaultExpression(value, type)}`],
      ),
      ...generated.map(
        (column) => `${alter} ADD COLUMN ${ddl.column({ ...column, type: ownType(column.type, ownEnums) }, table)}`,
      ),
      ...table.checks.map((check) => `${alter} ADD ${ddl.check(check)}`),
      ...table.indexes.map((index) => ddl.createIndex({ name: table.name, schema }, index)),
    ],
  };
}

/** All in one message if the server takes it, else table by table, else one by one. */
async function createTables(connection: PostgresConnection, tables: readonly TableStatements[]): Promise<void> {
  const whole = ({ name, columns, parts }: TableStatements) => [
    `CREATE TABLE ${name} (${columns.join(", ")})`,
    ...parts,
  ];
  if (tables.length === 0 || (await tryStatements(connection, tables.flatMap(whole)))) return;
  for (const table of tables) {
    if (await tryStatements(connection, whole(table))) continue;
    const alter = `ALTER TABLE ${table.name}`;
    await tryStatements(connection, [`CREATE TABLE ${table.name} ()`]);
    for (const column of table.columns) await tryStatements(connection, [`${alter} ADD COLUMN ${column}`]);
    for (const part of table.parts) await tryStatements(connection, [part]);
  }
}

function columnType(column: ColumnDef, ownEnums: ReadonlySet<string>): string {
  const collation = column.collation === undefined ? "" : ` COLLATE ${ddl.collation(column.collation)}`;
  return typeDdl(ownType(column.type, ownEnums)) + collation;
}

/** Types of other schemas that are made here are taken from here. */
function ownType(type: TypeDef, ownEnums: ReadonlySet<string>): TypeDef {
  if (type.name === "array") return { ...type, element: ownType(type.element!, ownEnums) };
  if (type.name === "enum" && ownEnums.has(type.object!.name))
    return { name: "enum", object: { name: type.object!.name } };
  return withoutSerial(type);
}

/** All in one message if the server takes them all, else one by one. */
async function runAll(connection: PostgresConnection, statements: readonly string[]): Promise<void> {
  if (statements.length === 0 || (await tryStatements(connection, statements))) return;
  if (statements.length > 1) for (const statement of statements) await tryStatements(connection, [statement]);
}

/** False when the server refuses one of them, and then none is done; the transaction goes on. */
export async function tryStatements(
  connection: PostgresConnection,
  statements: readonly string[],
  onForbidden?: () => void,
): Promise<boolean> {
  // By itself: a message that the server cannot parse does nothing of what is in it.
  await connection.script("SAVEPOINT tsm_try");
  try {
    await connection.script([...statements, "RELEASE SAVEPOINT tsm_try"].join(";\n"));
    return true;
  } catch (error) {
    if (!(error instanceof QueryError) || isTransient(error.sqlState)) throw error;
    await connection.script("ROLLBACK TO SAVEPOINT tsm_try;\nRELEASE SAVEPOINT tsm_try");
    if (isForbidden(error.sqlState)) onForbidden?.();
    return false;
  }
}

/** No right to do it, or a database that is only read. */
export function isForbidden(sqlState: string | undefined): boolean {
  return sqlState === "42501" || sqlState === "25006";
}

/** Timeouts, deadlocks and full disks say nothing about the text. */
function isTransient(sqlState: string | undefined): boolean {
  return sqlState === undefined || /^(?:53|55P03|57|58|40|XX)/.test(sqlState);
}
