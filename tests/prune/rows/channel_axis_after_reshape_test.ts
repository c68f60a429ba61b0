import { deepEqual } from "node:assert/strict";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import { consumers } from "../../../lib/onnx/topology.ts";
import { channelAxisAfterReshape } from "../../../lib/prune/rows/channel_axis_after_reshape.ts";
import type { ChannelCall } from "../../../lib/prune/rows/row.ts";
import { float32, int64 } from "../../../lib/tensor/tensor.ts";

/** Which of the axes 1 and 2 of x: [2, 3, 4] carries channels, by what happens to x. */
function axisOf(use: (g: GraphBuilder, x: Value) => Value): number | undefined {
  const g = new GraphBuilder();
  g.output(use(g, g.input("x", "float32", [2, 3, 4])), "y");
  const { graph } = g.model();
  const shape = (name: string | undefined) =>
    graph.initializers.get(name ?? "")?.dims ?? graph.values.get(name ?? "")?.shape;
  const call = { graph, uses: consumers(graph), shape, contents: () => undefined };
  return channelAxisAfterReshape("x", [1, 2], call as unknown as ChannelCall);
}

const along = (axis: number, op: string) => (g: GraphBuilder, x: Value) => g.node(op, [x], { axis })[0]!;
const turned = (g: GraphBuilder, x: Value) => g.node("Transpose", [x], { perm: [0, 2, 1] })[0]!;
const merged = (g: GraphBuilder, x: Value) => g.node("Reshape", [x, g.constant(int64([2, 12]))])[0]!;

Deno.test("an axis that is normalized or summed over carries none: the other does", () => {
  for (const op of ["Softmax", "LogSoftmax"]) {
    deepEqual([axisOf(along(1, op)), axisOf(along(2, op))], [2, 1], op);
  }
  const summed = (g: GraphBuilder, x: Value) => g.matMul(x, g.parameter("w", float32([1, 1, 1, 1], [4, 1])));
  deepEqual(axisOf(summed), 1);
  deepEqual(axisOf((g, x) => summed(g, g.relu(x))), 1);
});

Deno.test("where axes are merged again the outermost keeps runs together, also after a transposition", () => {
  deepEqual(axisOf(merged), 1);
  deepEqual(axisOf((g, x) => merged(g, turned(g, x))), 2);
});

Deno.test("an axis that is indexed or cut carries none", () => {
  deepEqual(axisOf((g, x) => g.node("Gather", [x, g.constant(int64([0], []))], { axis: 1 })[0]!), 2);
  deepEqual(
    axisOf((g, x) => g.node("Split", [x, g.constant(int64([1, 3]))], { axis: 2 }, { outputs: 2 })[1]!),
    1,
  );
});

Deno.test("the worst use counts, and where every axis is needed there is none", () => {
  const both = (g: GraphBuilder, x: Value) => g.add(along(1, "Softmax")(g, x), along(2, "Softmax")(g, x));
  deepEqual(axisOf(both), undefined);
});

Deno.test("of an operator that says nothing, the first axis is taken", () => {
  deepEqual(axisOf((g, x) => g.node("Odd", [x], {}, { domain: "example" })[0]!), 1);
});
