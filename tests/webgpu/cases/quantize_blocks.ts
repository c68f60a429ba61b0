import {
  dequantizeBlocks,
  quantizeBlocks,
  type QuantizedBits,
  type QuantizedBlocks,
  type QuantizeOptions,
} from "../../../kernels/webgpu/quantize/quantize_blocks.ts";
import type { Chosen } from "../../../lib/options.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { seededRandom } from "../../../lib/random.ts";
import { type Case, everywhere, floats, randomFloats, refuses } from "../case.ts";
import { assertSame, numbers } from "../reference.ts";

interface Trial extends QuantizeOptions {
  dims: number[];
  type?: "float32" | "float16";
}

const TRIALS: Trial[] = [
  ...([8, 4, 3, 2, "ternary"] as const).map((bits) => ({ dims: [19, 96], bits })),
  ...([8, 4, 3, 2] as const).map((bits) => ({ dims: [19, 96], bits, symmetric: false })),
  { dims: [7, 45], bits: 4, group: 32 },
  { dims: [7, 45], bits: 3, group: 7, symmetric: false, type: "float16" },
  { dims: [5, 3, 50], bits: "ternary", group: 50, type: "float16" },
  { dims: [1_001], bits: 8, group: 1_001, symmetric: false },
  { dims: [130], bits: 2, group: 1 },
  { dims: [0, 32], bits: 4 },
  { dims: [3, 0], bits: 4, symmetric: false },
];

export const quantizeBlocksCases: Case[] = [
  ...TRIALS.map(trialCase),
  {
    name: "quantizeBlocks: ties go to even, the extremes and zero are met exactly",
    async run(gpu) {
      const weight = floats([7, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, -7, 0, -0, 6.5, 6.499]);
      const options = { bits: 4, group: 12 } as const;
      const results = await everywhere(gpu, async ({ put }) => {
        const blocks = await quantizeBlocks(put(weight), options);
        return [...parts(blocks), await dequantizeBlocks(blocks)];
      });
      for (const { place, tensors } of results) {
        const back = numbers(tensors.at(-1)!).map((value) => value + 0);
        assertSame(back, [7, 0, 2, 2, 0, -2, -2, -7, 0, 0, 6, 6], place);
      }
    },
  },
  {
    name: "quantizeBlocks: codes lie as the bytes of MatMulNBits, ternary ones as digits in base 3",
    async run(gpu) {
      const nibbles = floats(Array.from({ length: 16 }, (_, i) => i === 15 ? -7 : i - 7));
      const trits = floats(Array.from({ length: 21 }, (_, i) => i % 3 - 1));
      const results = await everywhere(gpu, async ({ put }) => {
        const four = await quantizeBlocks(put(nibbles), { bits: 4, group: 16 });
        const three = await quantizeBlocks(put(trits), { bits: "ternary", group: 21 });
        return [...parts(four), ...parts(three)];
      });
      let word = 0;
      for (let i = 19; i >= 0; i--) word = 3 * word + i % 3;
      for (const { place, tensors: [four, , three] } of results) {
        const bytes = new Uint8Array((four!.data as Uint32Array).buffer);
        assertSame(bytes, [0x21, 0x43, 0x65, 0x87, 0xa9, 0xcb, 0xed, 0x1f], place);
        assertSame(numbers(three!), [word, 2], place);
      }
    },
  },
  {
    name: "quantizeBlocks: groups of zeros, subnormals, NaN, infinity and what is too large",
    async run(gpu) {
      const broken = [[NaN, 1], [Infinity, 1], [-Infinity, 1], [1e35, 1]];
      const groups = [[0, -0], [1e-40, -1e-35], ...broken, [1e30, -1e30]];
      const weight = floats(groups.flat());
      for (const symmetric of [true, false]) {
        const results = await everywhere(gpu, async ({ put }) => {
          const blocks = await quantizeBlocks(put(weight), { bits: 8, group: 2, symmetric });
          return [blocks.scales, ...parts(blocks), await dequantizeBlocks(blocks)];
        });
        const scale = symmetric ? Math.fround(Math.fround(1e30) / 127) : Math.fround(Math.fround(2e30) / 255);
        const zero = even(Math.fround(Math.fround(1e30) * Math.fround(1 / scale)));
        for (const { place, tensors } of results) {
          assertSame(numbers(tensors[0]!), [0, 0, ...broken.map(() => NaN), scale], place);
          const back = numbers(tensors.at(-1)!).map((value) => value + 0);
          assertSame(back.slice(0, 12), [0, 0, 0, 0, ...broken.flat().map(() => NaN)], place);
          if (!symmetric) assertSame(numbers(tensors[3]!), [0, 0, 0, 0, 0, 0, zero], `${place}, zeros`);
        }
      }
    },
  },
  {
    name: "quantizeBlocks: mistakes are refused",
    async run(gpu) {
      const weight = floats([1, 2, 3, 4]);
      await refuses(() => quantizeBlocks(weight, { bits: 5 as QuantizedBits }), /bits is 5/);
      await refuses(() => quantizeBlocks(weight, { group: 0 }), /groups of 0/);
      await refuses(() => quantizeBlocks(weight, { bits: "ternary", symmetric: false }), /no zero point/);
      await refuses(() => quantizeBlocks(floats([1], [])), /at least one axis/);
      await refuses(() => quantizeBlocks(new Tensor("int32", [1], [1])), /is int32/);
      const blocks = await quantizeBlocks(weight, { group: 4 });
      await refuses(
        () => dequantizeBlocks({ ...blocks, dims: [8] }),
        /"codes" is \[1, 1\], expected \[2, 1\]/,
      );
      await refuses(() => dequantizeBlocks({ ...blocks, scales: blocks.codes }), /"scales" is uint32/);
      await everywhere(gpu, async ({ name, put }) => {
        const codes = put(blocks.codes);
        if (name !== "CPU") await refuses(() => dequantizeBlocks({ ...blocks, codes }), /lies on the CPU/);
        return [];
      });
    },
  },
];

