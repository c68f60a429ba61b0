import { COUNT, requireNumbers } from "./bounds.ts";

/**
 * Does work 0, 1, … side by side, so many at a time, until all is done or one says that no more is to be
 * begun. An error is thrown once everything that runs is done, so that nothing paid for is left running.
 *
 * @param work says whether to go on
 * @throws RangeError where `concurrency` is no number of things that can be done at a time
 */
export async function sideBySide(
  count: number,
  concurrency: number,
  work: (place: number) => Promise<boolean>,
): Promise<void> {
  requireNumbers("work side by side", { concurrency }, COUNT);
  let next = 0;
  let stopped = false;
  const worker = async () => {
    try {
      while (next < count && !stopped) stopped = !await work(next++) || stopped;
    } catch (error) {
      stopped = true;
      throw error;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(concurrency, count) }, worker));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
