import { TypeError } from "../errors.ts";
import { givenInWords } from "../given.ts";

/** Throws TypeError where what was given to compute with is no runtime, such as the name of an engine. */
export function requireRuntime(runtime: unknown): void {
  if (typeof Object(runtime).session === "function") return;
  throw new TypeError(
    `Cannot compute with ${givenInWords(runtime)} as the runtime: expected what openRuntime gives, as in ` +
      `await openRuntime({ engine: "native" })`,
  );
}
