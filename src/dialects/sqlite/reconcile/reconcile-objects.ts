/** Triggers and virtual tables on both sides. */
import {
  type DefinitionDef,
  type ObjectDefs,
  objectsByKey,
  type SchemaObjectDef,
  type TriggerDef,
} from "../../../schema/objects.js";
import type { ObjectName } from "../../../schema/schema.js";
import { sameName } from "../catalog/read-table.js";
import { sameExpression } from "../text/expression.js";

/** `spelled` gives the name of a table or view as the database has it. */
export function reconcileObjects(
  wanted: ObjectDefs,
  found: ObjectDefs,
  spelled: (name: ObjectName) => ObjectName,
): ObjectDefs {
  const others = Object.values(found);
  return objectsByKey(
    Object.values(wanted).map((object): SchemaObjectDef => {
      if (object.kind === "trigger") {
        const respelled = { ...object, table: spelled(object.table) };
        const other = others.find((it): it is TriggerDef => it.kind === "trigger" && sameName(it.name, object.name));
        return other !== undefined && isSameTrigger(respelled, other) ? other : respelled;
      }
      if (object.kind !== "definition") return object;
      const other = others.find(
        (it) =>
          it.kind === "definition" && it.type === object.type && sameName(bareName(it.name), bareName(object.name)),
      );
      return other?.kind === "definition" && isSameDefinition(object, other) ? other : object;
    }),
  );
}

function isSameDefinition(a: DefinitionDef, b: DefinitionDef): boolean {
  const [texts, others] = [a, b].map(({ definition, further = [] }) => [definition, ...further]);
  return texts!.length === others!.length && texts!.every((text, at) => sameExpression(text, others![at]!));
}

function isSameTrigger(a: TriggerDef, b: TriggerDef): boolean {
  return (
    sameName(a.table.name, b.table.name) && sameExpression(fires(a), fires(b)) && sameExpression(action(a), action(b))
  );
}

/** A trigger that does not say when fires before. */
function fires({ fires: text }: TriggerDef): string {
  return /^\s*(?:before|after|instead)\b/i.test(text) ? text : `before ${text}`;
}

/** SQLite knows no other than those for each row. */
function action({ action: text }: TriggerDef): string {
  return text.replace(/^\s*for\s+each\s+row\b/i, "").trim();
}

function bareName(name: string): string {
  return /^["[`]/.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name;
}
