import { Tensor } from "../../lib/deps.ts";
import { sizeOf } from "../../lib/onnx/tensor.ts";
import { type Gpu, grid, type Pass } from "./gpu.ts";
import { collectShader, combineShader, layoutOf } from "./message_passing_wgsl.ts";
import { bind, parts } from "./parts.ts";
import { bufferOf, emptyOnGpu, floatsOf, gpuOf, type KernelType, requireType, toGpu } from "./tensors.ts";

/** A dense layer as a bipartite graph: an edge for each weight, between the node of its row and that of its column. */
export interface BipartiteLayer {
  /** [out, in, hidden] */
  edges: Tensor;
  /** States of the nodes on the output side, [out, hidden]. */
  rows: Tensor;
  /** States of the nodes on the input side, [in, hidden]. */
  columns: Tensor;
}

/** Settings of {@linkcode messagePassing}. */
export interface MessageOptions {
  /** Which nodes receive. Default `"rows"`: what flows forwards through the network. */
  to?: "rows" | "columns";
}

/** Variances up to this count as none. */
export const LEAST_VARIANCE = 1e-5;

/**
 * What each node is told by all nodes on the other side: mean, standard deviation, largest and smallest of the messages
 * z_i · x_j · e_ij, elementwise, aggregated over j.
 *
 * The edges are read once and messages are never written: z_i is the same for all messages to a node, so the sums are
 * taken of x_j · e_ij and multiplied in the end, max and min changing places where z_i is negative. The variance is that
 * of all messages (not of a sample); up to 1e-5 it counts as none. Sums run in float32 on a GPU, about the first
 * message of each run so that a large mean takes no digits from the variance, and in float64 on the CPU. A node
 * without edges is told zeros; where messages are infinite or NaN, what that node is told in that channel is undefined.
 * About 7 operations per number of `edges`.
 *
 * Source: Corso et al., "Principal Neighbourhood Aggregation for Graph Nets", 2020; the messages and the clamp are those
 * of Liu, Wang, Zhang, "Meta Pruning via Graph Metanetworks", 2025.
 *
 * @param layer float32 or float16, on the CPU or a GPU; the result lies at the same place
 * @returns float32, [receivers, 4 · hidden]: mean, deviation, largest, smallest side by side
 * @throws TypeError where they do not fit in shape, type or place
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../lib/onnx/tensor.ts";
 *
 * const edges = float32([1, 3], [1, 2, 1]); // from two columns to one row, with one channel
 * const [rows, columns] = [float32([-1], [1, 1]), float32([1, 1], [2, 1])];
 * assert.deepEqual([...(await messagePassing({ edges, rows, columns })).data], [-2, 1, -1, -3]);
 * ```
 */
export async function messagePassing(
  { edges, rows, columns }: BipartiteLayer,
  { to = "rows" }: MessageOptions = {},
): Promise<Tensor> {
  const gpu = gpuOf("messagePassing", { edges, rows, columns });
  for (const [name, { type }] of Object.entries({ edges, rows, columns })) {
    requireType(type, ["float32", "float16"], "messagePassing", `"${name}"`);
  }
  const [out, into, hidden] = requireShapes(edges, { rows, columns });
  if (to !== "rows" && to !== "columns") {
    throw new RangeError(`Cannot run messagePassing: to is "${to}", expected "rows" or "columns"`);
  }
  const [senders, receivers] = to === "rows" ? [columns, rows] : [rows, columns];
  const dims = [receivers.dims[0]!, 4 * hidden];
  if (!gpu) return new Tensor("float32", twin({ edges, rows, columns }, to), dims);
  if (sizeOf(edges.dims) === 0) {
    return toGpu(gpu, new Tensor("float32", new Float32Array(sizeOf(dims)), dims));
  }
  const told = emptyOnGpu(gpu, "float32", dims);
  const scratch: Tensor[] = [];
  try {
    const view = to === "rows"
      ? { outer: out, middle: into, inner: hidden }
      : { outer: 1, middle: out, inner: into * hidden };
    const jobs = cut(gpu, view, edges.type === "float16" ? 2 : 4);
    const most = Math.max(...jobs.map(({ outer, splits }) => outer * splits));
    const partial = emptyOnGpu(gpu, "float32", [most, view.inner, 4]);
    const running = emptyOnGpu(gpu, "float32", [Math.max(...jobs.map(({ outer }) => outer)), view.inner, 4]);
    scratch.push(partial, running);
    const on = { edges, senders, receivers, told, partial, running, hidden, whole: view.middle };
    await gpu.run(jobs.flatMap((job) => [collectPass(gpu, job, on), combinePass(gpu, job, on)]));
    return told;
  } catch (error) {
    told.dispose();
    throw error;
  } finally {
    for (const tensor of scratch) tensor.dispose();
  }
}

