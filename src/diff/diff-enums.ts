import type { Operation } from "../operations/operation.js";
import { type EnumDef, objectName, type SchemaDef, sameDef } from "../schema/schema.js";

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
      if (found === undefined) return [{ kind: "createEnum", enum: wanted }];
      if (sameDef(found.values, wanted.values)) return [];
      return addedValues(found, wanted) ?? [{ kind: "replaceEnum", enum: objectName(wanted), values: wanted.values }];
    });
  const dropped = Object.keys(from.enums)
    .sort()
    .filter((key) => !(key in to.enums))
    .map((key): Operation => ({ kind: "dropEnum", enum: objectName(from.enums[key]!) }));
  return { changed, dropped };
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
