import type { GraphBuilder, Value } from "../../../lib/onnx/builder.ts";
import { checkGradient, distinct, numbers } from "./check.ts";

const x = numbers([2, 3, 4]);
const open = { x: ["N", "C", 4] };

/** With all dimensions known, and with unknown ones. */
async function both(build: (g: GraphBuilder, x: Value) => Value): Promise<void> {
  await checkGradient(build, { x });
  await checkGradient(build, { x }, { declared: open });
}

Deno.test("gradients of reshaping operators", async () => {
  await both((g, x) => g.reshape(x, [4, 6]));
  await both((g, x) => g.reshape(x, [0, -1]));
  await both((g, x) => g.flatten(x, 2));
  await both((g, x) => g.flatten(x, 0));
  await both((g, x) => g.unsqueeze(x, [0, -1]));
  await both((g, x) => g.squeeze(g.unsqueeze(x, [1]), [1]));
  await both((g, x) => g.identity(x));
  await both((g, x) => g.cast(g.cast(x, "float64"), "float64"));
  await both((g, x) => g.node("CastLike", [x, x])[0]!);
});

Deno.test("gradients of Transpose, Expand, Tile, Trilu", async () => {
  await both((g, x) => g.transpose(x, [1, 2, 0]));
  await both((g, x) => g.node("Transpose", [x])[0]!);
  await both((g, x) => g.expand(g.unsqueeze(x, [1]), [2, 2, 3, 4]));
  await both((g, x) => g.tile(x, [1, 2, 3]));
  await both((g, x) => g.trilu(x, true, 1));
  await both((g, x) => g.trilu(x, false));
});

Deno.test("gradients of Expand to a shape known only at run time", async () => {
  const row = numbers([1, 3]);
  await checkGradient((g, row) => g.expand(row, g.ints([2, 3])), { row }, { declared: { row: ["N", "M"] } });
});

Deno.test("gradients of Concat and Split", async () => {
  const y = numbers([2, 2, 4], { seed: 2 });
  const build = (g: GraphBuilder, x: Value, y: Value) => g.concat([x, y, x], 1);
  await checkGradient(build, { x, y });
  await checkGradient(build, { x, y }, { wrt: ["y"] });
  await checkGradient(build, { x, y }, { declared: { x: ["N", "C", 4], y: ["N", "D", 4] } });
  await both((g, x) => g.split(x, [1, 3], -1)[1]!);
  await both((g, x) => {
    const [a, b] = g.split(x, [1, 3], 2);
    return g.mul(a!, b!);
  });
});

Deno.test("gradients of DepthToSpace and SpaceToDepth", async () => {
  const image = numbers([2, 8, 2, 3]);
  for (const mode of ["DCR", "CRD"] as const) {
    await checkGradient((g, x) => g.depthToSpace(x, 2, mode), { image });
    for (const declared of [["N", 8, "H", "W"], ["N", "C", 2, 3]]) {
      await checkGradient((g, x) => g.depthToSpace(x, 2, mode), { image }, { declared: { image: declared } });
    }
  }
  await checkGradient((g, x) => g.spaceToDepth(x, 2), { image: numbers([1, 3, 4, 6]) });
});

Deno.test("gradient of ReverseSequence", async () => {
  await both((g, x) => g.node("ReverseSequence", [x, g.ints([1, 3])], { batch_axis: 0, time_axis: 1 })[0]!);
});

Deno.test("gradients through shapes that are computed", async () => {
  await both((g, x) => g.reshape(x, g.concat([g.node("Shape", [x], { end: 1 })[0]!, g.ints([-1])], 0)));
  await checkGradient((g, x) => g.mul(x, g.cast(g.node("Size", [x])[0]!, "float64")), { x: distinct([3]) });
});

Deno.test("gradients of reshaping nothing: an axis of length 0 stays one", async () => {
  const nothing = numbers([0, 3]);
  for (const declared of [[0, 3], ["N", "M"]]) {
    const build = (g: GraphBuilder, x: Value) =>
      g.reduceSum(g.node("Reshape", [x, g.ints([3, 0])], { allowzero: 1 })[0]!, [1]);
    await checkGradient(build, { nothing }, { declared: { nothing: declared } });
  }
});
