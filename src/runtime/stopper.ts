/** Stopping a run from outside: between statements at once, inside one by asking the database to cancel it. */
import type { Connection } from "../dialects/dialect.js";
import { InterruptedError } from "../errors.js";

export class Stopper {
  readonly #signal: AbortSignal | undefined;
  #stopping = false;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    if (signal?.aborted) this.#stopping = true;
  }

  /** Cancels what runs on the connection when the signal comes. Gives the function that ends it. */
  watch(connection: Connection): () => void {
    const stop = () => {
      this.#stopping = true;
      void connection.cancel().catch(() => {});
    };
    this.#signal?.addEventListener("abort", stop);
    return () => this.#signal?.removeEventListener("abort", stop);
  }

  /** Waits for `work`, or until the run is to stop: then what it gives in the end is undone, and nobody waits for it. */
  async orStop<T>(work: Promise<T>, undo: (value: T) => Promise<void> = async () => {}): Promise<T> {
    const signal = this.#signal;
    if (signal === undefined) return work;
    let listen = () => {};
    const stopped = new Promise<null>((resolve) => {
      listen = () => resolve(null);
      signal.addEventListener("abort", listen);
      if (signal.aborted) listen();
    });
    try {
      const first = await Promise.race([work.then((value) => ({ value })), stopped]);
      if (first !== null) return first.value;
      work.then(undo).catch(() => {});
      this.#stopping = true;
      throw this.reason;
    } finally {
      signal.removeEventListener("abort", listen);
    }
  }

  /** @throws InterruptedError */
  stopIfAsked(): void {
    const { reason } = this;
    if (reason !== null) throw reason;
  }

  /** The error to end with, or null while nobody asked. */
  get reason(): InterruptedError | null {
    if (!this.#stopping) return null;
    const reason: unknown = this.#signal?.reason;
    if (reason instanceof InterruptedError) return reason;
    return new InterruptedError("the run was stopped", { exitCode: 130, cause: reason });
  }
}
