import { applyMask } from "../../../kernels/webgpu/select/apply_mask.ts";
import { mask } from "../../../kernels/webgpu/select/mask.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { type Case, everywhere, floats, randomFloats, refuses } from "../case.ts";
import { assertSame, fewValues, fromBits, numbers, smallest, thresholdOf } from "../reference.ts";

const TYPES = ["float32", "float16"] as const;

export const maskCases: Case[] = [
  ...TYPES.flatMap((type) => [
    byRank(`mask: ${type}, together and many ties`, [
      fewValues("a", 8_195, type),
      randomFloats("b", [0, 3], type),
      fewValues("c", 1_001, type),
      floats([0.25], [], type),
    ]),
    byRank(`mask: ${type}, sizes that are multiples of nothing`, [randomFloats("d", [67, 149], type)]),
    byRank(`mask: ${type}, zeros, infinities and NaN`, [
      floats([NaN, 0, -0, Infinity, -Infinity, NaN, 6e-8, -1], [8], type),
    ]),
  ]),
  byRank("mask: float32, subnormals", [fromBits([3, 0x80000002, 2, 1, 0x80000001, 0, 0x7fffff, 0x800000])]),
  {
    name: "mask: each tensor by itself",
    async run(gpu) {
      const tensors = [randomFloats("a", [129, 3]), fewValues("b", 601)];
      const ks = [200, 301];
      const results = await everywhere(
        gpu,
        async ({ put }) =>
          await mask(tensors.map(put), tensors.map((tensor, i) => thresholdOf([tensor], ks[i]!))),
      );
      for (const { place, tensors: masks } of results) {
        masks.forEach((words, i) =>
          assertSame(numbers(words), wordsOf(smallest([tensors[i]!], ks[i]!)[0]!), `${place}, tensor ${i}`)
        );
      }
    },
  },
  {
    name: "mask: thresholds that no element equals, and of both kinds of equality",
    async run(gpu) {
      const tensors = [floats([0.1, -0.1, 0.2, 0.3, 0]), floats([0.1, -0.5, Infinity])];
      const tenth = Math.fround(0.1);
      const expected: [number, number, number[], number[]][] = [
        [0.1, Infinity, [1, 1, 1, 1, 0], [1, 1, 1]], // float32's 0.1 is more than 0.1
        [tenth, 0, [1, 1, 1, 1, 0], [1, 1, 1]],
        [tenth, 1, [0, 1, 1, 1, 0], [1, 1, 1]],
        [tenth, 2, [0, 0, 1, 1, 0], [1, 1, 1]],
        [tenth, 6, [0, 0, 1, 1, 0], [0, 1, 1]],
        [tenth, Infinity, [0, 0, 1, 1, 0], [0, 1, 1]],
        [1e300, 0, [0, 0, 0, 0, 0], [0, 0, 1]],
        [Infinity, Infinity, [0, 0, 0, 0, 0], [0, 0, 0]],
        [NaN, 0, [0, 0, 0, 0, 0], [0, 0, 0]],
        [0, 0, [1, 1, 1, 1, 1], [1, 1, 1]],
      ];
      for (const [value, tiesBefore, ...stay] of expected) {
        const results = await everywhere(gpu, ({ put }) => mask(tensors.map(put), { value, tiesBefore }));
        for (const { place, tensors: masks } of results) {
          masks.forEach((words, i) =>
            assertSame(
              numbers(words),
              wordsOf(stay[i]!.map((one) => !one)),
              `${place}, ${value}, ${tiesBefore}`,
            )
          );
        }
      }
    },
  },
  ...TYPES.map((type) => ({
    name: `applyMask: ${type}, zeros where bits are zero, whatever was there`,
    async run(gpu: Parameters<Case["run"]>[0]) {
      const tensors = [
        randomFloats("a", [83, 61], type),
        floats([NaN, Infinity, NaN, -0, -1], [5], type),
        floats([], [0], type),
      ];
      const goes = [smallest([tensors[0]!], 3_000)[0]!, [true, true, false, false, true], []];
      const masks = goes.map((list) => tensorOf(wordsOf(list)));
      const results = await everywhere(gpu, async ({ put }) => {
        const there = tensors.map(put);
        await applyMask(there, masks.map(put));
        return there;
      });
      for (const { place, tensors: after } of results) {
        after.forEach((tensor, i) => {
          const expected = numbers(tensors[i]!).map((value, j) => goes[i]![j] ? 0 : value);
          assertSame(numbers(tensor), expected, `${place}, tensor ${i}`);
        });
      }
    },
  })),
  {
    name: "mask, applyMask: mistakes are refused before anything is written",
    async run(gpu) {
      const [a, half] = [floats([1, 2, 3]), floats([1, 2, 3], [3], "float16")];
      const one = { value: 1, tiesBefore: 0 };
      await refuses(() => mask([a], [one, one]), /2 thresholds for 1 tensors/);
      await refuses(() => mask([a], { value: -1, tiesBefore: 0 }), /value: -1/);
      await refuses(() => mask([a], { value: 1, tiesBefore: NaN }), /tiesBefore: NaN/);
      await refuses(() => mask([a, half], one), /tensor 1 is float16/);
      await refuses(() => mask([tensorOf([1])], one), /tensor 0 is uint32/);
      await refuses(() => applyMask([a], []), /0 masks for 1 tensors/);
      await refuses(() => applyMask([a, a], [tensorOf([0]), tensorOf([0, 0])]), /mask 1 has 2 words/);
      await refuses(() => applyMask([a], [a]), /mask 0 is float32, expected uint32/);
      await everywhere(gpu, async ({ name, put }) => {
        const there = put(a);
        if (name !== "CPU") {
          await refuses(() => applyMask([there], [tensorOf([0])]), /"mask 0" lies on the CPU/);
        }
        return [];
      });
      assertSame(numbers(a), [1, 2, 3], "untouched");
    },
  },
];

/** Masks of ranks at both ends and in between, against sorting. */
function byRank(name: string, tensors: Tensor[]): Case {
  return {
    name,
    async run(gpu) {
      const size = tensors.flatMap(numbers).length;
      for (const k of new Set([0, 1, Math.ceil(size / 2), size - 1, size])) {
        const results = await everywhere(
          gpu,
          async ({ put }) => await mask(tensors.map(put), thresholdOf(tensors, k)),
        );
        const expected = smallest(tensors, k).map(wordsOf);
        for (const { place, tensors: masks } of results) {
          masks.forEach((words, i) =>
            assertSame(numbers(words), expected[i]!, `${place}, k = ${k}, tensor ${i}`)
          );
        }
      }
    },
  };
}

/** Packed bits, 0 for what goes. */
function wordsOf(goes: readonly boolean[]): number[] {
  const words = new Array<number>(Math.ceil(goes.length / 32)).fill(0);
  goes.forEach((gone, i) => words[Math.floor(i / 32)]! += gone ? 0 : 2 ** (i % 32));
  return words;
}

function tensorOf(words: number[]): Tensor {
  return new Tensor("uint32", Uint32Array.from(words), [words.length]);
}
