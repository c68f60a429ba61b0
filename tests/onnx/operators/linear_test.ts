import assert from "node:assert/strict";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import { factsOf } from "../../../lib/onnx/operators/table.ts";
import { numbersOf, sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { numbers } from "../gradients/check.ts";
import { runNative } from "../run_native.ts";

/** An operator on x with a weight as input `at`. */
interface Case {
  what: string;
  x: number[];
  w: number[];
  at: 0 | 1;
  build: (g: GraphBuilder, x: Value, w: Value) => Value;
}

const gemm = (at: 0 | 1, transA: number, transB: number): Case => {
  const [a, b] = [transA ? [3, 2] : [2, 3], transB ? [4, 3] : [3, 4]];
  return {
    what: `Gemm, weight ${at}, transposed ${transA}${transB}`,
    x: at === 1 ? a : b,
    w: at === 1 ? b : a,
    at,
    build: (g, x, w) =>
      at === 1 ? g.gemm(x, w, undefined, { transA, transB }) : g.gemm(w, x, undefined, { transA, transB }),
  };
};

const einsum = (equation: string, x: number[], w: number[]): Case => ({
  what: `Einsum ${equation}`,
  x,
  w,
  at: 1,
  build: (g, x, w) => g.node("Einsum", [x, w], { equation })[0]!,
});

const CASES: Case[] = [
  { what: "Conv", x: [2, 3, 4, 4], w: [5, 3, 2, 2], at: 1, build: (g, x, w) => g.conv(x, w) },
  {
    what: "ConvTranspose",
    x: [2, 3, 4, 4],
    w: [3, 5, 2, 2],
    at: 1,
    build: (g, x, w) => g.convTranspose(x, w),
  },
  { what: "MatMul from the right", x: [2, 4, 3], w: [3, 5], at: 1, build: (g, x, w) => g.matMul(x, w) },
  { what: "MatMul from the left", x: [2, 3, 4], w: [5, 3], at: 0, build: (g, x, w) => g.matMul(w, x) },
  ...([0, 1] as const).flatMap((at) => [0, 1].flatMap((a) => [0, 1].map((b) => gemm(at, a, b)))),
  einsum("bi,ij->bj", [2, 3], [3, 4]),
  einsum("bhi,hji->bhj", [2, 3, 4], [3, 5, 4]),
];

const tensor = (data: number[], dims: number[]) => new Tensor("float32", Float32Array.from(data), dims);

/** Places of the output that change where one position of an axis of the weight becomes zeros. */
async function changed({ x, w, build }: Case): Promise<(axis: number, position: number) => Promise<string>> {
  const g = new GraphBuilder("case");
  g.output(build(g, g.input("x", "float32", x), g.input("w", "float32", w)), "y");
  const [given, weight] = [numbers(x).data, numbers(w, { seed: 7 }).data];
  const run = async (data: number[]) =>
    numbersOf((await runNative(g.model(), { x: tensor(given, x), w: tensor(data, w) })).y!);
  const before = await run(weight);
  return async (axis, position) => {
    const inner = sizeOf(w.slice(axis + 1));
    const after = await run(
      weight.map((value, i) => Math.floor(i / inner) % w[axis]! === position ? 0 : value),
    );
    return before.flatMap((value, i) => Math.abs(value - after[i]!) > 1e-6 ? [i] : []).join();
  };
}

for (const each of CASES) {
  Deno.test(`the axes of a weight are those that the product has: ${each.what}`, async () => {
    const g = new GraphBuilder("facts");
    each.build(g, g.input("x", "float32", each.x), g.input("w", "float32", each.w));
    const node = g.nodes.at(-1)!;
    const { out, summed } = factsOf(node).learned![each.at]!.axes!(node, each.w.length);
    const places = await changed(each);
    for (const axis of out) {
      // Each position makes numbers of its own.
      const [first, second] = [await places(axis, 0), await places(axis, 1)];
      assert.ok(first && second, `axis ${axis} makes nothing`);
      const shared = first.split(",").filter((place) => second.split(",").includes(place));
      assert.deepEqual(shared, [], `axis ${axis} is summed over`);
    }
    // All positions go into the same numbers.
    for (const axis of summed) assert.equal(await places(axis, 0), await places(axis, 1), `axis ${axis}`);
    assert.ok(out.length > 0 && summed.length > 0);
  });
}
