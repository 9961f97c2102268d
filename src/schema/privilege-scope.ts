/** Which grants and owners are left when objects are left out. */
import { type PrivilegeTarget, targetKey } from "./privileges.js";
import type { ObjectName, SchemaDef } from "./schema.js";

/** Those of `whole` without what is on something that `part` has no more. */
export function privilegesWithin(whole: SchemaDef, part: SchemaDef): Pick<SchemaDef, "privileges" | "owners"> {
  const { privileges, owners } = whole;
  if (privileges === undefined && owners === undefined) return {};
  const there = new Set(targetsOf(part));
  const lost = new Set(targetsOf(whole).filter((key) => !there.has(key)));
  const kept = <T extends { readonly on: PrivilegeTarget }>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).filter(([, { on }]) => !lost.has(targetKey(on))));
  return {
    ...(privileges === undefined ? {} : { privileges: kept(privileges) }),
    ...(owners === undefined ? {} : { owners: kept(owners) }),
  };
}

function targetsOf({ tables, views, enums, objects, schemas }: SchemaDef): readonly string[] {
  const key = (type: PrivilegeTarget["type"], { name, schema }: ObjectName, signature?: string) =>
    targetKey({
      type,
      name,
      ...(schema === undefined ? {} : { schema }),
      ...(signature === undefined ? {} : { signature }),
    });
  return [
    ...[tables, views].flatMap((all) => Object.values(all).map((one) => key("table", one))),
    ...Object.values(enums).map((one) => key("type", one)),
    ...schemas.map((name) => key("schema", { name })),
    ...Object.values(objects).flatMap((one) => {
      switch (one.kind) {
        case "materializedView":
          return [key("table", one)];
        case "sequence":
          return [key("sequence", one)];
        case "function":
          return [key("function", one, one.signature)];
        case "domain":
        case "compositeType":
          return [key("type", one)];
        default:
          return [];
      }
    }),
  ];
}
