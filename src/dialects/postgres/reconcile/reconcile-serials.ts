/** SERIAL is no type: the server makes an integer, a sequence that belongs to the column, and a default of both. */
import { ownedSequences, putObject } from "../../../schema/edit-objects.js";
import { withoutKey } from "../../../schema/edit-schema.js";
import type { SequenceDef } from "../../../schema/objects.js";
import { refKey } from "../../../schema/objects.js";
import {
  type ColumnDef,
  findColumn,
  objectKey,
  type SchemaDef,
  type TableDef,
  type TypeName,
} from "../../../schema/schema.js";
import { quoteText } from "../../../util/quote.js";

/**
 * `wanted` with its serial columns written as they were found: as integers with a sequence where that is not as SERIAL
 * makes it (the table was renamed since), and as serial where models spell out what the server took for one.
 */
export function asSerialsFound(wanted: SchemaDef, found: SchemaDef): SchemaDef {
  let result = wanted;
  for (const [key, table] of Object.entries(wanted.tables)) {
    const other = found.tables[key];
    if (other === undefined) continue;
    for (const column of table.columns) {
      const counterpart = findColumn(other, column.name);
      if (counterpart === undefined) continue;
      if (isSerial(column) && !isSerial(counterpart)) {
        const [sequence] = ownedSequences(found, other, column.name);
        if (sequence === undefined || !callsNext(counterpart, sequence)) continue;
        result = putObject(withColumn(result, table, asSpelled(column, counterpart)), sequence);
      } else if (!isSerial(column) && isSerial(counterpart)) {
        const [sequence] = ownedSequences(wanted, table, column.name);
        const serial = SERIALS[column.type.name];
        if (sequence === undefined || serial === undefined || !callsNext(column, sequence)) continue;
        const { default: _default, ...rest } = column;
        result = withColumn(result, table, { ...rest, type: { name: serial } });
        result = { ...result, objects: withoutKey(result.objects, refKey(sequence)) };
      }
    }
  }
  return result;
}

const SERIALS: Readonly<Partial<Record<TypeName, TypeName>>> = { integer: "serial", bigint: "bigserial" };

function isSerial(column: ColumnDef): boolean {
  return column.type.name === "serial" || column.type.name === "bigserial";
}

function callsNext(column: ColumnDef, sequence: SequenceDef): boolean {
  const value = column.default;
  return (
    value?.kind === "sql" &&
    /^\s*(?:pg_catalog\.)?nextval\s*\(/i.test(value.text) &&
    value.text.includes(quoteText(sequence.name).slice(1, -1))
  );
}

/** The serial column as the type that it is, with the default that was found. */
function asSpelled(column: ColumnDef, { default: value }: ColumnDef): ColumnDef {
  const type = { name: column.type.name === "bigserial" ? "bigint" : "integer" } as const;
  return { ...column, type, ...(value === undefined ? {} : { default: value }) };
}

function withColumn(schema: SchemaDef, table: TableDef, column: ColumnDef): SchemaDef {
  const key = objectKey(table);
  const before = schema.tables[key]!;
  const columns = before.columns.map((other) => (other.name === column.name ? column : other));
  return { ...schema, tables: { ...schema.tables, [key]: { ...before, columns } } };
}
