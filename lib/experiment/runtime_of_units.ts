import { RangeError } from "../errors.ts";
import { openRuntime } from "../runtime/engines.ts";
import type { EngineName, Runtime } from "../runtime/runtime.ts";

const ENGINES: readonly EngineName[] = ["native", "webgpu", "wasm"];

/**
 * The engine that is asked for: the given one, else what `ESPALIER_ENGINE` says; undefined where
 * `openRuntime` is to choose.
 *
 * @throws RangeError where it is none
 */
export function askedEngine(given: string | undefined): EngineName | undefined {
  const asked = given ?? (Deno.env.get("ESPALIER_ENGINE") || undefined);
  const engine = ENGINES.find((name) => name === asked);
  if (asked === undefined || engine) return engine;
  throw new RangeError(`Cannot compute with the engine "${asked}": expected one of ${ENGINES.join(", ")}`);
}

/**
 * Opens the engine that {@linkcode run} has units computed by, so that what is computed and said beside them
 * is of the same.
 *
 * @throws RangeError where `ESPALIER_ENGINE` names none
 * @throws Error where that engine does not work here
 */
export async function runtimeOfUnits(): Promise<Runtime> {
  return await openRuntime({ engine: askedEngine(undefined) });
}
