import { embeddingMask } from "../../../kernels/webgpu/select/embedding_mask.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { seededRandom } from "../../../lib/random.ts";
import { type Case, everywhere, floats, randomFloats, refuses } from "../case.ts";
import { assertSame, numbers } from "../reference.ts";

interface Trial {
  rows: number;
  size: number;
  /** How many fields; each row one where it is the number of rows and `fields` is not said. */
  thresholds: number;
  fields?: boolean;
  norm?: 1 | 2;
}

const TRIALS: Trial[] = [
  { rows: 5_003, size: 8, thresholds: 39, fields: true },
  { rows: 701, size: 3, thresholds: 701 },
  { rows: 701, size: 3, thresholds: 1, norm: 2 },
  { rows: 301, size: 64, thresholds: 7, fields: true, norm: 2 },
  { rows: 37, size: 200, thresholds: 5, fields: true },
  { rows: 2_500, size: 1, thresholds: 1 },
  { rows: 1, size: 5, thresholds: 1 },
  { rows: 0, size: 5, thresholds: 1 },
];

export const embeddingMaskCases: Case[] = [
  ...TRIALS.map(trialCase),
  {
    name: "embeddingMask: norms that equal their threshold go, in both norms",
    async run(gpu) {
      const table = floats([3, -4, 0.5, 0.5, -6, 1, 0, 0], [4, 2]);
      for (
        const [norm, threshold, expected] of [[1, 7, [-1, -1, -1, -1]], [2, 5, [-1, -1, 0, -1]]] as const
      ) {
        const results = await everywhere(gpu, async ({ put }) => {
          const { rows, table: small } = await embeddingMask(put(table), put(floats([threshold])), { norm });
          return [rows, small];
        });
        for (const { place, tensors: [rows] } of results) assertSame(numbers(rows!), expected, place);
      }
    },
  },
  {
    name: "embeddingMask: NaN goes, as number and as threshold; infinity stays; below zero all do",
    async run(gpu) {
      const table = floats([NaN, 1, Infinity, 1, 1, 1, 0, 0, 5, 5], [5, 2]);
      const results = await everywhere(gpu, async ({ put }) => {
        const { rows, table: small } = await embeddingMask(put(table), put(floats([0.5, -1, NaN])), {
          fields: [0, 3, 4],
        });
        return [rows, small];
      });
      for (const { place, tensors: [rows, small] } of results) {
        assertSame(numbers(rows!), [-1, 0, 1, 2, -1], place);
        assertSame(numbers(small!), [Infinity, 1, 1, 1, 0, 0], place);
      }
    },
  },
  {
    name: "embeddingMask: mistakes are refused",
    async run(gpu) {
      const [table, two] = [floats([1, 2, 3, 4, 5, 6], [3, 2]), floats([1, 2])];
      await refuses(() => embeddingMask(floats([1, 2]), two), /the table is \[2\]/);
      await refuses(() => embeddingMask(floats([], [3, 0]), two), /the table is \[3, 0\]/);
      await refuses(() => embeddingMask(table, two), /thresholds are \[2\], expected \[1 or 3\]/);
      await refuses(() => embeddingMask(table, two, { fields: [0, 1, 2] }), /expected \[3\]/);
      await refuses(() => embeddingMask(table, two, { fields: [1, 2] }), /field 0 begins at row 1/);
      await refuses(() => embeddingMask(table, two, { fields: [0, 4] }), /field 1 begins at row 4/);
      await refuses(() => embeddingMask(table, floats([]), { fields: [] }), /at least one field/);
      await refuses(() => embeddingMask(table, two, { fields: [0, 1], norm: 3 as 1 }), /the norm is 3/);
      await refuses(() => embeddingMask(floats([1], [1, 1], "float16"), two), /"table" is float16/);
      await everywhere(gpu, async ({ name, put }) => {
        const there = put(table);
        if (name !== "CPU") {
          await refuses(() => embeddingMask(there, floats([1])), /"thresholds" lies on the CPU/);
        }
        return [];
      });
    },
  },
];

function trialCase({ rows, size, thresholds, fields = false, norm = 1 }: Trial): Case {
  return {
    name: `embeddingMask: [${rows}, ${size}] with ${thresholds} thresholds, L${norm}`,
    async run(gpu) {
      const random = seededRandom(rows, "embeddingMask");
      const table = randomFloats("table", [rows, size]);
      const typical = norm === 1 ? 0.8 * size : Math.sqrt(size);
      const limits = Float32Array.from({ length: thresholds }, () => typical * random.uniform(0.7, 1.3));
      const starts = Array.from({ length: thresholds - 1 }, () => random.integer(rows + 1)).sort((a, b) =>
        a - b
      );
      const options = { norm, ...fields && { fields: [0, ...starts] } };
      const results = await everywhere(gpu, async ({ put }) => {
        const left = await embeddingMask(
          put(table),
          put(new Tensor("float32", limits, [thresholds])),
          options,
        );
        return [left.rows, left.table];
      }, { binding: 4096 });
      const values = numbers(table);
      const lines = Array.from({ length: rows }, (_, row) => values.slice(row * size, (row + 1) * size));
      let kept = 0;
      const expected = lines.map((line, row) => {
        const sum = line.reduce((sum, e) => sum + Math.abs(e) ** norm, 0) ** (1 / norm);
        const field = options.fields
          ? options.fields.findLastIndex((start) => start <= row)
          : thresholds === 1
          ? 0
          : row;
        const t = limits[field]!;
        if (Math.abs(sum - t) < 1e-5 * t) {
          throw new Error(`row ${row} lies too near its threshold to be a test`);
        }
        return sum > t ? kept++ : -1;
      });
      for (const { place, tensors: [map, small] } of results) {
        assertSame(numbers(map!), expected, `${place}, map`);
        assertSame(small!.dims, [kept, size], `${place}, shape`);
        assertSame(numbers(small!), lines.filter((_, row) => expected[row]! >= 0).flat(), `${place}, table`);
      }
    },
  };
}
