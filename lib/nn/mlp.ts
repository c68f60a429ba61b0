import { givenInWords } from "../given.ts";
import { RangeError, TypeError } from "../errors.ts";
import { requireOptions, requireWords } from "../options.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import type { Model } from "../onnx/model.ts";
import { seededRandom } from "../random.ts";
import { linear } from "./layers.ts";

/** Settings of {@linkcode mlp}. */
export interface MlpOptions {
  /** Size of the input, of each hidden layer, and of the output. */
  sizes: readonly number[];
  /** Between the layers. Default `"relu"`. */
  activation?: "relu" | "gelu" | "silu" | "tanh" | "sigmoid" | undefined;
  /** Seed of the initial weights. Default 0. */
  seed?: number | undefined;
}

/** Words that options know. */
const WORDS = { activation: { relu: true, gelu: true, silu: true, tanh: true, sigmoid: true } };

/**
 * Linear layers with an activation between them: `input` [N, sizes[0]] → `logits` [N, sizes.at(-1)].
 * Parameters are `0.weight`, `0.bias`, `2.weight` …, as in a PyTorch `Sequential` of layers and activations,
 * and start with PyTorch's defaults.
 *
 * @throws RangeError where the sizes make no network, or there is no such activation
 */
export function mlp(options: MlpOptions): Model {
  requireOptions("mlp", options, { sizes: true, activation: true, seed: true });
  const { sizes, activation = "relu", seed = 0 } = options;
  if (!Array.isArray(sizes)) {
    throw new TypeError(
      `Cannot build an MLP with sizes ${
        givenInWords(sizes)
      }: expected a list, as in mlp({ sizes: [784, 100, 10] })`,
    );
  }
  if (sizes.length < 2 || !sizes.every((size) => Number.isInteger(size) && size > 0)) {
    throw new RangeError(
      `Cannot build an MLP with sizes [${
        sizes.join(", ")
      }]: expected whole numbers from 1, at least input and output`,
    );
  }
  requireWords("build an MLP", { activation }, WORDS);
  const random = seededRandom(seed, "weights");
  const g = new GraphBuilder("mlp");
  let x = g.input("input", "float32", ["N", sizes[0]!]);
  for (let i = 0; i + 1 < sizes.length; i++) {
    if (i > 0) x = g[activation](x);
    x = linear(g, x, { name: `${2 * i}`, random, in: sizes[i]!, out: sizes[i + 1]! });
  }
  g.output(x, "logits");
  return g.model();
}
