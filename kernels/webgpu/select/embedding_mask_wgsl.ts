import type { Tensor } from "../../../lib/tensor/tensor.ts";
import type { EmbeddingRows } from "./embedding_mask.ts";
import { type Gpu, grid, type Pass, type Shader } from "../core/gpu.ts";
import { bind, type BindingChunk, bindingChunks } from "../core/binding_chunks.ts";
import { prefixSum } from "../core/prefix_sum.ts";
import { bufferOf, emptyOnGpu } from "../core/tensors.ts";
import { entry, INFINITY_BITS, THREADS } from "../core/wgsl.ts";

/** A table's shape, and how its rows are judged. */
export interface EmbeddingWork {
  /** Number of rows of the table. */
  rows: number;
  /** Numbers of a row, the embedding's dimension. */
  size: number;
  /** First row of each field; `undefined` where each row is one. */
  starts: readonly number[] | undefined;
  /** Which norm of a row is compared: the sum of magnitudes, or the Euclidean norm. */
  norm: 1 | 2;
}

/** Threads that add up one row: each every so-many-th number, then half of them what the other half has. */
export function teamOf(size: number): number {
  return Math.min(2 ** Math.ceil(Math.log2(Math.max(size / 4, 1))), 32);
}

/**
 * The GPU's way: a 1 for each row that stays; the sum of those before a row is its new place; then rows are
 * copied there. In between a few words are read, which say how large the result is, and where the rows of
 * each part begin.
 */
export async function keepRows(
  gpu: Gpu,
  table: Tensor,
  thresholds: Tensor,
  work: EmbeddingWork,
): Promise<EmbeddingRows> {
  const { rows, size } = work;
  const runs = bindingChunks(gpu, rows * size, { bytesPerElement: 4, unit: size, reserve: 4 }).map((
    { start, count },
  ) => ({
    start: start / size,
    count: count / size,
  }));
  const scratch: (() => void)[] = [];
  const take = (words: number) => {
    const buffer = gpu.take(words * 4);
    scratch.push(() => gpu.free(buffer));
    return buffer;
  };
  const results: Tensor[] = [];
  try {
    // One more than rows: the last sum is that of all.
    const places = take(rows + 1);
    const firsts = take(work.starts?.length ?? 1);
    const sum = prefixSum(gpu, places, rows + 1);
    scratch.push(sum.free);
    gpu.device.queue.writeBuffer(places, rows * 4, Uint32Array.of(0));
    gpu.device.queue.writeBuffer(firsts, 0, Uint32Array.from(work.starts ?? [0]));
    const flags = runs.map((run) => flagPass(gpu, run, { ...work, table, thresholds, firsts, places }));
    await gpu.run([...flags, ...sum.passes]);
    const begins = await wordsAt(gpu, places, [...runs.map(({ start }) => start), rows]);
    const small = emptyOnGpu(gpu, "float32", [begins.at(-1)!, size]);
    results.push(small);
    const map = emptyOnGpu(gpu, "int32", [rows]);
    results.push(map);
    await gpu.run([
      ...runs.flatMap((run, i) => {
        const to = { start: begins[i]! * size, count: (begins[i + 1]! - begins[i]!) * size };
        return to.count > 0 ? [movePass(gpu, run, to, { table, small, places, size })] : [];
      }),
      ...bindingChunks(gpu, rows, { bytesPerElement: 4, unit: 1, reserve: 4 }).map((part) =>
        mapPass(gpu, part, places, map)
      ),
    ]);
    results.length = 0;
    return { table: small, rows: map };
  } finally {
    for (const tensor of results) tensor.dispose();
    for (const free of scratch) free();
  }
}

/** Some words of a buffer, on the CPU. */
async function wordsAt(gpu: Gpu, buffer: GPUBuffer, places: readonly number[]): Promise<Uint32Array> {
  const words = gpu.take(places.length * 4);
  try {
    const encoder = gpu.device.createCommandEncoder();
    places.forEach((place, i) => encoder.copyBufferToBuffer(buffer, place * 4, words, i * 4, 4));
    gpu.device.queue.submit([encoder.finish()]);
    return new Uint32Array(await gpu.read(words, places.length * 4));
  } finally {
    gpu.free(words);
  }
}

interface Flags extends EmbeddingWork {
  table: Tensor;
  thresholds: Tensor;
  /** The fields' starts. */
  firsts: GPUBuffer;
  places: GPUBuffer;
}

