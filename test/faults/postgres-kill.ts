/** kill -9 and SIGTERM at random instants of a chain of revisions on PostgreSQL, and servers that crash under it. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Bench, must, type Run, type Scenario } from "./support/bench.js";
import { type Ended, runCli, startCli, tell } from "./support/cli.js";
import { type Chain, openChain, type Way } from "./support/postgres-chain.js";
import { postgresState, untilAlone, withClient } from "./support/postgres-state.js";
import { BEGUN } from "./support/sqlite-family.js";

const ROWS = 8_000;

export const postgresKill: Scenario = {
  name: "postgres-kill",
  title: "PostgreSQL: kill -9 in transactions, concurrent index, NOT VALID and VALIDATE, backfill, up and down",
  run: (bench) => stopAtRandom(bench, "SIGKILL", 500),
};

export const postgresTerminate: Scenario = {
  name: "postgres-terminate",
  title: "PostgreSQL: SIGTERM in the same chain",
  run: (bench) => stopAtRandom(bench, "SIGTERM", 100),
};

export const postgresCrash: Scenario = {
  name: "postgres-crash",
  title: "PostgreSQL: the server stopped with `immediate` in the same chain",
  async run(bench) {
    const chain = await openChain(bench, ROWS);
    const server = await bench.server();
    const usual = await usualTime(chain);
    // One at a time: it is the server of all.
    await bench.series("crash", bench.count(60, 2), (run) => oneCrash(bench, chain, server, usual, run), 1);
  },
};

async function stopAtRandom(bench: Bench, signal: "SIGKILL" | "SIGTERM", full: number): Promise<void> {
  const chain = await openChain(bench, ROWS);
  const usual = await usualTime(chain);
  await bench.series("stop", bench.count(full, 2), (run) => oneStop(bench, chain, usual, signal, run));
}

/** Milliseconds of a run from its first revision at work to its end. */
async function usualTime(chain: Chain): Promise<number> {
  const url = await chain.open("up", "usual");
  const started = startCli(chain.arguments("up"), { cwd: chain.folder, url });
  await started.says(BEGUN);
  const begun = performance.now();
  must((await started.ended).code === 0, "the usual run fails");
  return performance.now() - begun;
}

async function oneStop(
  bench: Bench,
  chain: Chain,
  usual: number,
  signal: "SIGKILL" | "SIGTERM",
  { index, random, lane }: Run,
): Promise<void> {
  const way: Way = index % 3 === 2 ? "down" : "up";
  const url = await chain.open(way, `run_${lane}`);
  const started = startCli(chain.arguments(way), { cwd: chain.folder, url });
  if (way === "up" && random.chance(0.85)) await started.says(BEGUN);
  await sleep(random.fraction() * usual * 1.1);
  started.child.kill(signal);
  const stopped = await started.ended;
  must(!stopped.hung, "the stopped process hangs");
  if (signal === "SIGTERM") {
    must(stopped.code === 0 || stopped.code === 143 || stopped.signal === "SIGTERM", tell(stopped));
  }
  // Half of the time somebody looks before the server has noticed; the next run must cope with both.
  if (random.chance(0.5)) {
    must(await untilAlone(url), "the server still works for a client that is gone");
    await lookBetween(bench, chain, url, way, stopped);
  }
  await finish(chain, url, way);
}

async function lookBetween(bench: Bench, chain: Chain, url: string, way: Way, stopped: Ended): Promise<void> {
  const between = await withClient(url, postgresState);
  const wrong = chain.wrong(between, way);
  must(wrong === null, `after the stop: ${wrong}`);
  const [head] = between.heads;
  bench.note(head === chain.start(way) ? "at the start" : head === chain.goal(way) ? "at the end" : "between");
  if (between.invalid.length > 0) bench.note("invalid index or constraint left behind");
  must(stopped.code !== 0 || head === chain.goal(way), `it ended with 0 at ${head}`);
  const current = await runCli(["current", "--json"], { cwd: chain.folder, url });
  must(current.code === 0, `current: ${tell(current)}`);
  must(JSON.parse(current.stdout).current.join() === head, `current says ${current.stdout}, it is at ${head}`);
}

/** The same command again, with nobody's help. */
async function finish(chain: Chain, url: string, way: Way): Promise<void> {
  const again = await runCli(chain.arguments(way), { cwd: chain.folder, url });
  must(again.code === 0, `the second run: ${tell(again)}`);
  const wrong = chain.wrongEnd(await withClient(url, postgresState), way);
  must(wrong === null, `after the second run: ${wrong}`);
}

async function oneCrash(
  bench: Bench,
  chain: Chain,
  server: { crash(): Promise<void>; restart(): Promise<void> },
  usual: number,
  { index, random }: Run,
): Promise<void> {
  const way: Way = index % 3 === 2 ? "down" : "up";
  const url = await chain.open(way, "crash");
  const started = startCli(chain.arguments(way), { cwd: chain.folder, url });
  if (way === "up") await started.says(BEGUN);
  await sleep(random.fraction() * usual);
  await server.crash();
  // A run that lost the answer to its COMMIT asks again for a while; half of them find the server, half do not.
  const comesBackSoon = random.chance(0.5);
  if (comesBackSoon) await server.restart();
  const stopped = await started.ended;
  if (!comesBackSoon) await server.restart();
  must(!stopped.hung, "the run hangs");
  const head = await withClient(url, async (client) => (await postgresState(client)).heads[0]);
  const isAtGoal = head === chain.goal(way);
  must(stopped.code !== 0 || isAtGoal, `it ended with 0 at ${head}`);
  must(stopped.code === 0 || stopped.code === 4 || stopped.code === 5, tell(stopped));
  must(stopped.code === 0 || stopped.stderr.includes("error: "), `no word of it: ${tell(stopped)}`);
  await lookBetween(bench, chain, url, way, stopped);
  await finish(chain, url, way);
}
