import { Error, TypeError } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { describe } from "../onnx/attribute.ts";
import type { Shape } from "../onnx/dim.ts";
import { requireInputShapes } from "../onnx/infer_shapes.ts";
import { largestDifference } from "../tensor/largest_difference.ts";
import { storage } from "../tensor/element_types.ts";
import type { Model } from "../onnx/model.ts";
import { sizeOf, type Tensor, tensorOf } from "../tensor/tensor.ts";
import { seededRandom } from "../random.ts";
import { defaultRuntime } from "../runtime/run_model.ts";
import type { Runtime, Session, Tensors } from "../runtime/runtime.ts";
import { channelGroups } from "./channel_groups.ts";
import { idsBefore, idsOf } from "./kept/kept_ids.ts";
import { keptPart } from "./kept/kept_part.ts";
import { removalOf } from "./removal.ts";
import { mask } from "./mask.ts";
import type { PruningPlan } from "./pruning_plan.ts";
import { factsOf } from "../onnx/operators/table.ts";
import { fedInputs } from "../onnx/topology.ts";

/** Settings of {@linkcode checkPruned}. */
export interface CheckOptions {
  /** Where both models run. Default: the runtime that `runModel` takes. */
  runtime?: Runtime | undefined;
  /**
   * Inputs to compare with, by name. Default: normal random numbers, drawn four times, and ones where they
   * are whole.
   */
  inputs?: Tensors | undefined;
  /** Sizes of inputs whose sizes are not known. Default: 1 for each unknown one. */
  inputShapes?: Readonly<Record<string, Shape>> | undefined;
  /**
   * Largest difference, relative to the largest number of an output. Default 1e-4, and 1e-2 where the model
   * computes in float16 or bfloat16 or is quantised.
   */
  tolerance?: number | undefined;
  /** Seed of the random inputs. Default 0. */
  seed?: number | undefined;
}

/** All options there are. */
const OPTIONS: OptionNames<CheckOptions> = {
  runtime: true,
  inputs: true,
  inputShapes: true,
  tolerance: true,
  seed: true,
};

/**
 * Runs a pruned model and the masked original on the same inputs and compares their outputs. Where rows of a
 * vocabulary went, inputs are ids of the pruned model; the original gets its own ids of the same rows, and of
 * its outputs those places are compared that the pruned model still has.
 *
 * @param plan the plan that `smaller` was made by, before it was trained
 * @returns the largest difference, relative to the largest number of its output
 * @throws Error naming the output that differs, or that the engine refuses a model
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 * import { planPruning } from "./plan.ts";
 * import { prune } from "./prune.ts";
 *
 * const model = mlp({ sizes: [4, 8, 2] });
 * const plan = planPruning(model, { target: { macs: 0.5 } });
 * assert.ok(await checkPruned(model, prune(model, plan), plan) < 1e-5);
 * ```
 */
export async function checkPruned(
  model: Model,
  smaller: Model,
  plan: PruningPlan,
  options: CheckOptions = {},
): Promise<number> {
  requireOptions("checkPruned", options, OPTIONS);
  const groups = channelGroups(model, plan?.kinds);
  const { tolerance = isCoarse(groups.model) ? 1e-2 : 1e-4 } = options;
  const removal = removalOf(groups, plan, "check");
  const ids = idsOf(groups, removal);
  const runtime = options.runtime ?? await defaultRuntime();
  await using original = await opened(runtime, mask(model, plan));
  await using pruned = await opened(runtime, smaller);
  let worst = 0;
  for (const feeds of options.inputs ? [options.inputs] : randomInputs(model, options)) {
    const masked = await original.session.run(idsBefore(feeds, ids));
    const expected = Object.fromEntries(
      Object.entries(masked).map(([name, tensor]) => [name, keptPart(tensor, name, groups, removal)]),
    );
    const given = await pruned.session.run(feeds);
    worst = Math.max(worst, requireClose(expected, given, { smaller, tolerance }));
  }
  return worst;
}

/**
 * Whether engines may round on the way, otherwise for each model: to numbers of half the width, or to the
 * whole numbers that stand beside quantised weights.
 */
const isCoarse = ({ graph }: Model): boolean =>
  graph.nodes.some((node) =>
    factsOf(node).quantized ||
    node.outputs.some((name) => /^b?float16$/.test(graph.values.get(name)?.type ?? ""))
  );

/** A session that is released at the end of a block. */
async function opened(runtime: Runtime, model: Model): Promise<{ session: Session } & AsyncDisposable> {
  const session = await runtime.session(model);
  return { session, [Symbol.asyncDispose]: () => session.release() };
}

/** The largest difference of any output, relative to its largest number; throws where it is too large. */
function requireClose(
  expected: Tensors,
  given: Tensors,
  { smaller, tolerance }: { smaller: Model; tolerance: number },
): number {
  let worst = 0;
  for (const name of Object.keys(expected)) {
    const [a, b] = [expected[name]!, given[name]];
    const maker = smaller.graph.nodes.find(({ outputs }) => outputs.includes(name));
    const where = `output "${name}"${maker ? ` of ${describe(maker)}` : ""}`;
    if (b === undefined || a.dims.join() !== b.dims.join()) {
      throw new Error(
        `Cannot trust the pruned model: ${where} is [${
          b?.dims.join(", ") ?? "missing"
        }], and that of the masked ` +
          `original [${a.dims.join(", ")}]; expected the same`,
      );
    }
    if (a.type === "string") continue;
    const { largest, scale } = largestDifference(a, b);
    const difference = largest / Math.max(scale, 1e-30);
    if (!(difference <= tolerance)) {
      throw new Error(
        `Cannot trust the pruned model: ${where} differs from that of the masked original by ${difference} of its ` +
          `largest number; expected at most ${tolerance}. Was it trained since, or pruned by another plan?`,
      );
    }
    worst = Math.max(worst, difference);
  }
  return worst;
}

/** How often random inputs are drawn: on one row a rectifier may hide what is wrong. */
const DRAWS = 4;

/** Random inputs, several times; once where none of them would be another the next time. */
function randomInputs({ graph }: Model, { inputShapes = {}, seed = 0 }: CheckOptions): Tensors[] {
  requireInputShapes([graph], inputShapes);
  const random = seededRandom(seed, "checkPruned");
  const fed = fedInputs(graph);
  const draws = fed.some((name) => /float/.test(graph.values.get(name)?.type ?? "float32")) ? DRAWS : 1;
  const draw = () =>
    Object.fromEntries(fed.map((name): [string, Tensor] => {
      const { type = "float32", shape } = graph.values.get(name) ?? {};
      const { array } = storage[type];
      const known = inputShapes[name] ?? shape;
      if (!array || !known) {
        throw new TypeError(
          `Cannot make up input "${name}", which is ${type}${
            known ? "" : " of unknown rank"
          }: give it in inputs`,
        );
      }
      const dims = known.map((dim) => typeof dim === "number" ? dim : 1);
      const number = (): unknown => /float/.test(type) ? random.normal() : /64/.test(type) ? 1n : 1;
      const data = (array as Float32ArrayConstructor).from({ length: sizeOf(dims) }, number as () => number);
      return [name, tensorOf(type as Tensor.Type, data, dims)];
    }));
  return Array.from({ length: draws }, draw);
}
