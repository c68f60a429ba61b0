/**
 * How long the thread may be held before others have their turn, in ms: a hundredth of it is lost to them.
 */
const HELD = 200;

let since = performance.now();

/**
 * Lets timers and messages in, such as a stop, where the thread was held for long. An engine that computes on
 * it answers before all of them, so that they wait for as long as one run follows the other.
 */
export async function letOthersIn(): Promise<void> {
  if (performance.now() - since < HELD) return;
  await new Promise((resolve) => setTimeout(resolve, 0));
  since = performance.now();
}
