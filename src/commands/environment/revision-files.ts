/** The revision files of many targets, read and loaded once. */
import type { RevisionStep } from "../../revisions/revision.js";
import type { RevisionGraph } from "../../revisions/revision-graph.js";
import { loadStepModules, type StepModules } from "./user-modules.js";

export interface GraphUse {
  /** Is a revision about to be written, which makes its folder? */
  readonly writes?: boolean;
}

export interface RevisionFiles {
  graph(use?: GraphUse): Promise<RevisionGraph>;
  steps(steps: readonly RevisionStep[]): Promise<StepModules>;
}

/** What a target needs and another has loaded already is not loaded again. */
export function shareRevisionFiles(readGraph: () => Promise<RevisionGraph>): RevisionFiles {
  let graph: Promise<RevisionGraph> | null = null;
  const loaded = new Map<string, ReturnType<StepModules["get"]>>();
  let last: Promise<unknown> = Promise.resolve();
  const keyOf = ({ direction, revision }: RevisionStep) => `${direction} ${revision.id}`;
  const load = async (steps: readonly RevisionStep[]) => {
    const missing = steps.filter((step) => !loaded.has(keyOf(step)));
    if (missing.length === 0) return;
    const modules = await loadStepModules(missing);
    for (const step of missing) loaded.set(keyOf(step), modules.get(step.revision.id));
  };
  return {
    graph: () => (graph ??= readGraph()),
    async steps(steps) {
      // One after the other, so that two that start together do not load the same.
      const loading = last.then(() => load(steps));
      last = loading.catch(() => {});
      await loading;
      return new Map(steps.map((step) => [step.revision.id, loaded.get(keyOf(step))!]));
    },
  };
}
