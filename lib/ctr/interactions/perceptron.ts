import type { OptionNames } from "../../options.ts";
import { batchNorm2d, linear } from "../../nn/layers.ts";
import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import type { Random } from "../../random.ts";
import type { Tensors } from "../../runtime/runtime.ts";
import { float32 } from "../../tensor/tensor.ts";

/** Settings of interactions that have a multi-layer perceptron. */
export interface HiddenOptions {
  /** Widths of the hidden layers. Default 1024, 512, 256. */
  hidden?: readonly number[] | undefined;
}

/** Names of {@linkcode HiddenOptions}. */
export const HIDDEN_OPTIONS: OptionNames<HiddenOptions> = { hidden: true };

/** The widths of all published runs. */
export const HIDDEN: readonly number[] = [1024, 512, 256];

/** Linear, batch norm, ReLU for each width: [N, in] → [N, last width]. Weights `mlp.0.weight` and so on. */
export function perceptron(
  g: GraphBuilder,
  x: Value,
  { widths, random, in: features }: { widths: readonly number[]; random: Random; in: number },
): Value {
  for (const [i, out] of widths.entries()) {
    x = linear(g, x, { name: `mlp.${i}`, random, in: i === 0 ? features : widths[i - 1]!, out });
    x = g.relu(batchNorm2d(g, x, { name: `mlp.${i}.norm`, features: out }));
  }
  return x;
}

/** A perceptron with one number at its end: [N, in] → [N]. */
export function perceptronLogit(
  g: GraphBuilder,
  x: Value,
  { widths, random, in: features }: { widths: readonly number[]; random: Random; in: number },
): Value {
  const last = perceptron(g, x, { widths, random, in: features });
  const options = { name: "mlp.out", random, in: widths.at(-1) ?? features, out: 1 };
  return g.reshape(linear(g, last, options), [-1]);
}

/** The name of the first layer's weight, which reads the vectors. */
export function firstLayer(widths: readonly number[]): string {
  return widths.length === 0 ? "mlp.out.weight" : "mlp.0.weight";
}

/** A weight [out, from + more] of which only these of the first `from` columns stay, and all behind them. */
export function cutColumns(
  weights: Tensors,
  name: string,
  columns: readonly number[],
  from: number,
): Tensors {
  const { data, dims: [out, all] } = weights[name]!;
  const kept = [...columns, ...Array.from({ length: all! - from }, (_, i) => from + i)];
  const cut = new Float32Array(out! * kept.length);
  for (let row = 0; row < out!; row++) {
    kept.forEach((column, i) => cut[row * kept.length + i] = Number(data[row * all! + column]!));
  }
  return { ...weights, [name]: float32(cut, [out!, kept.length]) };
}
