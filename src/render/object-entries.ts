/** What functions, triggers and policies say of themselves, as the entries of an options object. */
import type { FunctionDef, PolicyDef, TriggerDef } from "../schema/objects.js";
import { expression, optionValue, type RenderContext } from "./render-column.js";
import { longString, type Source } from "./source.js";

export type Entry = readonly [string, Source];

export function entries(values: Readonly<Record<string, unknown>>): readonly Entry[] {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, optionValue(key, value)]);
}

/** The body last, since it is long. */
export function functionEntries(it: FunctionDef): readonly Entry[] {
  const { kind: _kind, name: _name, schema: _schema, signature: _signature, procedure, body, sqlBody, ...rest } = it;
  const said = entries({
    ...rest,
    arguments: rest.arguments === "" ? undefined : rest.arguments,
    procedure: procedure === true && rest.returns !== undefined ? true : undefined,
  });
  return [
    ...said,
    ...(body === undefined ? [] : [["body", longString(body)] as const]),
    ...(sqlBody === undefined ? [] : [["sqlBody", longString(sqlBody)] as const]),
  ];
}

export function triggerEntries(it: TriggerDef): readonly Entry[] {
  const { fires, action, constraint, enabled, enabledOn, comment } = it;
  return entries({ fires, action, constraint, enabled, enabledOn, comment });
}

export function policyEntries(it: PolicyDef, context: RenderContext): readonly Entry[] {
  const sql = (key: string, text: string | undefined): readonly Entry[] =>
    text === undefined ? [] : [[key, expression(text, context)]];
  return [
    ...entries({ restrictive: it.restrictive, command: it.command, roles: it.roles }),
    ...sql("using", it.using),
    ...sql("withCheck", it.withCheck),
    ...entries({ comment: it.comment }),
  ];
}
