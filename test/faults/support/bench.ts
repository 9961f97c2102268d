/** What a scenario gets: chance, folders, a server, and the book in which its runs are counted. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PostgresServer, startPostgresServer } from "../../support/postgres-server.js";
import { createRandom, type Random } from "./random.js";

export interface Scenario {
  /** What `--only` says. */
  readonly name: string;
  readonly title: string;
  run(bench: Bench): Promise<void>;
}

export interface BenchOptions {
  readonly scenario: string;
  readonly seed: string;
  readonly scale: number;
  readonly jobs: number;
  /** Only this run of each series. */
  readonly onlyRun: number | undefined;
}

/** One run: its number within the series, chance of its own, and which of the lanes it is in. */
export interface Run {
  readonly index: number;
  readonly random: Random;
  readonly lane: number;
}

/** As in production, except that the machine does not lose its memory: nothing here cuts its power. */
const SERVER_SETTINGS = ["synchronous_commit=on", "full_page_writes=on", "max_connections=300", "wal_level=replica"];
const SHOWN_FAILURES = 20;

export class Bench {
  passed = 0;
  failed = 0;
  readonly failures: string[] = [];
  readonly skips: string[] = [];
  readonly notes = new Map<string, number>();
  readonly options: BenchOptions;
  readonly #cleanUp: (() => Promise<void> | void)[] = [];
  #server: Promise<PostgresServer> | undefined;

  constructor(options: BenchOptions) {
    this.options = options;
  }

  /** How many runs there are at this scale; at least `least`. */
  count(full: number, least = 1): number {
    return Math.max(Math.min(full, least), Math.round(full * this.options.scale));
  }

  random(part: string | number): Random {
    return createRandom(`${this.options.seed}/${this.options.scenario}/${part}`);
  }

  /** Counts something that happened, for the table. */
  note(what: string, times = 1): void {
    this.notes.set(what, (this.notes.get(what) ?? 0) + times);
  }

  /** Says aloud what was left out. */
  skip(what: string): void {
    this.skips.push(what);
    console.log(`  left out: ${what}`);
  }

  fail(what: string): void {
    this.failed++;
    if (this.failures.push(what) <= SHOWN_FAILURES) console.log(`  FAILED ${what}`);
  }

  /** Runs of one kind, several at a time; one that throws has failed. */
  async series(
    name: string,
    count: number,
    work: (run: Run) => Promise<void>,
    jobs = this.options.jobs,
  ): Promise<void> {
    const { onlyRun } = this.options;
    const indexes = Array.from({ length: count }, (_, index) => index).filter((at) => (onlyRun ?? at) === at);
    let next = 0;
    const lane = async (number: number) => {
      while (next < indexes.length) {
        const index = indexes[next++]!;
        try {
          await work({ index, random: this.random(`${name}/${index}`), lane: number });
          this.passed++;
        } catch (error) {
          this.fail(`${name}, run ${index}: ${(error as Error).message ?? error}`);
        }
      }
    };
    await Promise.all(Array.from({ length: jobs }, (_, number) => lane(number)));
  }

  /** A folder that goes when the scenario is over. */
  folder(name: string): string {
    const folder = mkdtempSync(join(tmpdir(), `tsmigrate-faults-${name}-`));
    mkdirSync(folder, { recursive: true });
    this.onEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));
    return folder;
  }

  /** One server a scenario. */
  server(): Promise<PostgresServer> {
    if (this.#server === undefined) {
      const started = startPostgresServer(undefined, SERVER_SETTINGS);
      this.#server = started;
      this.onEnd(async () => (await started).stop());
    }
    return this.#server;
  }

  onEnd(work: () => Promise<void> | void): void {
    this.#cleanUp.push(work);
  }

  async close(): Promise<void> {
    for (const work of this.#cleanUp.reverse()) await work();
  }
}

/** @throws Error with `what`, unless `holds`. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}
