/** Serial columns that become what they are made of, in parts: their sequences stay, with the numbers that they stand at. */
import type { Operation } from "../operations/operation.js";
import { refKey, type SequenceDef } from "../schema/objects.js";
import { type ColumnDef, findColumn, objectName, type SchemaDef, type TableDef } from "../schema/schema.js";
import { isSequenceOf, isSerial, isSerialSequenceName, serialSequenceName, spellSerial } from "../schema/serials.js";
import type { Released } from "./release-typed.js";

/** The operations give sequences the names that they have in `to`. */
export function spellSerials(from: SchemaDef, to: SchemaDef): Released {
  const operations: Operation[] = [];
  let schema = from;
  for (const [key, table] of Object.entries(from.tables)) {
    const wanted = to.tables[key];
    if (wanted === undefined) continue;
    for (const column of table.columns) {
      const sequence = wantedSequence(table, column, findColumn(wanted, column.name), from, to);
      if (sequence === undefined) continue;
      schema = spellSerial(schema, schema.tables[key]!, column, sequence.name);
      if (isSerialSequenceName(sequence.name, table.name, column.name)) continue;
      const named = {
        kind: "sequence",
        ...objectName(table),
        name: serialSequenceName(table.name, column.name),
      } as const;
      operations.push({ kind: "renameObject", object: named, to: sequence.name });
    }
  }
  return { operations, schema };
}

function wantedSequence(
  table: TableDef,
  column: ColumnDef,
  wanted: ColumnDef | undefined,
  from: SchemaDef,
  to: SchemaDef,
): SequenceDef | undefined {
  if (!isSerial(column.type) || wanted === undefined || isSerial(wanted.type)) return undefined;
  const sequences = Object.values(to.objects).filter(
    (object): object is SequenceDef =>
      object.kind === "sequence" && object.schema === table.schema && !(refKey(object) in from.objects),
  );
  return (
    sequences.find((one) => isSequenceOf(one, table, column.name)) ??
    sequences.find((one) => isSerialSequenceName(one.name, table.name, column.name))
  );
}
