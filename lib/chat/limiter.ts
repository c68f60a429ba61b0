import { RangeError } from "../errors.ts";
import type { Clock } from "./clock.ts";
import { ChatFailure } from "./failure.ts";

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
   * @throws ChatFailure of kind `busy` where the server's pause is, or becomes, longer than may be waited
   */
  enter(tokens: number, signal?: AbortSignal): Promise<Leave>;
  /** Lets nobody in for some milliseconds: the server asked for a pause. */
  pause(ms: number): void;
  /** Milliseconds that are left of the pause the server asked for. */
  pauseMs(): number;
  /** Milliseconds until the next request may start, as far as is known; those that wait not counted. */
  waitMs(): number;
  /** Requests that run or wait, over those that may run at a time: below 1 there is room for one more. */
  readonly load: number;
}

interface Waiting {
  tokens: number;
  start(leave: Leave): void;
  refuse(failure: ChatFailure): void;
}

const MINUTE = 60_000;

/**
 * A limiter for one endpoint, shared by all who ask it.
 *
 * @param longestPauseMs milliseconds of a pause that are waited; in a longer one nobody waits
 */
export function openLimiter(limits: Limits, clock: Clock, longestPauseMs = Infinity): Limiter {
  const { concurrency = 8, requestsPerMinute = Infinity, tokensPerMinute = Infinity } = limits;
  for (const [name, limit] of Object.entries({ concurrency, requestsPerMinute, tokensPerMinute })) {
    if (!(limit >= 1)) {
      throw new RangeError(`Cannot limit an endpoint: expected ${name} of 1 or more, found ${limit}`);
    }
  }
  let running = 0;
  let pausedUntil = 0;
  let nap: AbortController | undefined;
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

  const pauseMs = (): number => Math.max(0, pausedUntil - clock.now());

  /** Looks again in some milliseconds, or as soon as who waits has changed. */
  const sleep = (ms: number): void => {
    if (nap) return;
    const own = nap = new AbortController();
    clock.sleep(ms, own.signal).then(() => {
      if (nap !== own) return;
      nap = undefined;
      startNext();
    }, (error) => {
      if (!own.signal.aborted) throw error;
    });
  };

  /** A timer for whom nobody waits would keep the process alive, or have the next ones wait for too long. */
  const wake = (): void => {
    nap?.abort();
    nap = undefined;
  };

  const startNext = (): void => {
    if (pauseMs() > longestPauseMs) {
      const failure = new ChatFailure("busy", "Cannot ask the endpoint: its limit is used up", {
        retryAfterMs: pauseMs(),
      });
      for (const { refuse } of queue.splice(0)) refuse(failure);
    }
    while (queue.length > 0 && running < concurrency) {
      const ms = wait(queue[0]!.tokens);
      if (ms > 0) return sleep(ms);
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
    if (queue.length === 0) wake();
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
          wake();
          startNext();
        };
        const settle = <T>(end: (value: T) => void) => (value: T) => {
          signal?.removeEventListener("abort", abort);
          end(value);
        };
        const waiting: Waiting = { tokens, start: settle(resolve), refuse: settle(reject) };
        signal?.addEventListener("abort", abort, { once: true });
        queue.push(waiting);
        startNext();
      }),
    pause: (ms) => {
      pausedUntil = Math.max(pausedUntil, clock.now() + ms);
      startNext();
    },
    pauseMs,
    waitMs: () => wait(0),
    get load() {
      return (running + queue.length) / concurrency;
    },
  };
}
