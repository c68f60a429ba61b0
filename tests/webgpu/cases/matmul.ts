import fc from "npm:fast-check@4.10.2";
import { matmul, type MatmulOptions } from "../../../kernels/webgpu/linear/matmul.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { type Case, everywhere, floats, randomFloats, refuses } from "../case.ts";

/** [m, k, n]: less than a tile, tiles and a bit, long and thin, empty. */
const SIZES: [number, number, number][] = [
  [1, 1, 1],
  [3, 5, 7],
  [64, 16, 64],
  [67, 83, 71],
  [130, 9, 3],
  [2, 300, 129],
  [65, 1, 1],
  [0, 4, 3],
  [3, 4, 0],
  [3, 0, 4],
];

export const matmulCases: Case[] = [
  ...SIZES.map((size): Case => ({
    name: `matmul: ${size.join(" × ")}`,
    run: (gpu) => productCase(gpu, size, {}),
  })),
  ...[[true, false], [false, true], [true, true]].map(([transposeA, transposeB]): Case => ({
    name: `matmul: transposed, A ${transposeA}, B ${transposeB}`,
    run: (gpu) => productCase(gpu, [67, 83, 71], { transposeA: transposeA!, transposeB: transposeB! }),
  })),
  {
    name: "matmul: of any sizes, either way",
    async run(gpu) {
      const size = fc.integer({ min: 0, max: 90 });
      await fc.assert(
        fc.asyncProperty(
          size,
          size,
          size,
          fc.boolean(),
          fc.boolean(),
          async (m, k, n, transposeA, transposeB) => {
            await productCase(gpu, [m, k, n], { transposeA, transposeB });
          },
        ),
        { numRuns: 8, seed: 5 },
      );
    },
  },
  {
    name: "matmul: of half floats",
    run: (gpu) => productCase(gpu, [9, 33, 70], { transposeA: true, type: "float16" }),
  },
  {
    name: "matmul: NaN and infinity spoil their row and column, and nothing else",
    async run(gpu) {
      const [a, b] = [floats([1, NaN, 2, 3, Infinity, 1], [3, 2]), floats([1, 1, 1, 1e-40], [2, 2])];
      const results = await everywhere(gpu, ({ put }) => matmul(put(a), put(b)));
      for (const { place, tensors: [product] } of results) {
        const [c0, c1, c2, c3, c4] = product!.data as Float32Array;
        assertClose([c0!, c1!, c2!, c3!, c4!], [NaN, NaN, 5, 2, Infinity], REORDERED_FLOAT32, place);
      }
    },
  },
  {
    name: "matmul: mistakes are refused",
    async run() {
      const [a, b] = [floats([1, 2, 3, 4, 5, 6], [2, 3]), floats([1, 2], [2, 1])];
      await refuses(() => matmul(a, b), /columns of "a", 3, as rows of "b", 2/);
      await refuses(() => matmul(a, a, { transposeA: true, transposeB: true }), /\[2, 3\] transposed/);
      await refuses(() => matmul(a, floats([1, 2])), /"b" is \[2\], expected a matrix/);
    },
  },
];

async function productCase(
  gpu: Parameters<Case["run"]>[0],
  [m, k, n]: [number, number, number],
  { type, ...options }: MatmulOptions & { type?: "float16" },
): Promise<void> {
  const { transposeA = false, transposeB = false } = options;
  const a = randomFloats("a", transposeA ? [k, m] : [m, k], type);
  const b = randomFloats("b", transposeB ? [n, k] : [k, n], type);
  const [left, right] = [numbers(a), numbers(b)];
  const expected = Array.from({ length: m * n }, (_, place) => {
    const [i, j] = [Math.floor(place / n), place % n];
    let sum = 0;
    for (let l = 0; l < k; l++) {
      sum += left[transposeA ? l * m + i : i * k + l]! * right[transposeB ? j * k + l : l * n + j]!;
    }
    return sum;
  });
  const results = await everywhere(gpu, ({ put }) => matmul(put(a), put(b), options));
  for (const { place, tensors: [product] } of results) {
    assertClose(numbers(product!), expected, REORDERED_FLOAT32, place);
  }
}

const numbers = (tensor: Tensor) => Array.from(tensor.data as Float32Array);
