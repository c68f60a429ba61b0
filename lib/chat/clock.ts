/** Time, for all that waits: tests have one that runs ahead. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Waits for some milliseconds; throws the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const abort = () => {
        clearTimeout(timer);
        reject(signal!.reason);
      };
      // Timers count in 31 bits: what is longer ends after 25 days, and the caller looks again.
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", abort);
        resolve();
      }, Math.min(Math.max(ms, 0), 2 ** 31 - 1));
      signal?.addEventListener("abort", abort, { once: true });
    }),
};
