/** kill -9 (and SIGTERM, another scenario) at random instants of rebuilds on SQLite. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Bench, must, type Run, type Scenario } from "./support/bench.js";
import { runCli, startCli, tell } from "./support/cli.js";
import { BEGUN, FAMILY_CHAIN, type Family, type JournalMode, openFamily, sqliteUrl } from "./support/sqlite-family.js";
import { copyDatabase, removeDatabase, stateOf, stateOfCopy } from "./support/sqlite-state.js";

const ROWS = 3_000;
const [BOTTOM] = FAMILY_CHAIN;
const TOP = FAMILY_CHAIN.at(-1)!;

export const sqliteKill: Scenario = {
  name: "sqlite-kill",
  title: "SQLite: kill -9 in rebuilds with children, up and down, rollback journal and WAL",
  run: (bench) => stopAtRandom(bench, "SIGKILL", 500),
};

export const sqliteTerminate: Scenario = {
  name: "sqlite-terminate",
  title: "SQLite: SIGTERM in rebuilds with children, up and down, rollback journal and WAL",
  run: (bench) => stopAtRandom(bench, "SIGTERM", 100),
};

async function stopAtRandom(bench: Bench, signal: "SIGKILL" | "SIGTERM", full: number): Promise<void> {
  const family = await openFamily(bench.folder("family"), ROWS);
  const usual = await usualTimes(family);
  await bench.series("stop", bench.count(full, 2), (run) => oneStop(bench, family, usual, signal, run));
}

interface Times {
  /** From the start of the process to its end, and from its first revision at work to its end. */
  readonly whole: number;
  readonly work: number;
}

async function usualTimes(family: Family): Promise<Times> {
  const file = join(family.folder, "usual.db");
  let whole = 0;
  let work = 0;
  for (let round = 0; round < 3; round++) {
    copyDatabase(family.template("delete", "bottom"), file);
    const started = startCli(["upgrade"], { cwd: family.folder, url: sqliteUrl(file) });
    await started.says(BEGUN);
    const begun = performance.now();
    const ended = await started.ended;
    must(ended.code === 0, tell(ended));
    whole = Math.max(whole, ended.milliseconds);
    work = Math.max(work, performance.now() - begun);
  }
  return { whole, work };
}

async function oneStop(
  bench: Bench,
  family: Family,
  usual: Times,
  signal: "SIGKILL" | "SIGTERM",
  { index, random, lane }: Run,
): Promise<void> {
  const mode: JournalMode = index % 2 === 0 ? "delete" : "wal";
  const goesUp = index % 4 < 2;
  const way = goesUp ? "up" : "down";
  const args = goesUp ? ["upgrade"] : ["downgrade", BOTTOM];
  const start = goesUp ? BOTTOM : TOP;
  const goal = goesUp ? TOP : BOTTOM;
  const file = join(family.folder, `run-${lane}.db`);
  copyDatabase(family.template(mode, goesUp ? "bottom" : "top"), file);
  const options = { cwd: family.folder, url: sqliteUrl(file) };

  const started = startCli(args, options);
  if (random.chance(0.85)) await started.says(BEGUN);
  await sleep(random.fraction() * (random.chance(0.85) ? usual.work : usual.whole));
  started.child.kill(signal);
  const stopped = await started.ended;
  must(!stopped.hung, "the stopped process hangs");

  const after = stateOfCopy(file);
  const wrong = family.wrong(after, way);
  must(wrong === null, `after the ${signal}: ${wrong}`);
  if (after.isHot) bench.note("journal or WAL left behind");
  const [head] = after.heads;
  bench.note(head === start ? "before the first step" : head === goal ? "after the last" : "between");
  if (signal === "SIGTERM") {
    // Before it listens it simply ends, as any process does; so it does in the instant in which Node.js takes itself down.
    const hasSaidAll = head === goal && /^(?:Up|Down)graded to /m.test(stopped.stdout);
    const unheard = stopped.signal === "SIGTERM" && (head === start || hasSaidAll);
    must(unheard || stopped.code === 143 || stopped.code === 0, `it ended with ${tell(stopped)}`);
    must(stopped.code !== 0 || head === goal, `it ended with 0 at ${head}`);
    must(stopped.code !== 143 || stopped.stderr.includes("error: "), tell(stopped));
  }

  const current = await runCli(["current", "--json"], options);
  must(current.code === 0, `current: ${tell(current)}`);
  must(JSON.parse(current.stdout).current[0] === head, `current says ${current.stdout}, the database is at ${head}`);
  const again = await runCli(args, options);
  must(again.code === 0, `the second run: ${tell(again)}`);
  const final = stateOf(file);
  const finallyWrong = family.wrong(final, way);
  must(finallyWrong === null && final.heads[0] === goal, `after the second run: ${finallyWrong ?? final.heads}`);
  removeDatabase(file);
}
