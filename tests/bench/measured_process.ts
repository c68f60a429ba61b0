import { readLines, startLines } from "./line_process.ts";
import { peakMemory } from "./peak_memory.ts";
import { type Contestant, type Spent, spent, spentOf } from "./turns.ts";

/** Peaks of memory, in MiB: of the whole process, and beyond what it had before its work was prepared. */
export interface PeakMemory {
  whole: number;
  own: number;
}

/** A contestant in a process of its own, which also says how much memory it took. */
export interface MeasuredProcess extends Contestant {
  memory(): PeakMemory;
  /** What the work gave, such as its loss, each time. */
  results(): readonly number[];
  stop(): void;
}

/** Starts a program that does its work once for each line, and answers as {@linkcode serveWork} does. */
export function startMeasured(
  name: string,
  command: string,
  args: readonly string[],
  timeout: number,
): MeasuredProcess {
  const { ask, stop } = startLines(command, args);
  let most: PeakMemory = { whole: NaN, own: NaN };
  const results: number[] = [];
  return {
    name,
    stop,
    memory: () => most,
    results: () => results,
    async step(): Promise<Spent | undefined> {
      const answer = await ask("once", timeout);
      const [whole, own, result] = answer?.split(" ").slice(2).map(Number) ?? [];
      if (own !== undefined) most = { whole: whole!, own };
      if (result !== undefined) results.push(result);
      return spentOf(answer);
    },
  };
}

/**
 * Prepares work and does it once for each line that comes in. Prints a line for each: seconds, the processor's, the
 * peaks of memory so far in MiB (of the process, and beyond what it had before), and what the work gave.
 */
export async function serveWork(prepare: () => Promise<() => Promise<number | void>>): Promise<void> {
  const before = peak();
  const work = await prepare();
  for await (const _ of readLines(Deno.stdin.readable)) {
    let result: number | void = undefined;
    const { seconds, processor } = await spent(async () => result = await work());
    console.log(
      [seconds, processor, peak(), peak() - before, ...result === undefined ? [] : [result]].join(" "),
    );
  }
}

const peak = (): number => peakMemory() / 2 ** 20;
