/** Revisions that were stopped half way, where the run that is about to begin is not the one to finish them. */
import { StepUnresolvedError } from "../errors.js";
import type { RevisionStep } from "../revisions/revision.js";
import type { Emit } from "./events.js";
import type { OpenSteps } from "./open-steps.js";

/**
 * Refuses to go the other way over half a revision, and tells of one that stays as it is.
 *
 * @throws StepUnresolvedError
 */
export function refuseHalfDone(open: OpenSteps, steps: readonly RevisionStep[], emit: Emit): void {
  const [first] = steps;
  if (first === undefined) return;
  for (const [revision, entries] of open.entries) {
    const last = entries.findLast(({ state }) => state === "done" || state === "running");
    if (
      last === undefined ||
      steps.some((step) => step.revision.id === revision && step.direction === last.direction)
    ) {
      continue;
    }
    const what = `the ${last.direction} of '${revision}' was stopped after its step ${last.step}`;
    if (last.direction === first.direction) {
      emit({ type: "warning", text: `${what}, and what it has done stays: this run does not include it` });
      continue;
    }
    throw new StepUnresolvedError(`${what}, and going the other way would begin in the middle of it`, {
      revision,
      step: last.step,
      hint: `Finish it with \`tsmigrate ${last.direction} ${last.direction === "upgrade" ? revision : "-1"}\`; or put the database right by hand and say where it is with \`tsmigrate stamp <rev>\`.`,
    });
  }
}

/**
 * A dry run cannot show the rest of a revision: what its steps have committed is there, and what it would ask for is not.
 *
 * @throws StepUnresolvedError
 */
export function refuseHalfDry(open: OpenSteps, steps: readonly RevisionStep[]): void {
  for (const { revision, direction } of steps) {
    const last = open.entries.get(revision.id)?.findLast(({ state }) => state === "done" || state === "running");
    if (last === undefined) continue;
    const what = `the ${direction} of '${revision.id}' was stopped after its step ${last.step}`;
    throw new StepUnresolvedError(`${what}, and a dry run cannot begin in the middle of a revision`, {
      revision: revision.id,
      step: last.step,
      hint: "See what was done with `tsmigrate log`, and finish the revision without `--dry-run`.",
    });
  }
}
