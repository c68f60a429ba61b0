import { RangeError, TypeError } from "../../../lib/errors.ts";
import { sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import type { Gpu } from "../core/gpu.ts";
import { blockPasses, type BlockWork, jobsOf, type Lying, tellPasses } from "./message_passing_passes.ts";
import { messagePassingTwin } from "./message_passing_cpu.ts";
import { emptyOnGpu, gpuOf, requireType, toGpu } from "../core/tensors.ts";

/** Edges with a state each, between nodes on the side of their rows and nodes on that of their columns. */
export interface EdgeStates {
  /**
   * [rows, columns, hidden]: an edge between each node of one side and each of the other, as the weights of a
   * dense layer. Or [nodes, hidden]: an edge between each node of one side and the one at its place on the
   * other.
   */
  edges: Tensor;
  /**
   * Which nodes the rows are, by their place among all that send or receive. Default: all of them, in order.
   */
  rows?: Int32Array;
  /**
   * Which nodes the columns are, by their place among all that send or receive. Default: all of them, in
   * order.
   */
  columns?: Int32Array;
}

/** States of nodes: who sends, and who receives. */
export interface NodeStates {
  /** [nodes, hidden] */
  senders: Tensor;
  /** [nodes, hidden] */
  receivers: Tensor;
}

/** Settings of {@linkcode messagePassing}. */
export interface MessageOptions {
  /** Which side of the edges receives. Default `"rows"`: what flows forwards through the network. */
  to?: "rows" | "columns" | undefined;
}

/** A block of edges that is checked, seen from who sends. */
export interface Sending {
  /** Features of the edges, [rows, columns, hidden], or [nodes, hidden] in a diagonal block. */
  edges: Tensor;
  /** The side that receives; in a diagonal block they are alike. */
  kind: "rows" | "columns" | "diagonal";
  /** Number of rows of edges. */
  rows: number;
  /** Number of columns of edges. */
  columns: number;
  /** Which nodes send and receive, where these are not all, in order. */
  from: Int32Array | undefined;
  /** Which nodes receive, where these are not all, in order. */
  to: Int32Array | undefined;
}

/**
 * Aggregated messages of each node over the edges that lead to it, in all blocks together: mean, standard
 * deviation, largest and smallest of the messages z_i · x_j · e_ij, elementwise, aggregated over j.
 *
 * The edges are read once and messages are never written: z_i is the same for all messages to a node, so the
 * sums are taken of x_j · e_ij and multiplied in the end, max and min changing places where z_i is negative.
 * The variance is that of all messages (not of a sample); up to 1e-5 it counts as none. Sums run in float32
 * on a GPU, about the first message of each run so that a large mean takes no digits from the variance, and
 * in float64 on the CPU. A node that is sent nothing is told zeros; where messages are infinite or NaN, what
 * that node is told in that channel is undefined. About 7 operations per number of `edges`.
 *
 * Source: Corso et al., "Principal Neighbourhood Aggregation for Graph Nets", 2020; the messages and the
 * clamp are those of Liu, Wang, Zhang, "Meta Pruning via Graph Metanetworks", 2025.
 *
 * @param blocks float32 or float16, on the CPU or a GPU; a node may receive in several, but once in each
 * @param nodes float32 or float16, at the same place; the result lies there too
 * @returns float32, [receivers, 4 · hidden]: mean, deviation, largest, smallest side by side
 * @throws TypeError where they do not fit in shape, type or place; RangeError where a list names nodes that
 * are not there
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * // One channel. Two nodes send to the first of two, and the second of them to the second.
 * const dense = { edges: float32([1, 3], [1, 2, 1]), rows: Int32Array.of(0) };
 * const single = { edges: float32([5], [1, 1]), columns: Int32Array.of(1), rows: Int32Array.of(1) };
 * const nodes = { senders: float32([1, 1], [2, 1]), receivers: float32([-1, 2], [2, 1]) };
 * const told = await messagePassing([dense, single], nodes);
 * assert.deepEqual([...told.data], [-2, 1, -1, -3, 10, 0, 10, 10]);
 * ```
 */
export async function messagePassing(
  blocks: readonly EdgeStates[],
  { senders, receivers }: NodeStates,
  { to = "rows" }: MessageOptions = {},
): Promise<Tensor> {
  const edges = Object.fromEntries(blocks.map((block, i) => [`blocks[${i}].edges`, block.edges]));
  const named = { receivers, senders, ...edges };
  const gpu = gpuOf("messagePassing", named);
  for (const [name, { type }] of Object.entries(named)) {
    requireType(type, ["float32", "float16"], "messagePassing", `"${name}"`);
  }
  const hidden = requireNodes({ senders, receivers });
  if (to !== "rows" && to !== "columns") {
    throw new RangeError(`Cannot run messagePassing: to is "${to}", expected "rows" or "columns"`);
  }
  const counts = { senders: senders.dims[0]!, receivers: receivers.dims[0]! };
  const sendings = blocks.map((block, i) => sendingOf(block, to, { hidden, counts, name: `blocks[${i}]` }))
    .filter(({ edges }) => sizeOf(edges.dims) > 0);
  const dims = [counts.receivers, 4 * hidden];
  if (!gpu) return new Tensor("float32", messagePassingTwin(sendings, senders, receivers), dims);
  if (sendings.length === 0) {
    return toGpu(gpu, new Tensor("float32", new Float32Array(sizeOf(dims)), dims));
  }
  return await onGpu(gpu, sendings, { senders, receivers });
}

async function onGpu(
  gpu: Gpu,
  sendings: readonly Sending[],
  { senders, receivers }: NodeStates,
): Promise<Tensor> {
  const [nodes, hidden] = receivers.dims as readonly [number, number];
  const all: number[] = [];
  const placed = (list: Int32Array | undefined) => {
    if (!list) return undefined;
    const start = all.length;
    for (const node of list) all.push(node);
    return start;
  };
  const work = sendings.map((sending): BlockWork => ({
    sending,
    jobs: jobsOf(gpu, sending, hidden),
    from: placed(sending.from),
    to: placed(sending.to),
  }));
  const taken: Tensor[] = [];
  const taking = (tensor: Tensor) => {
    taken.push(tensor);
    return tensor;
  };
  const told = emptyOnGpu(gpu, "float32", [nodes, 4 * hidden]);
  try {
    const jobs = work.flatMap(({ jobs }) => jobs);
    const most = Math.max(...jobs.map(({ outer, splits, inner }) => outer * splits * inner));
    const on: Lying = {
      senders,
      receivers,
      lists: all.length > 0
        ? taking(toGpu(gpu, new Tensor("int32", Int32Array.from(all), [all.length])))
        : undefined,
      partial: taking(emptyOnGpu(gpu, "float32", [most, 4])),
      sent: taking(emptyOnGpu(gpu, "float32", [nodes, hidden, 4])),
      counts: taking(toGpu(gpu, new Tensor("uint32", new Uint32Array(nodes * hidden), [nodes, hidden]))),
      told,
    };
    await gpu.run([...work.flatMap((block) => blockPasses(gpu, block, on)), ...tellPasses(gpu, on)]);
    return told;
  } catch (error) {
    told.dispose();
    throw error;
  } finally {
    for (const tensor of taken) tensor.dispose();
  }
}

/** The size of all states. */
function requireNodes({ senders, receivers }: NodeStates): number {
  const hidden = receivers.dims[1];
  for (const [name, { dims }] of Object.entries({ receivers, senders })) {
    if (dims.length === 2 && dims[1] === hidden) continue;
    throw new TypeError(
      `Cannot run messagePassing: "${name}" is [${dims.join(", ")}], expected [nodes, ` +
        `${name === "senders" ? `${hidden}], as large as receivers` : "hidden]"}`,
    );
  }
  return hidden!;
}

