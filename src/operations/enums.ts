/** Enumerated types: create, drop, add and rename values, replace. PostgreSQL only; SQLite holds text with a check. */
import { UnsupportedOperationError } from "../errors.js";
import { sameObject, withoutKey } from "../schema/edit-schema.js";
import {
  type ColumnDef,
  displayName,
  type EnumDef,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  type TypeDef,
} from "../schema/schema.js";
import { quoteName, quoteText } from "../util/quote.js";
import { conflict } from "./conflict.js";
import { type DdlWriter, type OperationOf, type OperationSpec, statement } from "./operation.js";

export const createEnum: OperationSpec<"createEnum"> = {
  kind: "createEnum",
  apply(before, op) {
    if (objectKey(op.enum) in before.enums) throw conflict(this.describe(op), "it exists already");
    return putEnum(before, op.enum);
  },
  reverse: (op) => [{ kind: "dropEnum", enum: objectName(op.enum) }],
  toSql(op, ddl) {
    onlyWithEnums(ddl, this.describe(op));
    const values = op.enum.values.map((value) => ddl.literal(value)).join(", ");
    return [
      statement(`CREATE TYPE ${ddl.name(op.enum)} AS ENUM (${values})`),
      ...(op.enum.comment === undefined
        ? []
        : [statement(`COMMENT ON TYPE ${ddl.name(op.enum)} IS ${ddl.literal(op.enum.comment)}`)]),
    ];
  },
  describe: (op) => `create enum ${displayName(op.enum)}`,
  destroys: () => null,
};

export const dropEnum: OperationSpec<"dropEnum"> = {
  kind: "dropEnum",
  apply(before, op) {
    if (!(objectKey(op.enum) in before.enums)) {
      if (op.ifExists) return before;
      throw conflict(this.describe(op), "there is no such enum");
    }
    for (const key of Object.keys(before.tables)) {
      const table = before.tables[key]!;
      const column = table.columns.find((candidate) => usesEnum(candidate.type, op.enum));
      if (column !== undefined)
        throw conflict(this.describe(op), `column '${displayName(table)}.${column.name}' uses it`);
    }
    return { ...before, enums: withoutKey(before.enums, objectKey(op.enum)) };
  },
  reverse(op, before) {
    const found = before.enums[objectKey(op.enum)];
    return found === undefined ? (op.ifExists ? [] : null) : [{ kind: "createEnum", enum: found }];
  },
  toSql(op, ddl) {
    onlyWithEnums(ddl, this.describe(op));
    return [statement(`DROP TYPE ${op.ifExists ? "IF EXISTS " : ""}${ddl.name(op.enum)}`)];
  },
  describe: (op) => `drop enum ${displayName(op.enum)}`,
  destroys: () => null,
};

export const addEnumValue: OperationSpec<"addEnumValue"> = {
  kind: "addEnumValue",
  apply(before, op) {
    const found = requireEnum(before, op.enum, this.describe(op));
    if (found.values.includes(op.value)) throw conflict(this.describe(op), "it has that value already");
    const neighbour = op.before ?? op.after;
    if (neighbour !== undefined && !found.values.includes(neighbour)) {
      throw conflict(this.describe(op), `it has no value '${neighbour}'`);
    }
    const at =
      op.before !== undefined
        ? found.values.indexOf(op.before)
        : op.after !== undefined
          ? found.values.indexOf(op.after) + 1
          : found.values.length;
    return putEnum(before, { ...found, values: found.values.toSpliced(at, 0, op.value) });
  },
  reverse(op, before) {
    const found = before.enums[objectKey(op.enum)];
    return found === undefined ? null : [{ kind: "replaceEnum", enum: op.enum, values: found.values }];
  },
  toSql(op, ddl) {
    onlyWithEnums(ddl, this.describe(op));
    const place =
      op.before !== undefined
        ? ` BEFORE ${ddl.literal(op.before)}`
        : op.after !== undefined
          ? ` AFTER ${ddl.literal(op.after)}`
          : "";
    return [statement(`ALTER TYPE ${ddl.name(op.enum)} ADD VALUE ${ddl.literal(op.value)}${place}`)];
  },
  describe: (op) => `add value '${op.value}' to enum ${displayName(op.enum)}`,
  destroys: () => null,
};

export const renameEnumValue: OperationSpec<"renameEnumValue"> = {
  kind: "renameEnumValue",
  apply(before, op) {
    const found = requireEnum(before, op.enum, this.describe(op));
    if (!found.values.includes(op.value)) throw conflict(this.describe(op), `it has no value '${op.value}'`);
    if (found.values.includes(op.to)) throw conflict(this.describe(op), `it has a value '${op.to}' already`);
    const renamed = putEnum(before, {
      ...found,
      values: found.values.map((value) => (value === op.value ? op.to : value)),
    });
    return renameValueInTexts(renamed, op);
  },
  reverse: (op) => [{ kind: "renameEnumValue", enum: op.enum, value: op.to, to: op.value }],
  toSql(op, ddl) {
    onlyWithEnums(ddl, this.describe(op));
    return [
      statement(`ALTER TYPE ${ddl.name(op.enum)} RENAME VALUE ${ddl.literal(op.value)} TO ${ddl.literal(op.to)}`),
    ];
  },
  describe: (op) => `rename value '${op.value}' of enum ${displayName(op.enum)} to '${op.to}'`,
  destroys: () => null,
};

