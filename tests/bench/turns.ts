/** Something that is measured beside others. */
export interface Contestant {
  name: string;
  /** Does the work once. Resolves to its seconds, or to nothing where it does not come back in time. */
  step(): Promise<number | undefined>;
}

/** Seconds of one contestant. */
export interface Times {
  name: string;
  /** Undefined where it did not come back. */
  best: number | undefined;
  median: number | undefined;
}

/** Milliseconds after which the threads of the one before are asleep: for some 30 they look out for more work. */
const PAUSE = 80;

/**
 * Runs contestants in turns, A B C A B C …, so that whatever else the machine does disturbs all alike; the first
 * round is not counted. One that does not come back is asked no more.
 */
export async function takeTurns(contestants: readonly Contestant[], rounds: number): Promise<Times[]> {
  const times = contestants.map((): number[] => []);
  const lost = new Set<number>();
  for (let round = -1; round < rounds; round++) {
    for (const [i, contestant] of contestants.entries()) {
      if (lost.has(i)) continue;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      const seconds = await contestant.step();
      if (seconds === undefined) lost.add(i);
      else if (round >= 0) times[i]!.push(seconds);
    }
  }
  return contestants.map(({ name }, i) => {
    const sorted = lost.has(i) ? [] : times[i]!.toSorted((a, b) => a - b);
    return { name, best: sorted[0], median: sorted[sorted.length >> 1] };
  });
}

/** Seconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
