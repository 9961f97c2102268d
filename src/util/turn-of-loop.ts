/** Milliseconds between two turns; a signal is heard no later, but for what runs in one go. */
const BETWEEN_TURNS = 50;

/**
 * For work that never leaves its thread by itself: now and then gives the event loop a whole turn, in which signals and
 * timers are heard. To be called often; nearly always it only looks at the clock.
 */
export function turnsOfLoop(): () => Promise<void> | undefined {
  let last = performance.now();
  const turn = async () => {
    // From one check phase to the next, so that what the system has to say is asked for in between, wherever it began.
    for (let phase = 0; phase < 2; phase++) await new Promise((resolve) => setImmediate(resolve));
    last = performance.now();
  };
  return () => (performance.now() - last < BETWEEN_TURNS ? undefined : turn());
}
