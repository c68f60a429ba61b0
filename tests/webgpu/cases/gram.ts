import { gram } from "../../../kernels/webgpu/linear/gram.ts";
import { addToHessian, newHessian } from "../../../kernels/webgpu/linear/hessian.ts";
import { toCpu } from "../../../kernels/webgpu/core/tensors.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose, COMPENSATED_FLOAT32, REORDERED_FLOAT32 } from "../../close.ts";
import { type Case, everywhere, floats, randomFloats, refuses } from "../case.ts";
import { HESSIAN, TOKENS } from "./sparse_gpt_example.ts";

export const gramCases: Case[] = [
  ...([[5, 7], [70, 33], [1, 1], [1500, 9], [130, 67], [0, 3], [3, 0]] as const).map((dims): Case => ({
    name: `gram: of ${dims[0]} tokens with ${dims[1]} features`,
    async run(gpu) {
      const [h, x] = [symmetric("h", dims[1]), randomFloats("x", dims)];
      const expected = reference(h, x, { scale: 0.5, keep: -2 });
      const results = await everywhere(gpu, async ({ put }) => {
        const there = put(h);
        await gram(there, put(x), { scale: 0.5, keep: -2 });
        return there;
      });
      for (const { place, tensors: [sum] } of results) {
        assertClose(numbers(sum!), expected, REORDERED_FLOAT32, place);
        requireSymmetric(sum!, place);
      }
    },
  })),
  {
    name: "gram: many small additions are not lost where the residual is kept",
    async run(gpu) {
      // Each addition is less than half a unit in the last place of 2²⁰.
      const [h, x, zeros] = [floats([2 ** 20], [1, 1]), floats([0.15, 0.05], [2, 1]), floats([0], [1, 1])];
      const [a, b] = numbers(x).map((value) => value ** 2) as [number, number];
      const results = await everywhere(gpu, async ({ put }) => {
        const [plain, exact, residual] = [put(h), put(h), put(zeros)];
        const there = put(x);
        for (let i = 0; i < 200; i++) {
          await gram(plain, there);
          await gram(exact, there, { residual });
        }
        return [plain, exact];
      });
      for (const { place, tensors: [plain, exact] } of results) {
        assertClose(numbers(plain!), [2 ** 20], { absolute: 0, relative: 0 }, `${place}, plain`);
        assertClose(numbers(exact!), [2 ** 20 + 200 * (a + b)], COMPENSATED_FLOAT32, place);
      }
    },
  },
  {
    name: "gram: what is kept of the sum is not rounded away either",
    async run(gpu) {
      const [h, x] = [symmetric("h", 6), randomFloats("x", [4, 6])];
      const results = await everywhere(gpu, async ({ put }) => {
        const [there, residual] = [put(h), put(floats(new Array(36).fill(0), [6, 6]))];
        const tokens = put(x);
        for (let n = 1; n <= 100; n++) {
          await gram(there, tokens, { keep: n / (n + 1), scale: 1 / (n + 1), residual });
        }
        return [there, residual];
      });
      const product = reference(floats(new Array(36).fill(0), [6, 6]), x, { scale: 1, keep: 0 });
      // The GPU is told its factors in float32.
      const expected = (round: (value: number) => number) => {
        let sum = numbers(h);
        for (let n = 1; n <= 100; n++) {
          sum = sum.map((value, i) => round(n / (n + 1)) * value + round(1 / (n + 1)) * product[i]!);
        }
        return sum;
      };
      for (const { place, tensors: [sum, residual] } of results) {
        const [high, low] = [numbers(sum!), numbers(residual!)];
        const both = high.map((value, i) => value + low[i]!);
        assertClose(
          both,
          expected(place === "CPU" ? (value) => value : Math.fround),
          COMPENSATED_FLOAT32,
          place,
        );
      }
    },
  },
  {
    name: "gram: of half floats",
    async run(gpu) {
      const [h, x] = [symmetric("h", 21), randomFloats("x", [3, 5, 21], "float16")];
      const expected = reference(h, x, { scale: 1, keep: 1 });
      const results = await everywhere(gpu, async ({ put }) => {
        const there = put(h);
        await gram(there, put(x));
        return there;
      });
      for (const { place, tensors: [sum] } of results) {
        assertClose(numbers(sum!), expected, REORDERED_FLOAT32, place);
      }
    },
  },
  {
    name: "gram: a token with NaN spoils the rows and columns where it is NaN",
    async run(gpu) {
      const results = await everywhere(gpu, async ({ put }) => {
        const h = put(floats([0, 0, 0, 0, 0, 0, 0, 0, 0], [3, 3]));
        await gram(h, put(floats([1, NaN, 2], [1, 3])));
        return h;
      });
      for (const { place, tensors: [sum] } of results) {
        assertClose(numbers(sum!), [1, NaN, 2, NaN, NaN, NaN, 2, NaN, 4], REORDERED_FLOAT32, place);
      }
    },
  },
  {
    name: "gram: a Hessian of sequences in batches is that of all of them",
    async run(gpu) {
      const tokens = (from: number, to: number) => floats(TOKENS.slice(from, to).flat(), [to - from, 8]);
      const results = await everywhere(gpu, async ({ name, put }) => {
        if (name === "GPU in parts") return [];
        const hessian = newHessian(8, name === "GPU" ? gpu : undefined);
        await addToHessian(hessian, put(tokens(0, 4)));
        await addToHessian(hessian, put(tokens(4, 10)), { sequences: 2 });
        await addToHessian(hessian, put(tokens(10, 12)));
        const sum = await toCpu(hessian.h);
        if (name === "GPU") [hessian.h, hessian.residual].forEach((tensor) => tensor.dispose());
        return [sum];
      });
      for (const { place, tensors } of results.slice(0, 2)) {
        assertClose(
          numbers(tensors[0]!),
          HESSIAN.flat().map((value) => value / 4),
          COMPENSATED_FLOAT32,
          place,
        );
      }
    },
  },
  {
    name: "gram: mistakes are refused before anything is written",
    async run() {
      const [h, x] = [floats([1, 2, 2, 4], [2, 2]), floats([1, 2, 3], [1, 3])];
      await refuses(() => gram(x, x), /"h" is \[1, 3\], expected a square matrix/);
      await refuses(() => gram(h, x), /"x" is \[1, 3\], expected tokens in rows of 2/);
      await refuses(() => gram(h, floats([1, 2]), { residual: x }), /"residual" is \[1, 3\]/);
      await refuses(() => gram(h, floats([1, 2]), { residual: h }), /a tensor of its own/);
      assertClose(numbers(h), [1, 2, 2, 4], { absolute: 0, relative: 0 });
      await refuses(() => addToHessian(newHessian(2), floats([1, 2]), { sequences: 0 }), /of 0 sequences/);
      await refuses(
        () => addToHessian(newHessian(2), floats([1, 2]), { sequences: 1.5 }),
        /expected a count/,
      );
    },
  },
];

function symmetric(seed: string, n: number): Tensor {
  const values = numbers(randomFloats(seed, [n, n]));
  return floats(values.map((_, place) => values[Math.max(place, place % n * n + Math.floor(place / n))]!), [
    n,
    n,
  ]);
}

function reference(h: Tensor, x: Tensor, { scale, keep }: { scale: number; keep: number }): number[] {
  const n = h.dims[0]!;
  const tokens = numbers(x);
  return numbers(h).map((value, place) => {
    const [i, j] = [Math.floor(place / n), place % n];
    let sum = 0;
    for (let t = 0; t < tokens.length; t += n) sum += tokens[t + i]! * tokens[t + j]!;
    return keep * value + scale * sum;
  });
}

function requireSymmetric({ data, dims: [n] }: Tensor, place: string): void {
  const values = data as Float32Array;
  values.forEach((value, i) => {
    const mirrored = values[i % n! * n! + Math.floor(i / n!)]!;
    if (!Object.is(value, mirrored)) {
      throw new Error(`${place}: element ${i} is ${value}, its mirror ${mirrored}`);
    }
  });
}

const numbers = (tensor: Tensor) => Array.from(tensor.data as Float32Array);
