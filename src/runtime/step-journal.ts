/**
 * Which steps of a revision an earlier run has done already, and the record of those that this one does.
 *
 * A revision that is one transaction is one step, written into the ledger by that transaction. Where it is cut (an
 * autocommit block, a revision that runs outside a transaction), every transaction and every statement outside one is a
 * step of its own. A run that was stopped in the middle is gone on with: the revision's function runs from its
 * beginning, and what the ledger says is done is left out. Each step carries a hash of its operations, so that a file
 * edited meanwhile is found out rather than half of it skipped.
 */
import { QueryError, StepChangedError } from "../errors.js";
import type { RevisionStep } from "../revisions/revision.js";
import type { KeptSource } from "../util/source-text.js";
import type { Ledger, LedgerEntry, NewLedgerEntry } from "./ledger.js";
import { hashPlan } from "./plan-hash.js";

export type EarlierEntry = Pick<LedgerEntry, "id" | "direction" | "step" | "state" | "what" | "planHash" | "cursor">;

export interface StepJournalOptions {
  readonly ledger: Ledger;
  readonly step: RevisionStep;
  /** What the ledger holds of this revision since it was last ended, oldest first. */
  readonly open: readonly EarlierEntry[];
  readonly generation: number;
  /** Told of each step that is done and committed. */
  readonly onWritten?: (entry: EarlierEntry) => void;
  /** Writes of the ledger outside a transaction that must happen all or not at all. */
  readonly together: (work: () => Promise<void>) => Promise<void>;
  /** ISO 8601. */
  readonly today: () => string;
  /** Milliseconds. */
  readonly now: () => number;
}

/** What became of a statement outside a transaction in an earlier run; one that failed is as if it had never been. */
export type EarlierStep = "done" | "interrupted" | null;

export interface StepProgress {
  /** What an earlier run saved last; null at the beginning. */
  readonly cursor: string | null;
  /** To be called in the transaction whose work it tells of. */
  save(cursor: string): Promise<void>;
}

/** Another run is at the same step at this moment. */
export class StepTaken extends Error {
  override readonly name = "StepTaken";
}

interface Noted {
  readonly texts: string[];
  readonly words: string[];
}

const WHAT_LENGTH = 300;
/** More rows than other runs add while one connection is made again. */
const NEWEST = 100;

export class StepJournal {
  readonly #options: StepJournalOptions;
  readonly #earlier: ReadonlyMap<number, EarlierEntry>;
  readonly #started: number;
  #number = 1;
  #noted: Noted = { texts: [], words: [] };
  #stepStarted: number;
  #isOnRecord = false;
  /** Of the open transaction. */
  #uncommitted: EarlierEntry[] = [];

  constructor(options: StepJournalOptions) {
    this.#options = options;
    const known = options.open.filter(
      ({ state, direction }) => direction === options.step.direction && (state === "done" || state === "running"),
    );
    this.#earlier = new Map(known.map((entry) => [entry.step, entry]));
    this.#started = options.now();
    this.#stepStarted = this.#started;
  }

  get revision(): string {
    return this.#options.step.revision.id;
  }

  /** Of the step that is running or comes next. */
  get number(): number {
    return this.#number;
  }

  /** Has this run written about the revision itself, beyond what may have been rolled back? */
  get hasWritten(): boolean {
    return this.#isOnRecord || this.#number > 1;
  }

  /** Was the transaction that the operations now come from committed by an earlier run? Then they are left out. */
  get isDone(): boolean {
    return this.#earlier.get(this.#number)?.state === "done";
  }

  /** An operation, or a statement of the user's own, of the transaction that is open. */
  note(text: string, words: string): void {
    this.#noted.texts.push(text);
    this.#noted.words.push(words);
  }

