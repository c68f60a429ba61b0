import { kthValue, kthValues, threshold } from "../../../kernels/webgpu/select/kth_value.ts";
import type { Threshold } from "../../../kernels/webgpu/select/float_order.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { seededRandom } from "../../../lib/random.ts";
import { type Case, everywhere, floats, randomFloats, refuses } from "../case.ts";
import { fewValues, fromBits, thresholdOf } from "../reference.ts";

type FloatType = "float32" | "float16";

export const kthValueCases: Case[] = [
  ...(["float32", "float16"] as const).flatMap((type) => [
    sameEverywhere(`kthValue: ${type}, sizes that are multiples of nothing`, [
      randomFloats("a", [97, 31], type),
      randomFloats("b", [0, 5], type),
      randomFloats("c", [8_449], type),
      randomFloats("d", [1], type),
    ]),
    sameEverywhere(`kthValue: ${type}, few values and many ties`, [
      fewValues("ties", 9_001, type),
      fewValues("more", 1_025, type),
    ]),
    sameEverywhere(`kthValue: ${type}, all equal`, [floats(new Array(10_007).fill(-0.5), [10_007], type)]),
    sameEverywhere(`kthValue: ${type}, zeros of both signs, infinities, NaN and subnormals`, [
      floats([0, -0, NaN, Infinity, -Infinity, NaN, 6e-8, -6e-8, 1e-7, -0, 1, -1, 65504], [13], type),
    ]),
    sameEverywhere(`kthValue: ${type}, one element`, [floats([-3], [], type)]),
  ]),
  sameEverywhere("kthValue: float32, subnormals and neighbours in the last bit", [
    fromBits([1, 2, 3, 2, 0x80000001, 0x80000003, 0x7fffff, 0x800000, 0x3f800000, 0xbf800001, 0x3f800000, 0]),
  ]),
  sameEverywhere("kthValue: float32, NaN of all kinds are one", [
    fromBits([0x7fc00000, 0xffc00001, 0x7f800001, 0xff800000, 0x7fffffff, 0x3f800000]),
  ]),
  {
    name: "kthValue: random tensors, types and ranks",
    async run(gpu) {
      for (let trial = 0; trial < 4; trial++) {
        const random = seededRandom(trial, "kthValue");
        const type: FloatType = trial % 2 ? "float16" : "float32";
        const tensors = Array.from({ length: 1 + random.integer(4) }, (_, i) => {
          const size = random.integer(3_000);
          const values = Array.from({ length: size }, () => random.normal() * 10 ** (random.integer(8) - 6));
          return i % 2 ? fewValues(`${trial} ${i}`, size, type) : floats(values, [size], type);
        });
        const size = tensors.reduce((sum, { data }) => sum + data.length, 0);
        await compare(gpu, tensors, [1 + random.integer(size), 1 + random.integer(size)]);
      }
    },
  },
  {
    name: "kthValues: each tensor by itself, empty ones and rank 0 too",
    async run(gpu) {
      const tensors = [randomFloats("a", [31, 7]), fewValues("b", 2_049, "float32"), floats([]), floats([5])];
      const ks = [100, 999, 0, 1];
      await everywhere(gpu, async ({ name, put }) => {
        const got = await kthValues(tensors.map(put), ks);
        got.forEach((one, i) => equal(one, thresholdOf([tensors[i]!], ks[i]!), `${name}, tensor ${i}`));
        return [];
      });
    },
  },
  {
    name: "kthValue: threshold takes the rounded share",
    async run(gpu) {
      const tensors = [floats([4, -2, 1]), floats([3, 5])];
      await everywhere(gpu, async ({ name, put }) => {
        const there = tensors.map(put);
        for (const [sparsity, k] of [[0, 0], [0.29, 1], [0.3, 2], [0.5, 3], [1, 5]] as const) {
          equal(await threshold(there, sparsity), thresholdOf(tensors, k), `${name}, ${sparsity}`);
        }
        return [];
      });
    },
  },
  {
    name: "kthValue: mistakes are refused",
    async run(gpu) {
      const [a, b] = [floats([1, 2, 3]), floats([1], [1], "float16")];
      await refuses(() => kthValue([a], 4), /k is 4, expected a whole number from 0 to 3/);
      await refuses(() => kthValue([a], -1), /k is -1/);
      await refuses(() => kthValue([a], 1.5), /k is 1.5/);
      await refuses(() => kthValue([], 1), /from 0 to 0/);
      await refuses(() => kthValue([a, b], 1), /tensor 1 is float16, but tensor 0 is float32/);
      await refuses(() => kthValue(a as unknown as Tensor[], 1), /expected a list of tensors/);
      await refuses(() => kthValues([a], [1, 2]), /2 ranks for 1 tensors/);
      await refuses(() => threshold([a], 1.01), /sparsity 1.01/);
      await everywhere(gpu, async ({ name, put }) => {
        const there = put(a);
        if (name !== "CPU") await refuses(() => kthValue([there, a], 1), /lies on the CPU/);
        return [];
      });
    },
  },
];

/** Ranks at both ends and in between. */
function sameEverywhere(name: string, tensors: Tensor[]): Case {
  const size = tensors.reduce((sum, { data }) => sum + data.length, 0);
  const ranks = [0, 1, Math.ceil(0.9 * size), size];
  return {
    name,
    run: (gpu) => compare(gpu, tensors, [...new Set(ranks.filter((k) => k >= 0 && k <= size))]),
  };
}

async function compare(gpu: Parameters<Case["run"]>[0], tensors: Tensor[], ranks: number[]): Promise<void> {
  await everywhere(gpu, async ({ name, put }) => {
    const there = tensors.map(put);
    for (const k of ranks) equal(await kthValue(there, k), thresholdOf(tensors, k), `${name}, k = ${k}`);
    return [];
  }, { binding: 8192 });
}

function equal(got: Threshold, expected: Threshold, what: string): void {
  if (Object.is(got.value, expected.value) && got.tiesBefore === expected.tiesBefore) return;
  throw new Error(`${what}: ${say(got)}, expected ${say(expected)}`);
}

function say({ value, tiesBefore }: Threshold): string {
  return `{ value: ${value}, tiesBefore: ${tiesBefore} }`;
}
