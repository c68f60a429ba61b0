import { RangeError } from "../errors.ts";
import { type OptionNames, requireOptions, requireWords } from "../options.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { Model } from "../onnx/model.ts";
import { int64 } from "../tensor/tensor.ts";
import { seededRandom } from "../random.ts";
import { normal, xavierUniform, zeros } from "./init.ts";
import { conv2d, layerNorm, requireParts } from "./layers.ts";
import { type Draw, parameter, projection } from "./projection.ts";

/** Settings of {@linkcode vit}. The defaults are ViT-B/16. */
export interface VitOptions {
  /** Height and width of the image in pixels, a multiple of `patch`. Default 224. */
  image?: number | undefined;
  /** Height and width of a patch. Default 16. */
  patch?: number | undefined;
  /** Transformer blocks. Default 12. */
  layers?: number | undefined;
  /** Heads of attention. Default 12. */
  heads?: number | undefined;
  /** Width of the residual stream, a multiple of `heads`. Default 768. */
  hidden?: number | undefined;
  /** Hidden width of the MLPs. Default 4 times `hidden`. */
  mlp?: number | undefined;
  /** Classes that it tells apart. Default 1000. */
  classes?: number | undefined;
  /**
   * Initial weights: drawn, or zeros that a checkpoint replaces, which saves the drawing. Default `"random"`.
   */
  weights?: "random" | "zeros" | undefined;
  /** Seed of the initial weights. Default 0. */
  seed?: number | undefined;
}

/** Names of {@linkcode VitOptions}. */
const VIT_OPTIONS: OptionNames<VitOptions> = {
  image: true,
  patch: true,
  layers: true,
  heads: true,
  hidden: true,
  mlp: true,
  classes: true,
  weights: true,
  seed: true,
};

/**
 * The vision transformer of Dosovitskiy et al., "An Image is Worth 16x16 Words", 2020, in the form that
 * PyTorch's torchvision has it, with norms first and one weight for queries, keys and values: `input` [N, 3,
 * image, image] → `logits` [N, classes], read from the class token.
 *
 * Parameters are named as in torchvision: `class_token`, `conv_proj`, `encoder.pos_embedding`,
 * `encoder.layers.encoder_layer_{i}.{ln_1,self_attention,ln_2,mlp.0,mlp.3}`, `encoder.ln`, `heads.head`; its
 * published checkpoints have older names, which {@linkcode vitWeightName} translates.
 *
 * @throws RangeError where sizes do not divide
 */
