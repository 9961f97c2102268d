/** What reading Drizzle's objects takes, and their SQL as text. */
import { ModelInvalidError } from "../errors.js";
import type { DialectName } from "../schema/schema.js";
import type { DrizzleApi, DrizzleSql } from "./drizzle-api.js";
import { bareExpressionText } from "./expression-text.js";

export interface DrizzleContext {
  readonly api: DrizzleApi;
  readonly dialect: DialectName;
}

/** `what` names the place for the error. @throws ModelInvalidError for a parameter that cannot be written out */
export function sqlText(sql: DrizzleSql, what: string, { api }: DrizzleContext): string {
  const { sql: text, params } = api.dialect.sqlToQuery(sql.inlineParams?.() ?? sql, "indexes");
  if (params.length === 0) return text.trim();
  throw new ModelInvalidError(`${what} holds a bound parameter: ${text.trim()}`, {
    hint: "Write the value with `sql.raw(…)`, since DDL takes no parameters.",
  });
}

/** {@link sqlText} without parentheses around the whole. */
export function bareSqlText(sql: DrizzleSql, what: string, context: DrizzleContext): string {
  return bareExpressionText(sqlText(sql, what, context));
}
