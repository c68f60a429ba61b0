import type { OpenOptions } from "../runtime/engines.ts";
import type { CliOption, Given } from "./command.ts";
import { wordOf } from "./values.ts";

/** The engines there are, in words that may be typed. */
export const ENGINES = ["native", "webgpu", "wasm"] as const;

/** Option of commands that run models. */
export const ENGINE_OPTION: CliOption = {
  flags: "--engine <name>",
  about: `what runs the model: ${ENGINES.join(", ")}; default the best there is`,
};

/** What opens the engine that was asked for. */
export function engineOf(given: Given): OpenOptions {
  const engine = wordOf(given, "engine", ENGINES);
  return engine === undefined ? {} : { engine };
}
