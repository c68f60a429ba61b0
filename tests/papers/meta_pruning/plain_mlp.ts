/** Linear layers with ReLU between them as plainly as they can be said, in float64: what engines are compared with. */
import type { Model } from "../../../lib/onnx/model.ts";
import { float32, int64, type Tensor } from "../../../lib/tensor/tensor.ts";
import { seededRandom } from "../../../lib/random.ts";
import type { Examples } from "../../../lib/train/batches.ts";

/** The model with other tensors under some names. */
export function withTensors(model: Model, tensors: Record<string, Tensor>): Model {
  const initializers = new Map([...model.graph.initializers, ...Object.entries(tensors)]);
  return model.withGraph({ ...model.graph, initializers });
}

export function tensorOf(model: Model, name: string): Tensor {
  return model.graph.initializers.get(name) as Tensor;
}

/** Logits of a network of linear layers with ReLU between them, of one example, in float64. */
export function logitsOf(model: Model, input: Iterable<number>): number[] {
  const layers = ["0", "2", "4"].filter((name) => model.graph.initializers.has(`${name}.weight`));
  return layers.reduce((x, name, i) => {
    const [weight, bias] = [tensorOf(model, `${name}.weight`), tensorOf(model, `${name}.bias`)];
    const y = [...bias.data as Float32Array].map((b, out) =>
      x.reduce((sum, value, j) => sum + value * Number(weight.data[out * x.length + j]), b)
    );
    return i + 1 < layers.length ? y.map((value) => Math.max(0, value)) : y;
  }, [...input]);
}

/** The class that a network answers with. */
export function answerOf(model: Model, input: Iterable<number>): number {
  const logits = logitsOf(model, input);
  return logits.indexOf(Math.max(...logits));
}

/** Part of examples that a network answers right. */
export function accuracyOf(
  model: Model,
  { rows, labels }: { rows: readonly Float32Array[]; labels: readonly number[] },
): number {
  return rows.filter((row, i) => answerOf(model, row) === labels[i]).length / rows.length;
}

/** Random examples of 8 inputs and 3 classes. */
export function examples(count: number, seed: number): Examples & { rows: Float32Array[]; labels: number[] } {
  const random = seededRandom(seed);
  const rows = Array.from({ length: count }, () => Float32Array.from({ length: 8 }, () => random.normal()));
  const labels = rows.map(() => random.integer(3));
  return {
    rows,
    labels,
    inputs: float32(rows.flatMap((row) => [...row]), [count, 8]),
    targets: int64(labels),
  };
}
