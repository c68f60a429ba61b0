import type { GraphBuilder, Value } from "../../../lib/onnx/builder.ts";
import { checkGradient, distinct, numbers } from "./check.ts";

const x = distinct([2, 3, 2]);
const positive = numbers([2, 3, 2], { low: 0.3, high: 2 });
const AXES: (number[] | undefined)[] = [undefined, [0], [1], [-1], [0, 2]];
const REDUCTIONS = "Sum Mean Max Min Prod SumSquare L1 L2 LogSum LogSumExp".split(" ");

for (const name of REDUCTIONS) {
  Deno.test(`gradient of Reduce${name}`, async () => {
    const input = name === "LogSum" ? positive : x;
    for (const axes of AXES) {
      for (const keepdims of [0, 1]) {
        const build = (g: GraphBuilder, x: Value) =>
          g.node(`Reduce${name}`, [x, axes && g.ints(axes)], { keepdims })[0]!;
        await checkGradient(build, { input });
        await checkGradient(build, { input }, { declared: { input: ["N", 3, "M"] } });
      }
    }
    const nothing = (g: GraphBuilder, x: Value) =>
      g.node(`Reduce${name}`, [x], { noop_with_empty_axes: 1, keepdims: 0 })[0]!;
    if (name === "Sum" || name === "Mean") await checkGradient(nothing, { input });
  });
}

Deno.test("gradient of ReduceProd where numbers are 0", async () => {
  for (const data of [[2, 0, 3, 4, 5, 6], [0, 2, 0, 3, 1, 5]]) {
    await checkGradient((g, x) => g.reduceProd(x, [1]), { x: { dims: [2, 3], data } });
  }
});

Deno.test("gradient of CumSum in all its directions", async () => {
  for (const reverse of [0, 1]) {
    for (const exclusive of [0, 1]) {
      const build = (g: GraphBuilder, x: Value) =>
        g.node("CumSum", [x, g.ints([1])], { reverse, exclusive })[0]!;
      await checkGradient(build, { x });
    }
  }
});
