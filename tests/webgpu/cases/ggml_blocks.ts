import { packGgml, unpackGgml } from "../../../kernels/webgpu/quantize/ggml_blocks.ts";
import { GGML_BLOCKS, type GgmlType } from "../../../kernels/webgpu/quantize/ggml_layout.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32, SAME_QUALITY } from "../../close.ts";
import { type Case, everywhere, floats, randomFloats, refuses } from "../case.ts";
import { GGML_VECTORS } from "../ggml_vectors.ts";
import { assertSame, numbers } from "../reference.ts";

const TYPES: readonly GgmlType[] = ["Q8_0", "Q4_K"];

/** Mean squared error over mean square of normal weights, as measured with ggml, and somewhat more. */
const ERROR = { Q8_0: 0.00003 * 1.2, Q4_K: 0.0052 * 1.2 };

export const ggmlBlocksCases: Case[] = [
  ...TYPES.map((type): Case => ({
    name: `ggmlBlocks: ${type}, bytes and numbers of the reference`,
    async run(gpu) {
      const { hex, first, sum } = GGML_VECTORS[type];
      const bytes = Uint8Array.from(hex.match(/../g)!, (pair) => parseInt(pair, 16));
      const x = floats(Array.from({ length: 256 }, (_, i) => ((37 * i + 11) % 101 - 50) / 64));
      const results = await everywhere(gpu, async ({ put }) => [
        await packGgml(put(x), type),
        await unpackGgml(put(new Tensor("uint8", bytes, [bytes.length])), type),
      ]);
      for (const { place, tensors: [packed, back] } of results) {
        assertSame(numbers(back!).slice(0, first.length), first, `${place}, numbers`);
        assertClose([numbers(back!).reduce((a, b) => a + b)], [sum], REORDERED_FLOAT32, `${place}, sum`);
        if (type === "Q8_0" || place === "CPU") assertSame(numbers(packed!), bytes, `${place}, bytes`);
      }
    },
  })),
  ...TYPES.flatMap((type) => (["float32", "float16"] as const).map((float) => normalCase(type, float))),
  ...TYPES.map((type): Case => ({
    name: `ggmlBlocks: ${type}, what is extreme`,
    async run(gpu) {
      const { weights } = GGML_BLOCKS[type];
      const block = (value: (i: number) => number) => Array.from({ length: weights }, (_, i) => value(i));
      const blocks = [
        block(() => 0),
        block(() => -2),
        block((i) => i === 5 ? NaN : 1),
        block((i) => i === weights - 1 ? -Infinity : 1),
        block((i) => i % 2 ? 1e-40 : -0),
        block((i) => i === 0 ? -1e-3 : 0),
      ];
      const x = floats(blocks.flat(), [2, 3 * weights]);
      const results = await everywhere(gpu, async ({ put }) => {
        const packed = await packGgml(put(x), type);
        return [await unpackGgml(packed, type), packed];
      });
      for (const { place, tensors: [back] } of results) {
        const values = numbers(back!);
        blocks.forEach((own, b) => {
          const got = values.slice(b * weights, (b + 1) * weights);
          const spoilt = own.some((value) => !Number.isFinite(value));
          const expected = own.map((value) => spoilt ? NaN : Math.abs(value) < 1e-30 ? 0 : value);
          assertClose(got, expected, { absolute: 2e-5, relative: 1e-3 }, `${place}, block ${b}`);
        });
      }
    },
  })),
  {
    name: "ggmlBlocks: Q8_0, halves go away from zero",
    async run(gpu) {
      const x = floats(Array.from({ length: 32 }, (_, i) => i === 0 ? 127 : (i - 16) / 2));
      const results = await everywhere(gpu, ({ put }) => packGgml(put(x), "Q8_0"));
      const codes = numbers(x).map((value) => Math.sign(value) * Math.floor(Math.abs(value) + 0.5));
      for (const { place, tensors: [packed] } of results) {
        const got = new Int8Array((packed!.data as Uint8Array).slice(2).buffer);
        assertSame(got, codes.map((code) => code + 0), place);
      }
    },
  },
  {
    name: "ggmlBlocks: mistakes are refused",
    async run() {
      const row = floats(new Array(48).fill(1));
      await refuses(() => packGgml(row, "Q8_0"), /the shape is \[48\], expected .* Q8_0 blocks, 32 weights/);
      await refuses(() => packGgml(floats([1], []), "Q8_0"), /the shape is \[\]/);
      await refuses(() => packGgml(row, "Q5_K" as GgmlType), /"Q5_K" is none of Q8_0, Q4_K/);
      await refuses(() => unpackGgml(new Tensor("uint8", new Uint8Array(33), [33]), "Q8_0"), /34 bytes each/);
      await refuses(() => unpackGgml(row, "Q8_0"), /"blocks" is float32, expected uint8/);
    },
  },
];

function normalCase(type: GgmlType, float: "float32" | "float16"): Case {
  return {
    name: `ggmlBlocks: ${type} of ${float}, as near as ggml comes, alike everywhere`,
    async run(gpu) {
      const { weights, bytes } = GGML_BLOCKS[type];
      const rows = 5;
      const columns = 3 * Math.max(weights, 128);
      const x = randomFloats(type, [rows, columns], float);
      const results = await everywhere(gpu, async ({ put }) => {
        const packed = await packGgml(put(x), type);
        return [await unpackGgml(packed, type), packed];
      });
      const original = numbers(x);
      const power = original.reduce((sum, value) => sum + value ** 2, 0);
      const errors = results.map(({ tensors: [back] }) =>
        numbers(back!).reduce((sum, value, i) => sum + (value - original[i]!) ** 2, 0) / power
      );
      results.forEach(({ place, tensors: [back, packed] }, i) => {
        assertSame(packed!.dims, [rows, columns / weights * bytes], `${place}, shape of blocks`);
        assertSame(back!.dims, x.dims, `${place}, shape`);
        if (!(errors[i]! <= ERROR[type])) {
          throw new Error(`${place}: error ${errors[i]}, expected ${ERROR[type]}`);
        }
        if (type === "Q8_0") {
          assertSame(numbers(packed!), numbers(results[0]!.tensors[1]!), `${place}, bytes`);
        } else assertClose([errors[i]!], [errors[0]!], SAME_QUALITY, `${place}, error`);
      });
    },
  };
}
