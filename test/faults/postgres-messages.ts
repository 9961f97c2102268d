/** Every message of a run is where the network breaks once, and every statement is the one that fails once. */
import { type Bench, must, type Run, type Scenario } from "./support/bench.js";
import { type Ended, runCli, tell } from "./support/cli.js";
import { type Chain, openChain, type Way } from "./support/postgres-chain.js";
import { type Fate, type Message, type MessageProxy, startProxy } from "./support/postgres-proxy.js";
import { databaseUrl, postgresState, untilAlone, withClient } from "./support/postgres-state.js";

const ROWS = 60;

export const networkCuts: Scenario = {
  name: "network-cuts",
  title: "PostgreSQL: the connection cut at every protocol message, both directions, up and down",
  async run(bench) {
    const chain = await openChain(bench, ROWS);
    for (const way of ["up", "down"] as const) {
      // By turns one connection is cut, or all of them, as when the network is gone.
      const cut = (number: number) => (number % 2 === 0 ? "cut" : "cutAll");
      const at = (wanted: number) => (message: Message) => (message.number === wanted ? cut(wanted) : "pass");
      await everyOne(bench, chain, way, way, at);
    }
  },
};

export const postgresStatements: Scenario = {
  name: "postgres-statements",
  title: "PostgreSQL: the k-th statement fails, every k, up and down",
  async run(bench) {
    const chain = await openChain(bench, ROWS);
    for (const way of ["up", "down"] as const) {
      await everyOne(bench, chain, way, way, failingStatement, (message) => message.sql !== undefined);
    }
  },
};

/** A syntax error in place of the k-th statement. */
function failingStatement(wanted: number): (message: Message) => Fate {
  let statement = 0;
  return ({ sql }) => {
    if (sql === undefined) return "pass";
    statement++;
    return statement === wanted ? { sql: "SELECT this statement fails" } : "pass";
  };
}

/** Counts the messages of an undisturbed run, and disturbs the first, the second, … until the last. */
async function everyOne(
  bench: Bench,
  chain: Chain,
  name: string,
  way: Way,
  disturb: (number: number) => (message: Message) => Fate,
  counts: (message: Message) => boolean = () => true,
): Promise<void> {
  let total = 0;
  const count = (message: Message): Fate => {
    if (counts(message)) total++;
    return "pass";
  };
  await throughProxy(chain, way, "counting", count, async ({ url }) => {
    const ended = await runCli(chain.arguments(way), { cwd: chain.folder, url });
    must(ended.code === 0, tell(ended));
  });
  // A smaller scale takes evenly spaced ones.
  const runs = bench.count(total, 3);
  await bench.series(name, runs, async (run) => {
    const number = Math.min(total, Math.ceil(((run.index + 1) * total) / runs));
    await throughProxy(chain, way, `messages_${run.lane}`, disturb(number), async (through) => {
      await oneDisturbance(bench, chain, way, `at ${number} of ${total}`, through, run);
    });
  });
}

interface Through {
  readonly url: string;
  readonly direct: string;
}

async function throughProxy(
  chain: Chain,
  way: Way,
  name: string,
  decide: (message: Message) => Fate,
  use: (through: Through) => Promise<void>,
): Promise<void> {
  await chain.open(way, name);
  let proxy: MessageProxy | undefined;
  try {
    proxy = await startProxy(chain.serverUrl, decide);
    await use({ url: proxy.url(name), direct: databaseUrl(chain.serverUrl, name) });
  } finally {
    await proxy?.close();
  }
}

async function oneDisturbance(
  bench: Bench,
  chain: Chain,
  way: Way,
  where: string,
  { url, direct }: Through,
  _run: Run,
): Promise<void> {
  const ended = await runCli(chain.arguments(way), { cwd: chain.folder, url });
  must(!ended.hung, `${where}: it hangs`);
  must(await untilAlone(direct), `${where}: the server still works`);
  const state = await withClient(direct, postgresState);
  const wrong = chain.wrong(state, way);
  must(wrong === null, `${where}: ${wrong}; it had said ${tell(ended)}`);
  const lie = untrue(chain, way, ended, state.heads[0]!);
  must(lie === null, `${where}: ${lie}: ${tell(ended)}`);
  bench.note(ended.code === 0 ? "went through all the same" : "reported as failed");
  const again = await runCli(chain.arguments(way), { cwd: chain.folder, url: direct });
  must(again.code === 0, `${where}: the second run: ${tell(again)}; the first: ${tell(ended)}`);
  const wrongEnd = chain.wrongEnd(await withClient(direct, postgresState), way);
  must(wrongEnd === null, `${where}: after the second run: ${wrongEnd}; the first: ${tell(ended)}`);
}

/** What a run said that is not so. */
function untrue(chain: Chain, way: Way, ended: Ended, head: string): string | null {
  if (ended.code === 0) return head === chain.goal(way) ? null : `it ended with 0 at ${head}`;
  if (!ended.stderr.includes("error: ")) return "it failed without a word";
  if (![4, 5].includes(ended.code ?? -1)) return "an exit code that does not fit";
  const saysStill = /still at (?:base|'(\w+)')/.exec(ended.stderr);
  if (saysStill !== null && (saysStill[1] ?? "base") !== head) return `it is at ${head}`;
  if (/is not known/.test(ended.stderr)) return null;
  const steps = [...ended.stderr.matchAll(/✔ (?:upgrade|downgrade) (\S+) -> ([^\s,]+)/g)];
  const said = steps.at(-1)?.[2] ?? chain.start(way);
  return said === head ? null : `its last word was ${said}, and it is at ${head}`;
}
