import assert from "node:assert/strict";
import { toAttributes } from "../../../lib/onnx/attribute.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { type Model, OPSET } from "../../../lib/onnx/model.ts";
import { rebuild } from "../../../lib/onnx/passes/rebuild.ts";
import { float32, int64, numbersOf } from "../../../lib/tensor/tensor.ts";
import { runNative } from "../run_native.ts";

function model(): Model {
  const g = new GraphBuilder("first");
  const x = g.input("x", "float32", ["N", 3]);
  const [largest, where] = g.topK(g.neg(x), 2);
  g.output(g.abs(largest), "y");
  g.relu(g.cast(where, "float32")); // nobody needs it
  return g.model();
}

const feeds = { x: float32([1, -2, 3, 4, 5, -6], [2, 3]) };

Deno.test("nodes are built otherwise and compute the same; names of outputs stay", async () => {
  const other = rebuild(
    model(),
    (g, { op, inputs }) => op === "Neg" ? [g.mul(inputs[0]!, g.constant(float32([-1])))] : undefined,
  );
  const ops = other.graph.nodes.map(({ op }) => op);
  assert.ok(ops.includes("Mul") && !ops.includes("Neg") && !ops.includes("Relu"), ops.join());
  const [before, after] = [await runNative(model(), feeds), await runNative(other, feeds)];
  assert.deepEqual([Object.keys(after), numbersOf(after.y!)], [["y"], numbersOf(before.y!)]);
});

Deno.test("what a build adds before it gives up is taken away again, and it sees which outputs are needed", () => {
  const seen: unknown[] = [];
  const given = model();
  const same = rebuild(given, (g, { op, inputs, outputs }) => {
    if (op !== "TopK") return undefined;
    seen.push(outputs.map((name) => name !== ""));
    g.exp(inputs[0]!);
    return undefined;
  });
  // The indices are read by what nobody needs itself: needed is what any node reads.
  assert.deepEqual(seen, [[true, true]]);
  assert.deepEqual(same.graph.nodes.map(({ op }) => op), ["Neg", "TopK", "Abs", "Identity"]);
});

Deno.test("a build is shown the graph of the newest operator set, with its shapes", async () => {
  const g = new GraphBuilder("old", { "": 11 });
  const x = g.input("x", "float32", [2, 3]);
  g.place({
    op: "ReduceSum",
    inputs: [x],
    outputs: ["y"],
    attributes: toAttributes({ axes: [1], keepdims: 0 }),
  });
  g.setOutputs(["y"]);
  const shapes: unknown[] = [];
  const other = rebuild(g.model(), (g, { op, outputs }, graph) => {
    if (op !== "ReduceSum") return undefined;
    shapes.push(graph.values.get(outputs[0]!)?.shape);
    return [g.node("ReduceSum", ["x", g.constant(int64([1]))], { keepdims: 0 })[0]!];
  });
  assert.deepEqual([shapes, other.info.opsets], [[[2]], { "": OPSET }]);
  assert.deepEqual(numbersOf((await runNative(other, feeds)).y!), [2, 3]);
});
