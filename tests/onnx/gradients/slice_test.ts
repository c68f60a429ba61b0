import type { GraphBuilder, Value } from "../../../lib/onnx/builder.ts";
import { checkGradient, numbers } from "./check.ts";

const x = numbers([2, 3, 4]);
const open = { x: ["N", "C", 4] };

/** With all dimensions known, and with unknown ones. */
async function both(build: (g: GraphBuilder, x: Value) => Value): Promise<void> {
  await checkGradient(build, { x });
  await checkGradient(build, { x }, { declared: open });
}

/** starts, ends, axes, steps */
const SLICES: [number[], number[], number[], number[]?][] = [
  [[1], [3], [2]],
  [[0, -3], [2, -1], [1, 2]],
  [[-1], [-5], [2], [-1]],
  [[0], [4], [2], [2]],
  [[1], [4], [2], [2]],
  [[0], [4], [2], [3]],
  [[3, 2], [0, -9], [2, 1], [-2, -1]],
  [[3], [1], [2]],
  [[1], [9], [1]],
];

for (const [starts, ends, axes, steps] of SLICES) {
  Deno.test(`gradient of Slice [${starts}] to [${ends}] on [${axes}] by [${steps ?? 1}]`, async () => {
    if (starts[0] === 3 && !steps) {
      await checkGradient((g, x) => g.concat([g.slice(x, starts, ends, axes), x], 2), { x });
    } else await both((g, x) => g.slice(x, starts, ends, axes, steps));
  });
}

Deno.test("gradient of a Slice whose bounds are computed", async () => {
  await checkGradient(
    (g, x) => {
      const half = g.node("Div", [g.node("Shape", [x], { start: 1, end: 2 })[0]!, g.ints([2])])[0]!;
      return g.node("Slice", [x, half, g.node("Shape", [x], { start: 1, end: 2 })[0]!, g.ints([1])])[0]!;
    },
    { x },
    { declared: open },
  );
});

Deno.test("gradients of Pad", async () => {
  await both((g, x) => g.pad(x, [0, 1, 2, 1, 0, 3]));
  await both((g, x) => g.pad(x, [0, -1, 2, 1, 0, -2]));
  await both((g, x) => g.node("Pad", [x, g.ints([1, 2]), undefined, g.ints([-1])])[0]!);
  for (const mode of ["reflect", "edge", "wrap"]) {
    await both((g, x) => g.pad(x, [0, 1, 2, 0, 2, 3], undefined, mode));
  }
  const value = { dims: [], data: [0.3] };
  await checkGradient((g, x, value) => g.node("Pad", [x, g.ints([0, 1, 2, 1, 0, 3]), value])[0]!, {
    x,
    value,
  });
});