function requireShapes(
  edges: Tensor,
  nodes: { rows: Tensor; columns: Tensor },
): [number, number, number] {
  const [out, into, hidden] = edges.dims as readonly [number, number, number];
  if (edges.dims.length !== 3) {
    throw new TypeError(
      `Cannot run messagePassing: "edges" is [${edges.dims.join(", ")}], expected [out, in, hidden]`,
    );
  }
  for (const [name, expected] of [["rows", [out, hidden]], ["columns", [into, hidden]]] as const) {
    const { dims } = nodes[name];
    if (`${dims}` === `${expected}`) continue;
    throw new TypeError(
      `Cannot run messagePassing: "${name}" is [${dims.join(", ")}], expected [${
        expected.join(", ")
      }] beside edges ` +
        `[${edges.dims.join(", ")}]`,
    );
  }
  return [out, into, hidden];
}

/** The CPU's way: one run over the edges as they lie. */
function twin({ edges, rows, columns }: BipartiteLayer, to: "rows" | "columns"): Float32Array {
  const [out, into, hidden] = edges.dims as readonly [number, number, number];
  const [senders, receivers] = [to === "rows" ? columns : rows, to === "rows" ? rows : columns].map(floatsOf);
  const [e, count] = [floatsOf(edges), to === "rows" ? into : out];
  const size = receivers!.length;
  const [sum, squares] = [new Float64Array(size), new Float64Array(size)];
  const [high, low] = [new Float32Array(size).fill(-Infinity), new Float32Array(size).fill(Infinity)];
  for (let i = 0, at = 0; i < out; i++) {
    for (let j = 0; j < into; j++) {
      let [own, from] = to === "rows" ? [i * hidden, j * hidden] : [j * hidden, i * hidden];
      for (const end = at + hidden; at < end; at++, own++, from++) {
        const message = senders![from]! * e[at]!;
        sum[own]! += message;
        squares[own]! += message * message;
        if (message > high[own]!) high[own] = message;
        if (message < low[own]!) low[own] = message;
      }
    }
  }
  const told = new Float32Array(4 * size);
  for (let own = 0; own < size && count > 0; own++) {
    const factor = receivers![own]!;
    const mean = sum[own]! / count;
    const variance = (squares[own]! / count - mean * mean) * factor * factor;
    const place = Math.floor(own / hidden) * 4 * hidden + own % hidden;
    const [a, b] = [factor * high[own]!, factor * low[own]!];
    told[place] = mean * factor;
    told[place + hidden] = variance > LEAST_VARIANCE ? Math.sqrt(variance) : 0;
    told[place + 2 * hidden] = Math.max(a, b);
    told[place + 3 * hidden] = Math.min(a, b);
  }
  return told;
}

/** The edges seen as [outer, middle, inner], aggregated over the middle. */
export interface View {
  outer: number;
  middle: number;
  inner: number;
}

