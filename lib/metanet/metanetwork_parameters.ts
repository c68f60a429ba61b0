import { COUNT, requireNumbers } from "../bounds.ts";
import { RangeError } from "../errors.ts";
import { limits, raised } from "../limits.ts";
import { type Chosen, requireOptions, requireWords } from "../options.ts";
import { sizeOf, type Tensor } from "../tensor/tensor.ts";
import { kaimingUniform, uniform } from "../nn/init.ts";
import { seededRandom } from "../random.ts";
import type { Tensors } from "../runtime/runtime.ts";

/** Sizes and options of a metanetwork, beside its weights. */
export interface MetanetworkSettings {
  /** Message-passing layers. Default 3. */
  layers?: number | undefined;
  /** Size of the hidden state of each node and edge, even or odd. Default 16. */
  hidden?: number | undefined;
  /** Features per node: the slots of the meta-graph's layout. */
  nodeFeatures: number;
  /** Context columns of each node, which are read and never changed. Default 0. */
  nodeContext?: number | undefined;
  /**
   * How kernels become hidden states. A list of sizes gives each size (9 for 3×3) an encoder and a decoder of
   * its own, as published; `"taps"` has one vector for each place of a kernel, so that one metanetwork reads
   * kernels of any size.
   */
  edges: readonly number[] | "taps";
  /** Factor of what is added to node and edge features. Default 0.02. */
  ratio?: number | undefined;
  /** The layout of the meta-graphs that it reads; see `metaGraph`. Default `"general"`. */
  layout?: "general" | "published" | undefined;
}

/** The settings with the defaults filled in. */
export function completeSettings(
  { layers = 3, hidden = 16, nodeFeatures, nodeContext = 0, edges, ratio = 0.02, layout = "general" }:
    MetanetworkSettings,
): Chosen<MetanetworkSettings> {
  requireNumbers("make a metanetwork", { layers, hidden, nodeFeatures }, COUNT);
  requireNumbers("make a metanetwork", { nodeContext }, { whole: true, from: 0 });
  const sizes = edges === "taps" ? [1] : edges;
  if (
    !Array.isArray(sizes) || sizes.length === 0 || sizes.some((size) => !Number.isInteger(size) || size < 1)
  ) {
    throw new RangeError(
      `Cannot make a metanetwork with edges ${
        JSON.stringify(edges)
      }: expected "taps", or a list of edge sizes such as [9, 1]`,
    );
  }
  requireNumbers("make a metanetwork", { ratio }, { above: 0, to: 1 });
  requireWords("make a metanetwork", { layout }, { layout: { general: true, published: true } });
  return { layers, hidden, nodeFeatures, nodeContext, edges, ratio, layout };
}

/** A metanetwork: what it is, and its weights by name. */
export interface Metanetwork {
  /** All settings, defaults filled in. */
  settings: { [Name in keyof MetanetworkSettings]-?: Exclude<MetanetworkSettings[Name], undefined> };
  /** Weights that are trained, by name. */
  weights: Tensors;
  /** `true` where the file that it was read from is of an older version, which carries no checksum. */
  withoutChecksum?: true;
}

/** Kernel places beyond this distance from the centre share the vectors of those at it: 7×7 kernels fit. */
export const TAP_REACH = 3;

/** Places of one kind of tap. */
export const TAP_PLACES: number = (2 * TAP_REACH + 1) ** 2;

/** Kinds of taps at one place: query, key and value, or planes of a 3-d kernel. */
export const TAP_KINDS = 3;

/** Rows of the table of taps. */
const TAPS = TAP_KINDS * TAP_PLACES;

/**
 * Edges with more taps than this pass through a layer of this size before and after, as published for patches
 * of 16×16.
 */
export const WIDE_EDGE = 64;

/** The names of all parameters begin with this, so that they stand beside a data model's in one graph. */
export const PREFIX = "metanetwork.";

/** The linear layers of each message-passing layer: what is sent, and how edges change. */
export const MESSAGE_LAYERS = ["message_from", "message_to", "edge_from", "edge_to"] as const;

