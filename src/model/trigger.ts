/** Triggers: when one fires, what it does, and on which partitions otherwise. */
import type { TriggerDef, TriggerFiring } from "../schema/objects.js";
import { compact } from "../schema/schema.js";
import { text } from "./call-arguments.js";
import { checkCall, settings } from "./checked-calls.js";
import { aFlag, aText, firings, required, sqlOrText } from "./checks.js";
import { expressionText, type SqlExpression } from "./expression-text.js";
import { type KeysOf, knownOptions } from "./known-options.js";
import { aTable, type SchemaObject, schemaObject, type TableLike, tableName } from "./schema-object.js";

const OBJECT = [text("name"), settings];

export interface TriggerSettings {
  /** `before insert or update of email`. */
  readonly fires: string;
  /** All after the table: `for each row execute function touch()`; on SQLite up to END. */
  readonly action: SqlExpression | string;
  readonly constraint?: boolean;
  /** PostgreSQL: other than usual. */
  readonly enabled?: "never" | "replica" | "always";
  /** PostgreSQL: partitions on which it fires otherwise than on the whole table: `{ log_2024: "never" }`. */
  readonly enabledOn?: Readonly<Record<string, TriggerFiring>>;
  readonly comment?: string;
}
export interface TriggerOptions extends TriggerSettings {
  /** The table or view. */
  readonly on: TableLike;
}

const TRIGGER: KeysOf<TriggerOptions> = {
  fires: required(aText),
  action: required(sqlOrText),
  constraint: aFlag,
  enabled: ["never", "replica", "always"],
  enabledOn: firings,
  comment: aText,
  on: required(aTable),
};

/**
 * A trigger: `CREATE TRIGGER name fires ON table action`.
 *
 * @example
 * export const usersTouch = trigger("users_touch", {
 *   on: users, fires: "before update", action: "for each row execute function touch()",
 * });
 */
export function trigger(name: string, options: TriggerOptions): SchemaObject {
  checkCall("trigger", OBJECT, [name, options]);
  knownOptions(`trigger("${name}")`, options, TRIGGER);
  return schemaObject(triggerDef(name, options.on, options));
}

export function triggerDef(name: string, table: TableLike, options: TriggerSettings): TriggerDef {
  return {
    kind: "trigger",
    name,
    table: tableName(table),
    fires: options.fires.trim(),
    action: expressionText(options.action, `the trigger '${name}'`).replace(/;\s*$/, ""),
    ...compact({
      constraint: options.constraint === true ? (true as const) : undefined,
      enabled: options.enabled,
      enabledOn: firingOn(options),
      comment: options.comment,
    }),
  };
}

/** Without those on which it fires as on the whole table. */
function firingOn({ enabled, enabledOn = {} }: TriggerSettings): TriggerDef["enabledOn"] {
  const other = Object.entries(enabledOn).filter(([, firing]) => firing !== (enabled ?? "ordinary"));
  return other.length === 0 ? undefined : Object.fromEntries(other);
}
