import { requireNumbers } from "../bounds.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import type { Model } from "../onnx/model.ts";
import { RUN_MODEL_OPTIONS, runModel, type RunModelOptions } from "../runtime/run_model.ts";
import { weightsOf } from "../nn/weights.ts";
import { asDataModel } from "./meta_step.ts";
import { requirePrunable, sparsityRates } from "./sparsity_gradient.ts";

/** Settings of {@linkcode shrinkGroups}. */
export interface ShrinkOptions extends RunModelOptions {
  /** How far: a channel that is pushed with γ becomes exp(−distance · γ) times as large. */
  distance: number;
  /** How much harder the weakest channel of a group is pushed than the strongest. Default 16. */
  alpha?: number | undefined;
}

/** Names of {@linkcode ShrinkOptions}. */
const SHRINK_OPTIONS: OptionNames<ShrinkOptions> = { ...RUN_MODEL_OPTIONS, distance: true, alpha: true };

/** Steps on the way; γ follows the norms anew at each. */
const STEPS = 10;

/**
 * A network whose channels have followed the group regulariser alone, each at its own pace, with no loss to
 * hold them: what a metanetwork is trained to write, written down. The control that tells whether there is
 * more to it. Fine-tune what comes out, then prune.
 *
 * Source: the regulariser of DepGraph (Fang et al., CVPR 2023, section 3.3).
 *
 * @throws TypeError where no group of the model's channels can be pruned; RangeError where the distance is
 * below 0, or alpha below 1
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 * import { numbersOf, type Tensor } from "../tensor/tensor.ts";
 *
 * const model = mlp({ sizes: [4, 8, 2] });
 * const small = await shrinkGroups(model, { distance: 0.2 });
 * const size = ({ graph }: typeof model) =>
 *   numbersOf(graph.initializers.get("0.weight") as Tensor).reduce((sum, w) => sum + w * w, 0);
 * assert.ok(size(small) < size(model));
 * ```
 */
export async function shrinkGroups(
  model: Model,
  settings: ShrinkOptions,
): Promise<Model> {
  requireOptions("shrinkGroups", settings, SHRINK_OPTIONS);
  const { distance, alpha = 16, ...options } = settings;
  requireNumbers("shrink groups", { distance }, { from: 0 });
  requireNumbers("shrink groups", { alpha }, { from: 1 });
  const groups = asDataModel(model);
  requirePrunable(groups, "shrink the groups of");
  const g = new GraphBuilder("shrink");
  const weights = weightsOf(groups.model).map(({ name, tensor }) => ({ name, tensor: tensor as Tensor }));
  for (const { name, tensor } of weights) g.input(name, tensor.type, tensor.dims);
  // Steps along the flow dw/dt = −γ·w, each its solution for the γ at its beginning: none turns a sign.
  const rates = sparsityRates(g, groups, (name) => name, { strength: distance / STEPS, alpha });
  for (const [name, rate] of Object.entries(rates)) {
    g.output(g.mul(name, g.exp(g.neg(rate))), `${name}.next`);
  }
  const step = g.model();
  let now = Object.fromEntries(weights.map(({ name, tensor }) => [name, tensor]));
  for (let i = 0; i < STEPS; i++) {
    const next = await runModel(step, now, options);
    now = { ...now, ...Object.fromEntries(Object.keys(rates).map((name) => [name, next[`${name}.next`]!])) };
  }
  const { graph } = groups.model;
  return groups.model.withGraph({
    ...graph,
    initializers: new Map([...graph.initializers, ...Object.entries(now)]),
  });
}
