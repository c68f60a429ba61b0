import assert from "node:assert/strict";
import { flowOf, partOf, stagesOf } from "../../../lib/compress/calibrate/stages.ts";
import { linearLayers } from "../../../lib/compress/linear_layers.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";

/** Two blocks: the first with two layers that read the same, one behind them; the second reads past it. */
function model() {
  const g = new GraphBuilder("blocks");
  const weight = (name: string) => g.parameter(name, float32([1, 0, 0, 1], [2, 2]));
  const x = g.input("x", "float32", ["N", 2]);
  const a = g.matMul(x, weight("block.0.a"));
  const b = g.matMul(x, weight("block.0.b"));
  const c = g.matMul(g.mul(a, b), weight("block.0.c"));
  g.output(g.add(g.matMul(c, weight("block.1.a")), a), "y");
  return g.model();
}

const layers = linearLayers(model());
const names = (order: "blocks" | "layers") =>
  stagesOf(layers, order).map(({ name, layers }) => [name, layers.map(({ weight }) => weight)]);

Deno.test("stages are blocks, or layers that read the same, in the order of the graph", () => {
  assert.deepEqual(names("blocks"), [
    ["block.0", ["block.0.a", "block.0.b", "block.0.c"]],
    ["block.1", ["block.1.a"]],
  ]);
  assert.deepEqual(names("layers"), [
    ["block.0.a", ["block.0.a", "block.0.b"]],
    ["block.0.c", ["block.0.c"]],
    ["block.1.a", ["block.1.a"]],
  ]);
});

Deno.test("a value belongs to the last stage that it depends on, and is carried as long as one reads it", () => {
  const { graph } = model();
  const { stageOf, carried } = flowOf(graph, stagesOf(layers, "layers"));
  const outputs = graph.nodes.map(({ outputs }) => outputs[0]!);
  const [a, b, product, c, last] = outputs as [string, string, string, string, string];
  assert.deepEqual([a, b, product, c, last].map((name) => stageOf.get(name)), [0, 0, 0, 1, 2]);
  assert.deepEqual(carried(0).toSorted(), [a, product].toSorted());
  assert.deepEqual(carried(1).toSorted(), [a, c].toSorted());
});

Deno.test("a part of a graph has what its targets need, from what is given on", () => {
  const { graph } = model();
  const [a, , product, c] = graph.nodes.map(({ outputs }) => outputs[0]!) as [string, string, string, string];
  const part = partOf(graph, [c], new Map([[product, "float32"]]));
  assert.deepEqual(part.nodes.map(({ outputs }) => outputs[0]), [c]);
  assert.deepEqual([part.inputs, [...part.initializers.keys()]], [[product], ["block.0.c"]]);
  assert.deepEqual(partOf(graph, [a], new Map()).inputs, ["x"]);
});
