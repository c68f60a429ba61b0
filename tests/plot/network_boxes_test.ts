import assert from "node:assert/strict";
import { networkBoxes } from "../../lib/plot/network_boxes.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";

const weight = (g: GraphBuilder, name: string, dims: number[]) =>
  g.parameter(name, float32(new Float32Array(dims.reduce((a, b) => a * b)), dims));

Deno.test("convolutions say their kernel, stride, groups and channels; what follows alone is in their box", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["N", 4, 8, 8]);
  const depthwise = g.conv(x, weight(g, "a", [4, 1, 3, 3]), undefined, {
    group: 4,
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  });
  const grouped = g.conv(g.relu(depthwise), weight(g, "b", [6, 2, 1, 1]), undefined, { group: 2 });
  const pooled = g.node("GlobalAveragePool", [grouped])[0]!;
  g.output(g.gemm(g.flatten(pooled), weight(g, "c", [3, 6]), undefined, { transB: 1 }), "y");
  const { boxes, arrows } = networkBoxes(g.model());
  assert.deepEqual(boxes.map(({ label }) => label), [
    "x [N, 4, 8, 8]",
    "depthwise conv 3×3 /2 · 4→4 · ReLU",
    "2 groups conv 1×1 · 4→6",
    "global average pool · flatten",
    "linear · 6→3",
    "y",
  ]);
  assert.deepEqual(
    arrows.map(({ from, to }) =>
      boxes.findIndex(({ id }) => id === to) - boxes.findIndex(({ id }) => id === from)
    ),
    [1, 1, 1, 1, 1],
  );
});

Deno.test("a result that two read ends its box, and arithmetic on shapes is in none", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["N", 4]);
  const hidden = g.matMul(x, weight(g, "w", [4, 4]));
  const shape = g.node("Shape", [x])[0]!;
  const doubled = g.node("Mul", [shape, g.constant(int64([1, 1]))])[0]!;
  g.output(g.add(g.relu(hidden), g.node("Reshape", [hidden, doubled])[0]!), "y");
  const { boxes } = networkBoxes(g.model());
  assert.deepEqual(boxes.map(({ label }) => label), [
    "x [N, 4]",
    "linear · 4→4",
    "relu",
    "reshape",
    "+",
    "y",
  ]);
});

Deno.test("every node that data flow through is in one box", () => {
  const model = resnetCifar({ depth: 20, widths: [2, 2, 2] });
  const all = networkBoxes(model).boxes.flatMap(({ nodes }) => nodes);
  assert.equal(new Set(all).size, all.length);
  assert.deepEqual(model.graph.nodes.filter((node) => !all.includes(node)).map(({ op }) => op), []);
});
