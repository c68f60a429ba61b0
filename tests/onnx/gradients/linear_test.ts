import { checkGradient, numbers } from "./check.ts";

const SHAPES: [number[], number[]][] = [
  [[2, 3], [3, 4]],
  [[5, 2, 3], [3, 4]],
  [[2, 1, 2, 3], [3, 4]],
  [[2, 3], [5, 3, 4]],
  [[5, 2, 3], [5, 3, 4]],
  [[1, 2, 3], [5, 3, 4]],
  [[2, 1, 2, 3], [3, 3, 4]],
  [[3], [3]],
  [[3], [3, 4]],
  [[2, 3], [3]],
  [[3], [5, 3, 4]],
  [[5, 2, 3], [3]],
];

for (const [left, right] of SHAPES) {
  Deno.test(`gradient of MatMul [${left}] × [${right}]`, async () => {
    const [a, b] = [numbers(left), numbers(right, { seed: 2 })];
    await checkGradient((g, a, b) => g.matMul(a, b), { a, b });
    if (left.length > 1) {
      await checkGradient((g, a, b) => g.matMul(a, b), { a, b }, {
        declared: { a: ["N", ...left.slice(1)] },
      });
    }
  });
}

Deno.test("gradients of Gemm", async () => {
  for (const transA of [0, 1]) {
    for (const transB of [0, 1]) {
      const [a, b] = [numbers(transA ? [3, 2] : [2, 3]), numbers(transB ? [4, 3] : [3, 4])];
      for (const dims of [[4], [2, 4], [2, 1], [], [1]]) {
        const c = numbers(dims);
        const options = { transA, transB, alpha: 0.7, beta: 1.3 };
        await checkGradient((g, a, b, c) => g.gemm(a, b, c, options), { a, b, c });
      }
      await checkGradient((g, a, b) => g.gemm(a, b, undefined, { transA, transB }), { a, b });
    }
  }
});
