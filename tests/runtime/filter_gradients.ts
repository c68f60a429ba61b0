import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { gradients } from "../../lib/onnx/gradients.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";
import type { Tensors } from "../../lib/runtime/runtime.ts";
import { float32, sizeOf } from "../../lib/tensor/tensor.ts";

/** A convolution's sizes and settings. */
export interface Convolution {
  x: readonly number[];
  w: readonly number[];
  attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** Convolutions of each kind: padded, with steps, padded on one side. */
export const CONVOLUTIONS: Readonly<Record<string, Convolution>> = {
  "3×3": { x: [2, 3, 6, 5], w: [4, 3, 3, 3], attributes: { pads: [1, 1, 1, 1] } },
  "stride 2 leaves elements over": {
    x: [2, 3, 8, 7],
    w: [2, 3, 3, 3],
    attributes: { pads: [1, 1, 1, 1], strides: [2, 2] },
  },
  "padded on one side": { x: [1, 2, 9, 10], w: [3, 2, 2, 3], attributes: { pads: [0, 1, 2, 0] } },
};

/** The gradient of a convolution's filter, of the sum of its outputs' squares: the model, and inputs for it. */
export function filterGradientOf({ x, w, attributes = {} }: Convolution): {
  model: Model;
  gradient: string;
  feeds: Tensors;
} {
  const g = new GraphBuilder("case");
  const y = g.node(
    "Conv",
    [g.input("x", "float32", [...x]), g.input("w", "float32", [...w])],
    attributes as never,
  )[0]!;
  const loss = g.reduceSum(g.mul(y, y), undefined, { keepdims: false });
  const found = gradients(g.model(), loss, ["w"]);
  const random = seededRandom(3);
  const tensor = (dims: readonly number[]) =>
    float32(Float32Array.from({ length: sizeOf(dims) }, () => random.normal()), [...dims]);
  const gradient = found.gradients.w!;
  const { graph } = found.model;
  return {
    model: found.model.withGraph({ ...graph, outputs: [gradient] }),
    gradient,
    feeds: { x: tensor(x), w: tensor(w) },
  };
}
