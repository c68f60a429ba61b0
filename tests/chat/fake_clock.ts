import type { Clock } from "../../lib/chat/clock.ts";

/** A clock on which nobody really waits: a sleep ends at the next turn of the event loop, and it is later then. */
export function fakeClock(): Clock & { slept: number[] } {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      const until = now + ms;
      await new Promise((resolve) => setTimeout(resolve, 0));
      now = Math.max(now, until);
    },
  };
}
