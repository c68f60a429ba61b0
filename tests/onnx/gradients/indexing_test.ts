import type { GraphBuilder, Value } from "../../../lib/onnx/builder.ts";
import { int64, Tensor } from "../../../lib/tensor/tensor.ts";
import { checkGradient, distinct, numbers } from "./check.ts";

const x = numbers([3, 4, 2]);
const declared = { x: ["N", "C", 2] };

const INDICES: [number[], number[]][] = [
  [[0], []],
  [[-1], []],
  [[2, 0, 1], [3]],
  [[2, 0], [2]],
  [[1, 1, 0], [3]],
  [[0, 1, 2, 2], [2, 2]],
  [[0, -1], [1, 2]],
];

for (const [indices, dims] of INDICES) {
  Deno.test(`gradient of Gather at [${indices}] of shape [${dims}]`, async () => {
    for (const axis of [0, 1, -2]) {
      await checkGradient((g, x) => g.gather(x, g.constant(int64(indices, dims)), axis), { x });
      await checkGradient((g, x) => g.gather(x, g.constant(int64(indices, dims)), axis), { x }, { declared });
    }
  });
}

Deno.test("gradient of Gather at computed indices", async () => {
  for (const axis of [0, 1, 2]) {
    const build = (g: GraphBuilder, x: Value) => g.gather(x, g.reshape(g.argMax(x, 0), [-1]), axis);
    const near = {
      ...x,
      data: x.data.map((value, i) => i % 8 < 4 ? value : value + (i < 16 && i > 7 ? 9 : 0)),
    };
    if (axis < 2) await checkGradient(build, { x: near });
  }
});

Deno.test("gradients of GatherElements, ScatterElements", async () => {
  const at = int64([0, 2, 1, 1, 2, 0], [3, 2, 1]);
  await checkGradient((g, x) => g.gatherElements(x, g.constant(at), 0), { x });
  const updates = numbers([3, 2, 1], { seed: 4 });
  const unique = int64([0, 2, 1, 3, 2, 0], [3, 2, 1]);
  for (const reduction of ["none", "add"]) {
    await checkGradient(
      (g, x, updates) => g.scatterElements(x, g.constant(unique), updates, 1, reduction),
      { x, updates },
    );
  }
});

Deno.test("gradients of GatherND, ScatterND", async () => {
  const at = int64([0, 1, 2, 3, 0, 1], [3, 2]);
  await checkGradient((g, x) => g.gatherND(x, g.constant(at)), { x });
  const unique = int64([0, 1, 2, 3], [2, 2]);
  const updates = numbers([2, 2], { seed: 4 });
  for (const reduction of ["none", "add"]) {
    await checkGradient(
      (g, x, updates) => g.scatterND(x, g.constant(unique), updates, reduction),
      { x, updates },
    );
  }
});

Deno.test("gradient of TopK", async () => {
  const x = distinct([3, 5]);
  for (const axis of [0, 1]) {
    await checkGradient((g, x) => g.topK(x, 2, axis)[0], { x });
    await checkGradient((g, x) => g.topK(x, 2, axis)[0], { x }, { declared: { x: ["N", "M"] } });
  }
});

Deno.test("gradient of OneHot to its two values", async () => {
  // ONNX Runtime has OneHot for few types: float32 beside int64.
  const reference = ([off, on]: number[]) =>
    [1, 0, 2].flatMap((hot) => [0, 1, 2, 3].map((i) => i === hot ? on! : off!));
  const build = (g: GraphBuilder, values: Value) => g.oneHot(g.ints([1, 0, 2]), 4, values);
  await checkGradient(build, { values: numbers([2]) }, { reference });
});

Deno.test("gradient of Resize to the nearest", async () => {
  const image = numbers([1, 2, 3, 4]);
  const nearest = (to: number[], index: (i: number, axis: number) => number) => (x: number[]) => {
    const y: number[] = [];
    for (let c = 0; c < 2; c++) {
      for (let i = 0; i < to[0]!; i++) {
        for (let j = 0; j < to[1]!; j++) y.push(x[(c * 3 + index(i, 0)) * 4 + index(j, 1)]!);
      }
    }
    return y;
  };
  const halves = nearest([6, 12], (i, axis) => Math.floor(i / [2, 3][axis]!));
  const scales = [1, 1, 2, 3];
  const modes = [
    {},
    { coordinate_transformation_mode: "half_pixel", nearest_mode: "round_prefer_floor" },
    { coordinate_transformation_mode: "pytorch_half_pixel", nearest_mode: "round_prefer_ceil" },
  ];
  for (const mode of modes) {
    const build = (g: GraphBuilder, x: Value) => g.resize(x, scales, mode);
    await checkGradient(build, { image }, { reference: halves });
    await checkGradient(build, { image }, { reference: halves, declared: { image: ["N", 2, "H", "W"] } });
  }
  const odd = nearest([5, 2], (i, axis) => Math.floor(i / [5 / 3, 0.5][axis]!));
  const sizes = (g: GraphBuilder, x: Value) =>
    g.node("Resize", [x, undefined, undefined, g.ints([1, 2, 5, 2])], {
      mode: "nearest",
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: "floor",
    })[0]!;
  await checkGradient(sizes, { image }, { reference: odd });
  const list = new Tensor("float32", Float32Array.of(2, 3), [2]);
  const axes = (g: GraphBuilder, x: Value) =>
    g.node("Resize", [x, undefined, g.constant(list)], {
      axes: [2, 3],
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: "floor",
    })[0]!;
  await checkGradient(axes, { image }, { reference: halves });
});
