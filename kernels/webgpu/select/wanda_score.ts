import { TypeError } from "../../../lib/errors.ts";
import { sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { BITS_PER_WORKGROUP, WORD, WRITE_BITS } from "../core/bits_wgsl.ts";
import { type Gpu, grid, type Pass, type Shader } from "../core/gpu.ts";
import { kthKey } from "./kth_value_cpu.ts";
import { KEYS } from "./float_order.ts";
import type { NmPattern } from "../nm/nm_groups.ts";
import { matrix, type MatrixOnGpu, strips } from "../linear/matrix_on_gpu.ts";
import { type Pruning, requirePruning, requireWeight } from "../sparse_gpt/sparse_gpt_options.ts";
import { bufferOf, emptyOnGpu, floatsOf, gpuOf, requireType } from "../core/tensors.ts";
import { entry, THREADS } from "../core/wgsl.ts";

/** Which weights of each row go. */
export type WandaOptions = Omit<Pruning, "referenceCompatible">;

/**
 * Importance of each weight together with its input: |w_rj| · ‖x_j‖, where ‖x_j‖ is the norm of input feature
 * j over all calibration tokens, `importance(x, { measure: "square", keep: [axis], root: true })`.
 *
 * One multiplication in float32, so the CPU's and a GPU's scores are equal to the bit (where they are not
 * subnormal, which a GPU may take for 0). NaN gives NaN. Source: M. Sun, Z. Liu, A. Bair, J. Z. Kolter, "A
 * Simple and Effective Pruning Approach for Large Language Models", 2024, equation 1.
 *
 * @param weight [rows, ...], float32, seen as [rows, columns], on the CPU or a GPU
 * @param norms [columns], float32, 0 or more, at the same place, as is the result
 * @throws TypeError where tensors do not fit in shape, type or place
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const score = await wandaScore(float32([1, -2, 3, 0.5], [2, 2]), float32([4, 1]));
 * assert.deepEqual([...score.data], [4, 2, 12, 0.5]);
 * ```
 */
export async function wandaScore(weight: Tensor, norms: Tensor): Promise<Tensor> {
  const { gpu, rows, columns } = check("wandaScore", weight, norms);
  if (!gpu) {
    const [w, x] = [floatsOf(weight), floatsOf(norms)];
    const scores = new Float32Array(w.length);
    for (let row = 0, i = 0; row < rows; row++) {
      for (let j = 0; j < columns; j++, i++) scores[i] = Math.abs(w[i]!) * x[j]!;
    }
    return new Tensor("float32", scores, weight.dims);
  }
  const scores = emptyOnGpu(gpu, "float32", weight.dims);
  return await filled(
    gpu,
    scores,
    () =>
      strips(gpu, "wandaScore", { rows }, [[rowsOn(weight, columns), columns], [
        rowsOn(scores, columns),
        columns,
      ]])
        .map(({ count, bound: [w, out] }) => ({
          shader: scoreShader,
          bindings: [w!.binding, bufferOf(norms), out!.binding],
          params: [count * columns, columns, w!.place[0], out!.place[0]],
          workgroups: grid(Math.ceil(count * columns / THREADS)),
        })),
  );
}

/**
 * Which weights stay when those of the smallest {@linkcode wandaScore} go, compared within each row:
 * ⌊sparsity · columns⌋ of them, or m − n of every m neighbours; of equal scores those first in the row. On
 * the CPU and a GPU the same go.
 *
 * Nothing else changes: `applyMask` sets them to 0. NaN counts as larger than infinity. On a GPU a workgroup
 * selects in each row, on the bits: the weight is read five times, from the cache if a row fits, and up to
 * four more if scores are equal at the cut; with `nm` it is read once.
 *
 * @param weight [rows, ...], float32, seen as [rows, columns], on the CPU or a GPU
 * @param norms [columns], float32, at the same place
 * @returns uint32[⌈rows · columns / 32⌉], bits in storage order, 1 stays, as of `mask`
 * @throws TypeError where tensors do not fit in shape, type or place; RangeError where a setting is out of
 * bounds
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const weight = float32([1, -2, 3, 0.5], [2, 2]);
 * const bits = await wandaMask(weight, float32([4, 1]), { sparsity: 0.5 });
 * assert.deepEqual([...bits.data], [0b0101]);
 * ```
 */
export async function wandaMask(
  weight: Tensor,
  norms: Tensor,
  options: WandaOptions = {},
): Promise<Tensor> {
  const { sparsity = 0.5, nm } = options;
  const { gpu, rows, columns } = check("wandaMask", weight, norms);
  requirePruning("wandaMask", options, columns);
  const work: Work = { weight, norms, rows, columns, nm, k: Math.floor(columns * sparsity) };
  return gpu ? await maskOnGpu(gpu, work) : maskOnCpu(work);
}

interface Work {
  weight: Tensor;
  norms: Tensor;
  rows: number;
  columns: number;
  nm: NmPattern | undefined;
  /** How many of a row go, without `nm`. */
  k: number;
}

function check(
  kernel: string,
  weight: Tensor,
  norms: Tensor,
): { gpu: Gpu | undefined; rows: number; columns: number } {
  const gpu = gpuOf(kernel, { weight, norms });
  const { rows, columns } = requireWeight(kernel, weight);
  requireType(norms.type, ["float32"], kernel, '"norms"');
  if (sizeOf(norms.dims) === columns) return { gpu, rows, columns };
  throw new TypeError(
    `Cannot run ${kernel}: "norms" is [${
      norms.dims.join(", ")
    }], expected [${columns}], a norm for each column of the ` +
      `weight, [${weight.dims.join(", ")}]`,
  );
}

function maskOnCpu({ weight, norms, rows, columns, nm, k }: Work): Tensor {
  const [w, x] = [floatsOf(weight), floatsOf(norms)];
  const bits = new Uint32Array(Math.ceil(rows * columns / WORD));
  const scores = new Float32Array(columns);
  const keys = new Uint32Array(scores.buffer);
  const nan = KEYS.float32.infinity + 1;
  for (let row = 0, i = 0; row < rows; row++) {
    for (let j = 0, place = i; j < columns; j++, place++) scores[j] = Math.abs(w[place]!) * x[j]!;
    for (let j = 0; j < columns; j++) keys[j] = Math.min(keys[j]! & 0x7fffffff, nan);
    const cut = nm || k === 0 ? { key: 0, tiesBefore: 0 } : kthKey([keys], "float32", k);
    for (let j = 0; j < columns; j++, i++) {
      const stays = nm
        ? rank(keys, j, nm.m) >= nm.m - nm.n
        : keys[j]! > cut.key || (keys[j] === cut.key && j >= cut.tiesBefore);
      if (stays) bits[i >>> 5]! |= 1 << (i & 31);
    }
  }
  return new Tensor("uint32", bits, [bits.length]);
}

/** How many of its group come before element j. */
function rank(keys: Uint32Array, j: number, m: number): number {
  const first = j - j % m;
  let before = 0;
  for (let other = first; other < first + m; other++) {
    if (keys[other]! < keys[j]! || (keys[other] === keys[j] && other < j)) before++;
  }
  return before;
}

async function maskOnGpu(gpu: Gpu, { weight, norms, rows, columns, nm, k }: Work): Promise<Tensor> {
  const bits = emptyOnGpu(gpu, "uint32", [Math.ceil(rows * columns / WORD)]);
  const cuts = nm ? undefined : emptyOnGpu(gpu, "uint32", [rows, 2]);
  // So many rows are whole words: the largest power of 2 in the columns says.
  const unit = WORD / Math.min(columns & -columns || WORD, WORD);
  const w: [MatrixOnGpu, number] = [rowsOn(weight, columns), columns];
  try {
    return await filled(
      gpu,
      bits,
      () =>
        strips(gpu, "wandaMask", { rows, unit }, [
          w,
          ...cuts ? [[matrix(cuts), 2] as [MatrixOnGpu, number]] : [],
        ])
          .flatMap(({ first, count, bound: [w, cut] }) => {
            const word = first * columns / WORD;
            const select: Pass[] = cut
              ? [{
                shader: selectShader,
                bindings: [w!.binding, bufferOf(norms), cut.binding],
                params: [count, columns, k, w!.place[0], cut.place[0]],
                workgroups: grid(count),
              }]
              : [];
            const [out] = strips(gpu, "wandaMask", { rows: 1 }, [
              [{ ...matrix(bits), offset: word }, Math.ceil(count * columns / WORD)],
            ]);
            return [...select, {
              shader: bitsShader(nm),
              bindings: [w!.binding, bufferOf(norms), out!.bound[0]!.binding, ...cut ? [cut.binding] : []],
              params: [count * columns, out!.bound[0]!.place[0], columns, w!.place[0], cut?.place[0] ?? 0],
              workgroups: grid(Math.ceil(count * columns / BITS_PER_WORKGROUP)),
            }];
          }),
    );
  } finally {
    cuts?.dispose();
  }
}

const rowsOn = (tensor: Tensor, columns: number): MatrixOnGpu => ({
  buffer: bufferOf(tensor),
  stride: columns,
});

/** A new tensor, given back where the passes that fill it do not run. */
async function filled(gpu: Gpu, tensor: Tensor, passes: () => Pass[]): Promise<Tensor> {
  try {
    await gpu.run(passes());
    return tensor;
  } catch (error) {
    tensor.dispose();
    throw error;
  }
}

const scoreShader: Shader = {
  name: "wandaScore",
  code: `
struct Params { count: u32, columns: u32, w: u32, scores: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> norms: array<f32>;
@group(0) @binding(3) var<storage, read_write> scores: array<f32>;
${entry()}
  let i = group * ${THREADS}u + thread;
  if (i < p.count) { scores[p.scores + i] = abs(w[p.w + i]) * norms[i % p.columns]; }
}`,
};

/** The key of the score of element i, which lies in column `column`. */
const KEY = `
fn key(i: u32, column: u32) -> u32 {
  return min(bitcast<u32>(w[p.w + i] * norms[column]) & 0x7fffffffu, ${KEYS.float32.infinity + 1}u);
}`;

/** Bits of a digit of the selection within a row. */
const DIGIT = 8;

/**
 * The key of the k-th smallest score of a row, and where those that equal it and stay begin: a workgroup
 * counts the row's digits from the highest on, among those that agree with what is known; first of the keys,
 * then of the positions of those that have the key.
 */
const selectShader: Shader = {
  name: "wandaMask: rows",
  code: `
struct Params { rows: u32, columns: u32, k: u32, w: u32, cuts: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> norms: array<f32>;
@group(0) @binding(3) var<storage, read_write> cuts: array<u32>;
${KEY}
var<workgroup> counts: array<atomic<u32>, ${2 ** DIGIT}>;
var<workgroup> found: array<u32, 4>; // the key, the position, how many candidates are to go, whether all that equal it
${entry()}
  let row = min(group, p.rows - 1u);
  if (thread < 4u) { found[thread] = select(0u, p.k, thread == 2u); }
  for (var turn = 0u; turn < 8u; turn++) {
    if (turn == 4u && workgroupUniformLoad(&found[3]) == 1u) { break; }
    let place = turn / 4u;
    let shift = 24u - turn % 4u * ${DIGIT}u;
    for (var bin = thread; bin < ${2 ** DIGIT}u; bin += ${THREADS}u) { atomicStore(&counts[bin], 0u); }
    let known = workgroupUniformLoad(&found[place]);
    let first = workgroupUniformLoad(&found[0]);
    for (var i = thread; i < p.columns; i += ${THREADS}u) {
      let own = key(row * p.columns + i, i);
      let value = select(own, i, place == 1u);
      // What is known of the value lies above the digit, in whole digits.
      let agrees = turn % 4u == 0u || ((value ^ known) >> (shift + ${DIGIT}u)) == 0u;
      if (agrees && (place == 0u || own == first)) { atomicAdd(&counts[(value >> shift) & ${
    2 ** DIGIT - 1
  }u], 1u); }
    }
    workgroupBarrier();
    if (thread == 0u) {
      var bin = 0u;
      while (bin < ${2 ** DIGIT - 1}u && atomicLoad(&counts[bin]) < found[2]) {
        found[2] -= atomicLoad(&counts[bin]);
        bin++;
      }
      found[place] = known | (bin << shift);
      if (turn == 3u && atomicLoad(&counts[bin]) == found[2]) {
        found[1] = p.columns;
        found[3] = 1u;
      }
    }
    workgroupBarrier();
  }
  if (thread == 0u && group < p.rows) {
    cuts[p.cuts + 2u * group] = found[0];
    cuts[p.cuts + 2u * group + 1u] = select(found[1] + 1u, 0u, p.k == 0u);
  }
}`,
};

function bitsShader(nm: Work["nm"]): Shader {
  const stays = nm
    ? `
  let first = i - column % ${nm.m}u;
  let own = key(i, column);
  var before = 0u;
  for (var other = 0u; other < ${nm.m}u; other++) {
    let it = key(first + other, column - column % ${nm.m}u + other);
    if (it < own || (it == own && first + other < i)) { before++; }
  }
  return before >= ${nm.m - nm.n}u;`
    : `
  let cut = cuts[p.cuts + 2u * row];
  let own = key(i, column);
  return own > cut || (own == cut && column >= cuts[p.cuts + 2u * row + 1u]);`;
  return {
    name: "wandaMask",
    code: `
struct Params { count: u32, bits: u32, columns: u32, w: u32, cuts: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> norms: array<f32>;
@group(0) @binding(3) var<storage, read_write> bits: array<u32>;
${nm ? "" : "@group(0) @binding(4) var<storage, read> cuts: array<u32>;"}
${KEY}
fn stays(i: u32) -> bool {
  let row = i / p.columns;
  let column = i % p.columns;${stays}
}
${WRITE_BITS}`,
  };
}
