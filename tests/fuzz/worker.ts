/// <reference lib="webworker" />
/** Damages one format's file, one number after the other, until its time is over or something is wrong. */
import process from "node:process";
import { dice, mutations } from "./mutate.ts";
import { tryOne } from "./target.ts";
import { TARGETS } from "./targets.ts";

/** What a worker is asked for. */
export interface FuzzTask {
  /** Name of the target. */
  name: string;
  /** Number of the first mutation. */
  from: number;
  /** Number at which it may end. */
  to: number;
  /** Seconds of work. */
  seconds: number;
}

/** What a worker tells, every half second and at the end. */
export interface FuzzNews {
  /** Number of the next mutation. */
  next: number;
  /** Refused since it began. */
  refused: number;
  /** The longest that one took, in ms. */
  longest: number;
  /** Most memory of the process so far, in bytes. */
  memory: number;
  /** What went wrong, where something did. */
  failure?: string;
  /** Whether the time is over. */
  done: boolean;
}

/** What takes longer is timed a second time, in ms. */
const LONG = 1000;

/** Mutations from one seed: enough for all kinds of damage. */
const A_ROUND = 64;

/** Most errors are as they should be, and nobody looks where they were thrown. */
const NO_STACKS = 0;

self.onmessage = async ({ data: { name, from, to, seconds } }: MessageEvent<FuzzTask>) => {
  const target = TARGETS.find((other) => other.name === name)!;
  const seed = target.seed();
  const news: FuzzNews = { next: from, refused: 0, longest: 0, memory: 0, done: false };
  const end = performance.now() + 1000 * seconds;
  const stacks = Error.stackTraceLimit;
  let told = performance.now();
  while (news.failure === undefined && news.next < to && performance.now() < end) {
    const round = Math.floor(news.next / A_ROUND);
    Error.stackTraceLimit = NO_STACKS;
    for (const { what, bytes } of mutations(seed, A_ROUND, dice(round)(2 ** 30), target.damage)) {
      const start = performance.now();
      try {
        if (await tryOne(target, bytes, what) === "refused") news.refused++;
      } catch (first) {
        Error.stackTraceLimit = stacks;
        const again = await tryOne(target, bytes, what).then(() => first, (error: unknown) => error);
        news.failure = `${what}: ${(again as Error).stack}`;
        break;
      }
      news.next++;
      let took = performance.now() - start;
      if (took > LONG) {
        // Once more, and what was computed: another process may have had the machine meanwhile.
        const before = process.cpuUsage();
        await tryOne(target, bytes, what);
        const { user, system } = process.cpuUsage(before);
        took = Math.min(took, (user + system) / 1000);
      }
      news.longest = Math.max(news.longest, took);
      if (took > 5000) news.failure = `${what}: took ${(took / 1000).toFixed(1)} s`;
    }
    if (performance.now() - told > 500) {
      news.memory = Math.max(news.memory, Deno.memoryUsage().rss);
      if (news.memory > 2 * 2 ** 30) news.failure = `${(news.memory / 1e9).toFixed(1)} GB after ${news.next}`;
      told = performance.now();
      self.postMessage(news);
    }
  }
  news.done = true;
  self.postMessage(news);
};
