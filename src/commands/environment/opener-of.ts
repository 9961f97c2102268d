import type { OperationsOpener, OperationsOptions } from "../../runtime/op.js";
import type { Environment } from "./environment.js";

/** Loads what makes the `op` of each step, when the first step asks: a run with nothing to do needs none. */
export function openerOf(
  { config, options }: Environment,
  of: Pick<OperationsOptions, "dialect" | "tag" | "emit">,
): () => Promise<OperationsOpener> {
  let opener: Promise<OperationsOpener> | null = null;
  const load = async () => {
    const { operationsOpener } = await import("../../runtime/op.js");
    return operationsOpener({ ...of, args: options.args, naming: config.namingConvention });
  };
  return () => (opener ??= load());
}
