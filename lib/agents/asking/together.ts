import { ChatFailure, isBudgetFailure } from "../../chat/failure.ts";
import { addUsage, NO_USAGE, type Usage } from "../../chat/reply.ts";

/**
 * What was begun at the same time, once all of it is done: nothing goes on behind the caller's back, whatever
 * happened to one of them.
 *
 * @throws what the first of them failed with; where that is that a budget ended, with what all others spent
 */
export async function together<T extends { readonly usage: Usage }>(
  begun: readonly Promise<T>[],
): Promise<T[]> {
  const done = await Promise.allSettled(begun);
  const spent = done.flatMap((one) => one.status === "fulfilled" ? [one.value.usage] : []);
  // Who waited for one that failed fails with the same error, which counts once.
  const errors = new Set<unknown>(done.flatMap((one) => one.status === "rejected" ? [one.reason] : []));
  if (errors.size === 0) return await Promise.all(begun);
  const [first, ...others] = errors;
  const lost = others.flatMap((error) => error instanceof ChatFailure ? [error.usage] : []);
  throw withSpent(first, addUsage(NO_USAGE, ...spent, ...lost));
}

/** An error; where it is that a budget ended, with what was spent beside it. */
export function withSpent(error: unknown, spent: Usage): unknown {
  if (!isBudgetFailure(error)) return error;
  return new ChatFailure("budget", error.message, { usage: addUsage(spent, error.usage) }, error);
}
