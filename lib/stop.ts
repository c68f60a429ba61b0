import { TypeError } from "./errors.ts";
import { givenInWords } from "./given.ts";

/** Where a program that runs code for a person, a notebook's kernel, says how it is stopped. */
const STOP = Symbol.for("espalier.stop");

/**
 * The signal that ends a long call: the caller's own, and beside it the stop button of the notebook that the
 * call runs in, so that it stops there without being given anything. `undefined` where there is neither. Ask
 * for it once, when the call begins.
 *
 * @throws TypeError where the caller's own is no signal
 */
export function stopSignal(own?: AbortSignal | undefined): AbortSignal | undefined {
  if (own !== undefined && typeof Object(own).throwIfAborted !== "function") {
    throw new TypeError(
      `Cannot be stopped by ${
        givenInWords(own)
      }: expected signal to be an AbortSignal, as new AbortController() has one`,
    );
  }
  const button = (globalThis as { [STOP]?: () => AbortSignal })[STOP]?.();
  return own && button ? AbortSignal.any([own, button]) : own ?? button;
}
