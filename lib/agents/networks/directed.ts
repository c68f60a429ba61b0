import { requireNumbers } from "../../bounds.ts";
import { type OptionNames, requireOptions } from "../../options.ts";
import { linear } from "../../nn/layers.ts";
import { GraphBuilder, type Value } from "../../onnx/builder.ts";
import type { Model } from "../../onnx/model.ts";
import { seededRandom } from "../../random.ts";
import { float32 } from "../../tensor/tensor.ts";

/** Settings of {@linkcode directedNetwork}. */
export interface DirectedNetworkOptions {
  /** Agents of the pool. */
  agents: number;
  /** Values of one embedding, of a role or of a question. Default 384. */
  embedding?: number | undefined;
  /** Values that stand for an agent in each of the two layers. Default 32. */
  width?: number | undefined;
  /** Seed of the initial weights. Default 0. */
  seed?: number | undefined;
}

/** Names of {@linkcode DirectedNetworkOptions}. */
const DIRECTED_NETWORK_OPTIONS: OptionNames<DirectedNetworkOptions> = {
  agents: true,
  embedding: true,
  width: true,
  seed: true,
};

/** Values of an agent as one who speaks, and as one who listens. */
const PROJECTED = 16;

/**
 * A network that can say who speaks to whom: `input` [batch, N, 2 × embedding] → `keep` [batch, N], `edges`
 * [batch, N, N] and `codes` [batch, N, 2 × width], as {@linkcode releasedNetwork} has them, but links have a
 * direction, and what is known of an agent beside the mean of the others is never smoothed away.
 *
 * An encoder per agent; a second layer that reads it beside the mean of the others; both side by side go into
 * a linear head for keeping, and into two projections whose products, with a learned number for each pair,
 * are the links. Nothing but that number depends on the agents' order.
 *
 * @throws RangeError for fewer than two agents
 */
export function directedNetwork(
  options: DirectedNetworkOptions,
): Model {
  requireOptions("directedNetwork", options, DIRECTED_NETWORK_OPTIONS);
  const { agents, embedding = 384, width = 32, seed = 0 } = options;
  requireNumbers("build the network", { agents }, { whole: true, from: 2 });
  const random = seededRandom(seed, "weights");
  const g = new GraphBuilder("agp_directed");
  const input = g.input("input", "float32", ["batch", agents, 2 * embedding]);
  const byRow = (x: Value, name: string, from: number, to: number) =>
    g.reshape(linear(g, g.reshape(x, [-1, from]), { name, random, in: from, out: to }), [-1, agents, to]);

  const own = g.relu(byRow(input, "encoder", 2 * embedding, width)); // [batch, N, width]
  const others = g.mul(g.sub(g.reduceSum(own, [1]), own), 1 / (agents - 1));
  const both = g.relu(byRow(g.concat([own, others], 2), "context", 2 * width, width));
  const codes = g.concat([own, both], 2); // [batch, N, 2 × width]

  g.output(g.sigmoid(g.reshape(byRow(codes, "keep_head", 2 * width, 1), [-1, agents])), "keep");

  const speaks = byRow(codes, "speaks", 2 * width, PROJECTED);
  const listens = byRow(codes, "listens", 2 * width, PROJECTED);
  const products = g.mul(g.matMul(speaks, g.transpose(listens, [0, 2, 1])), 1 / Math.sqrt(PROJECTED));
  const pairs = g.parameter("pair.bias", float32(new Float32Array(agents ** 2), [agents, agents]));
  g.output(g.sigmoid(g.add(products, pairs)), "edges");
  g.output(codes, "codes");
  return g.model();
}
