import assert from "node:assert/strict";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import { backward } from "../../../lib/onnx/gradients.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";
import { checkGradient, numbers } from "./check.ts";

/** Weight of a neighbour at a distance, by mode; Keys' kernel with a = −0.75. */
const KERNELS = {
  linear: (d: number) => Math.max(0, 1 - Math.abs(d)),
  cubic(distance: number) {
    const [a, d] = [-0.75, Math.abs(distance)];
    if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? a * (((d - 5) * d + 8) * d - 4) : 0;
  },
};

type Mode = keyof typeof KERNELS;
type At = (i: number, from: number, to: number) => number;

/** One row, interpolated; what lies outside is the outermost. */
function row(x: readonly number[], to: number, mode: Mode, at: At): number[] {
  return Array.from({ length: to }, (_, i) => {
    const place = at(i, x.length, to);
    let sum = 0;
    for (let k = Math.floor(place) - 2; k <= Math.floor(place) + 3; k++) {
      sum += KERNELS[mode](place - k) * x[Math.min(Math.max(k, 0), x.length - 1)]!;
    }
    return sum;
  });
}

const [H, W] = [3, 4];

/** Images [1, 2, 3, 4], rows and then columns. */
const image = (to: number[], mode: Mode, at: At) => (x: number[]): number[] =>
  [0, 1].flatMap((c) => {
    const rows = Array.from({ length: H }, (_, i) =>
      row(x.slice((c * H + i) * W).slice(0, W), to[1]!, mode, at));
    const columns = Array.from({ length: to[1]! }, (_, j) =>
      row(rows.map((r) => r[j]!), to[0]!, mode, at));
    return Array.from({ length: to[0]! }, (_, i) => columns.map((column) => column[i]!)).flat();
  });

const COORDINATES: Record<string, At> = {
  half_pixel: (i, from, to) => (i + 0.5) * from / to - 0.5,
  align_corners: (i, from, to) => i * (from - 1) / (to - 1),
  asymmetric: (i, from, to) => i * from / to,
};

for (const mode of ["linear", "cubic"] as const) {
  for (const [coordinate_transformation_mode, at] of Object.entries(COORDINATES)) {
    Deno.test(`gradient of Resize, ${mode}, ${coordinate_transformation_mode}`, async () => {
      const x = numbers([1, 2, H, W]);
      const attributes = { mode, coordinate_transformation_mode };
      const sizes = (g: GraphBuilder, x: Value) =>
        g.node("Resize", [x, undefined, undefined, g.ints([1, 2, 5, 3])], attributes)[0]!;
      await checkGradient(sizes, { x }, { reference: image([5, 3], mode, at) });
      const scales = (g: GraphBuilder, x: Value) =>
        g.node("Resize", [x, undefined, g.constant(float32([1, 1, 2, 1.5]))], attributes)[0]!;
      const reference = image([6, 6], mode, at);
      await checkGradient(scales, { x }, { reference });
      await checkGradient(scales, { x }, { reference, declared: { x: [1, 2, "H", "W"] } });
    });
  }
}

Deno.test("gradient of Resize to the nearest by a factor that the graph computes", async () => {
  const x = numbers([1, 2, H, W]);
  const build = (g: GraphBuilder, x: Value) => {
    const factors = g.add(g.constant(float32([0, 0, 1.5, 1])), g.reduceMax(g.cast(g.shapeOf(x), "float32")));
    const scales = g.sub(factors, g.constant(float32([3, 3, 3, 3])));
    return g.node("Resize", [x, undefined, scales], {
      nearest_mode: "floor",
      coordinate_transformation_mode: "asymmetric",
    })[0]!;
  };
  const reference = (x: number[]) =>
    [0, 1].flatMap((c) =>
      [0, 0, 0, 1, 1, 2, 2].flatMap((i) => [0, 0, 1, 1, 2, 2, 3, 3].map((j) => x[(c * H + i) * W + j]!))
    );
  await checkGradient(build, { x }, { reference, declared: { x: [1, 2, "H", "W"] } });
});

Deno.test("gradient of Resize that keeps the ratio of sizes, where one factor gives them", async () => {
  const x = numbers([1, 2, H, W]);
  for (const keep_aspect_ratio_policy of ["not_larger", "not_smaller"]) {
    const resized = (sizes: number[]) => (g: GraphBuilder, x: Value) =>
      g.node("Resize", [x, undefined, undefined, g.ints(sizes)], {
        mode: "linear",
        axes: [2, 3],
        keep_aspect_ratio_policy,
      })[0]!;
    const { half_pixel } = COORDINATES;
    await checkGradient(resized([6, 8]), { x }, { reference: image([6, 8], "linear", half_pixel!) });
    await checkGradient(resized([H, W]), { x }, { reference: (x) => x });
    // A third more makes 3 and 4 to 4 and 5⅓, a half more to 4½ and 6.
    const g = new GraphBuilder();
    const uneven = resized([4, 6])(g, g.input("x", "float32", [1, 2, H, W]));
    const loss = g.reduceSum(uneven, undefined, { keepdims: false });
    assert.throws(() => backward(g, loss, ["x"]), {
      name: "TypeError",
      message: /^Cannot differentiate Resize .*: keep_aspect_ratio_policy "not_\w+" .*; give scales in place/,
    });
  }
});
