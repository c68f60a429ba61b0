import { endedBy } from "./failure.ts";

/**
 * Waits for what somebody else works on, but no longer than the caller's own signal allows. The work itself
 * goes on.
 *
 * @throws ChatFailure of kind `deadline` or `aborted` as soon as the signal is aborted
 */
export async function untilEnded<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await work;
  const ended = Promise.withResolvers<never>();
  const end = () => ended.reject(endedBy(signal));
  if (signal.aborted) end();
  signal.addEventListener("abort", end, { once: true });
  try {
    return await Promise.race([work, ended.promise]);
  } finally {
    signal.removeEventListener("abort", end);
  }
}
