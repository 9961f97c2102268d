/**
 * Prints `N passed, N failed, N skipped` as the last line of a run, for whoever reads nothing else.
 *
 * A file that could not be loaded and an error outside of any test count as one failure each, and so does a run that
 * fails for another reason: one that fails never says `0 failed`.
 */
import type { Reporter, TestModule } from "vitest/node";

export default class CountReporter implements Reporter {
  #count = { passed: 0, failed: 0, skipped: 0 };

  onInit(): void {
    process.once("exit", (exitCode) => {
      const { passed, failed, skipped } = this.#count;
      process.stdout.write(
        `${passed} passed, ${exitCode === 0 ? failed : Math.max(1, failed)} failed, ${skipped} skipped\n`,
      );
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      const failedBefore = count.failed;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state === "passed" || state === "failed" ? state : "skipped"]++;
      }
      if (module.state() === "failed" && count.failed === failedBefore) count.failed++;
    }
    this.#count = count;
  }
}
