/** The process itself: its arguments, streams and signals. */
import { runCli } from "./main.js";

/** Runs the command line of this process and sets its exit code. */
export async function main(): Promise<void> {
  // A reader that has gone away (`tsmigrate history | head`) must not stop a migration half way.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  const exitCode = await runCli(process.argv.slice(2), {
    cwd: process.cwd(),
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    onSignal(listener) {
      let asked = false;
      const listen = (code: number) => () => {
        // The second time there is no waiting: as safe as kill -9.
        if (asked) process.exit(code);
        asked = true;
        listener(code);
      };
      const interrupt = listen(130);
      const terminate = listen(143);
      process.on("SIGINT", interrupt);
      process.on("SIGTERM", terminate);
      return () => {
        process.off("SIGINT", interrupt);
        process.off("SIGTERM", terminate);
      };
    },
  });
  process.exitCode = exitCode;
  // What was being waited for when a signal came must not keep the process alive.
  if (exitCode === 130 || exitCode === 143) process.exit(exitCode);
}
