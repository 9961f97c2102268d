import { StepUnresolvedError } from "../errors.js";
import type { StepJournal } from "./step-journal.js";

/** The error of a step that was stopped while its statement ran, where nothing in the database tells whether it did. */
export function unresolved(journal: StepJournal, words: string): StepUnresolvedError {
  const { revision, number } = journal;
  return new StepUnresolvedError(
    `an earlier run of '${revision}' was stopped during its step ${number} (${words}), and nothing tells whether that happened`,
    {
      revision,
      step: number,
      hint: `Look, then say so: \`tsmigrate resolve ${revision} --done\` if it happened, \`tsmigrate resolve ${revision} --retry\` to run it again.`,
    },
  );
}