export const replaceEnum: OperationSpec<"replaceEnum"> = {
  kind: "replaceEnum",
  apply(before, op) {
    return putEnum(before, { ...requireEnum(before, op.enum, this.describe(op)), values: op.values });
  },
  reverse(op, before) {
    const found = before.enums[objectKey(op.enum)];
    if (found === undefined) return null;
    const back = Object.fromEntries(
      Object.entries(op.mapping ?? {})
        .filter(([from, to]) => found.values.includes(from) && !found.values.includes(to))
        .map(([from, to]) => [to, from]),
    );
    return [
      {
        kind: "replaceEnum",
        enum: op.enum,
        values: found.values,
        ...(Object.keys(back).length > 0 ? { mapping: back } : {}),
      },
    ];
  },
  toSql(op, ddl) {
    throw new UnsupportedOperationError(`${ddl.dialect} has no standard form of '${this.describe(op)}'`, {
      dialect: ddl.dialect,
      operation: this.describe(op),
    });
  },
  describe: (op) => `replace enum ${displayName(op.enum)} (${op.values.join(", ")})`,
  destroys(op, before) {
    const found = before.enums[objectKey(op.enum)]?.values ?? [];
    const gone = found.filter((value) => !op.values.includes(value));
    if (gone.length === 0) return null;
    const mapping = op.mapping ?? {};
    const merged = gone.filter((value) => value in mapping && found.includes(mapping[value]!));
    const refused = gone.filter((value) => !(value in mapping));
    const parts = [
      ...merged.map((value) => `rows with ${value} get ${mapping[value]}, like those that have it`),
      ...(refused.length === 0 ? [] : [`${refused.join(", ")} (refused while a row holds one)`]),
    ];
    return parts.length === 0 ? null : `values of enum ${displayName(op.enum)}: ${parts.join("; ")}`;
  },
};

/** The database keeps the value itself, not its text: what is made with it says the new one. */
function renameValueInTexts(schema: SchemaDef, op: OperationOf<"renameEnumValue">): SchemaDef {
  const quoted = quoteName(op.enum.name);
  const casts = [op.enum.name, quoted].flatMap((name) =>
    op.enum.schema === undefined ? [name] : [name, `${op.enum.schema}.${name}`, `"${op.enum.schema}".${name}`],
  );
  const text = (sql: string) =>
    casts.reduce(
      (changed, cast) => changed.replaceAll(`${quoteText(op.value)}::${cast}`, () => `${quoteText(op.to)}::${cast}`),
      sql,
    );
  const all = (value: unknown): unknown => {
    if (typeof value === "string") return text(value);
    if (Array.isArray(value)) return value.map(all);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, all(inner)]));
  };
  const inColumn = (column: ColumnDef): ColumnDef =>
    usesEnum(column.type, op.enum) && column.default?.kind === "literal" && column.default.value === op.value
      ? { ...column, default: { kind: "literal", value: op.to } }
      : column;
  const tables = all(schema.tables) as SchemaDef["tables"];
  return {
    ...schema,
    views: all(schema.views) as SchemaDef["views"],
    tables: Object.fromEntries(
      Object.entries(tables).map(([key, table]) => [key, { ...table, columns: table.columns.map(inColumn) }]),
    ),
  };
}

export function usesEnum(type: TypeDef, name: ObjectName): boolean {
  if (type.name === "array") return usesEnum(type.element!, name);
  return type.name === "enum" && type.object !== undefined && sameObject(type.object, name);
}

function putEnum(schema: SchemaDef, definition: EnumDef): SchemaDef {
  return { ...schema, enums: { ...schema.enums, [objectKey(definition)]: definition } };
}

function requireEnum(schema: SchemaDef, name: ObjectName, operation: string): EnumDef {
  const found = schema.enums[objectKey(name)];
  if (found === undefined) throw conflict(operation, `there is no enum '${displayName(name)}'`);
  return found;
}

function onlyWithEnums(ddl: DdlWriter, operation: string): void {
  if (ddl.dialect === "postgres") return;
  throw new UnsupportedOperationError(`SQLite has no enumerated types: cannot ${operation}`, {
    dialect: ddl.dialect,
    operation,
    hint: 'Use text() and a check constraint, or guard the call with `if (op.dialect === "postgres")`.',
  });
}
