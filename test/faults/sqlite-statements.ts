/** Every statement of a run on SQLite is the one that fails once; and the disk is full at every size. */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Bench, must, type Scenario } from "./support/bench.js";
import { type Ended, runCli, tell } from "./support/cli.js";
import { type DriverFault, installFaultyDriver } from "./support/faulty-driver.js";
import { FAMILY_CHAIN, type Family, type JournalMode, openFamily, sqliteUrl } from "./support/sqlite-family.js";
import { copyDatabase, removeDatabase, stateOf, stateOfCopy } from "./support/sqlite-state.js";

const [BOTTOM] = FAMILY_CHAIN;
const TOP = FAMILY_CHAIN.at(-1)!;

type Way = "up" | "down";
const argumentsOf = (way: Way): readonly string[] => (way === "up" ? ["upgrade"] : ["downgrade", BOTTOM]);
const goalOf = (way: Way): string => (way === "up" ? TOP : BOTTOM);

export const sqliteStatements: Scenario = {
  name: "sqlite-statements",
  title: "SQLite: the k-th statement fails, every k, when prepared and when run, up and down",
  async run(bench) {
    const family = await openFamily(bench.folder("statements"), 40);
    installFaultyDriver(family.folder);
    for (const way of ["up", "down"] as const) {
      const total = await countStatements(family, way);
      for (const moment of ["prepare", "run"] as const) {
        const runs = bench.count(total, 3);
        await bench.series(`${way}, ${moment}`, runs, async ({ index, lane }) => {
          const number = Math.min(total, Math.ceil(((index + 1) * total) / runs));
          const fault = { FAULT_STATEMENT: String(number), FAULT_MOMENT: moment };
          await oneFault(bench, family, way, "delete", `run-${lane}.db`, `at ${number} of ${total}`, fault);
        });
      }
    }
  },
};

export const diskFull: Scenario = {
  name: "disk-full",
  title: "SQLite: the disk is full (no page more, or a small file system), rollback journal and WAL, up and down",
  async run(bench) {
    const family = await openFamily(bench.folder("full"), 1_500);
    installFaultyDriver(family.folder);
    await bench.series("no page more", bench.count(120, 2), async ({ index, lane, random }) => {
      const way: Way = index % 4 < 2 ? "up" : "down";
      const mode: JournalMode = index % 2 === 0 ? "delete" : "wal";
      const pages = random.integer(0, 60);
      const fault = { FAULT_PAGES: String(pages) };
      await oneFault(bench, family, way, mode, `run-${lane}.db`, `${pages} pages more, ${mode}`, fault);
    });
    await onSmallFileSystems(bench, family);
  },
};

/** A file system in memory that a database just fits into, with some room for what SQLite writes beside it. */
async function onSmallFileSystems(bench: Bench, family: Family): Promise<void> {
  const folder = join(bench.folder("small"), "disk");
  mkdirSync(folder);
  const mount = (bytes: number) =>
    spawnSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder]).status === 0;
  if (process.platform !== "linux" || !mount(1 << 20)) {
    bench.skip("a small file system needs the right to mount one");
    return;
  }
  const unmount = () => execFileSync("umount", [folder]);
  unmount();
  await bench.series(
    "a small file system",
    bench.count(60, 2),
    async ({ index, random }) => {
      const way: Way = index % 4 < 2 ? "up" : "down";
      const mode: JournalMode = index % 2 === 0 ? "delete" : "wal";
      const template = family.template(mode, way === "up" ? "bottom" : "top");
      const room = 16_384 + random.integer(0, 400_000);
      must(mount(statSync(template).size + room), "it cannot be mounted");
      try {
        const file = join(folder, "small.db");
        copyFileSync(template, file);
        const ended = await runCli(argumentsOf(way), { cwd: family.folder, url: sqliteUrl(file) });
        // What is left is looked at where there is room, and gone on with there.
        const roomy = join(family.folder, "roomy.db");
        removeDatabase(roomy);
        for (const side of ["", "-journal", "-wal"]) copyIfThere(`${file}${side}`, `${roomy}${side}`);
        await judge(bench, family, way, roomy, `${room} bytes of room, ${mode}`, ended);
      } finally {
        unmount();
      }
    },
    1,
  );
}

function copyIfThere(from: string, to: string): void {
  if (statSync(from, { throwIfNoEntry: false }) !== undefined) copyFileSync(from, to);
}

async function countStatements(family: Family, way: Way): Promise<number> {
  const file = join(family.folder, "count.db");
  const counted = join(family.folder, "count");
  copyDatabase(family.template("delete", way === "up" ? "bottom" : "top"), file);
  const env = { FAULT_COUNT_FILE: counted };
  const ended = await runCli(argumentsOf(way), { cwd: family.folder, url: sqliteUrl(file), env });
  must(ended.code === 0, tell(ended));
  removeDatabase(file);
  return Number(readFileSync(counted, "utf8"));
}

async function oneFault(
  bench: Bench,
  family: Family,
  way: Way,
  mode: JournalMode,
  name: string,
  where: string,
  fault: DriverFault,
): Promise<void> {
  const file = join(family.folder, name);
  copyDatabase(family.template(mode, way === "up" ? "bottom" : "top"), file);
  const env = { ...fault } as Record<string, string>;
  const ended = await runCli(argumentsOf(way), { cwd: family.folder, url: sqliteUrl(file), env });
  await judge(bench, family, way, file, where, ended);
  removeDatabase(file);
}

async function judge(bench: Bench, family: Family, way: Way, file: string, where: string, ended: Ended): Promise<void> {
  const state = stateOfCopy(file);
  const wrong = family.wrong(state, way);
  must(wrong === null, `${where}: ${wrong}; it had said ${tell(ended)}`);
  const [head] = state.heads;
  const lie = untrue(way, ended, head!);
  must(lie === null, `${where}: ${lie}: ${tell(ended)}`);
  bench.note(ended.code === 0 ? "went through all the same" : "reported as failed");
  const again = await runCli(argumentsOf(way), { cwd: family.folder, url: sqliteUrl(file) });
  must(again.code === 0, `${where}: the second run: ${tell(again)}; the first: ${tell(ended)}`);
  const final = stateOf(file);
  const finallyWrong = family.wrong(final, way);
  must(finallyWrong === null && final.heads[0] === goalOf(way), `${where}: after the second run: ${finallyWrong}`);
}

/** What a run said that is not so. */
export function untrue(way: Way, ended: Ended, head: string): string | null {
  if (ended.hung || ended.signal !== null) return "it did not end by itself";
  if (ended.code === 0) return head === goalOf(way) ? null : `it ended with 0 at ${head}`;
  if (!ended.stderr.includes("error: ")) return "it failed without a word";
  if (ended.code === null || ![4, 5, 6].includes(ended.code)) return "an exit code that does not fit";
  const saysStill = /still at (?:base|'(\w+)')/.exec(ended.stderr);
  if (saysStill !== null && (saysStill[1] ?? "base") !== head) return `it is at ${head}`;
  const steps = [...ended.stderr.matchAll(/✔ (?:upgrade|downgrade) (\S+) -> ([^\s,]+)/g)];
  const said = steps.at(-1)?.[2] ?? goalOf(way === "up" ? "down" : "up");
  return said === head ? null : `its last word was ${said}, and it is at ${head}`;
}
