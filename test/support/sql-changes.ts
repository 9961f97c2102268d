/**
 * A change told by SQL: what there is before, and what is wanted. Autogenerate finds the statements, from models as `pull`
 * writes them; they are run, there and back, and looked at by ourselves and by somebody else.
 */
import { transformSync } from "esbuild";
import { afterAll, expect, it } from "vitest";
import type { Connection } from "../../src/dialects/dialect.js";
import { qualifiedName } from "../../src/dialects/postgres/text/identifiers.js";
import { schemaFromModels } from "../../src/model/collect-models.js";
import { reverseAll } from "../../src/operations/registry.js";
import { renderModels } from "../../src/render/render-models.js";
import { DEFAULT_NAMING } from "../../src/schema/naming.js";
import { findColumn, objectName, type SchemaDef, type TableDef } from "../../src/schema/schema.js";
import * as builders from "../../src/schema.js";
import type { TestDialect } from "./dialects.js";
import { connectTo, difference, introspect, runOperations } from "./engine.js";
import { outsideView, viewDifference } from "./outside-view.js";
import { renderedOperations } from "./rendered-operations.js";

export interface SqlChange {
  readonly what: string;
  /** The first major version that can. */
  readonly since?: number;
  /** What there is before and after. */
  readonly both?: string;
  readonly before?: string;
  readonly after?: string;
  /** The models keep the words that they had, and only columns get the types that they have after. */
  readonly retypes?: true;
  /** Run before the change. */
  readonly rows?: string;
  /** Can be run when all is as it is to be; taken back. */
  readonly meanwhile?: string;
  /** Can still be run when all is as it was. */
  readonly afterwards?: string;
  /** The statements of the upgrade and of the downgrade, on one line each; absent where any will do. */
  readonly up?: readonly string[];
  readonly down?: readonly string[];
}

export interface Seen {
  readonly up: readonly string[];
  readonly down: readonly string[];
  /** What is not as it should be, by sentences. */
  readonly wrong: readonly string[];
}

/** A pair of databases for many changes, one after the other. */
export interface Workbench extends AsyncDisposable {
  /** Does all of it, and says what was seen. Null where the server is too old. */
  seen(change: SqlChange): Promise<Seen | null>;
}

export async function openWorkbench({ open }: TestDialect): Promise<Workbench> {
  const [here, there] = [await open(), await open()];
  const connections = [await connectTo(here.url), await connectTo(there.url)] as const;
  return {
    async seen(change) {
      for (const connection of connections) await connection.script(CLEAN);
      return seenOf(change, connections, [here.url, there.url]);
    },
    async [Symbol.asyncDispose]() {
      for (const connection of connections) await connection.close();
      for (const database of [here, there]) await database.dispose();
    },
  };
}

/** Models hold one table at least. */
const CLEAN = `
  DO $$ DECLARE command text; BEGIN
    FOR command IN
      SELECT 'DROP EVENT TRIGGER ' || quote_ident(evtname) FROM pg_event_trigger
      UNION ALL SELECT 'DROP PUBLICATION ' || quote_ident(pubname) FROM pg_publication
      UNION ALL SELECT 'DROP SCHEMA ' || quote_ident(nspname) || ' CASCADE' FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    LOOP EXECUTE command; END LOOP;
  END $$;
  CREATE SCHEMA public;
  CREATE TABLE always (id integer)`;

/** A test for each of the changes. The pair of databases is made anew when one goes wrong. */
export function itChanges(dialect: TestDialect, changes: readonly SqlChange[]): void {
  let workbench: Workbench | null = null;
  const close = async () => {
    await workbench?.[Symbol.asyncDispose]();
    workbench = null;
  };
  afterAll(close);
  it.for(changes)("$what", async (change, context) => {
    workbench ??= await openWorkbench(dialect);
    try {
      const seen = await workbench.seen(change);
      if (seen === null) return context.skip(`needs PostgreSQL ${change.since}`);
      const { up = seen.up, down = seen.down } = change;
      expect(seen).toEqual({ up, down, wrong: [] });
    } catch (error) {
      // A test that is left out ends in the same way.
      await close();
      throw error;
    }
  });
}

