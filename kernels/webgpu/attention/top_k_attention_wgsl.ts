import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { floatBits, type Gpu, grid, type Pass, type Shader } from "../core/gpu.ts";
import { bind, type BindingChunk } from "../core/binding_chunks.ts";
import { bufferOf, bytesPerElement, type KernelType } from "../core/tensors.ts";
import type { AttentionInputs, AttentionJob, AttentionSize, MaskRows, ScoreRow } from "./top_k_attention.ts";
import { entry, floatBuffer, sumOfPartials, THREADS } from "../core/wgsl.ts";

/** Keys that a workgroup gives scores for, and queries. */
const TILE = 16;

/** How many whole batches, or how many queries of one, bindings reach; 0 where not even one. */
export function rowsInReach(
  gpu: Gpu,
  { query, key, value }: AttentionInputs,
  { queries, keys, depth, width }: AttentionSize,
  of: "batches" | "queries",
): number {
  const reach = gpu.maxBinding - gpu.alignment;
  const perQuery = [depth * bytesPerElement(query), keys * 4, width * 4];
  const perBatch = [keys * depth * bytesPerElement(key), keys * width * bytesPerElement(value)];
  const most = (bytes: number[]) => Math.floor(reach / Math.max(...bytes, 1));
  if (of === "batches") return most([...perBatch, ...perQuery.map((bytes) => bytes * queries)]);
  return most(perBatch) < 1 ? 0 : most(perQuery);
}

/** Scores of a part of given ones. */
export function softmaxPass(
  gpu: Gpu,
  scores: Tensor,
  weights: Tensor,
  { row, part }: { row: ScoreRow; part: BindingChunk },
): Pass {
  const rows = part.count / Math.max(row.columns, 1);
  const from = bind(gpu, bufferOf(scores), part, bytesPerElement(scores));
  const to = bind(gpu, bufferOf(weights), part, 4);
  const mask = bindMask(gpu, row.mask, { start: part.start / Math.max(row.columns, 1), count: rows });
  return {
    shader: rowShader(scores.type as KernelType, undefined, mask !== undefined),
    bindings: [from.binding, to.binding, ...mask ? [mask.binding] : []],
    params: [...rowParams(row, rows), from.shift, to.shift, ...mask?.params ?? NO_MASK, 0, 0, 1],
    workgroups: grid(rows),
  };
}

/** q·kᵀ of a job, [batches · rows, keys]. */
export function scorePass(
  gpu: Gpu,
  { query, key }: AttentionInputs,
  scores: Tensor,
  { size: { queries, keys, depth }, job }: { size: AttentionSize; job: AttentionJob },
): Pass {
  const rows = job.batches * job.rows;
  const q = bind(gpu, bufferOf(query), {
    start: (job.batch * queries + job.query) * depth,
    count: rows * depth,
  }, bytesPerElement(query));
  const k = bind(gpu, bufferOf(key), {
    start: job.batch * keys * depth,
    count: job.batches * keys * depth,
  }, bytesPerElement(key));
  return {
    shader: scoreShader(query.type as KernelType, key.type as KernelType),
    bindings: [q.binding, k.binding, { buffer: bufferOf(scores), size: Math.max(rows * keys, 1) * 4 }],
    params: [job.rows, keys, depth, q.shift, k.shift],
    workgroups: [Math.max(Math.ceil(keys / TILE), 1), Math.ceil(job.rows / TILE), job.batches],
  };
}

/** The pass from scores to what the values give by them. */
export function contextPass(
  gpu: Gpu,
  { scores, value, context }: { scores: Tensor; value: Tensor; context: Tensor },
  { size: { queries, keys, width }, job, row }: { size: AttentionSize; job: AttentionJob; row: ScoreRow },
): Pass {
  const rows = job.batches * job.rows;
  const first = job.batch * queries + job.query;
  const to = bind(gpu, bufferOf(context), { start: first * width, count: rows * width }, 4);
  const v = bind(gpu, bufferOf(value), {
    start: job.batch * keys * width,
    count: job.batches * keys * width,
  }, bytesPerElement(value));
  const mask = bindMask(gpu, row.mask, { start: first, count: rows });
  const from = { buffer: bufferOf(scores), size: Math.max(rows * keys, 1) * 4 };
  return {
    shader: rowShader("float32", value.type as KernelType, mask !== undefined),
    bindings: [from, to.binding, ...mask ? [mask.binding] : [], v.binding],
    params: [
      ...rowParams(row, rows),
      0,
      to.shift,
      ...mask?.params ?? NO_MASK,
      width,
      v.shift,
      job.rows,
    ],
    workgroups: grid(rows),
  };
}

/** Bits of a digit of the selection; a histogram has a bin for each of a workgroup's threads. */
const DIGIT = Math.log2(THREADS);

/**
 * Bins that are added up together, and how many times: so ranks are found with few steps and few barriers.
 */
const SHELF = Math.sqrt(THREADS);