/**
 * Shapes of all parameters by name. Weights of linear layers are [out, in] as in PyTorch; a table of taps is
 * [taps, hidden].
 */
export function parameterShapes(settings: Chosen<MetanetworkSettings>): Record<string, readonly number[]> {
  return Object.fromEntries(parametersOf(settings));
}

/**
 * Shapes of the parameters, as in {@linkcode parameterShapes}, one after the other: settings may ask for more
 * than a file holds.
 */
export function* parametersOf(
  { layers, hidden, nodeFeatures, nodeContext, edges }: Chosen<MetanetworkSettings>,
): Generator<[name: string, dims: readonly number[]]> {
  function* linear(name: string, from: number, to: number): Generator<[string, readonly number[]]> {
    yield [`${PREFIX}${name}.weight`, [to, from]];
    yield [`${PREFIX}${name}.bias`, [to]];
  }
  function* decoder(name: string, features?: number): Generator<[string, readonly number[]]> {
    yield* linear(`${name}.hidden`, hidden, hidden);
    if (features !== undefined) yield* linear(`${name}.out`, hidden, features);
  }
  yield* linear("node_encoder", nodeFeatures + nodeContext, hidden);
  for (let layer = 0; layer < layers; layer++) {
    for (const name of MESSAGE_LAYERS) yield* linear(`layers.${layer}.${name}`, hidden, hidden);
    yield* linear(`layers.${layer}.aggregate`, 4 * hidden, hidden);
  }
  if (edges === "taps") {
    yield [`${PREFIX}edge_encoder.taps`, [TAPS, hidden]];
    yield [`${PREFIX}edge_encoder.bias`, [hidden]];
    yield* decoder("edge_decoder");
    yield [`${PREFIX}edge_decoder.taps`, [TAPS, hidden]];
    yield [`${PREFIX}edge_decoder.tap_bias`, [TAPS]];
  } else {
    for (const size of edges) {
      if (size > WIDE_EDGE) {
        yield* linear(`edge_encoder.${size}.wide`, size, WIDE_EDGE);
        yield* linear(`edge_encoder.${size}`, WIDE_EDGE, hidden);
        yield* decoder(`edge_decoder.${size}`, WIDE_EDGE);
        yield* linear(`edge_decoder.${size}.wide`, WIDE_EDGE, size);
      } else {
        yield* linear(`edge_encoder.${size}`, size, hidden);
        yield* decoder(`edge_decoder.${size}`, size);
      }
    }
  }
  yield* decoder("node_decoder", nodeFeatures);
}

/**
 * A metanetwork with weights and biases uniform within ±1/√(inputs of the layer): what it changes is small at
 * first only because `ratio` is.
 *
 * @throws RangeError where the settings make no network
 */
export function createMetanetwork(
  settings: MetanetworkSettings,
  options: { /** Seed of the weights. Default 0. */ seed?: number } = {},
): Metanetwork {
  requireOptions("createMetanetwork", options, { seed: true });
  const { seed = 0 } = options;
  const complete = completeSettings(settings);
  let [tensors, numbers] = [0, 0];
  for (const [, dims] of parametersOf(complete)) {
    tensors++;
    numbers += sizeOf(dims);
    if (tensors > limits().tensors || numbers > limits().parameters) {
      throw new RangeError(
        `Cannot make a metanetwork of ${complete.layers} layers and ${complete.hidden} hidden numbers: expected at ` +
          `most ${limits().tensors} tensors of ${limits().parameters} numbers, ${raised("tensors")}`,
      );
    }
  }
  const shapes = parameterShapes(complete);
  const random = seededRandom(seed, "metanetwork");
  const weights = Object.entries(shapes).map(([name, dims]): [string, Tensor] => {
    const inputs = name.includes("taps")
      ? 9
      : shapes[name.replace(/bias$/, "weight")]?.[1] ?? complete.hidden;
    const first = dims.length === 1 || name.includes("taps")
      ? uniform(1 / Math.sqrt(inputs))
      : kaimingUniform;
    return [name, first(dims, random.split(name))];
  });
  return { settings: complete, weights: Object.fromEntries(weights) };
}
