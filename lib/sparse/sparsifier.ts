import { type Weight, weightsOf } from "../nn/weights.ts";
import type { Model } from "../onnx/model.ts";
import { sizeOf, Tensor } from "../tensor/tensor.ts";
import { applyMask } from "../../kernels/webgpu/select/apply_mask.ts";
import type { Gpu } from "../../kernels/webgpu/core/gpu.ts";
import { claim, toGpu } from "../../kernels/webgpu/core/tensors.ts";
import type { Runtime, Session, Tensors } from "../runtime/runtime.ts";
import type { WebgpuRuntime } from "../runtime/webgpu.ts";
import type { TrainingStep } from "../train/training_step.ts";
import { type Masks, wordsOf } from "./masks.ts";
import { isPrunable } from "./is_prunable.ts";
import type { SparseLayer, SparseMethod, SparseMoment } from "./method.ts";

/** A method at work in one run of training. */
export interface Sparsifier {
  /** What it does, for a checkpoint's fingerprint. */
  readonly describe: string;
  /** The coefficients that each step is fed. */
  readonly feeds: Tensors;
  /** From the end of structure learning on. */
  readonly masks: Masks | undefined;
  /** Takes up its work in a session of a runtime, where a checkpoint left it or from step 0. */
  begin(runtime: Runtime, session: Session, step: number, saved: Tensors | undefined): Promise<void>;
  /** Sets what the step of this number, from 1, is fed. */
  beforeStep(session: Session, step: number): Promise<void>;
  /** Works on the session's weights where they lie, after so many steps. */
  afterStep(session: Session, step: number): Promise<void>;
  /** What a checkpoint must hold to go on. */
  saved(): Tensors;
  /** Frees what it holds on a GPU. */
  release(): void;
}

/** The run that a {@linkcode Sparsifier} works in. */
export interface SparsifierOptions {
  model: Model;
  step: TrainingStep;
  /** Of the whole run. */
  steps: number;
  rate: (step: number) => number;
  seed: number;
}

const MASK = "mask/";
const DECAY = "decay/";
const MARKS = "marks/";

/**
 * Runs a method's two stages over the steps of `fit`.
 *
 * @throws TypeError where the model has nothing to prune; RangeError where the run is too short
 */
