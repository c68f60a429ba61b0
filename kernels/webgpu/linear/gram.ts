import { TypeError } from "../../../lib/errors.ts";
import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { gemm } from "./gemm.ts";
import { floatBits, type Gpu, type Pass } from "../core/gpu.ts";
import { HALF_PARAMS, HALVES, SKIP, tilePasses } from "./matmul_passes.ts";
import { matrix } from "./matrix_on_gpu.ts";
import { floatsOf, gpuOf, requireSameShape, requireType } from "../core/tensors.ts";

/** Settings of {@linkcode gram}. */
export interface GramOptions {
  /** Factor of the products that are added to H. Default 1. */
  scale?: number | undefined;
  /** Factor of H before products are added to it. Default 1. */
  keep?: number | undefined;
  /**
   * Rounding error of H in float32 so far, in H's shape, zeros at first; it is changed in place. With it sums
   * over many calls are as exact as those of one. Default: what is lost is lost.
   */
  residual?: Tensor | undefined;
}

/** Tokens that are added up plainly, in float32, before they are added to H. */
const PLAIN = 1024;

/** Rows of H that the CPU works on at once. */
const ROWS = 256;

/**
 * H ← keep · H + scale · Xᵀ X, in place: the second moments of a layer's inputs, with rows of X as tokens.
 *
 * H stays symmetric to the last bit: one half is computed, n² · tokens operations, and mirrored (on a GPU
 * where H is in reach of one binding; else both are computed, alike). A token that holds NaN spoils the rows
 * and columns where it does.
 *
 * With `residual` r, H + r is the sum: each step finds what its rounding loses by the two-sum of D. E. Knuth,
 * "The Art of Computer Programming", volume 2, section 4.2.2, theorem B, and the two-product of T. J. Dekker,
 * "A floating-point technique for extending the available precision", 1971.
 *
 * @param h [n, n], float32, symmetric, on the CPU or a GPU
 * @param x [..., n], float32 or float16, at the same place
 * @throws TypeError where tensors do not fit in shape, type or place; nothing is written then
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const h = float32([1, 0, 0, 1], [2, 2]);
 * await gram(h, float32([1, 2, 3, 4, 5, 6], [3, 2]), { scale: 2 });
 * assert.deepEqual([...h.data], [71, 88, 88, 113]);
 * ```
 */
export async function gram(h: Tensor, x: Tensor, options: GramOptions = {}): Promise<void> {
  const { scale = 1, keep = 1, residual } = options;
  const gpu = gpuOf("gram", { h, x, residual });
  requireType(h.type, ["float32"], "gram", '"h"');
  requireType(x.type, ["float32", "float16"], "gram", '"x"');
  const [n, columns] = h.dims;
  if (h.dims.length !== 2 || n !== columns) {
    throw new TypeError(`Cannot run gram: "h" is [${h.dims.join(", ")}], expected a square matrix`);
  }
  if (x.dims.length < 1 || x.dims.at(-1) !== n) {
    throw new TypeError(
      `Cannot run gram: "x" is [${
        x.dims.join(", ")
      }], expected tokens in rows of ${n}, as "h" is [${n}, ${n}]`,
    );
  }
  if (residual) {
    requireType(residual.type, ["float32"], "gram", '"residual"');
    requireSameShape("gram", { h, residual });
    if (residual === h) {
      throw new TypeError('Cannot run gram: "residual" is "h", expected a tensor of its own');
    }
  }
  const work: Work = { h, x, residual, n: n!, tokens: n ? sizeOf(x.dims) / n : 0, scale, keep };
  if (gpu) await gpu.run(passes(gpu, work));
  else twin(work);
}

interface Work {
  h: Tensor;
  x: Tensor;
  residual: Tensor | undefined;
  n: number;
  tokens: number;
  scale: number;
  keep: number;
}

