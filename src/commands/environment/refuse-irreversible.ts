/** Downgrades that say of themselves that they cannot be. */
import { IrreversibleRevisionError } from "../../errors.js";
import type { RevisionStep } from "../../revisions/revision.js";
import { findIrreversible } from "../../runtime/find-irreversible.js";
import type { StepModules } from "./user-modules.js";

/**
 * Before anything runs: does one of the downgrades say that it cannot be?
 *
 * @throws IrreversibleRevisionError
 */
export async function refuseIrreversible(steps: readonly RevisionStep[], modules: StepModules): Promise<void> {
  for (const step of steps.filter(({ direction }) => direction === "downgrade")) {
    const module = await modules.get(step.revision.id)!();
    const reason = await findIrreversible(module.downgrade!);
    if (reason === null) continue;
    throw new IrreversibleRevisionError(`revision '${step.revision.id}' cannot be downgraded: ${reason}`, {
      revision: step.revision.id,
      hint: `Downgrade to '${step.revision.id}' at most; to go further back, restore a backup.`,
    });
  }
}