export function sparsifier(
  method: SparseMethod,
  { model, step: graph, steps, rate, seed }: SparsifierOptions,
): Sparsifier {
  const weights = prunedWeights(method, model).filter(({ name }) => Object.hasOwn(graph.state, name));
  if (weights.length === 0) {
    throw new TypeError(
      `Cannot prune "${model.graph.name}" by ${method.name}: none of the weights that train is prunable`,
    );
  }
  const structureSteps = method.structureSteps(steps);
  if (!(structureSteps <= steps)) {
    throw new RangeError(
      `Cannot prune by ${method.name}: learning the structure takes ${structureSteps} steps, but the run has ${steps}`,
    );
  }
  const decays = new Map(weights.map(({ name, tensor: { dims } }) => [
    name,
    method.decays ? new Float32Array(sizeOf(dims)) : new Float32Array(),
  ]));
  const marks = new Map([...decays].map(([name, { length }]) => [name, new Uint8Array(length)]));
  let masks: Masks | undefined;
  const moment = (step: number): SparseMoment => ({
    step,
    structureSteps,
    rate: steps > 0 ? rate(Math.max(0, step - 1)) : 0,
    seed,
  });
  const layersOf = (tensors: Tensors): SparseLayer[] =>
    weights.map(({ name, tensor: { dims } }) => {
      const tensor = tensors[name]!;
      return {
        name,
        dims,
        tensor,
        weights: tensor.location === "cpu" ? tensor.data as Float32Array : new Float32Array(),
        decay: decays.get(name)!,
        marks: marks.get(name)!,
      };
    });
  // Copies: a method that writes to them must not change the model.
  const copies = weights.map(({ name, tensor: { dims } }) =>
    [name, new Tensor("float32", (graph.state[name]!.data as Float32Array).slice(), dims)] as const
  );
  const plan = method.before?.(layersOf(Object.fromEntries(copies)), moment(0));
  /** Of a session on WebGPU. */
  let gpu: Gpu | undefined;
  /** The masks as kernels want them, where the weights lie. */
  let bits: Record<string, { cpu: Tensor; gpu?: Tensor }> = {};

  async function liveLayers(session: Session): Promise<SparseLayer[]> {
    const live = session.carried();
    for (const { name } of weights) {
      const tensor = live[name]!;
      if (tensor.location === "cpu") continue;
      // What comes to the CPU, the next run takes from there.
      if (method.anywhere && gpu) claim(gpu, tensor);
      else await tensor.getData(true);
    }
    return layersOf(live);
  }

  async function freeze(session: Session, step: number): Promise<void> {
    const layers = await liveLayers(session);
    const found = await method.freeze(layers, moment(step), plan);
    requireMasks(method, layers, found);
    setMasks(found);
    for (const decay of decays.values()) decay.fill(0);
    await hold(session);
  }

  function setMasks(found: Masks): void {
    masks = found;
    bits = Object.fromEntries(Object.entries(found).map(([name, mask]) => [name, { cpu: wordsOf(mask) }]));
  }

  /** Sets what the masks say to zero, in the weights and in their averages. */
  async function hold(session: Session): Promise<void> {
    const live = session.carried();
    const averages = graph.weights(live);
    const held = Object.entries(bits).flatMap(([name, words]) =>
      [...new Set([live[name]!, averages[name]!])].map((tensor) => ({ tensor, words }))
    );
    const [onCpu, onGpu] = ["cpu", "gpu-buffer"].map((at) =>
      held.filter(({ tensor }) => tensor.location === at)
    );
    await applyMask(onCpu!.map(({ tensor }) => tensor), onCpu!.map(({ words }) => words.cpu));
    await applyMask(
      onGpu!.map(({ tensor }) => claim(gpu!, tensor)),
      onGpu!.map(({ words }) => words.gpu ??= toGpu(gpu!, words.cpu)),
    );
  }

  return {
    describe: `sparsify ${method.name}, ${structureSteps} steps, ${
      weights.map(({ name }) => name).join(" ")
    }`,
    get feeds() {
      return Object.fromEntries(
        Object.entries(graph.decays).map(([name, input]) => [input, tensorOf(name)]),
      );
    },
    get masks() {
      return masks;
    },
    async begin(runtime, session, step, saved = {}) {
      if ("gpu" in runtime) ({ gpu } = runtime as WebgpuRuntime);
      for (const [name, decay] of decays) decay.set(saved[DECAY + name]?.data as Float32Array ?? []);
      for (const [name, bytes] of marks) bytes.set(saved[MARKS + name]?.data as Uint8Array ?? []);
      if (weights.every(({ name }) => saved[MASK + name])) {
        setMasks(Object.fromEntries(weights.map(({ name, tensor: { dims } }) => [
          name,
          { dims, bits: saved[MASK + name]!.data as Uint8Array },
        ])));
      } else if (step === structureSteps) await freeze(session, step);
    },
    async beforeStep(session, step) {
      if (masks || !method.beforeStep) return;
      await method.beforeStep(await liveLayers(session), moment(step), plan);
    },
    async afterStep(session, step) {
      if (masks) return await hold(session);
      if (method.afterStep) await method.afterStep(await liveLayers(session), moment(step), plan);
      if (step === structureSteps) await freeze(session, step);
    },
    saved() {
      const kept = Object.entries(masks ?? {}).map(([name, { bits }]) => [MASK + name, bytes(bits)]);
      const learned = method.decays
        ? weights.flatMap((
          { name },
        ) => [[DECAY + name, tensorOf(name)], [MARKS + name, bytes(marks.get(name)!)]])
        : [];
      return Object.fromEntries([...kept, ...learned]);
    },
    release() {
      for (const { gpu } of Object.values(bits)) gpu?.dispose();
      bits = {};
    },
  };

  function tensorOf(name: string): Tensor {
    return new Tensor(
      "float32",
      decays.get(name)!,
      weights.find((weight) => weight.name === name)!.tensor.dims,
    );
  }
}

/** The weights of a model that a method prunes. */
export function prunedWeights(method: SparseMethod, model: Model): Weight[] {
  return weightsOf(model).filter(method.prunable ?? isPrunable);
}

function bytes(bits: Uint8Array): Tensor {
  return new Tensor("uint8", bits, [bits.length]);
}

/** A method of the user's own may forget a layer, or swap two. */
function requireMasks(method: SparseMethod, layers: readonly SparseLayer[], masks: Masks): void {
  for (const { name, dims } of layers) {
    const mask = masks[name];
    if (mask && mask.dims.join() === dims.join() && mask.bits.length === Math.ceil(sizeOf(dims) / 8)) {
      continue;
    }
    throw new TypeError(
      `Cannot freeze the structure by ${method.name}: "${name}" has shape [${dims.join(", ")}], its mask ` +
        `${mask ? `[${mask.dims.join(", ")}] with ${mask.bits.length} bytes` : "is missing"}`,
    );
  }
}
