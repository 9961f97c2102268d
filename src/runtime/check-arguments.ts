/** A look at what operations are given, before anything is sent. */
import { UsageError } from "../errors.js";
import { type Argument, wrongCall } from "../model/call-arguments.js";

/** @throws UsageError naming the operation, the argument, and what it takes */
export function checkArguments(operation: string, takes: readonly Argument[], given: readonly unknown[]): void {
  const wrong = wrongCall(`op.${operation}`, takes, given);
  if (wrong === null) return;
  throw new UsageError(wrong, {
    hint: "Your editor shows the arguments; `node_modules/tsmigrate/README.md` has examples of revisions.",
  });
}