  /** The open transaction is about to be committed. `completes`: the version table moves with it. */
  async end(completes: boolean, source: KeptSource | null = null): Promise<void> {
    const noted = this.#noted;
    this.#noted = { texts: [], words: [] };
    if (noted.texts.length === 0 && !completes) return;
    const earlier = this.#earlier.get(this.#number);
    const planHash = hashPlan(noted.texts);
    if (earlier !== undefined && earlier.state === "done") {
      this.#refuseChange(earlier, planHash);
      this.#number++;
      // The last transaction of an earlier run would have ended the revision.
      if (completes) await this.end(true, source);
      return;
    }
    const entry: NewLedgerEntry = { ...this.#entry(noted, planHash), completes, source, state: "done" };
    await this.#add(entry);
    this.#uncommitted.push({ ...entry, id: -1 });
    this.#number++;
    this.#stepStarted = this.#options.now();
  }

  /** Is what {@link end} has written last in the ledger for good? */
  async isWritten(): Promise<boolean> {
    const written = this.#uncommitted.at(-1);
    if (written === undefined) return true;
    const { ledger, generation } = this.#options;
    const newest = await ledger.read({ limit: NEWEST });
    return newest.some(
      (entry) =>
        entry.revision === this.revision &&
        entry.direction === written.direction &&
        entry.step === written.step &&
        entry.generation === generation &&
        entry.state === "done",
    );
  }

  /** The transaction was committed. */
  committed(): void {
    for (const entry of this.#uncommitted) this.#options.onWritten?.(entry);
    this.#uncommitted = [];
  }

  /** The transaction was rolled back before its end, and its operations come again. */
  rolledBack(): void {
    this.#noted = { texts: [], words: [] };
    this.#uncommitted = [];
  }

  /** A statement outside a transaction begins; gives what an earlier run made of it. */
  earlierStep(text: string): EarlierStep {
    const earlier = this.#earlier.get(this.#number);
    if (earlier === undefined) return null;
    this.#refuseChange(earlier, hashPlan([text]));
    return earlier.state === "done" ? "done" : "interrupted";
  }

  /** An earlier run has done this statement. */
  async skip(): Promise<void> {
    const earlier = this.#earlier.get(this.#number);
    if (earlier !== undefined && earlier.state !== "done") {
      await this.#options.ledger.settle(earlier.id, { state: "done", milliseconds: null, error: null });
    }
    this.#number++;
  }

  /**
   * Runs a statement outside a transaction as a step: on record before it runs, settled afterwards. `isAtomic`: did
   * nothing happen when it fails? Otherwise a failure leaves it as a run that was stopped would.
   *
   * Work of many transactions saves a cursor in each of them, and is given the last one when it is run again.
   */
  async around<T>(
    text: string,
    words: string,
    isAtomic: boolean,
    work: (progress: StepProgress) => Promise<T>,
  ): Promise<T> {
    const { ledger, now } = this.#options;
    const started = now();
    this.#stepStarted = started;
    const earlier = this.#earlier.get(this.#number);
    const entry = this.#entry({ texts: [text], words: [words] }, hashPlan([text]));
    const cursor = earlier?.cursor ?? null;
    const begin = () => this.#add({ ...entry, state: "running", milliseconds: null, cursor });
    if (earlier === undefined) await begin();
    else {
      // Both or none: between the two nothing would tell how far the step had come.
      await this.#options.together(async () => {
        await ledger.settle(earlier.id, { state: "failed", milliseconds: null, error: "interrupted" });
        await begin();
      });
    }
    const id = await ledger.find(entry);
    let result: T;
    try {
      result = await work({ cursor, save: (next) => ledger.saveCursor(id!, next) });
    } catch (error) {
      // What broke the statement may have broken the connection as well; then the step stays as one that was stopped.
      this.#isOnRecord = true;
      await this.#settle(id, isAtomic ? "failed" : "running", started, codeOf(error)).catch(() => {});
      throw error;
    }
    try {
      await this.#settle(id, "done", started, null);
    } catch (error) {
      // What this run has written must not be taken for the work of another, whose end would be waited for.
      this.#isOnRecord = true;
      throw error;
    }
    this.#options.onWritten?.({ ...entry, id: id ?? -1, state: "done" });
    this.#number++;
    return result;
  }

  /** The revision failed in a transaction that was rolled back: on record, and nothing to repair. */
  async failed(error: unknown): Promise<void> {
    if (this.#isOnRecord) return;
    const { ledger } = this.#options;
    const entry = this.#entry(this.#noted, hashPlan(this.#noted.texts));
    await ledger.add([{ ...entry, state: "failed", error: codeOf(error) }]);
  }

  async #add(entry: NewLedgerEntry): Promise<void> {
    try {
      await this.#options.ledger.add([entry]);
    } catch (error) {
      if (error instanceof QueryError && /23505|UNIQUE/.test(error.sqlState ?? "")) throw new StepTaken();
      throw error;
    }
  }

  async #settle(
    id: number | null,
    state: "done" | "failed" | "running",
    started: number,
    error: string | null,
  ): Promise<void> {
    const { ledger, now } = this.#options;
    if (id !== null) await ledger.settle(id, { state, milliseconds: Math.round(now() - started), error });
  }

  #entry({ words }: Noted, planHash: string): NewLedgerEntry {
    const { step, today, now } = this.#options;
    const what = words.join("; ");
    return {
      revision: step.revision.id,
      direction: step.direction,
      step: this.#number,
      generation: this.#options.generation,
      completes: false,
      state: "done",
      what: what.length > WHAT_LENGTH ? `${what.slice(0, WHAT_LENGTH - 1)}…` : what,
      planHash,
      source: null,
      startedAt: today(),
      milliseconds: Math.round(now() - this.#stepStarted),
      error: null,
      cursor: null,
    };
  }

  #refuseChange(earlier: EarlierEntry, planHash: string): void {
    if (earlier.planHash === null || earlier.planHash === planHash) return;
    const { revision, direction } = this.#options.step;
    throw new StepChangedError(
      `${direction} of '${revision.id}' was stopped after its step ${earlier.step} (${earlier.what}), and the file does not say that step any more`,
      {
        revision: revision.id,
        step: earlier.step,
        hint: `Put the revision back as it was and run it again; or finish by hand and run \`tsmigrate stamp\`.`,
      },
    );
  }
}

/** A code of ours or of the database; messages hold data. */
function codeOf(error: unknown): string {
  const { sqlState, code } = (error ?? {}) as { readonly sqlState?: unknown; readonly code?: unknown };
  for (const text of [sqlState, code]) if (typeof text === "string" && /^[\w-]{1,60}$/.test(text)) return text;
  return error instanceof Error ? error.name : "unknown";
}
