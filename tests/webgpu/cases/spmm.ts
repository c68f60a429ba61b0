import fc from "npm:fast-check@4.10.2";
import { nmPack, nmUnpack } from "../../../kernels/webgpu/nm/nm_pack.ts";
import { sparseConvolution } from "../../../kernels/webgpu/sparse/sparse_convolution.ts";
import { type SparseRows, sparseRows } from "../../../kernels/webgpu/sparse/sparse_rows.ts";
import { spmm } from "../../../kernels/webgpu/sparse/spmm.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { seededRandom } from "../../../lib/random.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { assertSame } from "../reference.ts";
import { type Case, everywhere, floats, type Place, randomFloats, refuses } from "../case.ts";

/** So that the entries lie in one, and not the planes. */
const binding = 8192;

export const spmmCases: Case[] = [
  ...([
    { size: [5, 7, 11], sparsity: 0.5 },
    { size: [33, 20, 601], sparsity: 0.9 },
    { size: [13, 40, 130], sparsity: 0.8, block: 4 },
    { size: [16, 9, 70], sparsity: 0.7, block: 8 },
    { size: [4, 6, 40], sparsity: 1 },
    { size: [4, 6, 40], sparsity: 0 },
    { size: [3, 0, 5], sparsity: 0 },
    { size: [0, 3, 5], sparsity: 0 },
    { size: [3, 5, 0], sparsity: 0 },
  ] as { size: [number, number, number]; sparsity: number; block?: number }[]).map((
    { size: [rows, columns, pixels], sparsity, block = 1 },
  ): Case => ({
    name: `spmm: [${rows}, ${columns}] of sparsity ${sparsity}, blocks of ${block}, with ${pixels} pixels`,
    run: (gpu) => productCase(gpu, { size: [rows, columns, pixels], sparsity, block }),
  })),
  {
    name: "spmm: of any sizes, sparsities and blocks",
    async run(gpu) {
      const size = fc.integer({ min: 0, max: 40 });
      const share = fc.constantFrom(0, 0.3, 0.6, 0.95, 1);
      await fc.assert(
        fc.asyncProperty(size, size, size, share, fc.integer({ min: 1, max: 5 }), async (...given) => {
          const [rows, columns, pixels, sparsity, block] = given;
          await productCase(gpu, { size: [rows, columns, pixels], sparsity, block });
        }),
        { numRuns: 8, seed: 6 },
      );
    },
  },
  ...([[9, 12, 2, 4], [5, 21, 1, 4], [3, 8, 0, 4], [4, 35, 3, 8]] as const).map((
    [rows, columns, n, m],
  ): Case => ({
    name: `spmm: [${rows}, ${columns}] of ${n}:${m}`,
    async run(gpu) {
      const [dense, x] = [randomFloats("w", [rows, columns]), randomFloats("x", [columns, 150])];
      const expected = reference(await nmUnpack(await nmPack(dense, { n, m })), x);
      const results = await everywhere(gpu, async ({ put }) => {
        const { values, indices, ...about } = await nmPack(dense, { n, m });
        return await spmm({ ...about, values: put(values), indices: put(indices) }, put(x));
      }, { binding });
      for (const { place, tensors: [y] } of results) {
        assertClose(numbers(y!), expected, REORDERED_FLOAT32, place);
      }
    },
  })),
  {
    name: "spmm: more planes than are worked on at once, on the CPU",
    async run() {
      // The twin has room for about 56 000 of them, and lists at most 32 768 entries of a row.
      const [dense, x] = [sparse("w", 2, 70_000, 0.3), randomFloats("x", [70_000, 3])];
      const y = await spmm(sparseRows(dense), x);
      assertClose(numbers(y), reference(dense, x), { absolute: 1e-3, relative: 1e-4 });
    },
  },
  {
    name: "spmm: NaN stays in planes without entries",
    async run(gpu) {
      const [dense, x] = [floats([0, 2, 0, 0, 1, 3], [2, 3]), floats([NaN, 1, 2, 3, Infinity, 1], [3, 2])];
      const results = await everywhere(gpu, ({ put }) => spmm(move(put, sparseRows(dense)), put(x)));
      for (const { place, tensors: [y] } of results) {
        assertClose(numbers(y!), [4, 6, Infinity, 6], REORDERED_FLOAT32, place);
      }
    },
  },
  ...[1, 2].map((block): Case => ({
    name: `spmm: infinity stays beside zeros that are stored, in blocks of ${block}`,
    async run(gpu) {
      const x = floats([Infinity, -Infinity, 2, 3], [2, 2]);
      const weight: SparseRows = {
        ...{ rows: 2, columns: 2, block },
        starts: uints(block === 1 ? [0, 2, 4] : [0, 2]),
        indices: uints(block === 1 ? [0, 1, 0, 1] : [0, 1]),
        values: floats(block === 1 ? [0, 5, 7, 0] : [0, 7, 5, 0], [4 / block, block]),
      };
      for (
        const { place, tensors: [y] } of await everywhere(gpu, ({ put }) => spmm(move(put, weight), put(x)))
      ) {
        assertSame(numbers(y!), [10, 15, Infinity, -Infinity], place);
      }
    },
  })),
  {
    name: "spmm: infinity stays beside zeros that fill up groups",
    async run(gpu) {
      const [dense, x] = [floats([0, 5, 0, 0], [1, 4]), floats([Infinity, 2, -Infinity, NaN], [4, 1])];
      const results = await everywhere(gpu, async ({ put }) => {
        const { values, indices, ...about } = await nmPack(dense, { n: 2, m: 4 });
        return await spmm({ ...about, values: put(values), indices: put(indices) }, put(x));
      });
      for (const { place, tensors: [y] } of results) assertSame(numbers(y!), [10], place);
    },
  },
  ...([
    { kernelShape: [3, 3], pads: [1, 1, 1, 1], batch: 2, channels: 5 },
    { kernelShape: [1, 1], pads: [0, 0, 0, 0], batch: 1, channels: 7 },
    { kernelShape: [2, 5], pads: [0, 3, 2, 1], batch: 1, channels: 3 },
    { kernelShape: [3, 3], pads: [0, 0, 0, 0], batch: 1, channels: 300 },
  ] as const).map(({ kernelShape, pads, batch, channels }): Case => ({
    name: `spmm: a convolution of ${kernelShape} with pads ${pads}, ${channels} channels`,
    async run() {
      const [out, height, width] = [6, 9, 14];
      const [kernelHeight, kernelWidth] = kernelShape;
      const x = randomFloats("x", [batch, channels, height, width]);
      const weight = sparse("w", out, channels * kernelHeight * kernelWidth, 0.8);
      const y = await sparseConvolution(x, sparseRows(weight), { kernelShape, pads });
      const [, , outHeight, outWidth] = y.dims as [number, number, number, number];
      const [pixels, w] = [numbers(x), numbers(weight)];
      const expected = numbers(y).map((_, place) => {
        const column = place % outWidth;
        const row = Math.floor(place / outWidth) % outHeight;
        const o = Math.floor(place / outWidth / outHeight) % out;
        const image = Math.floor(place / outWidth / outHeight / out);
        let sum = 0;
        for (let c = 0; c < channels; c++) {
          for (let i = 0; i < kernelHeight; i++) {
            for (let j = 0; j < kernelWidth; j++) {
              const [r, s] = [row + i - pads[0], column + j - pads[1]];
              if (r < 0 || s < 0 || r >= height || s >= width) continue;
              sum += w[((o * channels + c) * kernelHeight + i) * kernelWidth + j]! *
                pixels[((image * channels + c) * height + r) * width + s]!;
            }
          }
        }
        return sum;
      });
      assertClose(y.dims, [
        batch,
        out,
        height + pads[0] + pads[2] - kernelHeight + 1,
        width + pads[1] + pads[3] - kernelWidth + 1,
      ], { absolute: 0, relative: 0 });
      assertClose(numbers(y), expected, REORDERED_FLOAT32);
    },
  })),
  {
    name: "spmm: mistakes are refused",
    async run() {
      const weight = sparseRows(floats([0, 1, 2, 0], [2, 2]));
      await refuses(() => spmm(weight, floats([1, 2, 3])), /"x" is \[3\], expected \[2, …\]/);
      await refuses(
        () => spmm({ ...weight, block: 2 }, floats([1, 2])),
        /expected 2 and 4, for 2 rows in blocks of 2/,
      );
      const outside = { ...weight, indices: new Tensor("uint32", Uint32Array.of(1, 2), [2]) };
      await refuses(() => spmm(outside, floats([1, 2])), /entry 1, of row 1, is in column 2/);
      const packed = await nmPack(floats([1, 2, 3, 4], [2, 2]), { n: 1, m: 2, axis: 0 });
      await refuses(() => spmm(packed, floats([1, 2])), /groups along axis 0 .* packed along axis 1/);
      await refuses(() => sparseRows(floats([1]), { block: 0 }), /block is 0/);
      await refuses(() => sparseConvolution(floats([1, 2], [1, 1, 1, 2]), weight), /"x" is \[1, 1, 1, 2\]/);
    },
  },
];

