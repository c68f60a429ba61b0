import { deepEqual } from "node:assert/strict";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import { consumers } from "../../lib/onnx/topology.ts";
import { safeToZero } from "../../lib/prune/safe_to_zero.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

/** Whether a vector may be masked, by who reads it. */
function safe(use: (g: GraphBuilder, x: Value, w: Value) => Value): boolean {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [3, 3]);
  const w = g.parameter("w", float32([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3]));
  g.output(use(g, x, w), "y");
  const { graph } = g.model();
  return safeToZero(graph, consumers(graph)).has("w");
}

Deno.test("what is multiplied or added may be zero, what is divided by or compared may not", () => {
  deepEqual([safe((g, x, w) => g.matMul(x, w)), safe((g, x, w) => g.add(x, w))], [true, true]);
  deepEqual([safe((g, x, w) => g.div(x, w)), safe((g, _, w) => g.node("Log", [w])[0]!)], [false, false]);
});

Deno.test("every reader counts, also behind a view", () => {
  deepEqual(safe((g, x, w) => g.add(g.matMul(x, w), g.div(x, w))), false);
  deepEqual(safe((g, x, w) => g.matMul(x, g.node("Transpose", [w])[0]!)), true);
  deepEqual(safe((g, x, w) => g.div(x, g.node("Transpose", [w])[0]!)), false);
});

Deno.test("who asks for its shape alone, as exporters do for the bias of a layer without one, does not count", () => {
  const zerosAsLongAs = (g: GraphBuilder, w: Value) =>
    g.node("Expand", [g.constant(float32([0])), g.shapeOf(w)])[0]!;
  deepEqual(safe((g, x, w) => g.add(g.matMul(x, w), zerosAsLongAs(g, w))), true);
  deepEqual(safe((g, x, w) => g.add(g.matMul(x, w), g.node("CastLike", [x, w])[0]!)), true);
  deepEqual(
    safe((g, x, w) => g.add(g.matMul(x, w), g.node("CastLike", [g.node("Log", [w])[0]!, x])[0]!)),
    false,
  );
});
