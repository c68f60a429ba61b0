import { counted } from "../amounts.ts";
import { requireNumbers } from "../bounds.ts";
import { RangeError, TypeError } from "../errors.ts";
import type { Gpu } from "../../kernels/webgpu/core/gpu.ts";
import { type Weight, weightsOf } from "../nn/weights.ts";
import type { Model } from "../onnx/model.ts";
import type { Session } from "../runtime/runtime.ts";
import type { WebgpuRuntime } from "../runtime/webgpu.ts";
import { Tensor } from "../tensor/tensor.ts";
import { floats } from "../tensor/arrays.ts";
import type { Sparsifier, SparsifierRun } from "../train/sparsifier.ts";
import { type HeldMasks, heldMasks, savedMasks } from "./held_masks.ts";
import { liveLayers } from "./live_layers.ts";
import type { SparseMethod, SparseMoment } from "./method.ts";
import { requireMasksOfRun } from "./require_masks_of_run.ts";

/**
 * Runs a method's two stages over the steps of `fit`.
 *
 * @throws TypeError where the model has nothing to prune; RangeError where the run is too short
 */
export function sparsifier(method: SparseMethod, run: SparsifierRun): Sparsifier {
  const weights = weightsOfRun(method, run);
  const momentOf = moments(method, run);
  const { pruningSteps } = momentOf(0);
  const layers = liveLayers(weights, method.usesPerWeightDecay ?? false);
  const plan = method.before?.(layers.of(copiesOf(weights, run)), momentOf(0));
  /** GPU of the session, where it runs on WebGPU. */
  let gpu: Gpu | undefined;
  /** Masks, from the end of structure learning on. */
  let held: HeldMasks | undefined;

  const layersIn = (session: Session) => layers.inSession(session, method.supportsGpu ? gpu : undefined);
  async function freeze(session: Session, step: number): Promise<void> {
    const last = await layersIn(session);
    const found = await method.freeze(last, momentOf(step), plan);
    requireMasksOfRun(`freeze the structure by ${method.name}`, found, last, run);
    held = heldMasks(found, run.step);
    layers.stopDecay();
    await held.hold(session, gpu);
  }
  return {
    describe: `sparsify ${method.name}, ${pruningSteps} steps, ${weights.map(({ name }) => name).join(" ")}`,
    get feeds() {
      const inputs = Object.entries(run.step.decayInputs);
      return Object.fromEntries(inputs.map(([name, input]) => [input, layers.decayOf(name)]));
    },
    get masks() {
      return held?.masks;
    },
    async begin(runtime, session, step, saved = {}) {
      if ("gpu" in runtime) ({ gpu } = runtime as WebgpuRuntime);
      layers.restore(saved);
      const masks = savedMasks(saved, weightsOf(run.model));
      if (masks) held = heldMasks(masks, run.step);
      else if (step === pruningSteps) await freeze(session, step);
    },
    async beforeStep(session, step) {
      if (held || !method.beforeStep) return;
      await method.beforeStep(await layersIn(session), momentOf(step), plan);
    },
    async afterStep(session, step) {
      if (held) return await held.hold(session, gpu);
      if (method.afterStep) await method.afterStep(await layersIn(session), momentOf(step), plan);
      if (step === pruningSteps) await freeze(session, step);
    },
    saved: () => ({ ...held?.saved(), ...method.usesPerWeightDecay && layers.saved() }),
    release: () => held?.release(),
  };
}

/** The weights that a method prunes in a run: those that train. */
function weightsOfRun(method: SparseMethod, { model, step }: SparsifierRun): Weight[] {
  const weights = prunedWeights(method, model).filter(({ name }) => Object.hasOwn(step.state, name));
  if (weights.length > 0) return weights;
  throw new TypeError(
    `Cannot prune "${model.graph.name}" by ${method.name}: none of the weights that train is prunable`,
  );
}

/** Where the run is after so many steps. */
function moments(method: SparseMethod, { steps, rate, seed }: SparsifierRun): (step: number) => SparseMoment {
  const pruningSteps = method.pruningSteps(steps);
  requireNumbers(`prune by ${method.name}`, { pruningSteps }, { whole: true, from: 0 });
  if (pruningSteps > steps) {
    throw new RangeError(
      `Cannot prune by ${method.name}: learning the structure takes ${
        counted(pruningSteps, "step")
      }, but the run has ${steps}`,
    );
  }
  const rateAt = (step: number) => steps > 0 ? rate(Math.max(0, step - 1)) : 0;
  let highestRate = rateAt(0);
  for (let step = 1; step <= pruningSteps; step++) highestRate = Math.max(highestRate, rateAt(step));
  return (step) => ({ step, pruningSteps, rate: rateAt(step), highestRate, seed });
}

/**
 * The weights that a run begins with, by name: copies, as a method that writes to them must not change the
 * model.
 */
function copiesOf(weights: readonly Weight[], { step: { state } }: SparsifierRun): Record<string, Tensor> {
  return Object.fromEntries(weights.map(({ name, tensor: { dims } }) => [
    name,
    new Tensor("float32", floats(state[name]!).slice(), dims),
  ]));
}

/** The weights of a model that a method prunes. */
function prunedWeights(method: SparseMethod, model: Model): Weight[] {
  return weightsOf(model).filter((weight) => method.prunable(weight));
}
