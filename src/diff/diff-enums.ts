import { usesEnum } from "../operations/enums.js";
import type { Operation } from "../operations/operation.js";
import { type EnumDef, objectName, type SchemaDef, sameDef } from "../schema/schema.js";
import { quoteText } from "../util/quote.js";

/** Enums that are new or hold other values; values that only came are added one by one, anything else replaces. */
export function diffEnums(
  from: SchemaDef,
  to: SchemaDef,
): { readonly changed: readonly Operation[]; readonly dropped: readonly Operation[] } {
  const changed = Object.keys(to.enums)
    .sort()
    .flatMap((key): readonly Operation[] => {
      const wanted = to.enums[key]!;
      const found = from.enums[key];
      if (found === undefined) return [{ kind: "createEnum", enum: plainEnum(wanted) }];
      if (sameDef(found.values, wanted.values)) return [];
      const added = wanted.values.filter((value) => !found.values.includes(value));
      const replace = added.some((value) => isUsed(to, wanted, value));
      return (
        (replace ? null : addedValues(found, wanted)) ?? [
          {
            kind: "replaceEnum",
            enum: objectName(wanted),
            values: wanted.values,
            ...(wanted.renamedValues === undefined ? {} : { mapping: wanted.renamedValues }),
          },
        ]
      );
    });
  const dropped = Object.keys(from.enums)
    .sort()
    .filter((key) => !(key in to.enums))
    .map((key): Operation => ({ kind: "dropEnum", enum: objectName(from.enums[key]!) }));
  return { changed, dropped };
}

/** Without what only the wanted side knows. */
function plainEnum({ renamedValues: _values, ...definition }: EnumDef): EnumDef {
  return definition;
}

/**
 * Does a default or an expression need the value? PostgreSQL refuses a value in the transaction that added it (55P04),
 * but takes one of a type that the transaction made.
 */
function isUsed(schema: SchemaDef, definition: EnumDef, value: string): boolean {
  const literal = quoteText(value);
  const inText = (text: string | undefined) => text?.includes(literal) === true;
  return Object.values(schema.tables).some(
    (table) =>
      table.columns.some(
        (column) =>
          (usesEnum(column.type, definition) && column.default?.kind === "literal" && column.default.value === value) ||
          (column.default?.kind === "sql" && inText(column.default.text)) ||
          inText(column.generated?.expression),
      ) ||
      table.checks.some((check) => inText(check.expression)) ||
      table.indexes.some(
        (index) => inText(index.where) || index.elements.some((element) => inText(element.expression)),
      ),
  );
}

function addedValues(found: EnumDef, wanted: EnumDef): readonly Operation[] | null {
  const kept = wanted.values.filter((value) => found.values.includes(value));
  if (!sameDef(kept, found.values)) return null;
  return wanted.values.flatMap((value, at): readonly Operation[] => {
    if (found.values.includes(value)) return [];
    const after = wanted.values[at - 1];
    const place = after === undefined ? { before: found.values[0]! } : { after };
    return [{ kind: "addEnumValue", enum: objectName(wanted), value, ...(found.values.length === 0 ? {} : place) }];
  });
}
