/** SQL of functions and procedures. */
import type { FunctionDef } from "../schema/objects.js";
import { type DdlWriter, type Statement, statement } from "./operation.js";

export function functionStatements(
  it: FunctionDef,
  ddl: DdlWriter,
  options: { readonly orReplace?: boolean; readonly unchecked?: boolean },
): readonly Statement[] {
  const text = statement(functionText(it, ddl, options.orReplace === true));
  if (options.unchecked !== true) return [text];
  return [statement("SET check_function_bodies = off"), text, statement("RESET check_function_bodies")];
}

export function functionText(it: FunctionDef, ddl: DdlWriter, orReplace: boolean): string {
  return joined(
    `CREATE ${orReplace ? "OR REPLACE " : ""}${it.procedure === true ? "PROCEDURE" : "FUNCTION"} ${ddl.name(it)}(${it.arguments})`,
    it.returns === undefined ? "" : `RETURNS ${it.returns}`,
    `LANGUAGE ${ddl.id(it.language)}`,
    it.transforms === undefined ? "" : `TRANSFORM ${it.transforms.map((type) => `FOR TYPE ${type}`).join(", ")}`,
    it.window === true ? "WINDOW" : "",
    (it.volatility ?? "").toUpperCase(),
    it.strict === true ? "STRICT" : "",
    it.securityDefiner === true ? "SECURITY DEFINER" : "",
    it.leakproof === true ? "LEAKPROOF" : "",
    it.parallel === undefined ? "" : `PARALLEL ${it.parallel.toUpperCase()}`,
    it.cost === undefined ? "" : `COST ${it.cost}`,
    it.rows === undefined ? "" : `ROWS ${it.rows}`,
    it.support === undefined ? "" : `SUPPORT ${it.support}`,
    ...(it.settings ?? []).map((setting) => `SET ${setting}`),
    it.sqlBody ?? `AS ${it.library === undefined ? "" : `${ddl.literal(it.library)}, `}${dollarQuoted(it.body ?? "")}`,
  );
}

/** Between `$function$`, or another tag that the text has not. */
function dollarQuoted(text: string): string {
  let tag = "$function$";
  for (let number = 1; text.includes(tag.slice(0, -1)); number++) tag = `$function${number}$`;
  return `${tag}${text}${tag}`;
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" ");
}