function flagPass(
  gpu: Gpu,
  run: BindingChunk,
  { table, thresholds, firsts, places, size, starts, norm }: Flags,
): Pass {
  const e = bind(gpu, bufferOf(table), { start: run.start * size, count: run.count * size }, 4);
  const out = bind(gpu, places, run, 4);
  const perGroup = THREADS / teamOf(size);
  return {
    shader: flagShader(teamOf(size), norm),
    bindings: [e.binding, bufferOf(thresholds), firsts, out.binding],
    params: [run.count, run.start, size, e.shift, out.shift, starts?.length ?? 0],
    workgroups: grid(Math.ceil(run.count / perGroup)),
  };
}

function flagShader(team: number, norm: 1 | 2): Shader {
  return {
    name: "embeddingMask",
    code: `
struct Params { rows: u32, first: u32, size: u32, table: u32, places: u32, fields: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> thresholds: array<f32>;
@group(0) @binding(3) var<storage, read> starts: array<u32>;
@group(0) @binding(4) var<storage, read_write> places: array<u32>;
var<workgroup> partial: array<f32, ${THREADS}>;

/** The last field that begins at the row or before it. */
fn field_of(row: u32) -> u32 {
  if (p.fields == 0u) { return row; }
  var low = 0u;
  var high = p.fields;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (starts[middle] <= row) { low = middle; } else { high = middle; }
  }
  return low;
}
fn is_number(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) <= ${INFINITY_BITS}u; }

${entry()}
  let row = group * ${THREADS / team}u + thread / ${team}u;
  let lane = thread % ${team}u;
  var sum = 0.0;
  if (row < p.rows) {
    for (var i = lane; i < p.size; i += ${team}u) {
      let e = table[p.table + row * p.size + i];
      sum += ${norm === 1 ? "abs(e)" : "e * e"};
    }
  }
  partial[thread] = sum;
  workgroupBarrier();
  for (var half = ${team / 2 | 0}u; half > 0u; half /= 2u) {
    if (lane < half) { partial[thread] += partial[thread + half]; }
    workgroupBarrier();
  }
  if (lane == 0u && row < p.rows) {
    let t = thresholds[field_of(p.first + row)];
    let norm = partial[thread];
    let exceeds = ${norm === 1 ? "norm > t" : "norm > t * t || t < 0.0"};
    places[p.places + row] = u32(exceeds && is_number(norm) && is_number(t));
  }
}`,
  };
}

interface Move {
  table: Tensor;
  small: Tensor;
  places: GPUBuffer;
  size: number;
}

function movePass(gpu: Gpu, run: BindingChunk, to: BindingChunk, { table, small, places, size }: Move): Pass {
  const e = bind(gpu, bufferOf(table), { start: run.start * size, count: run.count * size }, 4);
  const out = bind(gpu, bufferOf(small), to, 4);
  const before = bind(gpu, places, { start: run.start, count: run.count + 1 }, 4);
  return {
    shader: move,
    bindings: [e.binding, before.binding, out.binding],
    params: [run.count * size, size, e.shift, before.shift, out.shift, to.start],
    workgroups: grid(Math.ceil(run.count * size / THREADS)),
  };
}

const move: Shader = {
  name: "embeddingMask",
  code: `
struct Params { count: u32, size: u32, table: u32, places: u32, small: u32, first: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> table: array<u32>;
@group(0) @binding(2) var<storage, read> places: array<u32>;
@group(0) @binding(3) var<storage, read_write> small: array<u32>;
${entry()}
  let i = group * ${THREADS}u + thread;
  if (i >= p.count) { return; }
  let row = p.places + i / p.size;
  if (places[row] == places[row + 1u]) { return; }
  small[p.small + places[row] * p.size - p.first + i % p.size] = table[p.table + i];
}`,
};

function mapPass(gpu: Gpu, part: BindingChunk, places: GPUBuffer, rows: Tensor): Pass {
  const before = bind(gpu, places, { start: part.start, count: part.count + 1 }, 4);
  const out = bind(gpu, bufferOf(rows), part, 4);
  return {
    shader: mapRows,
    bindings: [before.binding, out.binding],
    params: [part.count, before.shift, out.shift],
    workgroups: grid(Math.ceil(part.count / THREADS)),
  };
}

const mapRows: Shader = {
  name: "embeddingMask",
  code: `
struct Params { count: u32, places: u32, rows: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> places: array<u32>;
@group(0) @binding(2) var<storage, read_write> rows: array<i32>;
${entry()}
  let i = group * ${THREADS}u + thread;
  if (i >= p.count) { return; }
  let place = places[p.places + i];
  rows[p.rows + i] = select(-1, i32(place), place != places[p.places + i + 1u]);
}`,
};
