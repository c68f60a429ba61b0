import { Error, RangeError } from "../errors.ts";
import { limits, raised } from "../limits.ts";

/** How the body of an answer is read. */
export interface ReadBodyOptions {
  /** Most bytes. Default: the limit `sourceBytes`. */
  most?: number | undefined;
  /** Stops the reading. */
  signal?: AbortSignal | undefined;
}

/**
 * Asks an address; one that sends no answer for as long as the limit `stallSeconds` is given up.
 *
 * @throws Error where it does not answer; the signal's reason where it is aborted
 */
export async function ask(
  address: string | URL,
  { signal, ...init }: Omit<RequestInit, "signal"> & { signal?: AbortSignal | undefined } = {},
): Promise<Response> {
  const waiting = new AbortController();
  const timer = whenStalled(() => waiting.abort(stalled()));
  try {
    // The signal goes on holding for the body, the timer does not.
    const signals = signal ? [signal, waiting.signal] : [waiting.signal];
    return await fetch(address, { ...init, signal: AbortSignal.any(signals) });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The body of an answer, piece by piece.
 *
 * @throws Error where it sends nothing for as long as the limit `stallSeconds`, or more bytes than it may
 */
export async function* piecesOf(
  response: Response,
  { most = limits().sourceBytes, signal }: ReadBodyOptions = {},
): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  const claimed = Number(response.headers.get("content-length") ?? 0);
  const reader = response.body.getReader();
  let all = 0;
  try {
    if (claimed > most) throw tooMany(claimed, most);
    while (true) {
      signal?.throwIfAborted();
      const { done, value } = await withPatience(reader.read());
      if (done) return;
      all += value.length;
      if (all > most) throw tooMany(all, most);
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** The body of an answer, whole; as {@linkcode piecesOf}. */
export async function bodyOf(response: Response, options: ReadBodyOptions = {}): Promise<Uint8Array> {
  return await new Blob(
    await Array.fromAsync(piecesOf(response, options)) as Uint8Array<ArrayBuffer>[],
  ).bytes();
}

/** The longest that a timer runs, in ms; a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1;

/** A timer that acts after `stallSeconds`; none where that is longer than a timer runs, or for ever. */
function whenStalled(act: () => void): ReturnType<typeof setTimeout> | undefined {
  const wait = limits().stallSeconds * 1000;
  return wait > LONGEST ? undefined : setTimeout(act, wait);
}

async function withPatience<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = whenStalled(() => late.reject(stalled()));
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function stalled(): Error {
  return new Error(`nothing came for ${limits().stallSeconds} s; try again later, or set stallSeconds`);
}

function tooMany(found: number, most: number): RangeError {
  return new RangeError(
    `expected at most ${most} bytes, found ${found} or more; ${raised("sourceBytes")}`,
  );
}
