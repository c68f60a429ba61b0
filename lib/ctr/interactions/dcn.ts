import { type OptionNames, requireOptions } from "../../options.ts";
import { linear } from "../../nn/layers.ts";
import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import type { Random } from "../../random.ts";
import type { Tensors } from "../../runtime/runtime.ts";
import { float32 } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import type { Interaction } from "./interaction.ts";
import { cutColumns, HIDDEN, HIDDEN_OPTIONS, type HiddenOptions, perceptron } from "./perceptron.ts";
import { sumOf } from "../sum_of.ts";

/** Settings of {@linkcode dcn}. */
export interface DcnOptions extends HiddenOptions {
  /** Cross layers. Default 6. */
  layers?: number | undefined;
}

/** Names of {@linkcode DcnOptions}. */
const DCN_OPTIONS: OptionNames<DcnOptions> = { ...HIDDEN_OPTIONS, layers: true };

/**
 * Deep and cross network: a linear layer on a perceptron's end beside that of the cross layers
 * x₍ₗ₊₁₎ = x₀·(wₗ·xₗ) + bₗ + xₗ.
 *
 * Source: Wang, Fu, Fu, Wang, "Deep & cross network for ad click predictions", ADKDD 2017.
 */
export function dcn(options: DcnOptions = {}): Interaction {
  requireOptions("dcn", options, DCN_OPTIONS);
  const { hidden = HIDDEN, layers = 6 } = options;
  return {
    name: "DCN",
    linear: false,
    build(g, vectors, { random, shifted = false }) {
      const width = sumOf(vectors.widths);
      const x = vectors.flat();
      const deep = perceptron(g, x, { widths: hidden, random, in: width });
      const crossed = cross(g, x, { layers, width, random, shifted });
      const features = (hidden.at(-1) ?? width) + width;
      const logit = linear(g, g.concat([deep, crossed], 1), { name: "out", random, in: features, out: 1 });
      return g.reshape(logit, [-1]);
    },
    cut: (weights, columns, from) => cutCross(weights, { columns, from, layers, hidden }),
  };
}

/** The cross layers, [N, width] → [N, width]. */
function cross(
  g: GraphBuilder,
  start: Value,
  { layers, width, random, shifted }: { layers: number; width: number; random: Random; shifted: boolean },
): Value {
  let x = start;
  for (let i = 0; i < layers; i++) {
    let weight = linear(g, x, { name: `cross.${i}`, random, in: width, out: 1, bias: false });
    if (shifted) weight = g.add(weight, g.parameter(`cross.${i}.shift`, float32([0])));
    const bias = g.parameter(`cross.${i}.bias`, float32(new Float32Array(width), [width]));
    x = g.add(g.add(g.mul(start, weight), bias), x);
  }
  return x;
}

/**
 * A coordinate that is gone begins at zero, but the biases still flow through it: xₗ is the sum of those
 * before. What the weights make of that sum becomes a number of each layer, and a part of the last bias.
 */
function cutCross(
  weights: Tensors,
  { columns, from, layers, hidden }: {
    columns: readonly number[];
    from: number;
    layers: number;
    hidden: readonly number[];
  },
): Tensors {
  const kept = new Set(columns);
  const gone = Array.from({ length: from }, (_, i) => i).filter((i) => !kept.has(i));
  let cut: Tensors = hidden.length > 0 ? cutColumns(weights, "mlp.0.weight", columns, from) : { ...weights };
  const flowing = new Float64Array(from);
  const through = (weight: ArrayLike<number | bigint | string>, start: number) =>
    gone.reduce((sum, i) => sum + Number(weight[start + i]!) * flowing[i]!, 0);
  for (let layer = 0; layer < layers; layer++) {
    const name = `cross.${layer}`;
    const bias = weights[`${name}.bias`]!;
    cut = cutColumns(cut, `${name}.weight`, columns, from);
    cut[`${name}.shift`] = float32([through(floats(weights[`${name}.weight`]!), 0)]);
    cut[`${name}.bias`] = float32(columns.map((i) => Number(bias.data[i]!)), [columns.length]);
    for (const i of gone) flowing[i]! += Number(bias.data[i]!);
  }
  const out = weights["out.weight"]!;
  const deep = out.dims[1]! - from;
  const last = [...Array.from({ length: deep }, (_, i) => i), ...columns.map((i) => deep + i)];
  cut["out.weight"] = float32(last.map((i) => Number(out.data[i]!)), [1, last.length]);
  const shift = through(floats(out), deep);
  cut["out.bias"] = float32([Number(weights["out.bias"]!.data[0]!) + shift]);
  return cut;
}
