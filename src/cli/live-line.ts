/** What is being done, for people who wait: one line that lives on a terminal, a quiet line now and then elsewhere. */
import type { Ora } from "ora";
import type { Stream } from "./reporter.js";

export interface LiveLine {
  /** A new piece of work. */
  begin(text: string): void;
  /** The same, further on. */
  update(text: string): void;
  /** Nothing is being done. */
  end(): void;
  /** Writes something else on the stream, without the two getting mixed up. */
  aside(write: () => void): void;
  close(): void;
}

export interface LiveLineOptions {
  readonly stream: Stream;
  /** Writes a line on the stream. */
  readonly write: (line: string) => void;
  /** Between two lines where there is no terminal. */
  readonly everyMilliseconds?: number;
}

const LINE_EVERY = 10_000;
const TICK = 1_000;
/** What is soon done need not say how long it takes. */
const QUIET_SECONDS = 3;

export const NO_LIVE_LINE: LiveLine = {
  begin() {},
  update() {},
  end() {},
  aside: (write) => write(),
  close() {},
};

export function createLiveLine(options: LiveLineOptions): LiveLine {
  // A terminal without a width (a pseudo terminal that nobody has sized) has no place for a line to be drawn again.
  const isTerminal = options.stream.isTTY === true && options.stream.columns !== 0;
  const show = isTerminal ? onTerminal(options.stream) : inLines(options);
  const every = isTerminal ? TICK : (options.everyMilliseconds ?? LINE_EVERY);
  let text: string | null = null;
  let started = 0;
  let timer: NodeJS.Timeout | undefined;
  const withTime = () => {
    const seconds = Math.floor((performance.now() - started) / 1000);
    return seconds < QUIET_SECONDS && isTerminal ? text! : `${text!} (${seconds} s)`;
  };
  const end = () => {
    clearInterval(timer);
    timer = undefined;
    text = null;
    show.hide();
  };
  const update = (next: string) => {
    if (text === null) started = performance.now();
    text = next;
    show.changed(withTime);
    timer ??= setInterval(() => show.tick(withTime), every).unref();
  };
  return {
    begin(next) {
      text = null;
      update(next);
    },
    update,
    end,
    aside: (write) => show.aside(write),
    close() {
      end();
      show.close();
    },
  };
}

interface Shown {
  changed(text: () => string): void;
  tick(text: () => string): void;
  hide(): void;
  aside(write: () => void): void;
  close(): void;
}

function inLines({ write }: LiveLineOptions): Shown {
  return {
    changed() {},
    tick: (text) => write(text()),
    hide() {},
    aside: (other) => other(),
    close() {},
  };
}

function onTerminal(stream: Stream): Shown {
  let spinner: Ora | null = null;
  let text: (() => string) | null = null;
  let isClosed = false;
  const draw = async () => {
    const { default: ora } = await import("ora");
    if (isClosed || text === null) return;
    spinner ??= ora({ text: text(), stream: stream as NodeJS.WriteStream, discardStdin: false }).start();
    spinner.text = text();
  };
  const changed = (next: () => string) => {
    text = next;
    void draw();
  };
  return {
    changed,
    tick: changed,
    hide() {
      text = null;
      spinner?.stop();
      spinner = null;
    },
    aside(write) {
      spinner?.clear();
      write();
      spinner?.render();
    },
    close() {
      isClosed = true;
    },
  };
}
