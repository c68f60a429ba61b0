import { RangeError } from "../../../lib/errors.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { type Binding, type Gpu, grid, type Pass } from "../core/gpu.ts";
import type { Sending } from "./message_passing.ts";
import { collectShader, combineShader, layoutOf, tellShader } from "./message_passing_wgsl.ts";
import { bind, type BindingChunk, bindingChunks } from "../core/binding_chunks.ts";
import { bufferOf, bytesPerElement, type KernelType } from "../core/tensors.ts";

/** The edges of a block seen as [outer, middle, inner], aggregated over the middle. */
interface View {
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

/** Work of one block: its edges, as jobs, and where its lists of nodes begin among all. */
export interface BlockWork {
  /** The edges and who sends over them. */
  sending: Sending;
  /** Parts of the block that bindings reach. */
  jobs: readonly Job[];
  /** Whether senders and receivers are listed, and where. */
  from: number | undefined;
  /** Where the list of receivers begins among all lists; `undefined` where all receive, in order. */
  to: number | undefined;
}

/** Buffers on the GPU during a call. */
export interface Lying {
  /** States of the nodes that send, [senders, hidden]. */
  senders: Tensor;
  /** States of the nodes that receive, [receivers, hidden]. */
  receivers: Tensor;
  /** The lists of nodes of all blocks, one behind the other. */
  lists: Tensor | undefined;
  /** Statistics of the splits of a job, [outer, splits, inner] vec4f. */
  partial: Tensor;
  /** Statistics of all that each node was sent so far, [receivers, hidden] vec4f. */
  sent: Tensor;
  /** Number of messages behind each row of `sent`, [receivers, hidden]. */
  counts: Tensor;
  /** [receivers, 4 · hidden] */
  told: Tensor;
}

/** How a block is cut into parts that bindings reach. */
export function jobsOf(gpu: Gpu, { edges, kind, rows, columns }: Sending, hidden: number): Job[] {
  const { outer, middle, inner }: View = kind === "rows"
    ? { outer: rows, middle: columns, inner: hidden }
    : kind === "columns"
    ? { outer: 1, middle: rows, inner: columns * hidden }
    : { outer: rows, middle: 1, inner: hidden };
  const { across, lanes } = layoutOf(inner);
  const job = (part: Pick<Job, "outer" | "middle" | "row" | "begin">): Job => {
    const columns = part.outer * Math.ceil(inner / across);
    const splits = Math.min(Math.ceil(BUSY / columns), Math.max(Math.floor(part.middle / (16 * lanes)), 1));
    const chunk = Math.ceil(part.middle / splits);
    return { ...part, inner, chunk, splits: Math.ceil(part.middle / chunk) };
  };
  const row = middle * inner;
  // What is written takes 16 bytes for each of the inner numbers.
  const each = Math.max(bytesPerElement(edges), 16 / middle);
  if (row * each + gpu.alignment <= gpu.maxBinding) {
    return bindingChunks(gpu, outer * row, { bytesPerElement: each, unit: row }).map(({ start, count }) =>
      job({ outer: count / row, middle, row: start / row, begin: 0 })
    );
  }
  requireBinding(gpu, inner * 16 + gpu.alignment, `${inner} numbers, of 16 bytes each,`);
  const pieces = bindingChunks(gpu, row, { bytesPerElement: bytesPerElement(edges), unit: inner });
  return Array.from(
    { length: outer },
    (_, row) =>
      pieces.map(({ start, count }) => job({ outer: 1, middle: count / inner, row, begin: start / inner })),
  ).flat();
}

/** Throws where so many bytes do not fit one binding. */
function requireBinding(gpu: Gpu, bytes: number, what: string): void {
  if (bytes <= gpu.maxBinding) return;
  throw new RangeError(
    `Cannot run messagePassing on ${gpu.name}: ${what} must lie in one binding, and there a binding holds ` +
      `${gpu.maxBinding} bytes; use the CPU`,
  );
}

/** The passes of a block, in order. */
export function blockPasses(gpu: Gpu, { sending, jobs, from, to }: BlockWork, on: Lying): Pass[] {
  const hidden = on.receivers.dims[1]!;
  return jobs.flatMap((job) => [
    collectPass(gpu, job, { sending, list: from, lying: on, hidden }),
    combinePass(gpu, job, { list: to, lying: on, hidden }),
  ]);
}

/** Binds some nodes of a table [nodes, hidden]; all of them where a list may lead anywhere. */
function bindNodes(
  gpu: Gpu,
  table: Tensor,
  { start, count }: BindingChunk,
  { listed, bytes }: { listed: boolean; bytes: number },
): { binding: Binding; shift: number } {
  const [nodes, hidden] = table.dims as readonly [number, number];
  if (!listed) return bind(gpu, bufferOf(table), { start: start * hidden, count: count * hidden }, bytes);
  requireBinding(gpu, nodes * hidden * bytes, `${nodes} nodes, of ${hidden * bytes} bytes each,`);
  return bind(gpu, bufferOf(table), { start: 0, count: nodes * hidden }, bytes);
}

/** Binds a part of the list of nodes that begins at `from`, where there is one. */
function bindList(
  gpu: Gpu,
  lists: Tensor | undefined,
  from: number | undefined,
  { start, count }: BindingChunk,
): { bindings: Binding[]; shift: number } {
  if (!lists || from === undefined) return { bindings: [], shift: 0 };
  const { binding, shift } = bind(gpu, bufferOf(lists), { start: from + start, count }, 4);
  return { bindings: [binding], shift };
}

function collectPass(
  gpu: Gpu,
  job: Job,
  { sending: { edges, kind, columns }, list, lying: { senders, lists, partial }, hidden }: {
    sending: Sending;
    list: number | undefined;
    lying: Lying;
    hidden: number;
  },
): Pass {
  const { outer, middle, inner, row, begin, splits, chunk } = job;
  const { across, lanes } = layoutOf(inner);
  const whole = kind === "rows" ? columns : kind === "columns" ? edges.dims[0]! : 1;
  const e = bind(gpu, bufferOf(edges), {
    start: (row * whole + begin) * inner,
    count: outer * middle * inner,
  }, bytesPerElement(edges));
  const diagonal = kind === "diagonal";
  const nodes = diagonal ? { start: row, count: outer } : { start: begin, count: middle };
  const s = bindNodes(gpu, senders, nodes, { listed: list !== undefined, bytes: bytesPerElement(senders) });
  const l = bindList(gpu, lists, list, nodes);
  return {
    shader: collectShader(edges.type as KernelType, senders.type as KernelType, list !== undefined),
    bindings: [
      e.binding,
      s.binding,
      { buffer: bufferOf(partial), size: outer * splits * inner * 16 },
      ...l.bindings,
    ],
    // deno-fmt-ignore
    params: [
      outer, middle, inner, hidden, splits, chunk, across, lanes, diagonal ? 1 : 0, e.shift, s.shift, l.shift,
    ],
    workgroups: grid(outer * splits * Math.ceil(inner / across)),
  };
}

function combinePass(
  gpu: Gpu,
  { outer, middle, inner, row, splits, chunk }: Job,
  { list, lying: { lists, partial, sent, counts }, hidden }: {
    list: number | undefined;
    lying: Lying;
    hidden: number;
  },
): Pass {
  const nodes = { start: row * inner / hidden, count: outer * inner / hidden };
  const listed = list !== undefined;
  const s = bindNodes(gpu, sent, nodes, { listed, bytes: 16 });
  const c = bindNodes(gpu, counts, nodes, { listed, bytes: 4 });
  const l = bindList(gpu, lists, list, nodes);
  return {
    shader: combineShader(listed),
    bindings: [
      { buffer: bufferOf(partial), size: outer * splits * inner * 16 },
      s.binding,
      c.binding,
      ...l.bindings,
    ],
    params: [outer, middle, inner, hidden, splits, chunk, s.shift, c.shift, l.shift],
    workgroups: grid(Math.ceil(outer * inner / 256)),
  };
}

/** The passes that come last: what was sent becomes what is told. */
export function tellPasses(gpu: Gpu, { receivers, sent, counts, told }: Lying): Pass[] {
  const [nodes, hidden] = receivers.dims as readonly [number, number];
  return bindingChunks(gpu, nodes * hidden, { bytesPerElement: 16, unit: hidden }).map((part) => {
    const s = bind(gpu, bufferOf(sent), part, 16);
    const c = bind(gpu, bufferOf(counts), part, 4);
    const r = bind(gpu, bufferOf(receivers), part, bytesPerElement(receivers));
    const t = bind(gpu, bufferOf(told), { start: part.start * 4, count: part.count * 4 }, 4);
    return {
      shader: tellShader(receivers.type as KernelType),
      bindings: [s.binding, c.binding, r.binding, t.binding],
      params: [part.count, hidden, s.shift, c.shift, r.shift, t.shift],
      workgroups: grid(Math.ceil(part.count / 256)),
    };
  });
}