function rowParams({ columns, k, scale, renormalize }: ScoreRow, rows: number): number[] {
  const places = Math.ceil(Math.ceil(Math.log2(Math.max(columns, 1))) / DIGIT);
  return [rows, columns, k, k < columns ? 32 / DIGIT + places : 0, Number(renormalize), floatBits(scale)];
}

const NO_MASK = [0, 0, 1, 1, 0, 0, 0];

/** Binds a mask: its place in the binding, and of the first row among all, then the wheels. */
function bindMask(gpu: Gpu, mask: MaskRows | undefined, rows: BindingChunk) {
  if (!mask) return undefined;
  const { tensor, whole, sizes: [, middle, inner], strides } = mask;
  const columns = tensor.dims.at(-1)!;
  const part = whole
    ? { start: rows.start * columns, count: rows.count * columns }
    : { start: 0, count: sizeOf(tensor.dims) };
  const { binding, shift } = bind(gpu, bufferOf(tensor), part, 1);
  const wheels = whole ? [0, 1, rows.count, 0, 0, 1] : [rows.start, middle, inner, ...strides];
  return { binding, params: [shift, ...wheels] };
}

function scoreShader(query: KernelType, key: KernelType): Shader {
  return {
    name: "topKAttention",
    code: `
struct Params { rows: u32, keys: u32, depth: u32, query: u32, key: u32 }
@group(0) @binding(0) var<uniform> p: Params;
${floatBuffer("query", 1, query)}
${floatBuffer("key", 2, key)}
@group(0) @binding(3) var<storage, read_write> scores: array<f32>;
var<workgroup> queries: array<array<f32, ${TILE + 1}>, ${TILE}>;
var<workgroup> keys: array<array<f32, ${TILE + 1}>, ${TILE}>;

@compute @workgroup_size(${TILE}, ${TILE})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) own: vec3u) {
  let row = group.y * ${TILE}u + own.y;
  let column = group.x * ${TILE}u + own.x;
  // Of the key that this thread loads, which lies along y so that neighbours read side by side.
  let loaded = group.x * ${TILE}u + own.y;
  let q = p.query + (group.z * p.rows + row) * p.depth;
  let k = p.key + (group.z * p.keys + loaded) * p.depth;
  var sum = 0.0;
  for (var begin = 0u; begin < p.depth; begin += ${TILE}u) {
    let at = begin + own.x;
    var of_query = 0.0;
    var of_key = 0.0;
    if (row < p.rows && at < p.depth) { of_query = read_query(q + at); }
    if (loaded < p.keys && at < p.depth) { of_key = read_key(k + at); }
    queries[own.y][own.x] = of_query;
    keys[own.y][own.x] = of_key;
    workgroupBarrier();
    for (var i = 0u; i < ${TILE}u; i++) { sum += queries[own.y][i] * keys[own.x][i]; }
    workgroupBarrier();
  }
  if (row < p.rows && column < p.keys) { scores[(group.z * p.rows + row) * p.keys + column] = sum; }
}`,
  };
}

/** The bits of a score, in words that are compared as they are. */
const bitsOf = (type: KernelType) =>
  type === "float16" ? "bitcast<u32>(unpack2x16float(scores[i / 2u])[i % 2u])" : "scores[i]";

