import { messagePassing } from "../../kernels/webgpu/graph/message_passing.ts";
import { viewOf } from "../../kernels/webgpu/core/tensors.ts";
import { Tensor } from "../tensor/tensor.ts";
import { floats } from "../tensor/arrays.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type BlockPart, blockParts } from "./block_parts.ts";
import type { MetaGraph } from "../metagraph/meta_graph.ts";
import { requireReadable } from "./metanetwork.ts";
import type { Metanetwork } from "./metanetwork_parameters.ts";
import {
  edgeChange,
  edgeDecoder,
  edgeEncoder,
  messageModel,
  nodeChange,
  nodeDecoder,
  nodeEncoder,
} from "./piece_models.ts";
import { openPieceSessions, type PieceSessions } from "./piece_sessions.ts";

/** Settings of {@linkcode runByBlocks}. */
export interface ByBlocksOptions {
  /**
   * Bytes of edge states that are worked on at once: larger blocks are cut by rows. Default 64 MiB, half of
   * what a binding reaches on every GPU.
   */
  partBytes?: number | undefined;
}

/**
 * Feeds a graph through a metanetwork block by block: what is computed of nodes by themselves and of edges by
 * themselves are ONNX models, made of the same pieces as the whole one; what nodes are told is the kernel
 * `messagePassing`.
 *
 * On a runtime with a GPU, states stay there from the first layer to the last. Alive at once are the states
 * of all edges, 4 · hidden bytes each, and beside them what the engine takes for one part of a block.
 *
 * @returns features as the metanetwork changed them, by layer and by block
 * @throws TypeError where the metanetwork does not read this graph
 */
export async function runByBlocks(
  metanetwork: Metanetwork,
  graph: Pick<MetaGraph, "layers" | "blocks">,
  runtime: Runtime,
  { partBytes = 2 ** 26 }: ByBlocksOptions = {},
): Promise<{ nodes: Tensor[]; edges: Tensor[] }> {
  const { settings } = metanetwork;
  requireReadable(graph, settings);
  const parts = blockParts(graph, { width: settings.hidden, most: partBytes / 4 });
  const features = below(graph.layers.map(({ features }) => features));
  const context = settings.nodeContext > 0 && { context: below(graph.layers.map(({ context }) => context)) };
  const sessions = openPieceSessions(runtime, metanetwork);
  try {
    const { state } = await sessions.run(nodeEncoder(settings), { features, ...context });
    const states: States = { nodes: state!, edges: [] };
    for (const { taps, features } of parts) {
      const { state } = await sessions.run(edgeEncoder(taps, settings), { features });
      states.edges.push(state!);
    }
    for (let layer = 0; layer < settings.layers; layer++) {
      await passMessages(sessions, metanetwork, { parts, layer: `layers.${layer}` }, states);
    }
    const nodes = await sessions.read(nodeDecoder(settings), { features, state: states.nodes });
    const changed = graph.blocks.map(({ features }) => new Float32Array(features.size));
    for (const [i, { block, start, taps, features }] of parts.entries()) {
      const state = states.edges[i]!;
      const flat = viewOf(state, [features.dims[0]!, settings.hidden]);
      const edges = await sessions.read(edgeDecoder(taps, settings), { features, state: flat });
      changed[block]!.set(floats(edges.next!), start);
      sessions.free(state);
    }
    return {
      nodes: apart(nodes.next!, graph.layers.map(({ channels }) => channels)),
      edges: graph.blocks.map(({ features }, i) => new Tensor("float32", changed[i]!, features.dims)),
    };
  } finally {
    await sessions.close();
  }
}

/** States of nodes and edges, on the device until they are freed. */
interface States {
  /** [nodes, hidden] */
  nodes: Tensor;
  /** States of the edges by part, of [edges · hidden] numbers. */
  edges: Tensor[];
}

/** One layer: messages in both directions, then both kinds of states change. */
async function passMessages(
  { run, hold, free }: PieceSessions,
  { settings }: Metanetwork,
  { parts, layer }: { parts: readonly BlockPart[]; layer: string },
  states: States,
): Promise<void> {
  const said = await run(messageModel(layer, settings), { state: states.nodes });
  const { received, edgeFrom, edgeTo } = said as Record<string, Tensor>;
  const blocks = parts.map(({ shape, rows, columns }, i) => {
    return { edges: viewOf(states.edges[i]!, [...shape, settings.hidden]), rows, columns };
  });
  const told = async (senders: Tensor, to: "rows" | "columns") =>
    hold(await messagePassing(blocks, { senders, receivers: received! }, { to }));
  const backward = await told(said.backward!, "columns");
  const forward = await told(said.forward!, "rows");
  const { next } = await run(nodeChange(layer, settings), { state: states.nodes, backward, forward });
  free(states.nodes, backward, forward);
  states.nodes = next!;
  for (const [i, { edges, rows, columns }] of blocks.entries()) {
    const kind = edges.dims.length === 3 ? "dense" : "diagonal";
    const { next } = await run(edgeChange(kind, settings), {
      state: edges,
      edgeFrom: edgeFrom!,
      edgeTo: edgeTo!,
      rows: listOf(rows),
      columns: listOf(columns),
    });
    free(states.edges[i]!);
    states.edges[i] = next!;
  }
  free(...Object.values(said));
}

function listOf(nodes: Int32Array): Tensor {
  return new Tensor("int32", nodes, [nodes.length]);
}

/** Matrices of the same width below each other. */
function below(matrices: readonly Tensor[]): Tensor {
  const all = new Float32Array(matrices.reduce((sum, { size }) => sum + size, 0));
  let at = 0;
  for (const matrix of matrices) {
    all.set(floats(matrix), at);
    at += matrix.size;
  }
  const width = matrices[0]?.dims[1] ?? 0;
  return new Tensor("float32", all, [width === 0 ? 0 : all.length / width, width]);
}

/** The way back: matrices of so many rows each, as views. */
function apart(all: Tensor, counts: readonly number[]): Tensor[] {
  const width = all.dims[1]!;
  const numbers = floats(all);
  let row = 0;
  return counts.map((count) => {
    const rows = numbers.subarray(row * width, (row + count) * width);
    row += count;
    return new Tensor("float32", rows, [count, width]);
  });
}
