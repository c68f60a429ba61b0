import { requireOptions } from "../../options.ts";
import { linear } from "../../nn/layers.ts";
import { GraphBuilder, type Value } from "../../onnx/builder.ts";
import type { Model } from "../../onnx/model.ts";
import type { Weight } from "../../nn/weights.ts";
import { type Random, seededRandom } from "../../random.ts";
import { float32 } from "../../tensor/tensor.ts";
import { requireRoleGraph } from "./role_graph.ts";

/** Settings of {@linkcode releasedNetwork}. */
export interface ReleasedNetworkOptions {
  /** Role graph over which the network passes messages: row i, column j is 1 where i speaks to j, [N][N]. */
  roleGraph: readonly (readonly number[])[];
  /** Values of one embedding, of a role or of a question. Default 384. */
  embedding?: number | undefined;
  /** Seed of the initial weights. Default 0. */
  seed?: number | undefined;
}

/**
 * The network that AGP released: `input` [batch, N, 2 × embedding], the embeddings of role and question side
 * by side, → `keep` [batch, N], the chance that each agent is kept, `edges` [batch, N, N], the chance of each
 * link, from row to column, and `codes` [batch, N, 16], what it knows of each agent. Parameters have the
 * names of the released files.
 *
 * Two graph convolutions (16 and `embedding` wide) over the role graph; chances of links are a sigmoid of the
 * Gram matrix of a small MLP's outputs, scaled to −1…1 over all pairs, so they are symmetric and lie between
 * 0.269 and 0.731.
 *
 * Source: Li, Zhao, Lee, Wang, "Adaptive Graph Pruning for Multi-Agent Communication", ECAI 2025, as
 * released.
 */
export function releasedNetwork(
  options: ReleasedNetworkOptions,
): Model {
  requireOptions("releasedNetwork", options, { roleGraph: true, embedding: true, seed: true });
  const { roleGraph, embedding = 384, seed = 0 } = options;
  requireRoleGraph(roleGraph);
  const random = seededRandom(seed, "weights");
  const agents = roleGraph.length;
  const g = new GraphBuilder("agp_released");
  const input = g.input("input", "float32", ["batch", agents, 2 * embedding]);
  // A factor, not the left side of a product of matrices, which would pass for a weight.
  const neighbours = g.constant(float32(normalizedNeighbours(roleGraph).flat(), [agents, agents, 1]));
  const layer = (x: Value, name: string, from: number, to: number) =>
    graphConvolution(g, x, neighbours, { name, random, from, to, agents });

  const first = g.relu(layer(input, "gcn.conv1", 2 * embedding, 16)); // [batch, N, 16]
  const second = g.logSoftmax(layer(first, "gcn.conv2", 16, embedding)); // [batch, N, embedding]

  const rows = g.reshape(first, [-1, 16]);
  const head = g.relu(linear(g, rows, { name: "gcn.mask_head.0", random, in: 16, out: 64 }));
  const logit = linear(g, head, { name: "gcn.mask_head.2", random, in: 64, out: 1 });
  g.output(g.sigmoid(g.reshape(logit, [-1, agents])), "keep");

  const flat = g.reshape(second, [-1, embedding]);
  const hidden = g.relu(linear(g, flat, { name: "mlp.fc1", random, in: embedding, out: 16 }));
  const code = g.reshape(linear(g, hidden, { name: "mlp.fc2", random, in: 16, out: 16 }), [-1, agents, 16]);
  const gram = g.matMul(code, g.transpose(code, [0, 2, 1])); // [batch, N, N]
  g.output(g.sigmoid(scaledToOne(g, gram)), "edges");
  g.output(first, "codes");
  return g.model();
}

/** For `fit`'s `freeze`: the MLP behind the links, which the release leaves as it was drawn. */
export function releasedFreeze({ name }: Weight): boolean {
  return name.startsWith("mlp.");
}

/** P[j][i] = Â[i][j] / √(d_i d_j) with Â = A + I and d_j its column sums: PyTorch Geometric's `GCNConv`. */
function normalizedNeighbours(adjacency: readonly (readonly number[])[]): number[][] {
  const withSelf = adjacency.map((row, i) => row.map((a, j) => i === j ? 1 : a));
  const degree = withSelf.map((_, j) => withSelf.reduce((sum, row) => sum + row[j]!, 0));
  return withSelf.map((_, j) => withSelf.map((row, i) => row[j]! / Math.sqrt(degree[i]! * degree[j]!)));
}

/** P·(x·Wᵀ) + b, [batch, N, from] → [batch, N, to]. */
function graphConvolution(
  g: GraphBuilder,
  x: Value,
  neighbours: Value,
  { name, random, from, to, agents }: {
    name: string;
    random: Random;
    from: number;
    to: number;
    agents: number;
  },
): Value {
  const rows = g.reshape(x, [-1, from]);
  const messages = linear(g, rows, { name: `${name}.lin`, random, in: from, out: to, bias: false });
  const sent = g.reshape(messages, [-1, 1, agents, to]); // [batch, 1, sender, to]
  const gathered = g.reduceSum(g.mul(sent, neighbours), [2], { keepdims: false });
  return g.add(gathered, g.parameter(`${name}.bias`, float32(new Float32Array(to))));
}

/** 2·(x − min)/(max − min) − 1 over each matrix; x itself where all of it is equal. */
function scaledToOne(g: GraphBuilder, x: Value): Value {
  const low = g.reduceMin(x, [1, 2]); // [batch, 1, 1]
  const range = g.sub(g.reduceMax(x, [1, 2]), low);
  const flat = g.equal(range, 0);
  const scaled = g.sub(g.mul(g.div(g.sub(x, low), g.where(flat, 1, range)), 2), 1);
  return g.where(flat, x, scaled);
}
