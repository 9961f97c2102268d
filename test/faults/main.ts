/** Runs the scenarios one after the other and prints what came of them. */
import { parseArgs } from "node:util";
import { scenarios } from "./scenarios.js";
import { Bench, type Scenario } from "./support/bench.js";

const HELP = `npm run test:faults -- [options]

  --scale <n>      a part of the full figures: 0.1 runs a tenth (env TSMIGRATE_FAULTS_SCALE; 1)
  --seed <text>    repeats a run (env TSMIGRATE_FAULTS_SEED; by chance)
  --only <names>   some scenarios, separated by commas
  --run <n>        only this run of each series, as a failure names it
  --jobs <n>       runs at a time (2)
  --list           the scenarios
`;

/** Gives the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      scale: { type: "string", default: process.env.TSMIGRATE_FAULTS_SCALE ?? "1" },
      seed: { type: "string", default: process.env.TSMIGRATE_FAULTS_SEED ?? String(Math.floor(Math.random() * 1e9)) },
      only: { type: "string" },
      run: { type: "string" },
      jobs: { type: "string", default: "2" },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help || values.list) {
    console.log(values.help ? HELP : scenarios.map(({ name, title }) => `${name.padEnd(20)} ${title}`).join("\n"));
    return 0;
  }
  const names = values.only?.split(",") ?? scenarios.map(({ name }) => name);
  const unknown = names.filter((name) => !scenarios.some((scenario) => scenario.name === name));
  const scale = Number(values.scale);
  if (unknown.length > 0 || !(scale > 0)) {
    console.error(`error: ${unknown.length > 0 ? `no scenario '${unknown.join("', '")}'` : "--scale is a number"}`);
    return 2;
  }
  console.log(`seed ${values.seed}, scale ${scale}`);
  const finished: [Scenario, Bench][] = [];
  for (const scenario of scenarios.filter(({ name }) => names.includes(name))) {
    const onlyRun = values.run === undefined ? undefined : Number(values.run);
    const options = { scenario: scenario.name, seed: values.seed, scale, jobs: Number(values.jobs), onlyRun };
    finished.push([scenario, await runScenario(scenario, new Bench(options))]);
  }
  printTable(finished);
  const total = (of: (bench: Bench) => number) => finished.reduce((sum, [, bench]) => sum + of(bench), 0);
  const failed = total((bench) => bench.failed);
  if (failed > 0)
    console.log(`\nRepeat with \`npm run test:faults -- --seed ${values.seed} --scale ${scale} --only …\`.`);
  console.log(`\n${total((bench) => bench.passed)} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function runScenario(scenario: Scenario, bench: Bench): Promise<Bench> {
  const started = performance.now();
  console.log(`\n== ${scenario.name}: ${scenario.title}`);
  try {
    await scenario.run(bench);
  } catch (error) {
    bench.fail(`it could not be run: ${(error as Error).stack}`);
  } finally {
    await bench.close();
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`  ${bench.passed} passed, ${bench.failed} failed, ${seconds} s${noted(bench, "; ")}`);
  return bench;
}

function noted(bench: Bench, before: string): string {
  const notes = [...bench.notes].map(([what, times]) => `${what} ${times}`).join(", ");
  return notes === "" ? "" : `${before}${notes}`;
}

function printTable(finished: readonly (readonly [Scenario, Bench])[]): void {
  console.log("\n| what | runs | wrong | seen on the way |\n|---|---|---|---|");
  for (const [{ title }, bench] of finished) {
    const left = bench.skips.map((what) => `; left out: ${what}`).join("");
    console.log(`| ${title} | ${bench.passed + bench.failed} | ${bench.failed} | ${noted(bench, "")}${left} |`);
  }
}