interface Product {
  size: [rows: number, columns: number, pixels: number];
  sparsity: number;
  block: number;
}

async function productCase(
  gpu: Parameters<Case["run"]>[0],
  { size: [rows, columns, pixels], sparsity, block }: Product,
): Promise<void> {
  const [dense, x] = [sparse("w", rows, columns, sparsity), randomFloats("x", [columns, pixels])];
  const expected = reference(dense, x);
  const multiply = ({ put }: Place) => spmm(move(put, sparseRows(dense, { block })), put(x));
  for (const { place, tensors: [y] } of await everywhere(gpu, multiply, { binding })) {
    assertClose(y!.dims, [rows, pixels], { absolute: 0, relative: 0 }, place);
    assertClose(numbers(y!), expected, REORDERED_FLOAT32, place);
  }
}

/** A weight some of whose entries, or of whose blocks of 4 rows, are 0. */
function sparse(seed: string, rows: number, columns: number, sparsity: number): Tensor {
  const random = seededRandom(1, "sparse", seed);
  return floats(
    Array.from({ length: rows * columns }, () => random.uniform() < sparsity ? 0 : random.normal()),
    [
      rows,
      columns,
    ],
  );
}

function move(put: Place["put"], weight: SparseRows): SparseRows {
  const { starts, indices, values } = weight;
  return { ...weight, starts: put(starts), indices: put(indices), values: put(values) };
}

function reference(weight: Tensor, x: Tensor): number[] {
  const [rows, columns] = weight.dims as [number, number];
  const pixels = x.dims[1]!;
  const [w, from] = [numbers(weight), numbers(x)];
  return Array.from({ length: rows * pixels }, (_, place) => {
    const [row, pixel] = [Math.floor(place / pixels), place % pixels];
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += w[row * columns + c]! * from[c * pixels + pixel]!;
    return sum;
  });
}

const uints = (values: number[]) => new Tensor("uint32", Uint32Array.from(values), [values.length]);

const numbers = (tensor: Tensor) => Array.from(tensor.data as Float32Array);
