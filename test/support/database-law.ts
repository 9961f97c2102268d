/** The law of databases: from any schema to any other and back. */
import type fc from "fast-check";
import { expect } from "vitest";
import { compareSchemas } from "../../src/commands/compare/compare-schemas.js";
import type { Environment } from "../../src/commands/environment/environment.js";
import { arrayText } from "../../src/dialects/postgres/text/array-text.js";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import { reverseChanges } from "../../src/diff/reverse-changes.js";
import type { Operation } from "../../src/operations/operation.js";
import { parentsOf } from "../../src/schema/inheritance.js";
import { type DialectName, EMPTY_SCHEMA, type SchemaDef } from "../../src/schema/schema.js";
import { arbitrarySchemaForRows } from "./arbitraries.js";
import { withObjects } from "./arbitrary-objects.js";
import { quotedName } from "./arbitrary-parts.js";
import { withPostgresParts } from "./arbitrary-postgres.js";
import { NAMED_SCHEMAS } from "./arbitrary-postgres-schemas.js";
import { withSqliteParts } from "./arbitrary-sqlite.js";
import type { TestDialect } from "./dialects.js";
import { connectTo, differenceFrom, introspect, query, runOperations } from "./engine.js";
import { insertRows, keptRows } from "./law-rows.js";
import { outsideView, viewDifference } from "./outside-view.js";
import { renderedOperations } from "./rendered-operations.js";

/** Schemas of everything that this database has. */
export async function schemasOf({ family, open }: TestDialect): Promise<fc.Arbitrary<SchemaDef>> {
  const plain = withObjects(arbitrarySchemaForRows, family);
  if (family === "sqlite") return withSqliteParts(plain);
  const database = await open();
  const [row] = await query(database.url, "SHOW server_version_num");
  await database.dispose();
  return withPostgresParts(plain, Number(row!.server_version_num));
}

/**
 * Makes `a`, fills it, goes to `b` and back, each time as autogenerate would: the database is what was wanted, by our own
 * reading and as somebody else describes it, and every row that is kept is as it was.
 */
export async function expectThereAndBack(dialect: TestDialect, a: SchemaDef, b: SchemaDef): Promise<void> {
  const { family, open } = dialect;
  const database = await open();
  const connection = await connectTo(database.url);
  const read = () => introspect(connection, namedSchemas(family));
  const left = (found: SchemaDef, wanted: SchemaDef) => differenceFrom(connection, found, wanted);
  try {
    await runOperations(connection, diffSchemas(EMPTY_SCHEMA, connection.dialect.adapt(a)), EMPTY_SCHEMA);
    const start = await read();
    expect(await left(start, a)).toEqual([]);
    await insertRows(connection, a, b);
    const before = await keptRows(connection, a, b);
    const view = await outsideView(family, database.url);

    const up = await left(start, b);
    const down = reverseChanges(up, start).operations!;
    expect(written(renderedOperations(up, family))).toEqual(written(up));
    expect(written(renderedOperations(down, family))).toEqual(written(down));
    await runOperations(connection, up, start);
    const there = await read();
    expect(await left(there, b)).toEqual([]);
    expect(await keptRows(connection, a, b)).toEqual(before);
    const moved = movedTables(a, b);
    if (view !== null) {
      const [wanted, found] = [await viewOf(dialect, b), await outsideView(family, database.url)];
      const kept = withoutSchemas(a.schemas, b.schemas, without(moved, found));
      expect(viewDifference(without(moved, wanted), kept)).toEqual([]);
    }

    await runOperations(connection, down, there);
    expect(await left(await read(), a)).toEqual([]);
    expect(await keptRows(connection, a, b)).toEqual(before);
    const after = await outsideView(family, database.url);
    expect(viewDifference(without(moved, view), without(moved, after))).toEqual([]);
  } finally {
    await connection.close();
    await database.dispose();
  }
}

/**
 * Makes `before`, fills it, goes to `after`, which differs in names and places that the models say, and back: nothing is
 * dropped and nothing made but schemas, what is there is what was wanted, and all is as it was in the end.
 */