/** One workgroup per row; writes weights, or with values the sum of those by weights. */
function rowShader(scores: KernelType, value: KernelType | undefined, mask: boolean): Shader {
  const writeWeights = `
  for (var j = thread; j < p.columns; j += ${THREADS}u) {
    out[p.out + group * p.columns + j] = weight(j) / sum;
  }`;
  const writeContext = `
  // Threads that lie side by side take neighbouring numbers of a value, and further ones other keys.
  let across = min(p.width, ${THREADS}u);
  let lanes = ${THREADS}u / across;
  let lane = thread / across;
  for (var left = 0u; left < p.width; left += across) {
    let c = left + thread % across;
    var total = 0.0;
    for (var begin = 0u; begin < p.columns; begin += ${THREADS}u) {
      workgroupBarrier();
      partial[thread] = weight(begin + thread);
      workgroupBarrier();
      let end = min(p.columns - begin, ${THREADS}u);
      for (var j = lane; j < end && lane < lanes && c < p.width; j += lanes) {
        if (partial[j] > 0.0) {
          total += partial[j] * read_value(p.value + ((group / p.rows_of_batch) * p.columns + begin + j) * p.width + c);
        }
      }
    }
    workgroupBarrier();
    partial[thread] = total;
    workgroupBarrier();
    if (lane == 0u && c < p.width) {
      for (var other = 1u; other < lanes; other++) { total += partial[other * across + thread]; }
      out[p.out + group * p.width + c] = total / sum;
    }
  }`;
  return {
    name: value ? "topKAttention" : "topKSoftmax",
    code: `
struct Params {
  rows: u32, columns: u32, k: u32, rounds: u32, renormalize: u32, scale: f32,
  scores: u32, out: u32, // where each begins in its binding
  mask: u32, first: u32, middle: u32, inner: u32, outer_stride: u32, middle_stride: u32, inner_stride: u32,
  width: u32, value: u32, rows_of_batch: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> scores: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
${mask ? "@group(0) @binding(3) var<storage, read> mask: array<u32>;" : ""}
${value ? floatBuffer("value", mask ? 4 : 3, value) : ""}
var<workgroup> histogram: array<atomic<u32>, ${THREADS}>;
var<workgroup> shelves: array<u32, ${SHELF}>;
var<workgroup> partial: array<f32, ${THREADS}>;
var<workgroup> top: atomic<u32>;
var<workgroup> rank: u32;
var<workgroup> cut: vec2u; // the order of the last score that is kept, and its place from the row's end
var<private> row_start: u32;
var<private> mask_start: u32;
var<private> highest: u32;
var<private> last: vec2u;

fn bits(j: u32) -> u32 { let i = row_start + j; return ${bitsOf(scores)}; }

// Numbers in the order of the scores: negative ones turned around, -0 as 0; what is not seen comes before
// all.
fn order(j: u32) -> u32 {
  ${
      mask
        ? "let at = mask_start + j;\n  if (((mask[at / 4u] >> (8u * (at % 4u))) & 255u) == 0u) { return 0u; }"
        : ""
    }
  let x = bits(j);
  if ((x & 0x7fffffffu) > 0x7f800000u) { return 0u; }
  if (x == 0x80000000u) { return x; }
  if (x >> 31u == 1u) { return ~x; }
  return x | 0x80000000u;
}

fn kept(own: u32, j: u32) -> bool { return own > last.x || (own == last.x && p.columns - 1u - j >= last.y); }

// exp(scale (x - max)), told from the bits where one of them is infinite.
fn term(own: u32, j: u32) -> f32 {
  if (own == highest) { return 1.0; }
  if (own <= 0x007fffffu || highest == 0xff800000u) { return 0.0; }
  let max_bits = select(~highest, highest & 0x7fffffffu, highest >> 31u == 1u);
  return exp((bitcast<f32>(bits(j)) - bitcast<f32>(max_bits)) * p.scale);
}

fn weight(j: u32) -> f32 {
  if (j >= p.columns) { return 0.0; }
  let own = order(j);
  if (own <= 0x007fffffu || !kept(own, j)) { return 0.0; }
  return term(own, j);
}

${entry()}
  if (group >= p.rows) { return; }
  row_start = p.scores + group * p.columns;
  let row = p.first + group;
  let rest = row / p.inner;
  mask_start = p.mask + p.columns * (rest / p.middle * p.outer_stride + rest % p.middle * p.middle_stride +
    row % p.inner * p.inner_stride);
  if (thread == 0u) { rank = p.k; }
  for (var j = thread; j < p.columns; j += ${THREADS}u) { atomicMax(&top, order(j)); }
  workgroupBarrier();
  highest = atomicLoad(&top);

  // The k-th largest, digit by digit: first those of its order, then those of its place.
  for (var digit = 0u; digit < p.rounds; digit++) {
    let of_order = digit < ${32 / DIGIT}u;
    let shift = ${DIGIT}u * select(p.rounds - 1u - digit, ${32 / DIGIT - 1}u - digit, of_order);
    let whole = shift == ${32 - DIGIT}u;
    atomicStore(&histogram[thread], 0u);
    let found = cut;
    let wanted = rank;
    workgroupBarrier();
    for (var j = thread; j < p.columns; j += ${THREADS}u) {
      let own = order(j);
      let number = select(p.columns - 1u - j, own, of_order);
      let known = select(found.y, found.x, of_order);
      let same = whole || number >> (shift + ${DIGIT}u) == known >> (shift + ${DIGIT}u);
      if (same && (of_order || own == found.x)) { atomicAdd(&histogram[(number >> shift) & ${
      THREADS - 1
    }u], 1u); }
    }
    workgroupBarrier();
    if (thread < ${SHELF}u) {
      var sum = 0u;
      for (var bin = thread * ${SHELF}u; bin < (thread + 1u) * ${SHELF}u; bin++) { sum += atomicLoad(&histogram[bin]); }
      shelves[thread] = sum;
    }
    workgroupBarrier();
    var more = 0u; // in the bins above this thread's
    for (var shelf = thread / ${SHELF}u + 1u; shelf < ${SHELF}u; shelf++) { more += shelves[shelf]; }
    for (var bin = thread + 1u; bin % ${SHELF}u > 0u; bin++) { more += atomicLoad(&histogram[bin]); }
    let count = atomicLoad(&histogram[thread]);
    if (more < wanted && wanted <= more + count) {
      rank = wanted - more;
      if (of_order) { cut.x |= thread << shift; } else { cut.y |= thread << shift; }
    }
    workgroupBarrier();
  }
  last = cut;

  var sum = 0.0;
  for (var j = thread; j < p.columns; j += ${THREADS}u) {
    if (p.renormalize == 1u) { sum += weight(j); } else { sum += term(order(j), j); }
  }
  partial[thread] = sum;
  ${sumOfPartials()}
  sum = partial[0];
  if (highest <= 0x007fffffu) { sum = 1.0; } // Nothing is seen: zeros.
  workgroupBarrier();
${value ? writeContext : writeWeights}
}`,
  };
}
