import { RangeError } from "../errors.ts";
import type { Clock } from "./clock.ts";

/** How much may be asked of an endpoint, by all callers together. */
export interface Limits {
  /**
   * Requests at a time. Default: 8. A server that mixes up answers to requests at the same time, as some
   * local ones do, is safe with 1.
   */
  readonly concurrency?: number | undefined;
  /** Requests in any 60 seconds. Default: no limit. */
  readonly requestsPerMinute?: number | undefined;
  /** Tokens, of prompts and answers, in any 60 seconds. Default: no limit. */
  readonly tokensPerMinute?: number | undefined;
}

/** Says what one request took in the end, and lets the next one in. */
export type Leave = (tokens?: number) => void;

/** The door to an endpoint: first come, first served. */
export interface Limiter {
  /**
   * Waits until a request with about so many tokens may start.
   *
   * @throws RangeError where it has more tokens than the limit allows in a minute: it could never start
   * @throws the signal's reason where that is aborted first
   */
  enter(tokens: number, signal?: AbortSignal): Promise<Leave>;
  /** Lets nobody in for some milliseconds: the server asked for a pause. */
  pause(ms: number): void;
  /** Milliseconds until the next request may start, as far as is known; those that wait not counted. */
  waitMs(): number;
  /** Requests that run or wait. */
  readonly load: number;
}

interface Waiting {
  tokens: number;
  start(leave: Leave): void;
}

const MINUTE = 60_000;

/** A limiter for one endpoint, shared by all who ask it. */
export function openLimiter(limits: Limits, clock: Clock): Limiter {
  const { concurrency = 8, requestsPerMinute = Infinity, tokensPerMinute = Infinity } = limits;
  for (const [name, limit] of Object.entries({ concurrency, requestsPerMinute, tokensPerMinute })) {
    if (!(limit >= 1)) {
      throw new RangeError(`Cannot limit an endpoint: expected ${name} of 1 or more, found ${limit}`);
    }
  }
  let running = 0;
  let pausedUntil = 0;
  let asleep = false;
  let recent: { at: number; tokens: number }[] = [];
  const queue: Waiting[] = [];

  /** Milliseconds until a request of so many tokens fits into the last minute and the pause. */
  const wait = (tokens: number): number => {
    const now = clock.now();
    recent = recent.filter(({ at }) => at > now - MINUTE);
    let until = Math.max(now, pausedUntil);
    let [requests, sum] = [recent.length, recent.reduce((all, one) => all + one.tokens, 0)];
    for (const one of recent) {
      if (requests + 1 <= requestsPerMinute && sum + tokens <= tokensPerMinute) break;
      until = Math.max(until, one.at + MINUTE);
      requests--;
      sum -= one.tokens;
    }
    return until - now;
  };

  const startNext = (): void => {
    while (queue.length > 0 && running < concurrency) {
      const ms = wait(queue[0]!.tokens);
      if (ms > 0) {
        if (!asleep) {
          asleep = true;
          clock.sleep(ms).then(() => {
            asleep = false;
            startNext();
          });
        }
        return;
      }
      const next = queue.shift()!;
      const entry = { at: clock.now(), tokens: next.tokens };
      recent.push(entry);
      running++;
      let gone = false;
      next.start((tokens = entry.tokens) => {
        if (gone) return;
        gone = true;
        entry.tokens = tokens;
        running--;
        startNext();
      });
    }
  };

  return {
    enter: (tokens, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        if (tokens > tokensPerMinute) {
          throw new RangeError(
            `Cannot ask with up to ${tokens} tokens: the endpoint's limit is ${tokensPerMinute} tokens a minute; ` +
              "lower maxTokens, shorten the prompt or raise the limit",
          );
        }
        const abort = () => {
          queue.splice(queue.indexOf(waiting), 1);
          reject(signal!.reason);
          startNext();
        };
        const waiting: Waiting = {
          tokens,
          start: (leave) => {
            signal?.removeEventListener("abort", abort);
            resolve(leave);
          },
        };
        signal?.addEventListener("abort", abort, { once: true });
        queue.push(waiting);
        startNext();
      }),
    pause: (ms) => {
      pausedUntil = Math.max(pausedUntil, clock.now() + ms);
    },
    waitMs: () => wait(0),
    get load() {
      return running + queue.length;
    },
  };
}
