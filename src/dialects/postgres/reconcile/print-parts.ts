/** How the server prints single parts of tables and views, all of them read at once. */

import { wholeTable } from "../../../schema/inheritance.js";
import type { SchemaObjectDef } from "../../../schema/objects.js";
import {
  type CheckDef,
  type ColumnDef,
  type EnumDef,
  findColumn,
  type IndexDef,
  objectKey,
  type SchemaDef,
  type TableDef,
  type ViewDef,
} from "../../../schema/schema.js";
import type { PostgresConnection } from "../connection/connection.js";
import { readBack } from "../scratch/scratch.js";
import type { BoundsPart, Part, QueryPart, Question } from "./questions.js";

export interface PrintRequest {
  readonly questions: readonly Question[];
  /** One for each question, in its kind. */
  readonly parts: readonly Part[];
  /** Where the tables' other columns come from. */
  readonly schema: SchemaDef;
  /** Enums that are to be made first. */
  readonly enums: readonly EnumDef[];
  /** Hears that only temporary things may be made. */
  readonly onTemporary?: () => void;
}

/** Every table made in a transaction takes a few of the server's locks, of which there are some thousands. */
const TABLES_AT_ONCE = 50;

/** In the order of the parts; undefined for what the server refuses. */
export async function printParts(
  connection: PostgresConnection,
  request: PrintRequest,
): Promise<readonly (Part | undefined)[]> {
  const printed: (Part | undefined)[] = [];
  const tables = [...new Set(request.questions.map(({ table }) => table))];
  for (let at = 0; at < tables.length; at += TABLES_AT_ONCE) {
    const chunk = new Set(tables.slice(at, at + TABLES_AT_ONCE));
    const places = request.questions.flatMap(({ table }, place) => (chunk.has(table) ? [place] : []));
    const parts = await printChunk(connection, {
      ...request,
      questions: places.map((place) => request.questions[place]!),
      parts: places.map((place) => request.parts[place]!),
    });
    places.forEach((place, position) => {
      printed[place] = parts[position];
    });
  }
  return printed;
}

async function printChunk(
  connection: PostgresConnection,
  request: PrintRequest,
): Promise<readonly (Part | undefined)[]> {
  const names = scratchNames(request);
  const tables = [...names].map(([key, name]) => scratchTable(key, name, request));
  const views = request.questions.flatMap(({ kind }, at) =>
    kind === "view" ? [{ name: partName(at), definition: (request.parts[at] as ViewDef).definition }] : [],
  );
  const objects = request.questions.flatMap(({ kind, table }, at) =>
    kind === "object" ? [scratchObject(request.parts[at] as SchemaObjectDef, partName(at), names.get(table))] : [],
  );
  const partitions = request.questions.flatMap(({ kind }, at) =>
    kind === "bounds" ? [{ name: partName(at), ...(request.parts[at] as BoundsPart) }] : [],
  );
  const queries = request.questions.flatMap(({ kind }, at) =>
    kind === "columns" ? [{ ...(request.parts[at] as QueryPart), name: partName(at) }] : [],
  );
  const printed = await readBack(
    connection,
    { enums: request.enums, tables, views, queries, objects, partitions },
    request.onTemporary,
  );
  return request.questions.map((question, at) => {
    const name = names.get(question.table);
    const table = name === undefined ? undefined : printed.tables[objectKey({ name })];
    if (question.kind === "bounds") {
      const bounds = printed.tables[objectKey({ name: partName(at) })]?.partitionOf?.bounds;
      return bounds === undefined ? undefined : { ...(request.parts[at] as BoundsPart), bounds };
    }
    if (question.kind === "columns") {
      const columns = printed.tables[objectKey({ name: partName(at) })]?.columns;
      return columns === undefined ? undefined : { ...(request.parts[at] as QueryPart), columns };
    }
    return findPart(question, at, table, printed);
  });
}

/** Tables keep their names, since a check may call a column by them; of two in different schemas only the first can. */
function scratchNames({ questions, schema }: PrintRequest): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { table } of questions) {
    if (table === "" || names.has(table)) continue;
    const { name } = schema.tables[table]!;
    names.set(table, [...names.values()].includes(name) ? `tsm_table_${names.size}` : name);
  }
  return names;
}

/** The bare columns of the table, with the parts that are asked about. */
function scratchTable(key: string, name: string, { questions, parts, schema }: PrintRequest): TableDef {
  const asked = <T extends Part>(kind: Question["kind"]) =>
    questions.flatMap((question, at) =>
      question.kind === kind && question.table === key ? [{ at, part: parts[at] as T }] : [],
    );
  const [types, defaults, generated] = (["type", "default", "generated"] as const).map((kind) =>
    asked<ColumnDef>(kind).map(({ part }) => part),
  );
  const columns = wholeTable(schema, schema.tables[key]!).columns.map((column): ColumnDef => {
    const part = (list: readonly ColumnDef[] | undefined) => list!.find((other) => other.name === column.name);
    const value = part(defaults)?.default;
    const expression = part(generated)?.generated;
    return {
      name: column.name,
      type: part(types)?.type ?? column.type,
      nullable: true,
      ...(column.collation === undefined ? {} : { collation: column.collation }),
      ...(value === undefined ? {} : { default: value }),
      ...(expression === undefined ? {} : { generated: expression }),
    };
  });
  return {
    name,
    columns,
    uniques: [],
    foreignKeys: [],
    checks: asked<CheckDef>("check").map(({ at, part }) => ({ ...part, name: partName(at) })),
    indexes: asked<IndexDef>("index").map(({ at, part }) => ({ ...part, name: partName(at) })),
  };
}

/** Alone under its name, and on the scratch table. */
function scratchObject(object: SchemaObjectDef, name: string, table: string | undefined): SchemaObjectDef {
  const { schema: _schema, comment: _comment, ...rest } = object;
  return { ...rest, name, ...(table === undefined ? {} : { table: { name: table } }) } as SchemaObjectDef;
}

function partName(at: number): string {
  return `tsm_part_${at}`;
}

function findPart(question: Question, at: number, table: TableDef | undefined, printed: SchemaDef): Part | undefined {
  switch (question.kind) {
    case "view":
      return printed.views[partName(at)];
    case "object":
      return Object.values(printed.objects).find((object) => object.name === partName(at));
    case "check":
      return table?.checks.find((check) => check.name === partName(at));
    case "index":
      return table?.indexes.find((index) => index.name === partName(at));
    case "bounds":
    case "columns":
      return undefined;
    default:
      return table === undefined ? undefined : findColumn(table, question.wanted.name);
  }
}
