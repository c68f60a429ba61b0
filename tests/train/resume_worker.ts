/**
 * A small training that can be killed: `resume_worker.ts <checkpoint> <result> [method]`. Says `step` on stdout after every
 * step and writes the final weights and history to `<result>`. Everything that has state takes part: momentum of
 * AdamW, batch norm's statistics, dropout, averaged weights, augmentation, validation.
 */
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { batchNorm2d, linear } from "../../lib/nn/layers.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, int64, Tensor } from "../../lib/tensor/tensor.ts";
import { type Random, seededRandom } from "../../lib/random.ts";
import type { Batch, Examples } from "../../lib/train/batches.ts";
import { fit, type FitOptions, type FitResult } from "../../lib/train/fit.ts";
import { assl } from "../../lib/sparse/methods/assl.ts";
import { iht } from "../../lib/sparse/methods/iht.ts";
import { issP } from "../../lib/sparse/methods/iss_p.ts";
import { issR } from "../../lib/sparse/methods/iss_r.ts";
import type { SparseMethod } from "../../lib/sparse/method.ts";
import { oneShotL1 } from "../../lib/sparse/methods/one_shot_l1.ts";
import { randomMask } from "../../lib/sparse/methods/random_mask.ts";
import { srp } from "../../lib/sparse/methods/srp.ts";
import { adamW } from "../../lib/train/optimizers.ts";

/** Three steps each. */
export const EPOCHS = 30;

/** A network with batch norm and dropout, for images of 2×6×6 and 3 classes. */
export function smallNetwork(): Model {
  const random = seededRandom(1);
  const g = new GraphBuilder("small");
  let x = g.input("input", "float32", ["N", 2, 6, 6]);
  x = linear(g, g.flatten(x), { name: "hidden", random, in: 72, out: 8, bias: false });
  x = g.relu(batchNorm2d(g, x, { name: "bn", features: 8 }));
  x = g.dropout(x, 0.25, g.constant(new Tensor("bool", Uint8Array.of(0), [])));
  g.output(linear(g, x, { name: "linear", random, in: 8, out: 3 }), "logits");
  return g.model();
}

/** Noise whose mean tells the class. */
export function examples(count: number, seed: number): Examples {
  const random = seededRandom(seed);
  const labels = Array.from({ length: count }, () => random.integer(3));
  const pixels = labels.flatMap((label) => Array.from({ length: 72 }, () => random.normal(label - 1)));
  return { inputs: float32(pixels, [count, 2, 6, 6]), targets: int64(labels) };
}

function addNoise({ inputs, targets }: Batch, random: Random): Batch {
  const input = inputs.input!;
  const noisy = Float32Array.from(input.data as Float32Array, (x) => x + random.normal(0, 0.25));
  return { inputs: { input: float32(noisy, input.dims) }, targets };
}

const HALF = { sparsity: 0.75, pruningSteps: 45 };

/** Ways to zeros that a run can be asked for, by name: half of its steps learn the structure. */
export const METHODS: Record<string, () => SparseMethod> = {
  issP: () => issP(HALF),
  issR: () => issR({ ...HALF, every: 4 }),
  srp: () => srp({ ...HALF, every: 4 }),
  assl: () => assl({ ...HALF, every: 4, alignment: 0.01, decideAfter: 0.5 }),
  iht: () => iht(HALF),
  oneShotL1: () => oneShotL1(HALF),
  randomMask: () => randomMask({ sparsity: 0.75 }),
};

/** The run, whatever it is saved as. */
export function run(options: Partial<FitOptions>): Promise<FitResult> {
  return fit(smallNetwork(), examples(40, 2), {
    epochs: EPOCHS,
    batchSize: 16, // Two full batches and one of 8.
    optimizer: adamW({ weightDecay: 0.05 }),
    ema: 0.9,
    validation: examples(30, 3),
    augment: addNoise,
    seed: 4,
    ...options,
  });
}

/** The weights a run gave, as bytes, its history among them. */
export function bytesOf({ model, best, history, masks = {} }: FitResult): Uint8Array {
  const weights = (of: Model, prefix: string) =>
    [...of.graph.initializers].filter(([name]) => name.includes(".")).map((
      [name, tensor],
    ) => [prefix + name, tensor]);
  const bits = Object.entries(masks).map((
    [name, { bits }],
  ) => [`mask.${name}`, new Tensor("uint8", bits, [bits.length])]);
  return encodeSafetensors(
    Object.fromEntries([...weights(model, "last."), ...weights(best!.model, "best."), ...bits]),
    { metadata: { history: JSON.stringify(history) } },
  );
}

/** Says so, and takes its time, so that whoever kills it is not too late. */
async function step(): Promise<void> {
  console.log("step");
  await new Promise((done) => setTimeout(done, 4));
}

if (import.meta.main) {
  const [path, result, method] = Deno.args as [string, string, string?];
  const done = await run({
    ...method && { sparsify: METHODS[method]!() },
    checkpoint: { path, everySteps: 1 },
    progress: { start: () => {}, step, close: () => {} },
  });
  await Deno.writeFile(result, bytesOf(done));
  Deno.exit(0);
}