export function vit(
  options: VitOptions = {},
): Model {
  requireOptions("vit", options, VIT_OPTIONS);
  const {
    image = 224,
    patch = 16,
    layers = 12,
    heads = 12,
    hidden = 768,
    mlp = 4 * hidden,
    classes = 1000,
    weights = "random",
    seed = 0,
  } = options;
  if (image % patch !== 0 || hidden % heads !== 0) {
    throw new RangeError(
      `Cannot build a vision transformer: an image of ${image} pixels must divide into patches of ${patch}, and ` +
        `${hidden} hidden dimensions into ${heads} heads`,
    );
  }
  requireWords("build a vision transformer", { weights }, { weights: { random: true, zeros: true } });
  requireParts("a vision transformer", "classes", classes, hidden);
  requireParts("a vision transformer", "blocks", layers, hidden * (4 * hidden + 2 * mlp));
  const draw: Draw = { random: seededRandom(seed, "weights"), zero: weights === "zeros" };
  const g = new GraphBuilder(`vit_${patch}`);
  const tokens = (image / patch) ** 2;
  let x = g.input("input", "float32", ["N", 3, image, image]);
  const init = draw.zero ? zeros : normal(Math.sqrt(1 / (3 * patch ** 2)));
  const { random } = draw;
  x = conv2d(g, x, { name: "conv_proj", random, in: 3, out: hidden, kernel: patch, stride: patch, init });
  x = g.transpose(g.reshape(x, [0, hidden, tokens]), [0, 2, 1]); // [N, tokens, hidden]
  const token = parameter(g, "class_token", { dims: [1, 1, hidden], init: zeros }, draw);
  const batch = g.node("Shape", [x], { start: 0, end: 1 })[0]!;
  x = g.concat([g.expand(token, g.concat([batch, g.ints([1, hidden])], 0)), x], 1);
  x = g.add(
    x,
    parameter(g, "encoder.pos_embedding", { dims: [1, tokens + 1, hidden], init: normal(0.02) }, draw),
  );
  for (let i = 0; i < layers; i++) {
    const name = `encoder.layers.encoder_layer_${i}`;
    const normed = layerNorm(g, x, { name: `${name}.ln_1`, features: hidden, epsilon: 1e-6 });
    x = g.add(
      attention(g, normed, `${name}.self_attention`, { tokens: tokens + 1, heads, hidden, draw }),
      x,
    );
    const y = layerNorm(g, x, { name: `${name}.ln_2`, features: hidden, epsilon: 1e-6 });
    const inner = g.gelu(projection(g, y, { name: `${name}.mlp.0`, from: hidden, to: mlp }, draw));
    x = g.add(projection(g, inner, { name: `${name}.mlp.3`, from: mlp, to: hidden }, draw), x);
  }
  x = layerNorm(g, x, { name: "encoder.ln", features: hidden, epsilon: 1e-6 });
  const first = g.gather(x, g.constant(int64([0], [])), 1); // [N, hidden]
  g.output(
    projection(g, first, { name: "heads.head", from: hidden, to: classes, init: zeros }, draw),
    "logits",
  );
  return g.model();
}

/** The layers of a block's MLP in torchvision's first version, by the names that they have now. */
const RENAMED: Readonly<Record<string, string>> = { linear_1: "0", linear_2: "3" };

/**
 * The name in {@linkcode vit} of a weight of a checkpoint from torchvision, for `rename` of `loadWeights`:
 * the published files, such as `vit_b_16-c867db91.pth`, call the layers of MLPs `linear_1` and `linear_2`,
 * which torchvision itself translates as it loads them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const name = vitWeightName("encoder.layers.encoder_layer_0.mlp.linear_2.bias");
 * assert.equal(name, "encoder.layers.encoder_layer_0.mlp.3.bias");
 * ```
 */
export function vitWeightName(name: string): string {
  return name.replace(/(?<=\.mlp\.)linear_[12](?=\.)/, (layer) => RENAMED[layer]!);
}

interface AttentionOptions {
  tokens: number;
  heads: number;
  hidden: number;
  draw: Draw;
}

/** Multi-head self-attention, [N, tokens, hidden] → [N, tokens, hidden]. */
function attention(
  g: GraphBuilder,
  x: Value,
  name: string,
  { tokens, heads, hidden, draw }: AttentionOptions,
): Value {
  const size = hidden / heads;
  const weight = parameter(
    g,
    `${name}.in_proj_weight`,
    { dims: [3 * hidden, hidden], init: xavierUniform(hidden, 3 * hidden) },
    draw,
  );
  const bias = parameter(g, `${name}.in_proj_bias`, { dims: [3 * hidden], init: zeros }, draw);
  const packed = g.add(g.matMul(x, g.transpose(weight, [1, 0])), bias);
  const [query, key, value] = g.split(packed, [hidden, hidden, hidden], 2).map((part) =>
    g.transpose(g.reshape(part, [0, tokens, heads, size]), [0, 2, 1, 3]) // [N, heads, tokens, size]
  ) as [Value, Value, Value];
  const scores = g.mul(g.matMul(query, g.transpose(key, [0, 1, 3, 2])), 1 / Math.sqrt(size));
  const mixed = g.transpose(g.matMul(g.softmax(scores), value), [0, 2, 1, 3]);
  return projection(g, g.reshape(mixed, [0, tokens, hidden]), {
    name: `${name}.out_proj`,
    from: hidden,
    to: hidden,
  }, draw);
}
