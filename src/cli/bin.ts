/** The process itself: its arguments, streams and signals. */
import { areThreadsBusy } from "../util/busy-threads.js";
import { runCli } from "./main.js";
import { openOutput } from "./output.js";

/**
 * What a revision may still take after a signal. Then the process ends without it, which is as safe as kill -9: the
 * database takes back what is open.
 */
const GRACE_MILLISECONDS = 5_000;

/** Runs the command line of this process and sets its exit code. */
export async function main(): Promise<void> {
  const finished = refuseEarlyEnd();
  const exitCode = await runCli(process.argv.slice(2), {
    cwd: process.cwd(),
    env: process.env,
    // Opened when somebody is to be asked.
    get stdin() {
      return process.stdin;
    },
    stdout: openOutput(1, () => process.stdout),
    stderr: openOutput(2, () => process.stderr),
    onSignal(listener) {
      let asked = false;
      let isOver = false;
      const listen = (code: number) => () => {
        // All is done and said; a signal now must not make it look as if it were not.
        if (isOver) return process.exitCode === undefined ? undefined : process.exit();
        // The second time there is no waiting: as safe as kill -9.
        if (asked) exitAtOnce(code);
        asked = true;
        listener(code);
        setTimeout(() => endWithout(code), GRACE_MILLISECONDS).unref();
      };
      process.on("SIGINT", listen(130));
      process.on("SIGTERM", listen(143));
      return () => {
        isOver = true;
      };
    },
  });
  finished();
  process.exitCode = exitCode;
  // What was being waited for when a signal came must not keep the process alive.
  if (exitCode === 130 || exitCode === 143) process.exit(exitCode);
}

/** Somebody else ended the process, or nothing was left to wait for: not done, so not 0. Gives the function to call when done. */
function refuseEarlyEnd(): () => void {
  const listener = (code: number) => {
    if (code !== 0) return;
    process.exitCode = 5;
    process.stderr.write(
      "error: the process was ended before the command was done\nhint: Look whether a revision or the config calls `process.exit` or awaits what never comes; `tsmigrate current` says where the database is.\n",
    );
  };
  process.once("exit", listener);
  return () => process.off("exit", listener);
}

function endWithout(code: number): void {
  process.stderr.write(
    "error: stopped, without waiting any longer for what was running\nhint: The database takes back what was open; run `tsmigrate current` to see where it is.\n",
  );
  exitAtOnce(code);
}

/** Node.js would wait for the statement that a thread is at; a signal that nobody listens for does not. */
function exitAtOnce(code: number): never {
  if (areThreadsBusy()) {
    const signal = code === 130 ? "SIGINT" : "SIGTERM";
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  process.exit(code);
}
