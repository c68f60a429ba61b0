import { hardThreshold } from "../../../kernels/webgpu/select/hard_threshold.ts";
import { kthValues } from "../../../kernels/webgpu/select/kth_value.ts";
import { softShrink } from "../../../kernels/webgpu/select/soft_shrink.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { type Case, everywhere, floats, randomFloats, refuses } from "../case.ts";
import { assertSame, fewValues, fromBits, numbers, smallest, thresholdOf } from "../reference.ts";

type FloatType = "float32" | "float16";
const TYPES: readonly FloatType[] = ["float32", "float16"];

export const softShrinkCases: Case[] = [
  ...TYPES.flatMap((type) => [
    together(`softShrink: ${type}, together`, type, [
      randomFloats("a", [71, 37], type),
      fewValues("b", 1_031, type),
      floats([], [0], type),
    ]),
    {
      name: `softShrink: ${type}, each layer by itself with a factor of its own, step after step`,
      async run(gpu: Parameters<Case["run"]>[0]) {
        const layers = [randomFloats("a", [31, 33], type), fewValues("b", 517, type)];
        const [ks, factors] = [[900, 400], [0.9, 0.25]];
        const results = await everywhere(gpu, async ({ put }) => {
          const there = layers.map(put);
          for (let step = 0; step < 3; step++) {
            await softShrink(there, await kthValues(there, ks), { factor: factors });
          }
          return there;
        });
        const expected = layers.map((layer, i) => {
          let values = numbers(layer);
          for (let step = 0; step < 3; step++) {
            const [low] = smallest([floats(values)], ks[i]!);
            values = values.map((w, j) => low![j] ? product(w, factors[i]!, type) : w);
          }
          return values;
        });
        for (const { place, tensors } of results) {
          tensors.forEach((tensor, i) => assertSame(numbers(tensor), expected[i]!, `${place}, layer ${i}`));
        }
      },
    },
  ]),
  {
    name: "softShrink: float16, all halves are rounded to even, subnormal ones too",
    async run(gpu) {
      const all = Array.from(new Float16Array(Uint16Array.from({ length: 0x7c01 }, (_, i) => i).buffer));
      const halves = floats(all.map((half, i) => i % 2 ? -half : half), [all.length], "float16");
      const results = await everywhere(gpu, async ({ put }) => {
        const there = put(halves);
        await softShrink([there], { value: Infinity, tiesBefore: 0 }, { factor: 0.75 });
        return there;
      });
      const expected = numbers(halves).map((w) => Number.isFinite(w) ? product(w, 0.75, "float16") : w);
      for (const { place, tensors } of results) assertSame(numbers(tensors[0]!), expected, place);
    },
  },
  {
    name: "softShrink: float32, what stays keeps its bits: subnormals, NaN and infinity too",
    async run(gpu) {
      const weights = fromBits([0x80000001, 5, 0x7fc01234, 0xff800000, 0x3f800000, 0x3f000000, 0xbf000000]);
      const results = await everywhere(gpu, async ({ put }) => {
        const there = put(weights);
        await softShrink([there], thresholdOf([weights], 2), { factor: 0 });
        return there;
      });
      for (const { place, tensors: [after] } of results) {
        const words = new Uint32Array((after!.data as Float32Array).buffer);
        // Negative zero where a negative number is multiplied by zero.
        assertSame(words, [0x80000000, 0, 0x7fc01234, 0xff800000, 0x3f800000, 0x3f000000, 0xbf000000], place);
      }
    },
  },
  ...TYPES.map((type) => ({
    name: `hardThreshold: ${type}, exactly the k smallest become zero`,
    async run(gpu: Parameters<Case["run"]>[0]) {
      const tensors = [fewValues("a", 2_049, type), floats([NaN, -0, Infinity, -1e-7], [4], type)];
      for (const k of [0, 1, 1_000, 2_052, 2_053]) {
        const results = await everywhere(gpu, async ({ put }) => {
          const there = tensors.map(put);
          await hardThreshold(there, thresholdOf(tensors, k));
          return there;
        });
        const low = smallest(tensors, k);
        for (const { place, tensors: after } of results) {
          after.forEach((tensor, i) => {
            const expected = numbers(tensors[i]!).map((w, j) => low[i]![j] ? 0 : w);
            assertSame(numbers(tensor), expected, `${place}, k = ${k}, tensor ${i}`);
          });
        }
      }
    },
  })),
  {
    name: "softShrink, hardThreshold: mistakes are refused before anything is written",
    async run() {
      const a = floats([1, 2, 3]);
      const one = { value: 2, tiesBefore: Infinity };
      await refuses(() => softShrink([a], one, { factor: 1.1 }), /the factor is 1.1/);
      await refuses(() => softShrink([a], one, { factor: NaN }), /the factor is NaN/);
      await refuses(() => softShrink([a, a], one, { factor: [0, 1, 0] }), /3 factors for 2 tensors/);
      await refuses(() => softShrink([a, a], [one], { factor: 0 }), /1 thresholds for 2 tensors/);
      await refuses(() => hardThreshold([a, a], [one]), /1 thresholds for 2 tensors/);
      await refuses(() => hardThreshold([a], { value: -2, tiesBefore: 0 }), /value: -2/);
      assertSame(numbers(a), [1, 2, 3], "untouched");
    },
  },
];

function together(name: string, type: FloatType, tensors: Tensor[]): Case {
  return {
    name,
    async run(gpu) {
      const size = tensors.flatMap(numbers).length;
      for (const k of [0, 1, Math.ceil(0.9 * size), size]) {
        const results = await everywhere(gpu, async ({ put }) => {
          const there = tensors.map(put);
          await softShrink(there, thresholdOf(tensors, k), { factor: 0.95 });
          return there;
        });
        const low = smallest(tensors, k);
        for (const { place, tensors: after } of results) {
          after.forEach((tensor, i) => {
            const expected = numbers(tensors[i]!).map((w, j) => low[i]![j] ? product(w, 0.95, type) : w);
            assertSame(numbers(tensor), expected, `${place}, k = ${k}, tensor ${i}`);
          });
        }
      }
    },
  };
}

/** A product in float32, rounded to half where the weights are. */
function product(w: number, factor: number, type: FloatType): number {
  const float = Math.fround(w * Math.fround(factor));
  return type === "float16" ? Float16Array.of(float)[0]! : float;
}
