/** What applied revisions do now, and what they did with the text they had, told without a database. */
import type { Dialect } from "../../dialects/dialect.js";
import type { Direction, Revision } from "../../revisions/revision.js";
import type { Operations } from "../../runtime/op.js";
import type { PlannedOperation } from "../../runtime/record-plan.js";
import type { NamingConvention } from "../../schema/naming.js";
import type { UserModule } from "../../util/import-module.js";
import { printSource } from "../../util/source-text.js";
import { sourceOf } from "../environment/revision-source.js";
import { importUserModule, importUserText } from "../environment/user-modules.js";

export type Plan = readonly PlannedOperation[];

export interface PlanContext {
  readonly dialect: Dialect;
  readonly naming: NamingConvention;
}

/** Code that may do something else each time, or do something besides. Such a revision is what its text says. */
const MORE_THAN_OPERATIONS =
  /\b(?:process|globalThis|global|fetch|Date|Math|crypto|performance|require|eval|Function|set(?:Timeout|Interval|Immediate)|console|Atomics)\b|\bimport\s*\(|\bimport\.meta\b|["']node:|\bimport\s*["']/;

export const OWN_FILES = /\bfrom\s*["']\.{1,2}\/|\bimport\s*["']\.{1,2}\//;

/**
 * Gives what the revision's function asks for, null where the text alone can tell.
 *
 * @param text The file's text; absent: as it is now.
 */
export async function planOf(
  revision: Revision,
  direction: Direction,
  { dialect, naming }: PlanContext,
  text?: string,
): Promise<Plan | null> {
  let module: UserModule;
  try {
    if (MORE_THAN_OPERATIONS.test(await printSource(text ?? sourceOf(revision)))) return null;
    module = text === undefined ? await importUserModule(revision.path) : await importUserText(revision.path, text);
  } catch {
    return null;
  }
  const body = module[direction];
  if (typeof body !== "function") return null;
  const { recordPlan } = await import("../../runtime/record-plan.js");
  return recordPlan(body as (op: Operations) => unknown, { dialect, naming });
}