function sendingOf(
  { edges, rows, columns }: EdgeStates,
  to: "rows" | "columns",
  { hidden, counts, name }: { hidden: number; counts: { senders: number; receivers: number }; name: string },
): Sending {
  const { dims } = edges;
  const written = `"${name}.edges" is [${dims.join(", ")}]`;
  if ((dims.length !== 3 && dims.length !== 2) || dims.at(-1) !== hidden) {
    throw new TypeError(
      `Cannot run messagePassing: ${written}, expected [rows, columns, ${hidden}], or [nodes, ${hidden}]`,
    );
  }
  const kind = dims.length === 2 ? "diagonal" : to;
  const sides = [
    { side: "rows", list: rows, length: dims[0]!, what: to === "rows" ? "receivers" : "senders" },
    { side: "columns", list: columns, length: dims.at(-2)!, what: to === "rows" ? "senders" : "receivers" },
  ] as const;
  for (const { side, list, length, what } of sides) {
    const known = counts[what];
    if (length !== (list?.length ?? known)) {
      throw new TypeError(
        `Cannot run messagePassing: ${written} with ${length} ${kind === "diagonal" ? "nodes" : side}, but ` +
          (list
            ? `"${name}.${side}" lists ${list.length}`
            : `there are ${known} ${what}; list which of them in "${side}"`),
      );
    }
    if (list) requireList(list, known, `"${name}.${side}"`, what);
  }
  const [from, into] = to === "rows" ? [columns, rows] : [rows, columns];
  return { edges, kind, rows: dims[0]!, columns: dims.at(-2)!, from, to: into };
}

function requireList(
  list: Int32Array,
  known: number,
  name: string,
  what: "senders" | "receivers",
): void {
  const seen = new Uint8Array(known);
  for (const node of list) {
    if (!Number.isInteger(node) || node < 0 || node >= known) {
      throw new RangeError(`Cannot run messagePassing: ${name} lists ${what} ${node} of 0 … ${known - 1}`);
    }
    if (what === "receivers" && seen[node]!++) {
      throw new RangeError(
        `Cannot run messagePassing: ${name} lists node ${node} twice; a node receives once in a block`,
      );
    }
  }
}
