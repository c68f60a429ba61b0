import type { GraphBuilder, Value } from "../../../lib/onnx/builder.ts";
import { checkGradient, numbers } from "./check.ts";

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
