import { cpuUsage } from "node:process";

/** What work took. */
export interface Spent {
  /** Seconds on the wall. */
  seconds: number;
  /** Seconds of all processors that worked for this process meanwhile; `undefined` where nobody counted. */
  processor: number | undefined;
}

/** Something that is measured beside others. */
export interface Contestant {
  name: string;
  /** Does the work once. Resolves to nothing where it does not come back in time. */
  step(): Promise<Spent | undefined>;
}

/** Seconds of one contestant. */
export interface Times {
  name: string;
  /** Undefined where it did not come back. */
  best: number | undefined;
  median: number | undefined;
  /** Median of the processor time. */
  processor: number | undefined;
}

/** Milliseconds after which the threads of the one before are asleep: for some 30 they look out for more work. */
const PAUSE = 80;

/**
 * Runs contestants in turns, A B C A B C …, so that whatever else the machine does disturbs all alike; the first
 * round is not counted. One that does not come back is asked no more.
 */
export async function takeTurns(contestants: readonly Contestant[], rounds: number): Promise<Times[]> {
  const times = contestants.map((): Spent[] => []);
  const lost = new Set<number>();
  for (let round = -1; round < rounds; round++) {
    for (const [i, contestant] of contestants.entries()) {
      if (lost.has(i)) continue;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      const spent = await contestant.step();
      if (spent === undefined) lost.add(i);
      else if (round >= 0) times[i]!.push(spent);
    }
  }
  return contestants.map(({ name }, i) => {
    const counted = lost.has(i) ? [] : times[i]!;
    const sorted = (of: (spent: Spent) => number | undefined) =>
      counted.map(of).filter((value) => value !== undefined).sort((a, b) => a - b);
    const seconds = sorted(({ seconds }) => seconds);
    const processor = sorted(({ processor }) => processor);
    return {
      name,
      best: seconds[0],
      median: seconds[seconds.length >> 1],
      processor: processor[processor.length >> 1],
    };
  });
}

/** Seconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  return (await spent(work)).seconds;
}

/** What `work` takes, in this process. */
export async function spent(work: () => unknown): Promise<Spent> {
  const [start, before] = [performance.now(), cpuUsage()];
  await work();
  const { user, system } = cpuUsage(before);
  return { seconds: (performance.now() - start) / 1000, processor: (user + system) / 1e6 };
}

/** What another process took, from its line: seconds, and where it counts them its processor's. */
export function spentOf(line: string | undefined): Spent | undefined {
  if (line === undefined) return undefined;
  const [seconds, processor] = line.split(" ").map(Number);
  return { seconds: seconds!, processor };
}