export async function expectRenamesThereAndBack(
  { open }: TestDialect,
  before: SchemaDef,
  after: SchemaDef,
): Promise<void> {
  const database = await open();
  const connection = await connectTo(database.url);
  const read = () => introspect(connection, namedSchemas("postgres"));
  const environment = { emit: () => undefined, options: {}, config: {} } as unknown as Environment;
  const compare = async (found: SchemaDef, wanted: SchemaDef) => {
    const renames = { answers: [], undecided: "dropAndAdd" } as const;
    const { operations } = await compareSchemas(environment, connection, { found, wanted, renames });
    return operations;
  };
  try {
    const { dialect } = connection;
    await runOperations(connection, diffSchemas(EMPTY_SCHEMA, dialect.adapt(before)), EMPTY_SCHEMA);
    const start = await read();
    await insertRows(connection, before, before);
    const rows = await keptRows(connection, before, before);
    const view = await outsideView("postgres", database.url);
    const up = await compare(start, dialect.adapt(after));
    expect(up.filter(({ kind }) => !RENAMING.includes(kind))).toEqual([]);
    const down = reverseChanges(up, start).operations!;
    expect(written(renderedOperations(up))).toEqual(written(up));
    await runOperations(connection, up, start);
    const there = await read();
    expect(await compare(there, dialect.adapt(after))).toEqual([]);
    await runOperations(connection, down, there);
    expect(await keptRows(connection, before, before)).toEqual(rows);
    expect(viewDifference(view, await outsideView("postgres", database.url))).toEqual([]);
  } finally {
    await connection.close();
    await database.dispose();
  }
}

const RENAMING: readonly string[] = [
  ...["renameTable", "moveTable", "renameColumn", "renameObject", "moveObject", "createSchema"],
  // Names that nobody chose go by the names of tables and columns.
  ...["renameIndex", "renameConstraint"],
];

/** A schema that nobody wants any more stays, empty. */
function withoutSchemas(
  before: readonly string[],
  after: readonly string[],
  view: readonly string[] | null,
): readonly string[] | null {
  const kept = before.filter((name) => !after.includes(name));
  const isKept = (line: string) =>
    /^(?:SCHEMA: |pg_namespace |pg_description .*"catalog":"pg_namespace")/.test(line) &&
    kept.some((name) => withoutQuotes(line).includes(withoutQuotes(name)));
  return view?.filter((line) => !isKept(line)) ?? null;
}

function withoutQuotes(text: string): string {
  return text.replace(/[\\"]/g, "");
}

function namedSchemas(family: DialectName): readonly string[] {
  return family === "postgres" ? NAMED_SCHEMAS : [];
}

/** Tables that get or lose a parent on the way: the server remembers which of their columns they had before. */
export function movedTables(a: SchemaDef, b: SchemaDef): readonly string[] {
  return Object.entries(b.tables).flatMap(([key, table]) =>
    JSON.stringify(parentsOf(table)) === JSON.stringify(parentsOf(a.tables[key] ?? table)) ? [] : [table.name],
  );
}

/** Without the tables, and their defaults and checks: those of their parents stand with them or by themselves. */
function without(tables: readonly string[], view: readonly string[] | null): readonly string[] | null {
  const names = tables.map((name) => (/\W/.test(name) ? quotedName(name) : name));
  const isOwn = (statement: string) =>
    /^(?:DEFAULT|CHECK CONSTRAINT): |^TABLE: CREATE TABLE/m.test(statement) &&
    names.some((name) => statement.includes(`TABLE public.${name}`) || statement.includes(`TABLE ONLY public.${name}`));
  // The rows of catalogs name them in JSON.
  const isRow = (line: string) =>
    line.startsWith("pg_") && tables.some((name) => withoutQuotes(line).includes(`public.${withoutQuotes(name)}`));
  return view?.filter((statement) => !isOwn(statement) && !isRow(statement)) ?? null;
}

/** A database that was made as `schema` and nothing else, as somebody else describes it. */
async function viewOf({ family, open }: TestDialect, schema: SchemaDef): Promise<readonly string[] | null> {
  const database = await open();
  const connection = await connectTo(database.url);
  try {
    await runOperations(connection, diffSchemas(EMPTY_SCHEMA, connection.dialect.adapt(schema)), EMPTY_SCHEMA);
    return await outsideView(family, database.url);
  } finally {
    await connection.close();
    await database.dispose();
  }
}

/**
 * Without what a revision does not say: who chose a name, the columns of a constraint that has one, and that a list is the
 * text of an array.
 */
function written(operations: readonly Operation[]): unknown {
  const plain = operations.map((op) => {
    if (op.kind !== "dropConstraint" || op.name === null) return op;
    const { columns: _columns, ...rest } = op;
    return rest;
  });
  const said = (key: string, value: unknown) => {
    if (key === "conventional") return undefined;
    return key === "value" && Array.isArray(value) ? arrayText(value) : value;
  };
  return JSON.parse(JSON.stringify(plain, said));
}
