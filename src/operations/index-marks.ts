/** Options of a table that name one of its indexes (REPLICA IDENTITY USING INDEX, CLUSTER ON), as the index goes or is renamed. */
import { objectName, type PostgresTableOptions, type TableDef } from "../schema/schema.js";
import type { Operation } from "./operation.js";
import { plainOptions } from "./table-options.js";

/** With the marks of an index that goes: PostgreSQL then knows rows by nothing. */
export function withoutMarks(table: TableDef, index: string | null): TableDef {
  if (index === null || !marksOf(table, index)) return table;
  return withPostgres(table, unmarked(table.options!.postgres!, index));
}

/** The marks follow an index that gets another name. */
export function withRenamedMarks(table: TableDef, index: string | null, to: string): TableDef {
  if (index === null || !marksOf(table, index)) return table;
  const { postgres } = table.options!;
  return withPostgres(table, {
    ...postgres,
    ...(postgres!.clusterOn === index ? { clusterOn: to } : {}),
    ...(isIdentity(postgres!, index) ? { replicaIdentity: { index: to } } : {}),
  });
}

/** What gives the marks back to an index that is made again. */
export function marksAgain(table: TableDef, index: string | null): readonly Operation[] {
  if (index === null || !marksOf(table, index)) return [];
  return [{ kind: "setTableOptions", table: objectName(table), options: { postgres: table.options!.postgres! } }];
}

function marksOf({ options }: TableDef, index: string): boolean {
  const postgres = options?.postgres;
  return postgres !== undefined && (postgres.clusterOn === index || isIdentity(postgres, index));
}

function isIdentity({ replicaIdentity }: PostgresTableOptions, index: string): boolean {
  return typeof replicaIdentity === "object" && replicaIdentity.index === index;
}

function unmarked({ clusterOn, ...options }: PostgresTableOptions, index: string): PostgresTableOptions {
  return {
    ...options,
    ...(clusterOn === undefined || clusterOn === index ? {} : { clusterOn }),
    ...(isIdentity(options, index) ? { replicaIdentity: "nothing" as const } : {}),
  };
}

function withPostgres({ options: found, ...table }: TableDef, postgres: PostgresTableOptions): TableDef {
  const options = plainOptions({ ...found, postgres });
  return { ...table, ...(options === undefined ? {} : { options }) };
}
