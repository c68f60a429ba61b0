import { digestOf } from "../files/digest.ts";
import type { Tensors } from "../runtime/runtime.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { TrainingData } from "./batches.ts";
import { isPlain, type Labels, toLabels } from "./labels.ts";
import { seededRandom } from "../random.ts";

/** Batches that stand for a source that has no digest of its own. */
const SOME = 16;

/**
 * SHA-256, in hex, that tells data apart: every row of those in memory, what a source says of itself, or,
 * where it says nothing, its first batches.
 */
export async function digestData(data: TrainingData): Promise<string> {
  if ("inputs" in data) return digestOf([...partsOf(data.inputs), "targets", ...partsOf(data.targets)]);
  if (data.digest) return await data.digest();
  const batches = "batch" in data ? data.stepsPerEpoch : Math.ceil(data.count / SOME);
  const parts: (string | ArrayBufferView)[] = [`${batches}`];
  for (let step = 0; step < Math.min(batches, SOME); step++) {
    const { inputs, targets } = "batch" in data
      ? await data.batch(0, step)
      : await data.read(rowsAt(step, data.count), seededRandom(0, "digest", step));
    parts.push(...partsOf(inputs), ...partsOf(targets));
  }
  return digestOf(parts);
}

function rowsAt(step: number, count: number): Uint32Array {
  return Uint32Array.from({ length: Math.min(SOME, count - step * SOME) }, (_, i) => step * SOME + i);
}

function* partsOf(tensors: Tensor | Tensors | Labels): Iterable<string | ArrayBufferView> {
  const all = isPlain(tensors)
    ? { "": toLabels(tensors) }
    : tensors instanceof Tensor
    ? { "": tensors }
    : tensors;
  for (const [name, { type, dims, data }] of Object.entries(all)) {
    yield `${name} ${type} [${dims}]`;
    if (ArrayBuffer.isView(data)) yield data;
    else yield* data as Iterable<string>;
  }
}