function parts({ codes, scales, zeros }: QuantizedBlocks): Tensor[] {
  return [codes, scales, ...zeros ? [zeros] : []];
}

function trialCase(trial: Trial): Case {
  const { dims, type = "float32", bits = 4, group = 32, symmetric = true } = trial;
  return {
    name: `quantizeBlocks: ${type}[${dims}] to ${bits} bits in groups of ${group}${
      symmetric ? "" : ", with a zero point"
    }, and back`,
    async run(gpu) {
      const random = seededRandom(dims.length, "quantize");
      const spread = randomFloats("quantize", dims, type);
      // Groups of unlike sizes, some of one sign.
      const values = numbers(spread).map((x, i) => i % 5 === 0 ? Math.abs(x) * 10 ** random.integer(3) : x);
      const weight = floats(values, dims, type);
      const results = await everywhere(gpu, async ({ put }) => {
        const blocks = await quantizeBlocks(put(weight), trial);
        return [await dequantizeBlocks(blocks), ...parts(blocks)];
      }, { binding: 8192 });
      const expected = reference(numbers(weight), dims, { bits, group, symmetric });
      for (const { place, tensors: [back, codes, scales, zeros] } of results) {
        assertSame(back!.dims, dims, `${place}, shape`);
        assertSame(numbers(scales!), expected.scales, `${place}, scales`);
        assertSame(zeros ? numbers(zeros) : [], symmetric ? [] : expected.zeros, `${place}, zeros`);
        assertSame(numbers(back!).map((x) => x + 0), expected.back, `${place}, weights`);
        assertSame(numbers(codes!), numbers(results[0]!.tensors[1]!), `${place}, codes`);
      }
    },
  };
}

/** Weight by weight, by the formulas. */
function reference(
  values: number[],
  dims: number[],
  { bits, group, symmetric }: Chosen<QuantizeOptions>,
): { back: number[]; scales: number[]; zeros: number[] } {
  const row = dims.at(-1)!;
  const [back, scales, zeros]: number[][] = [[], [], []];
  for (let start = 0; start < values.length; start += row) {
    for (let at = 0; at < row; at += group) {
      const own = values.slice(start + at, start + Math.min(at + group, row));
      const [low, high] = [Math.min(0, ...own), Math.max(0, ...own)];
      const levels = bits === "ternary" ? 3 : 2 ** bits;
      const largest = bits === "ternary" ? 1 : levels / 2 - 1;
      const scale = bits === "ternary"
        ? Math.fround(own.reduce((sum, x) => Math.fround(sum + Math.abs(x)), 0) / own.length)
        : symmetric
        ? Math.fround(Math.max(-low, high) / largest)
        : Math.fround(Math.fround(high - low) / (levels - 1));
      const inverse = Math.fround(1 / scale);
      const zero = symmetric ? 0 : even(Math.fround(-low * inverse));
      scales!.push(scale);
      zeros!.push(zero + 0);
      for (const x of own) {
        const step = even(Math.fround(x * inverse)) + zero;
        const q = symmetric ? clamp(step, -largest, largest) : clamp(step, 0, levels - 1);
        back!.push(Math.fround((q - zero) * scale) + 0);
      }
    }
  }
  return { back: back!, scales: scales!, zeros: zeros! };
}

function even(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || rest === 0.5 && below % 2 !== 0 ? below + 1 : below;
}

function clamp(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high);
}
