import type { GraphBuilder, Value } from "../../../lib/onnx/builder.ts";
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

const EQUATIONS: [equation: string, ...shapes: number[][]][] = [
  ["ij,jk->ik", [2, 3], [3, 4]],
  ["...ij,...jk->...ik", [5, 2, 3], [5, 3, 4]],
  ["...i,ij->j...", [2, 4, 3], [3, 2]],
  ["bi,bj,bk->ijk", [4, 2], [4, 3], [4, 2]],
  ["ij,k->i", [2, 3], [4]],
  ["ij->", [2, 3]],
  ["ii->i", [3, 3]],
  ["bij,bj->bi", [2, 3, 4], [1, 4]],
  ["iji,j->", [3, 2, 3], [2]],
  ["ba,ca", [2, 3], [4, 3]],
];

for (const [equation, ...shapes] of EQUATIONS) {
  Deno.test(`gradients of Einsum ${equation}`, async () => {
    const inputs = Object.fromEntries(shapes.map((dims, i) => [`x${i}`, numbers(dims, { seed: i })]));
    const declared = Object.fromEntries(
      shapes.map((
        dims,
        i,
      ) => [`x${i}`, dims.map((dim, axis) => dim === 1 ? 1 : `${[...equation.split(/,|->/)[i]!][axis]}`)]),
    );
    const build = (g: GraphBuilder, ...x: Value[]) => g.node("Einsum", x, { equation })[0]!;
    await checkGradient(build, inputs);
    if (!equation.includes(".")) await checkGradient(build, inputs, { declared });
  });
}
