/** Shapes of every family of operators, against ONNX Runtime. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { toAttributes } from "../../lib/onnx/attribute.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Graph } from "../../lib/onnx/model.ts";
import { shapeRows } from "../../lib/onnx/shapes/table.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import { assertInferred } from "./every_value.ts";
import { type Build, families, int, ones, slicing } from "./shapes/shape_cases.ts";

for (
  const [name, { graphs, runs = 40 }] of Object.entries({
    ...families,
    slicing: { graphs: slicing, runs: 80 },
  })
) {
  Deno.test(`inferShapes: ${name} as ONNX Runtime does it`, async () => {
    await fc.assert(
      fc.asyncProperty(graphs, int(1, 3), async (build, N) => {
        const g = new GraphBuilder("random");
        build(g);
        const { partial } = await assertInferred(g.model(), { N, M: 5, H: 10 + N, W: 12 });
        assert.deepEqual(partial, []);
      }),
      { numRuns: runs },
    );
  });
}

/** Builds, compares with ONNX Runtime at three batch sizes, and gives what was not completely known. */
async function partialOf(build: Build, opsets?: Record<string, number>): Promise<string[]> {
  let partial: string[] = [];
  for (const N of [1, 2, 3]) {
    const g = new GraphBuilder("fixed", opsets);
    build(g);
    ({ partial } = await assertInferred(g.model(), { N, M: 5, H: 10 + N, W: 12 }));
  }
  return partial;
}

Deno.test("inferShapes: no axes are all axes of size 1, and numbers are cast to the type of another", async () => {
  const partial = await partialOf((g) => {
    const x = g.constant(ones(1, 3, 1, 2));
    g.squeeze(x, []);
    const like = g.node("CastLike", [g.constant(float32([2.7, 1])), g.ints([0])])[0]!;
    g.expand(g.constant(ones(1)), like);
  });
  assert.deepEqual(partial, []);
});

Deno.test("inferShapes: what depends on data keeps its rank and type", async () => {
  const partial = await partialOf((g) => {
    const x = g.input("x", "float32", ["N", 3]);
    g.node("NonZero", [x]);
    g.node("Unique", [x], {}, { outputs: 4 });
    g.node("Unique", [x], { axis: 0 }, { name: "rows" });
    g.node("Compress", [x, g.cast(g.constant(int64([0, 1, 1])), "bool")], { axis: 1 });
    const [boxes, scores] = [g.constant(ones(1, 2, 4)), g.constant(ones(1, 1, 2))];
    g.node("NonMaxSuppression", [boxes, scores, g.constant(int64([2]))]);
    const first = g.gather(g.reshape(x, [-1]), g.ints([0]));
    g.reshape(x, g.where(g.greater(first, 0), g.ints([-1]), g.ints([3])));
  });
  assert.deepEqual(partial, [
    "nonzero",
    "unique",
    "unique.1",
    "unique.3",
    "rows",
    "compress",
    "nonmaxsuppression",
    "reshape_1",
  ]);
});

Deno.test("inferShapes: older operator sets give as attributes what is an input today", async () => {
  const build: Build = (g) => {
    const x = g.input("x", "float32", ["N", 4, "H", 6]);
    g.node("Slice", [x], { starts: [1, -3], ends: [3, 2147483647], axes: [1, 3] });
    g.node("Squeeze", [g.node("Unsqueeze", [x], { axes: [0, 2] })[0]!], { axes: [0] });
    g.node("ReduceSum", [x], { axes: [1, -1], keepdims: 0 });
    g.node("Split", [x], { axis: 1, split: [1, 3] }, { outputs: 2 });
    g.node("Pad", [x], { pads: [0, 1, 2, 3, 0, 1, 2, 3] });
    g.node("TopK", [x], { axis: 1, k: 2 }, { outputs: 2 });
    g.node("Upsample", [x, g.constant(float32([1, 1, 2, 2.5]))]);
    g.node("Dropout", [x], {}, { outputs: 2 });
    g.node("BatchNormalization", [x, ...Array.from({ length: 4 }, () => g.constant(ones(4)))]);
    g.node("Scatter", [x, g.constant(int64([0], [1, 1, 1, 1])), g.constant(ones(1, 1, 1, 1))]);
    g.node("Softmax", [x], { axis: 1 });
    g.node("Clip", [x], { min: 0.5, max: 1.5 });
  };
  assert.deepEqual(await partialOf(build, { "": 9 }), []);
  assert.deepEqual(
    await partialOf((g) => {
      g.node("Resize", [g.input("x", "float32", ["N", 2, "H", 6]), g.constant(float32([1, 1, 2, 0.5]))]);
    }, { "": 10 }),
    [],
  );
});

Deno.test("inferShapes: control flow has the types its subgraphs declare", async () => {
  const branch = (name: string, size: number): Graph => ({
    name,
    inputs: [],
    outputs: [name],
    nodes: [{
      op: "Constant",
      inputs: [],
      outputs: [name],
      attributes: toAttributes({ value: ones(size, 2) }),
    }],
    initializers: new Map(),
    values: new Map([[name, { type: "float32", shape: [size, 2] }]]),
  });
  const choose = (sizes: [number, number]): Build => (g) => {
    const condition = g.greater(
      g.reduceSum(g.input("x", "float32", ["N"]), undefined, { keepdims: false }),
      4,
    );
    g.node("If", [condition], {
      then_branch: { type: "graph", value: branch("yes", sizes[0]) },
      else_branch: { type: "graph", value: branch("no", sizes[1]) },
    });
  };
  assert.deepEqual(await partialOf(choose([3, 3])), []);
  assert.deepEqual(await partialOf(choose([3, 4])), ["if"]);
});

Deno.test("inferShapes: every operator of the builder has a row", async () => {
  const source = await Deno.readTextFile(new URL("../../lib/onnx/builder.ts", import.meta.url));
  const operators = [...source.matchAll(/(?:#one|#reduce|\.node|#claim)\(\s*"(\w+)"/g)].map((match) =>
    match[1]!
  );
  assert.ok(operators.length > 90, `found ${operators.length} operators`);
  assert.deepEqual(operators.filter((operator) => !(operator in shapeRows)), []);
});
