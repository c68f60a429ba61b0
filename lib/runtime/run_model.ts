import { type OptionNames, requireOptions } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import { openRuntime } from "./engines.ts";
import { requireRuntime } from "./require_runtime.ts";
import type { Runtime, Tensors } from "./runtime.ts";

/** Settings of {@linkcode runModel}. */
export interface RunModelOptions {
  /** Engine that runs it. Default: one that {@linkcode openRuntime} opens at the first call. */
  runtime?: Runtime | undefined;
}

/** Names of {@linkcode RunModelOptions}. */
export const RUN_MODEL_OPTIONS: OptionNames<RunModelOptions> = { runtime: true };

let standard: Promise<Runtime> | undefined;

/**
 * Runs a model once, and returns its outputs by name.
 *
 * The model is loaded for this one run: to run it often, keep a session of `openRuntime`. Outputs that are no
 * tensors (sequences, maps, optional values) are left out.
 *
 * @throws TypeError naming what the model expects, where a feed is missing, unknown, or of another type or
 * shape; where one that was left out is read from the result
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { GraphBuilder } from "../onnx/builder.ts";
 * import { float32 } from "../tensor/tensor.ts";
 *
 * const g = new GraphBuilder();
 * g.output(g.relu(g.input("x", "float32", ["N"])), "y");
 * const { y } = await runModel(g.model(), { x: float32([-1, 2]) });
 * assert.deepEqual([...y!.data], [0, 2]);
 * ```
 */
export async function runModel(
  model: Model | Uint8Array,
  feeds: Tensors,
  options: RunModelOptions = {},
): Promise<Tensors> {
  requireOptions("runModel", options, { runtime: true });
  const { runtime } = options;
  if (runtime) requireRuntime(runtime);
  const session = await (runtime ?? await defaultRuntime()).session(model);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

/** The runtime of all that are told none: opened once, never closed. */
export function defaultRuntime(): Promise<Runtime> {
  // Where opening fails, the next call tries again.
  return standard ??= openRuntime().catch((error) => {
    standard = undefined;
    throw error;
  });
}
