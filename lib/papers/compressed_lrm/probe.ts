import { answerCrossEntropy } from "../../distillation/answer_losses.ts";
import { decoder, type DecoderOptions } from "../../nn/decoder.ts";
import type { Model } from "../../onnx/model.ts";
import type { Progress } from "../../progress.ts";
import { seededRandom } from "../../random.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { float32, int64, type Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import type { Batch } from "../../train/batches.ts";
import { fit } from "../../train/fit.ts";
import { adamW } from "../../train/optimizers.ts";
import { lessonRow, SYMBOLS, type World, world } from "./language.ts";

/** A small network that is taught facts and chains. */
export interface ProbeSpec {
  /** Width of the residual stream. */
  hidden: number;
  /** Transformer layers. */
  layers: number;
  /** Neurons of a feed-forward block. */
  neurons: number;
  /** People whose colours and friends are to be known. */
  people: number;
  /** Steps of training. */
  steps: number;
  /** Seed of facts, lessons and first weights. */
  seed: number;
}

/** Heads are this wide. */
const HEAD = 16;

/** Rows of a training step. */
const ROWS = 32;

/** Tokens of a row of lessons. */
export const LESSON_LENGTH = 32;

/** The sizes of a probe, as decoders are built. */
export function probeOptions({ hidden, layers, neurons, seed }: ProbeSpec): DecoderOptions {
  return { vocabulary: SYMBOLS.length, context: 64, layers, hidden, heads: hidden / HEAD, neurons, seed };
}

/** The world that a probe is taught. */
export const worldOf = ({ people, seed }: Pick<ProbeSpec, "people" | "seed">): World => world(people, seed);

/**
 * Trains a probe: AdamW at 5e-3 after 50 steps of warm-up, half a cosine wave down to 0, clipped at 1; each
 * step 32 rows of 32 tokens, none seen twice. What counts is the tokens of answers.
 */
export async function trainProbe(
  spec: ProbeSpec,
  { runtime, progress }: { runtime: Runtime; progress?: Progress },
): Promise<Model> {
  const { steps, seed } = spec;
  const facts = worldOf(spec);
  const { model } = await fit(scaledStart(decoder(probeOptions(spec)), spec), {
    stepsPerEpoch: steps,
    batch: (_, step) => lessons(facts, seed, step),
  }, {
    epochs: 1,
    loss: answerCrossEntropy(),
    optimizer: adamW({ weightDecay: 0.01 }),
    schedule: (step, steps) =>
      5e-3 * Math.min((step + 1) / 50, 1) * (1 + Math.cos(Math.PI * step / steps)) / 2,
    clip: 1,
    seed,
    runtime,
    progress,
  });
  return model;
}

function lessons(facts: World, seed: number, step: number): Batch {
  const random = seededRandom(seed, "lessons", step);
  const rows = Array.from({ length: ROWS }, () => lessonRow(random, facts, LESSON_LENGTH));
  const dims = [ROWS, LESSON_LENGTH];
  return {
    inputs: { input_ids: int64(rows.flatMap(({ ids }) => ids), dims) },
    targets: {
      tokens: int64(rows.flatMap(({ next }) => next.map((id) => Math.max(id, 0))), dims),
      counts: float32(rows.flatMap(({ next }) => next.map((id) => Number(id >= 0))), dims),
    },
  };
}

/**
 * Matrices scaled to a deviation of one over the root of their inputs, those that write into the residual
 * stream to less by the root of twice the layers, the table of tokens to 0.3. With the decoder's own 0.02 a
 * network this narrow learns to look back only after thousands of steps.
 */
function scaledStart(model: Model, { layers }: ProbeSpec): Model {
  const initializers = new Map(model.graph.initializers);
  for (const [name, tensor] of initializers) {
    if (!name.endsWith(".weight") || tensor.dims.length !== 2) continue;
    const writes = /\.(o|down)_proj\./.test(name) ? Math.sqrt(2 * layers) : 1;
    const deviation = name.includes("embed") ? 0.3 : 1 / Math.sqrt(tensor.dims[1]!) / writes;
    const data = floats(tensor as Tensor).map((value) => value * deviation / 0.02);
    initializers.set(name, float32(data, tensor.dims));
  }
  return model.withGraph({ ...model.graph, initializers });
}
