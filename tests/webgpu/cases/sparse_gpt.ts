import { choleskyInverse } from "../../../kernels/webgpu/linear/cholesky_inverse.ts";
import { sparseGpt, type SparseGptResult } from "../../../kernels/webgpu/sparse_gpt/sparse_gpt.ts";
import { sparseGptBlock } from "../../../kernels/webgpu/sparse_gpt/sparse_gpt_block.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose, PRINTED_DIGITS, SPARSE_GPT_FLOAT32 } from "../../close.ts";
import { type Case, everywhere, floats, randomFloats, refuses } from "../case.ts";
import { EXAMPLES, HESSIAN, WEIGHT } from "./sparse_gpt_example.ts";
import { PRUNED_LAYERS } from "./sparse_gpt_fixture.ts";

/** So that a few rows of the Hessians lie in one. */
const binding = 2 ** 14;

export const sparseGptCases: Case[] = [
  ...PRUNED_LAYERS.map(({ name, rows, columns, options, weight, hessian, pruned, stays, loss }): Case => ({
    name: `sparseGpt: as PyTorch computes it, ${name}`,
    async run(gpu) {
      const [w, h] = [floats(weight, [rows, columns]), floats(hessian, [columns, columns])];
      const results = await everywhere(
        gpu,
        async ({ put }) => listOf(await sparseGpt(put(w), put(h), options)),
        {
          binding,
        },
      );
      for (const { place, tensors: [weight, mask, lost] } of results) {
        requireBits(mask!, stays, place);
        assertClose(numbers(weight!), pruned, SPARSE_GPT_FLOAT32, place);
        assertClose(numbers(lost!), loss, SPARSE_GPT_FLOAT32, place);
      }
    },
  })),
  ...examples(),
  {
    name: "sparseGpt: the loss is ½ tr(ΔW (H + damping) ΔWᵀ)",
    async run(gpu) {
      for (const seed of ["1", "2"]) {
        const { weight, hessian } = randomLayer(seed, 130, 45);
        for (
          const options of [{ sparsity: 0.6, blockSize: 32 }, { nm: { n: 3, m: 5 }, blockSize: 15, bits: 5 }]
        ) {
          const results = await everywhere(
            gpu,
            async ({ put }) => listOf(await sparseGpt(put(weight), put(hessian), options)),
            { binding },
          );
          for (const { place, tensors: [pruned, , loss] } of results) {
            const expected = costs(numbers(weight), numbers(pruned!), numbers(hessian), 0.01);
            assertClose(numbers(loss!), expected, SPARSE_GPT_FLOAT32, `${place}, ${JSON.stringify(options)}`);
          }
        }
      }
    },
  },
  {
    name: "sparseGpt: exactly the share goes, of equal scores the first in storage",
    async run(gpu) {
      const [ones, identity] = [floats(new Array(60).fill(1), [4, 15]), floats(unit(15), [15, 15])];
      const results = await everywhere(gpu, async ({ put }) => {
        const [weight, hessian] = [put(ones), put(identity)];
        const exact = await sparseGpt(weight, hessian, { sparsity: 0.7, damping: 0, blockSize: 10 });
        const nm = await sparseGpt(weight, hessian, { nm: { n: 1, m: 5 }, blockSize: 5 });
        const reference = await sparseGpt(weight, hessian, {
          sparsity: 0.2,
          damping: 0,
          referenceCompatible: true,
        });
        return [exact, nm, reference].flatMap(listOf);
      }, { binding });
      for (const { place, tensors } of results) {
        const [exact, nm, all] = [tensors[1]!, tensors[4]!, tensors[7]!];
        // 28 of 40 in the first block, 14 of 20 in the second.
        const row = (first: number, second: number) =>
          [...Array(15).keys()].map((j) => Number(j < 10 ? j >= first : j - 10 >= second)).join("");
        requireBits(exact, row(10, 5) + row(10, 5) + row(8, 4) + row(0, 0), place);
        requireBits(nm, "00001".repeat(12), place);
        requireBits(all, "0".repeat(60), place);
      }
    },
  },
  {
    name: "sparseGpt: nothing, everything, no rows",
    async run(gpu) {
      const { weight, hessian } = randomLayer("ends", 5, 12);
      const results = await everywhere(gpu, async ({ put }) => {
        const [w, h] = [put(weight), put(hessian)];
        const [none, all] = [await sparseGpt(w, h, { sparsity: 0 }), await sparseGpt(w, h, { sparsity: 1 })];
        const empty = await sparseGpt(put(floats([], [0, 12])), h);
        return [none, all, empty].flatMap(listOf);
      }, { binding });
      const same = { absolute: 0, relative: 0 };
      for (const { place, tensors: [none, noneMask, noLoss, all, allMask, , empty] } of results) {
        assertClose(numbers(none!), numbers(weight), same, place);
        assertClose(numbers(noLoss!), new Array(5).fill(0), same, place);
        assertClose(numbers(all!), new Array(60).fill(0), same, place);
        requireBits(noneMask!, "1".repeat(60), place);
        requireBits(allMask!, "0".repeat(60), place);
        assertClose(empty!.dims, [0, 12], same, place);
      }
    },
  },
  {
    name: "sparseGpt: a row with NaN is spoiled, the others are not",
    async run(gpu) {
      const { weight, hessian } = randomLayer("nan", 4, 12);
      const spoiled = numbers(weight);
      spoiled[12 + 3] = NaN;
      const nm = { n: 2, m: 4 };
      const results = await everywhere(gpu, async ({ put }) => {
        const h = put(hessian);
        const [good, bad] = [
          await sparseGpt(put(weight), h, { nm }),
          await sparseGpt(put(floats(spoiled, [4, 12])), h, { nm }),
        ];
        return [...listOf(good), ...listOf(bad)];
      }, { binding });
      for (const { place, tensors: [good, , , bad] } of results) {
        const others = (tensor: Tensor) => numbers(tensor).filter((_, i) => i < 12 || i >= 24);
        assertClose(others(bad!), others(good!), { absolute: 0, relative: 0 }, place);
      }
    },
  },
  {
    name: "sparseGpt: a block changes its columns and those behind it, and no others",
    async run(gpu) {
      const { weight, hessian } = randomLayer("block", 6, 20);
      const results = await everywhere(gpu, async ({ put }) => {
        const [w, factor] = [put(weight), await choleskyInverse(put(hessian))];
        const [loss, mask] = [put(floats([1, 1, 1, 1, 1, 1])), put(words(6, 0xffffffff))];
        await sparseGptBlock(w, factor, { start: 7, size: 9, sparsity: 0.5, loss, mask });
        return [factor, w, loss, mask];
      }, { binding });
      const before = numbers(weight);
      for (const { place, tensors: [, w, loss, mask] } of results) {
        const after = numbers(w!);
        const columns = (values: number[], from: number, to: number) =>
          values.filter((_, i) => i % 20 >= from && i % 20 < to);
        assertClose(columns(after, 0, 7), columns(before, 0, 7), { absolute: 0, relative: 0 }, place);
        const zeros = columns(after, 7, 16).filter((value) => value === 0).length;
        const changed = columns(after, 16, 20).filter((value, i) =>
          value !== columns(before, 16, 20)[i]
        ).length;
        const bits = [...mask!.data as Uint32Array].reduce(
          (sum, word) => sum + [...word.toString(2)].filter((bit) => bit === "1").length,
          0,
        );
        assertClose([zeros, changed, 6 * 32 - bits], [27, 24, 27], { absolute: 0, relative: 0 }, place);
        if (!numbers(loss!).every((value) => value > 1)) {
          throw new Error(
            `${place}: losses ${numbers(loss!)}`,
          );
        }
      }
    },
  },
  {
    name: "sparseGpt: groups of columns with levels of their own, as by blocks of one group each",
    async run(gpu) {
      const { weight, hessian } = randomLayer("groups", 67, 50);
      const [rows, columns, groupSize] = [67, 50, 12];
      const pairs = Array.from({ length: rows * 5 * 2 }, (_, i) => i % 2 ? 5 + i % 7 : 0.3 + i % 13 / 20);
      const results = await everywhere(gpu, async ({ put }) => {
        const [one, other] = [put(weight), put(weight)];
        const factor = await choleskyInverse(put(hessian), { damping: 0.01 });
        const about = () => ({ loss: put(floats(new Array(rows).fill(0))), sparsity: 0 });
        const mask = put(new Tensor("uint32", new Uint32Array(rows * 2), [rows, 2]));
        const grid = put(floats(pairs, [rows, 10]));
        await sparseGptBlock(one, factor, { ...about(), mask, start: 0, size: columns, grid, groupSize });
        for (let group = 0; group < 5; group++) {
          const own = pairs.filter((_, i) => Math.floor(i % 10 / 2) === group);
          const [start, size] = [group * groupSize, Math.min(groupSize, columns - group * groupSize)];
          const levels = put(floats(own, [rows, 2]));
          await sparseGptBlock(other, factor, { ...about(), mask, start, size, grid: levels });
        }
        return [one, other, factor];
      }, { binding });
      for (const { place, tensors: [one, other] } of results) {
        assertClose(numbers(one!), numbers(other!), SPARSE_GPT_FLOAT32, place);
        numbers(one!).forEach((value, i) => {
          const at = Math.floor(i / columns) * 10 + Math.floor(i % columns / groupSize) * 2;
          const level = value / pairs[at]! + pairs[at + 1]!;
          if (Math.abs(level - Math.round(level)) < 1e-4 && level > -0.1 && level < 15.1) return;
          throw new Error(`${place}: weight ${i} is on no level of its group: ${level}`);
        });
      }
    },
  },
  {
    name: "sparseGpt: mistakes are refused before anything is written",
    async run() {
      const { weight: w, hessian: h } = randomLayer("mistakes", 3, 8);
      await refuses(() => sparseGpt(w, w), /"hessian" is \[3, 8\], expected \[8, 8\]/);
      await refuses(() => sparseGpt(floats([1, 2]), h), /"weight" is \[2\], expected rows/);
      await refuses(() => sparseGpt(w, h, { sparsity: 1.5 }), /sparsity is 1.5/);
      await refuses(() => sparseGpt(w, h, { nm: { n: 3, m: 2 } }), /nm is 3 of 2/);
      await refuses(
        () => sparseGpt(w, h, { nm: { n: 1, m: 3 }, blockSize: 3 }),
        /8 columns are no multiple of 3/,
      );
      await refuses(
        () => sparseGpt(w, h, { nm: { n: 2, m: 4 }, blockSize: 6 }),
        /blockSize is 6, .* multiple of 4/,
      );
      await refuses(() => sparseGpt(w, h, { bits: 0 }), /bits is 0/);
      await refuses(
        () => sparseGpt(w, floats(new Array(64).fill(1), [8, 8]), { damping: 0 }),
        /raise damping/,
      );
      await refuses(() => sparseGpt(w, h, { signal: AbortSignal.abort() }), /abort/i);
      const [loss, mask] = [floats([0, 0, 0]), words(3, 0)];
      await refuses(
        () => sparseGptBlock(w, h, { start: 4, size: 5, loss, mask }),
        /5 columns from 4 on is none of 8/,
      );
      await refuses(() => sparseGptBlock(w, h, { start: 0, loss: mask, mask }), /"loss" is uint32/);
      await refuses(
        () => sparseGptBlock(w, h, { start: 0, loss, mask, nm: { n: 2, m: 4 }, groupSize: 6 }),
        /groupSize is 6, expected a count of columns, a multiple of 4/,
      );
      await refuses(
        () => sparseGptBlock(w, h, { start: 0, loss, mask, grid: floats([1, 0], [1, 2]), groupSize: 3 }),
        /"grid" is \[1, 2\], expected \[3, 6\]/,
      );
      await refuses(
        () => sparseGptBlock(w, h, { start: 0, loss, mask: words(2, 0) }),
        /"mask" is \[2, 1\], expected \[3, 1\]/,
      );
    },
  },
];

