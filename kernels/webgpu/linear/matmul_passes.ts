import { floatBits, type Gpu, grid, type Pass } from "../core/gpu.ts";
import { TILE, type TileShader, tileShader } from "./matmul_wgsl.ts";
import { bindMatrix, type MatrixOnGpu, rowsInReach } from "./matrix_on_gpu.ts";

/** Sizes of a product: C is m × n, A is m × k, B is k × n. */
export interface ProductSize {
  /** Rows of A and C. */
  m: number;
  /** Columns of B and C. */
  n: number;
  /** Columns of A and rows of B, which are summed over. */
  k: number;
}

/** Settings of {@linkcode matmulPasses}. */
export interface MatmulPassesOptions extends ProductSize {
  /** Factor of the product A · B. Default 1. */
  alpha?: number | undefined;
  /** Factor of what C holds before. Default 0: then C is not read. */
  beta?: number | undefined;
  /**
   * Only this half of C is needed, its diagonal included: of the other, tiles may be left out. Default: all
   * of it.
   */
  half?: "lower" | "upper" | undefined;
}

/**
 * Passes that compute C ← alpha · A · B + beta · C, for kernels to compose. C's buffer must be neither A's
 * nor B's.
 *
 * @throws RangeError where one row of a matrix is more than a binding reaches
 */
export function matmulPasses(
  gpu: Gpu,
  c: MatrixOnGpu,
  [a, b]: readonly [MatrixOnGpu, MatrixOnGpu],
  { alpha = 1, beta = 0, half, ...size }: MatmulPassesOptions,
): Pass[] {
  return tilePasses(gpu, [c], {
    a,
    b,
    size,
    shader: {
      name: "matmul",
      params: `${HALF_PARAMS}, alpha: f32, beta: f32, c: u32, c_row: u32`,
      declarations: "@group(0) @binding(3) var<storage, read_write> c: array<f32>;",
      skip: SKIP,
      store: `
  let place = p.c + i * p.c_row + j;
  if (p.beta == 0.0) { c[place] = p.alpha * value; } else { c[place] = p.beta * c[place] + p.alpha * value; }`,
    },
    params: ({ i, j, l }) => [HALVES[half ?? "both"], i, j, floatBits(alpha), floatBits(l === 0 ? beta : 1)],
  });
}

/** Which tiles are computed: the number that the uniform's `half` takes. */
export const HALVES = { both: 0, lower: 1, upper: 2 } as const;

/** Fields of a uniform for {@linkcode SKIP}: which half, and where in C the part of this pass begins. */
export const HALF_PARAMS = "half: u32, row: u32, column: u32";

/** For `skip` of a shader: whether a tile lies wholly in the half that is not needed. */
export const SKIP = `(p.half == 1u && p.column + left > p.row + top + ${TILE - 1}u) ||
    (p.half == 2u && p.row + top > p.column + left + ${TILE - 1}u)`;

/** A tile shader with what it works on. */
export interface TileWork {
  /** The left matrix, m × k. */
  a: MatrixOnGpu;
  /** The right matrix, k × n. */
  b: MatrixOnGpu;
  /** Sizes of the product. */
  size: ProductSize;
  /**
   * Code of the work; the fields of its uniform are those of `params`, then place and stride of each output.
   */
  shader: Omit<TileShader, "a" | "b">;
  /** Words of the uniform for a part that begins at element (i, j) of C and step l of the inner dimension. */
  params(part: { i: number; j: number; l: number }): number[];
  /** At most so many steps of the inner dimension in one pass. Default: as many as bindings reach. */
  most?: number;
}

/**
 * Passes of a tile shader, cut so that bindings reach what each needs: rows of the outputs, which are of C's
 * size and float32, and rows of A and B as they lie in memory.
 */
export function tilePasses(
  gpu: Gpu,
  outputs: readonly MatrixOnGpu[],
  { a, b, size: { m, n, k }, shader, params, most = Infinity }: TileWork,
): Pass[] {
  const { name } = shader;
  const code = tileShader({
    ...shader,
    a: a.type ?? "float32",
    b: b.type ?? "float32",
  });
  const reachA = rowsInReach(gpu, name, a, a.transpose ? m : k);
  const reachB = rowsInReach(gpu, name, b, b.transpose ? k : n);
  const stepM = Math.min(
    ...outputs.map((output) => rowsInReach(gpu, name, output, n)),
    a.transpose ? m : reachA,
  );
  const stepN = b.transpose ? reachB : n;
  const stepK = Math.max(Math.min(a.transpose ? reachA : k, b.transpose ? k : reachB, most), 1);
  const passes: Pass[] = [];
  for (let i = 0; i < m; i += stepM) {
    for (let j = 0; j < n; j += stepN) {
      // Without an inner dimension there is still C to be scaled.
      for (let l = 0; l === 0 || l < k; l += stepK) {
        const size = { m: Math.min(stepM, m - i), n: Math.min(stepN, n - j), k: Math.min(stepK, k - l) };
        const left = bindMatrix(gpu, a, [i, l], [size.m, size.k]);
        const right = bindMatrix(gpu, b, [l, j], [size.k, size.n]);
        const results = outputs.map((output) => bindMatrix(gpu, output, [i, j], [size.m, size.n]));
        passes.push({
          shader: code,
          bindings: [left, right, ...results].map(({ binding }) => binding),
          params: [
            ...[size.m, size.n, size.k, ...left.place, ...right.place],
            ...params({ i, j, l }),
            ...results.flatMap(({ place: [from, row] }) => [from, row]),
          ],
          workgroups: grid(Math.ceil(size.m / TILE) * Math.ceil(size.n / TILE)),
        });
      }
    }
  }
  return passes;
}
