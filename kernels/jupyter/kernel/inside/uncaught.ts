import { errorText } from "./error_text.ts";

/**
 * Shows errors that nothing catches, in a timer or in a promise that no cell awaits: Deno's kernel passes
 * them over, and its timers stand still then until the next cell. `isOfStop` says which ones come of a stop,
 * which is told elsewhere.
 */
export function tellUncaught(
  isOfStop: (reason: unknown) => boolean,
  show: (...values: unknown[]) => void,
): void {
  const tell = (event: Event, words: string, reason: unknown) => {
    event.preventDefault();
    if (!isOfStop(reason)) show(words, reason instanceof globalThis.Error ? errorText(reason) : reason);
  };
  addEventListener("error", (event) => tell(event, "Uncaught", event.error));
  addEventListener("unhandledrejection", (event) => tell(event, "Uncaught (in promise)", event.reason));
}