/** The worked examples of `compressed-lrm`, section 2.9, which were printed with six digits. */
function examples(): Case[] {
  return EXAMPLES.map(({ name, options, weight, loss }) => ({
    name: `sparseGpt: worked example ${name}`,
    async run(gpu) {
      const [w, h] = [floats(WEIGHT.flat(), [4, 8]), floats(HESSIAN.flat(), [8, 8])];
      const results = await everywhere(
        gpu,
        async ({ put }) => listOf(await sparseGpt(put(w), put(h), options)),
        {
          binding,
        },
      );
      for (const { place, tensors: [pruned, , lost] } of results) {
        assertClose(numbers(pruned!), weight.flat(), PRINTED_DIGITS, place);
        assertClose(numbers(lost!), loss, PRINTED_DIGITS, place);
      }
    },
  }));
}

const listOf = ({ weight, mask, loss }: SparseGptResult): Tensor[] => [weight, mask, loss];

function randomLayer(seed: string, rows: number, columns: number): { weight: Tensor; hessian: Tensor } {
  const x = numbers(randomFloats(`${seed} x`, [2 * columns, columns]));
  const hessian = unit(columns).map((_, place) => {
    const [i, j] = [Math.floor(place / columns), place % columns];
    let sum = 0;
    for (let t = 0; t < x.length; t += columns) sum += x[t + i]! * x[t + j]!;
    return sum;
  });
  return { weight: randomFloats(`${seed} w`, [rows, columns]), hessian: floats(hessian, [columns, columns]) };
}

