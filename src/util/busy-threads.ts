/** How many threads of ours are in the middle of what nothing can interrupt. */
let busy = 0;

/** Gives the function to call when the thread is done. */
export function threadIsBusy(): () => void {
  busy += 1;
  return () => {
    busy -= 1;
  };
}

/** Ending the process in the ordinary way would wait for them. */
export function areThreadsBusy(): boolean {
  return busy > 0;
}