/** The CPU's way: products and sums of a few hundred tokens in float32, all else in float64. */
function twin({ h, x, residual, n, tokens, scale, keep }: Work): void {
  const [sums, lost] = [floatsOf(h), residual && floatsOf(residual)];
  const data = floatsOf(x);
  for (let i = 0; i < n; i += ROWS) {
    const [rows, width] = [Math.min(ROWS, n - i), n - i];
    const product = new Float64Array(rows * width);
    gemm(
      { data: product, row: width, column: 1 },
      { data, offset: i, row: 1, column: n },
      { data, offset: i, row: n, column: 1 },
      { m: rows, n: width, k: tokens, precision: "float32", half: "upper" },
    );
    for (let row = 0; row < rows; row++) {
      for (let column = row; column < width; column++) {
        const [place, mirrored] = [(i + row) * n + i + column, (i + column) * n + i + row];
        const sum = keep * (sums[place]! + (lost ? lost[place]! : 0)) +
          scale * product[row * width + column]!;
        sums[place] = sums[mirrored] = sum;
        if (lost) lost[place] = lost[mirrored] = sum - sums[place]!;
      }
    }
  }
}

function passes(gpu: Gpu, { h, x, residual, n, tokens, scale, keep }: Work): Pass[] {
  const outputs = [h, ...residual ? [residual] : []].map(matrix);
  const inReach = n * n * 4 + gpu.alignment <= gpu.maxBinding;
  const tokensOfX = { ...matrix(x), stride: n };
  return tilePasses(gpu, outputs, {
    a: { ...tokensOfX, transpose: true },
    b: tokensOfX,
    size: { m: n, n, k: tokens },
    most: PLAIN,
    shader: {
      name: "gram",
      params: `${HALF_PARAMS}, scale: f32, keep: f32, zero: u32, h: u32, h_row: u32${
        residual ? ", r: u32, r_row: u32" : ""
      }`,
      skip: SKIP,
      ...residual ? EXACT : PLAINLY,
    },
    params: ({ i, j, l }) => [
      ...[inReach ? HALVES.upper : HALVES.both, i, j],
      ...[floatBits(scale), floatBits(l === 0 ? keep : 1), 0],
    ],
  });
}

const PLAINLY = {
  declarations: "@group(0) @binding(3) var<storage, read_write> h: array<f32>;",
  store: `
  if (p.half == 2u && i > j) { continue; }
  let sum = p.keep * h[p.h + i * p.h_row + j] + p.scale * value;
  h[p.h + i * p.h_row + j] = sum;
  if (p.half == 2u) { h[p.h + j * p.h_row + i] = sum; }`,
};

/**
 * A compiler may simplify t − (t − s) to s, unless it cannot know that `zero` is 0: `exactly` keeps it from
 * doing so.
 */
const EXACT = {
  declarations: `
@group(0) @binding(3) var<storage, read_write> h: array<f32>;
@group(0) @binding(4) var<storage, read_write> r: array<f32>;
fn exactly(value: f32) -> f32 { return bitcast<f32>(bitcast<u32>(value) ^ p.zero); }
struct Split { high: f32, low: f32 }
fn split(value: f32) -> Split {
  let high = bitcast<f32>(bitcast<u32>(value) & 0xfffff000u);
  return Split(high, exactly(value - high));
}`,
  store: `
  if (p.half == 2u && i > j) { continue; }
  let place = p.h + i * p.h_row + j;
  let lost = p.r + i * p.r_row + j;
  // kept + error is keep · h: halves of 12 bits have products without rounding.
  let kept = exactly(p.keep * h[place]);
  let f = split(p.keep);
  let g = split(h[place]);
  var error = exactly(f.high * g.high) - kept;
  error = exactly(error + exactly(f.high * g.low));
  error = exactly(error + exactly(f.low * g.high));
  error = exactly(error + exactly(f.low * g.low));
  let more = exactly(exactly(error + p.keep * r[lost]) + p.scale * value);
  // sum + rest is kept + more.
  let sum = exactly(kept + more);
  let part = exactly(sum - kept);
  let rest = exactly(kept - exactly(sum - part)) + exactly(more - part);
  h[place] = sum;
  r[lost] = rest;
  if (p.half == 2u) {
    h[p.h + j * p.h_row + i] = sum;
    r[p.r + j * p.r_row + i] = rest;
  }`,
};