/** A part of a view that bindings reach: whole rows, or some of the middle of one. */
interface Job extends View {
  /** Where it begins among the outer, and in the middle. */
  row: number;
  begin: number;
  /** Runs of the middle, each of `chunk` elements and by a workgroup of its own. */
  splits: number;
  chunk: number;
}

/** Workgroups that keep a GPU busy. */
const BUSY = 1024;

function cut(gpu: Gpu, { outer, middle, inner }: View, bytes: number): Job[] {
  const { across, lanes } = layoutOf(inner);
  const job = (part: Pick<Job, "outer" | "middle" | "row" | "begin">): Job => {
    const columns = part.outer * Math.ceil(inner / across);
    const splits = Math.min(Math.ceil(BUSY / columns), Math.max(Math.floor(part.middle / (16 * lanes)), 1));
    const chunk = Math.ceil(part.middle / splits);
    return { ...part, inner, chunk, splits: Math.ceil(part.middle / chunk) };
  };
  const row = middle * inner;
  // What is written takes 16 bytes for each of the inner numbers.
  const each = Math.max(bytes, 16 / middle);
  if (row * each + gpu.alignment <= gpu.maxBinding) {
    return parts(gpu, outer * row, each, row).map(({ start, count }) =>
      job({ outer: count / row, middle, row: start / row, begin: 0 })
    );
  }
  if (inner * 16 + gpu.alignment > gpu.maxBinding) {
    throw new RangeError(
      `Cannot run messagePassing on ${gpu.name}: ${inner} numbers, of 16 bytes each, must lie in one binding, and ` +
        `there a binding holds ${gpu.maxBinding} bytes; use the CPU`,
    );
  }
  const pieces = parts(gpu, row, bytes, inner);
  return Array.from(
    { length: outer },
    (_, row) =>
      pieces.map(({ start, count }) => job({ outer: 1, middle: count / inner, row, begin: start / inner })),
  )
    .flat();
}

interface On {
  edges: Tensor;
  senders: Tensor;
  receivers: Tensor;
  told: Tensor;
  partial: Tensor;
  running: Tensor;
  hidden: number;
  /** Messages to each node. */
  whole: number;
}

const bytesOf = ({ type }: Tensor) => type === "float16" ? 2 : 4;

function collectPass(gpu: Gpu, job: Job, { edges, senders, partial, hidden, whole }: On): Pass {
  const { outer, middle, inner, row, begin, splits, chunk } = job;
  const { across, lanes } = layoutOf(inner);
  const e = bind(gpu, bufferOf(edges), {
    start: (row * whole + begin) * inner,
    count: outer * middle * inner,
  }, bytesOf(edges));
  const s = bind(gpu, bufferOf(senders), { start: begin * hidden, count: middle * hidden }, bytesOf(senders));
  return {
    shader: collectShader(edges.type as KernelType, senders.type as KernelType),
    bindings: [e.binding, s.binding, { buffer: bufferOf(partial), size: outer * splits * inner * 16 }],
    params: [outer, middle, inner, hidden, splits, chunk, across, lanes, e.shift, s.shift],
    workgroups: grid(outer * splits * Math.ceil(inner / across)),
  };
}

function combinePass(gpu: Gpu, job: Job, { receivers, told, partial, running, hidden, whole }: On): Pass {
  const { outer, middle, inner, row, begin, splits, chunk } = job;
  const own = { start: row * inner, count: outer * inner };
  const r = bind(gpu, bufferOf(receivers), own, bytesOf(receivers));
  const t = bind(gpu, bufferOf(told), { start: own.start * 4, count: own.count * 4 }, 4);
  return {
    shader: combineShader(receivers.type as KernelType),
    bindings: [
      { buffer: bufferOf(partial), size: outer * splits * inner * 16 },
      { buffer: bufferOf(running), size: outer * inner * 16 },
      r.binding,
      t.binding,
    ],
    params: [outer, middle, inner, hidden, splits, chunk, begin, whole, r.shift, t.shift],
    workgroups: grid(Math.ceil(outer * inner / 256)),
  };
}
