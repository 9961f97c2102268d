/** Serial columns in models and in the database: which of them are one, and what differs about their sequences. */
import { ownedSequences, putObject } from "../../../schema/edit-objects.js";
import { putTable, sameObject, withoutKey } from "../../../schema/edit-schema.js";
import { refKey, type SequenceDef } from "../../../schema/objects.js";
import {
  type ColumnDef,
  findColumn,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  sameDef,
  type TableDef,
  type TypeName,
} from "../../../schema/schema.js";
import { canonicalSequence } from "../../../schema/sequences.js";
import {
  calledSequence,
  isSequenceOf,
  isSerial,
  isSerialSequenceName,
  nextValueOf,
  serialSequence,
  withoutSerial,
} from "../../../schema/serials.js";

/**
 * `wanted` with its serial columns written as they were found: spelled out where the sequence is not as SERIAL makes it, so
 * that what is compared is that sequence; and as serial where models spell out what the server took for one.
 */
export function asSerialsFound(wanted: SchemaDef, found: SchemaDef): SchemaDef {
  let result = wanted;
  for (const [key, table] of Object.entries(wanted.tables)) {
    const other = found.tables[key];
    if (other === undefined) continue;
    for (const column of table.columns) {
      const counterpart = findColumn(other, column.name);
      if (counterpart === undefined) continue;
      if (isSerial(column.type) && !isSerial(counterpart.type)) {
        result = spelledAsFound(result, table, column, counterpart, found);
      } else if (!isSerial(column.type) && isSerial(counterpart.type)) {
        result = asSerial(result, table, column);
      }
    }
  }
  return result;
}

/** Its name is right as it is, and all of it where nobody asked about sequences. */
function spelledAsFound(
  wanted: SchemaDef,
  table: TableDef,
  column: ColumnDef,
  { default: value, identity }: ColumnDef,
  found: SchemaDef,
): SchemaDef {
  const sequence = identity === undefined ? sequenceOf(found, table, column.name, value) : undefined;
  if (sequence === undefined) return wanted;
  const callsIt = calls(value, sequence);
  const spelled = {
    ...column,
    type: withoutSerial(column.type),
    default: callsIt ? value! : nextValueOf(sequence),
  };
  const said = wanted.objects[refKey(sequence)] as SequenceDef | undefined;
  const plain = { ...serialSequence(table, column), ...objectName(sequence) };
  return putObject(withColumn(wanted, table, spelled), said ?? plain);
}

/** The one that belongs to the column, or that it alone is numbered by. */
function sequenceOf(
  schema: SchemaDef,
  table: TableDef,
  column: string,
  value: ColumnDef["default"],
): SequenceDef | undefined {
  const owned = ownedSequences(schema, table, column);
  const called = Object.values(schema.objects).find(
    (object): object is SequenceDef => object.kind === "sequence" && calls(value, object),
  );
  if (called === undefined) return owned[0];
  if (isSequenceOf(called, table, column)) return called;
  const isShared =
    called.ownedBy !== undefined ||
    Object.values(schema.tables).some((other) =>
      other.columns.some((one) => calls(one.default, called) && !(sameObject(other, table) && one.name === column)),
    );
  return isShared ? undefined : called;
}

const SERIALS: Readonly<Partial<Record<TypeName, TypeName>>> = { integer: "serial", bigint: "bigserial" };

/** As the server takes it for one. */
function asSerial(wanted: SchemaDef, table: TableDef, column: ColumnDef): SchemaDef {
  const serial = SERIALS[column.type.name];
  const sequence = ownedSequences(wanted, table, column.name).find((one) => calls(column.default, one));
  if (serial === undefined || sequence === undefined || column.nullable) return wanted;
  const { schema } = table;
  const isUsual = sequence.schema === schema && isSerialSequenceName(sequence.name, table.name, column.name);
  const plain = { ...serialSequence(table, column), name: sequence.name };
  if (!isUsual || !sameDef(canonicalSequence(sequence), plain)) return wanted;
  const { default: _default, ...rest } = column;
  const changed = withColumn(wanted, table, { ...rest, type: { name: serial } });
  return { ...changed, objects: withoutKey(changed.objects, refKey(sequence)) };
}

/** Models may say the default schema. */
function calls(value: ColumnDef["default"], sequence: ObjectName): boolean {
  const called = calledSequence(value);
  if (called === null || called.name !== sequence.name) return false;
  return called.schema === sequence.schema || sequence.schema === undefined;
}

function withColumn(schema: SchemaDef, table: TableDef, column: ColumnDef): SchemaDef {
  const before = schema.tables[objectKey(table)]!;
  const columns = before.columns.map((other) => (other.name === column.name ? column : other));
  return putTable(schema, { ...before, columns });
}
