import fc from "npm:fast-check@4.10.2";
import { wandaMask, type WandaOptions } from "../../../kernels/webgpu/select/wanda_mask.ts";
import { wandaScore } from "../../../kernels/webgpu/select/wanda_score.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose, PRINTED_DIGITS } from "../../close.ts";
import { type Case, everywhere, floats, randomFloats, refuses } from "../case.ts";
import { TOKENS, WEIGHT } from "./sparse_gpt_example.ts";

const EXACT = { absolute: 0, relative: 0 };

export const wandaScoreCases: Case[] = [
  {
    name: "wandaScore: |w| times the norm of its input",
    async run(gpu) {
      const [w, x] = [randomFloats("w", [7, 5, 3, 3]), randomFloats("x", [45])];
      const norms = floats(numbers(x).map(Math.abs));
      const expected = numbers(w).map((value, i) =>
        Math.fround(Math.abs(value) * Number(norms.data[i % 45]))
      );
      const results = await everywhere(gpu, ({ put }) => wandaScore(put(w), put(norms)));
      for (const { place, tensors: [scores] } of results) {
        assertClose(numbers(scores!), expected, EXACT, place);
      }
    },
  },
  ...([
    [{ sparsity: 0.5 }, ["01101010", "10010101", "11010001", "10111000"], 28.75],
    [{ nm: { n: 2, m: 4 } }, ["01101010", "10010101", "01011001", "10101100"], 21.25],
  ] as const).map(([options, gone, error]): Case => ({
    name: `wandaMask: worked example, ${JSON.stringify(options)}`,
    async run(gpu) {
      const norms = WEIGHT[0]!.map((_, j) =>
        Math.sqrt(TOKENS.reduce((sum, token) => sum + token[j]! ** 2, 0))
      );
      assertClose(norms, NORMS, PRINTED_DIGITS, "norms");
      const w = floats(WEIGHT.flat(), [4, 8]);
      const results = await everywhere(gpu, ({ put }) => wandaMask(put(w), put(floats(norms)), options));
      for (const { place, tensors: [bits] } of results) {
        const stays = digitsOf(bits!, 32);
        assertClose(stays.map((bit) => 1 - bit), [...gone.join("")].map(Number), EXACT, place);
        // What the outputs lose: Σ over tokens and rows of the removed weights' part, squared.
        const lost = WEIGHT.flatMap((row, r) =>
          TOKENS.map((x) =>
            row.reduce((sum, value, j) => sum + (1 - stays[8 * r + j]!) * value * x[j]!, 0) ** 2
          )
        );
        assertClose([lost.reduce((sum, value) => sum + value, 0)], [error], PRINTED_DIGITS, place);
      }
    },
  })),
  ...([
    [[1, 1], { sparsity: 1 }],
    [[3, 0], { sparsity: 0.5 }],
    [[0, 3], { sparsity: 0.5 }],
    [[5, 33], { sparsity: 0 }],
    [[5, 300], { sparsity: 0.37 }],
    [[70, 21], { sparsity: 0.9 }],
    [[6, 35], { nm: { n: 3, m: 7 } }],
    [[40, 64], { nm: { n: 1, m: 32 } }],
  ] as [number[], WandaOptions][]).map(([dims, options]): Case => ({
    name: `wandaMask: [${dims}], ${JSON.stringify(options)}`,
    async run(gpu) {
      const norms = floats(numbers(randomFloats("x", [dims[1]!])).map(Math.abs));
      await compare(gpu, randomFloats("w", dims), norms, options);
    },
  })),
  {
    name: "wandaMask: of equal scores the first go, NaN stays longest, whatever the numbers",
    async run(gpu) {
      const values = [0, -0, 1, -1, 0.5, 2, Infinity, NaN, -NaN, 1e-3];
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.constantFrom(...values), { minLength: 24, maxLength: 24 }),
          fc.constantFrom<WandaOptions>({ sparsity: 0.5 }, { sparsity: 0.8 }, { nm: { n: 2, m: 4 } }),
          async (weights, options) => {
            const norms = floats(Array.from({ length: 12 }, (_, j) => j % 5 === 4 ? 0.5 : 1));
            await compare(gpu, floats(weights, [2, 12]), norms, options);
          },
        ),
        { numRuns: 8, seed: 3 },
      );
    },
  },
  {
    name: "wandaMask: mistakes are refused",
    async run() {
      const w = floats([1, 2, 3, 4, 5, 6], [2, 3]);
      await refuses(() => wandaScore(w, floats([1, 2])), /"norms" is \[2\], expected \[3\]/);
      await refuses(() => wandaMask(w, floats([1, 2, 3]), { sparsity: -1 }), /sparsity is -1/);
      await refuses(
        () => wandaMask(w, floats([1, 2, 3]), { nm: { n: 1, m: 2 } }),
        /3 columns are no multiple of 2/,
      );
    },
  },
];

/** As printed in `compressed-lrm`, section 2.9. */
const NORMS = [4.690416, 3.162278, 4.795832, 3.162278, 3.741657, 3.741657, 4.795832, 3.605551];

/** At all places against a plain sort of each row, or group. */
async function compare(
  gpu: Parameters<Case["run"]>[0],
  weight: Tensor,
  norms: Tensor,
  options: WandaOptions,
): Promise<void> {
  const [w, x] = [numbers(weight), numbers(norms)];
  const columns = x.length;
  const { sparsity, nm } = options;
  const length = nm ? nm.m : columns;
  const goes = nm ? nm.m - nm.n : Math.floor(columns * sparsity!);
  const expected = new Array<number>(w.length).fill(1);
  const score = (i: number) => {
    const value = Math.fround(Math.abs(w[i]!) * x[i % columns]!);
    return Number.isNaN(value) ? Infinity : Math.min(value, Number.MAX_VALUE);
  };
  for (let first = 0; first < w.length; first += length) {
    const order = Array.from({ length }, (_, i) => first + i);
    // Array sorts keep the order of equals.
    order.sort((a, b) => score(a) === score(b) ? 0 : score(a) - score(b));
    for (const i of order.slice(0, goes)) expected[i] = 0;
  }
  const results = await everywhere(gpu, ({ put }) => wandaMask(put(weight), put(norms), options));
  for (const { place, tensors: [bits] } of results) {
    assertClose(digitsOf(bits!, w.length), expected, EXACT, `${place}, ${JSON.stringify(options)}`);
  }
}

const digitsOf = ({ data }: Tensor, count: number): number[] =>
  Array.from({ length: count }, (_, i) => (data as Uint32Array)[i >> 5]! >>> (i & 31) & 1);

const numbers = (tensor: Tensor) => Array.from(tensor.data as Float32Array);