async function seenOf(
  change: SqlChange,
  [connection, other]: readonly [Connection, Connection],
  [here, thereUrl]: readonly [string, string],
): Promise<Seen | null> {
  if (Number.parseInt(connection.serverVersion, 10) < (change.since ?? 0)) return null;
  await connection.script([change.both, change.before].filter(isText).join(";\n"));
  await other.script([change.both, change.after].filter(isText).join(";\n"));
  const from = pulled(await introspect(connection));
  const there = pulled(await introspect(other));
  const to = change.retypes === true ? retyped(from, there) : there;
  if (isText(change.rows)) await connection.script(change.rows);
  const wrong: string[] = [];
  const expectNothing = async (when: string, wanted: SchemaDef) => {
    const left = await difference(connection, wanted);
    if (left.length > 0) wrong.push(`${when} there is ${JSON.stringify(left)}`);
  };
  await expectNothing("at first", from);
  const start = await introspect(connection);
  const rows = await rowsOf(connection, start);
  const view = await outsideView("postgres", here);
  const operations = await difference(connection, to);
  const back = reverseAll(operations, start).operations ?? [];
  const up = await runOperations(connection, renderedOperations(operations));
  await expectNothing("after the upgrade", to);
  const wanted = await outsideView("postgres", thereUrl);
  wrong.push(...viewDifference(wanted, await outsideView("postgres", here)).map((line) => `upgrade: ${line}`));
  if (isText(change.meanwhile)) await connection.script(`BEGIN; ${change.meanwhile}; ROLLBACK`);
  const down = await runOperations(connection, renderedOperations(back));
  await expectNothing("after the downgrade", from);
  wrong.push(...viewDifference(view, await outsideView("postgres", here)).map((line) => `downgrade: ${line}`));
  const after = await rowsOf(connection, start);
  if (isText(change.afterwards)) await connection.script(change.afterwards);
  if (JSON.stringify(after) !== JSON.stringify(rows)) wrong.push(`rows are ${JSON.stringify(after)}`);
  return { up: up.map(onOneLine), down: down.map(onOneLine), wrong };
}

function retyped(from: SchemaDef, to: SchemaDef): SchemaDef {
  const tables = Object.entries(from.tables).map(([key, table]): [string, TableDef] => {
    const columns = table.columns.map((column) => {
      const { type, collation } = findColumn(to.tables[key]!, column.name)!;
      const { collation: _old, ...rest } = column;
      return { ...rest, type, ...(collation === undefined ? {} : { collation }) };
    });
    return [key, { ...table, columns }];
  });
  return { ...from, tables: Object.fromEntries(tables) };
}

/** The schema that the models say which `pull` would write of this one. */
export function pulled(schema: SchemaDef): SchemaDef {
  const files = renderModels({ schema, naming: DEFAULT_NAMING, comment: "", customType: () => "string" });
  const models = Object.assign({}, ...files.map(({ text }) => evaluated(text)));
  return schemaFromModels(models, { dialect: "postgres" });
}

function evaluated(text: string): Readonly<Record<string, unknown>> {
  const { code } = transformSync(text, { loader: "ts", format: "cjs" });
  const module = { exports: {} };
  new Function("module", "require", code)(module, () => builders);
  return module.exports;
}

async function rowsOf(connection: Connection, schema: SchemaDef): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (const table of Object.values(schema.tables)) {
    const { rows } = await connection.query(
      `SELECT to_jsonb(t)::text AS row FROM ONLY ${qualifiedName(objectName(table))} t ORDER BY 1`,
    );
    found.push([table.name, rows]);
  }
  return found;
}

function isText(text: string | undefined): text is string {
  return text !== undefined && text !== "";
}

/** Servers before version 16 say of every column of a view which table it is of. */
function onOneLine(sql: string): string {
  return sql.replace(/\s+/g, " ").replace(/\bt\.(?=\w)/g, "");
}