/** ½ δ (H + damping · mean of its diagonal) δᵀ for each row's change δ. */
function costs(before: number[], after: number[], hessian: number[], damping: number): number[] {
  const n = Math.sqrt(hessian.length);
  const more = damping * hessian.filter((_, i) => i % (n + 1) === 0).reduce((sum, value) => sum + value, 0) /
    n;
  return Array.from({ length: before.length / n }, (_, row) => {
    const change = before.slice(row * n, row * n + n).map((value, i) => value - after[row * n + i]!);
    return change.reduce(
      (sum, a, i) =>
        sum +
        a / 2 * change.reduce((part, b, j) => part + b * (hessian[i * n + j]! + (i === j ? more : 0)), 0),
      0,
    );
  });
}

const unit = (n: number) => Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0));

function words(rows: number, word: number): Tensor {
  return new Tensor("uint32", new Uint32Array(rows).fill(word), [rows, 1]);
}

/** Compares a mask's bits with digits. */
function requireBits({ data }: Tensor, digits: string, place: string): void {
  const bits = [...data as Uint32Array].flatMap((word) =>
    Array.from({ length: 32 }, (_, bit) => word >>> bit & 1)
  );
  const found = bits.slice(0, digits.length).join("");
  if (found !== digits || bits.slice(digits.length).some((bit) => bit)) {
    throw new Error(`${place}: the mask is\n${found}, expected\n${digits}`);
  }
}

const numbers = (tensor: Tensor) => Array.from(tensor.data as Float32Array);
