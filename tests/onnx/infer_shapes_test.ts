import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Shape } from "../../lib/onnx/dim.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import type { Model } from "../../lib/onnx/model.ts";

Deno.test("inferShapes: an operator without a row leaves its outputs unknown, and what follows", () => {
  const g = new GraphBuilder("odd");
  const [y] = g.node("Frobnicate", [g.input("x", "float32", ["N"])], {}, { domain: "org.example" });
  const z = g.add(y!, 1);
  assert.deepEqual([g.info(y!), g.info(z)], [{}, { type: "float32" }]);
  assert.throws(() => g.shape(z), /Cannot build on value "add"/);
});

Deno.test("inferShapes: what a file declares counts where nothing else tells, and for its own input shapes", () => {
  const g = new GraphBuilder("declared");
  const x = g.input("x", "float32", ["N", 3]);
  const [y] = g.node("Frobnicate", [x], {}, { domain: "org.example" });
  g.node("NonZero", [x]);
  const graph = g.graph();
  const values = new Map(graph.values);
  values.set(y!, { type: "float32", shape: ["N", 7] }).set("nonzero", { type: "int64", shape: [2, 5] });
  const shapes = (inputShapes: Record<string, Shape>) => {
    const inferred = inferShapes(g.model().withGraph({ ...graph, values }), { inputShapes }).graph.values;
    return [y!, "nonzero"].map((name) => inferred.get(name)?.shape);
  };
  assert.deepEqual(shapes({}), [["N", 7], [2, 5]]);
  assert.deepEqual(shapes({ x: [4, 3] }), [[4, 7], [2, 5]]);
  assert.deepEqual(shapes({ x: [4, 9] }), [undefined, [2, "nonzero#1"]]);
});

Deno.test("inferShapes: given input shapes bind unknowns everywhere", () => {
  const g = new GraphBuilder("bound");
  const x = g.input("x", "float32", ["N", "H"]);
  g.output(g.add(x, g.input("y", "float32", ["N", 1])), "z");
  const shapeIn = (model: Model, name: string) => model.graph.values.get(name)?.shape;
  const bound = inferShapes(g.model(), { inputShapes: { x: [4, "T"] } });
  assert.deepEqual(["y", "z"].map((name) => shapeIn(bound, name)), [[4, 1], [4, "T"]]);
  // Numbers can be changed too: what was inferred for the old ones does not stay.
  const again = inferShapes(bound, { inputShapes: { x: [9, 9], y: [9, 1] } });
  assert.deepEqual(shapeIn(again, "z"), [9, 9]);
  assert.deepEqual(shapeIn(g.model(), "z"), ["N", "H"], "the model given is not changed");
  assert.throws(() => inferShapes(g.model(), { inputShapes: { q: [1] } }), /"q".*inputs are "x", "y"/);
  assert.throws(() => inferShapes(g.model(), { inputShapes: { x: [1] } }), /"x".*\[1\].*\[N, H\]/);
  assert.throws(() => inferShapes(g.model(), { inputShapes: { x: [2, 3], y: [1, 1] } }), {
    name: "TypeError",
    message: /"y" the shape \[1, 1\]: its "N" is 1, and 2 in that of "x"/,
  });
  for (const size of [-2, 1.5, NaN]) {
    assert.throws(() => inferShapes(g.model(), { inputShapes: { x: [size, 3] } }), {
      name: "RangeError",
      message:
        `Cannot give input "x" the shape [${size}, 3] with size ${size}: expected a whole number from 0`,
    });
  }
});

Deno.test("inferShapes: numbers get the type that their node declares, if any", () => {
  const g = new GraphBuilder("dequantized", { "": 23 });
  const q = g.input("q", "int8", ["N"]);
  const scale = g.input("scale", "float32", []);
  const types = [10, 0].map((output_dtype) =>
    g.info(g.node("DequantizeLinear", [q, scale], { output_dtype })[0]!).type
  );
  assert.deepEqual(types, ["float16", "float32"]);
});

Deno.test("inferShapes: a size that is squared again and again becomes unknown", () => {
  const g = new GraphBuilder("squared");
  const x = g.input("x", "float32", ["N"]);
  let [n] = g.node("Shape", [x]);
  for (let i = 0; i < 40; i++) n = g.mul(n!, n!);
  g.output(g.node("ConstantOfShape", [n!])[0]!, "y");
  const [size] = inferShapes(g.model()).graph.values.get("y")!.shape!;
  assert.ok(String(size).length < 100, String(size));
});
