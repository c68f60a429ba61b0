import { deepEqual, equal } from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { untieSharedConstants } from "../../lib/prune/untie_shared_constants.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

const shared = (numbers: number[]) => {
  const g = new GraphBuilder();
  const vector = g.parameter("v", float32(numbers));
  const x = g.input("x", "float32", [2, numbers.length]);
  g.output(g.add(g.mul(g.add(x, vector), vector), vector), "y");
  return g.model();
};

Deno.test("every reader of a vector of equal numbers gets a vector of its own", () => {
  const { graph } = untieSharedConstants(shared([0, 0, 0]));
  const read = graph.nodes.flatMap(({ inputs }) => inputs.filter((name) => graph.initializers.has(name)));
  deepEqual([read, new Set(read).size], [["v", "v.1", "v.2"], 3]);
  equal(graph.initializers.get("v.1"), graph.initializers.get("v"), "the numbers are copied");
});

Deno.test("a vector whose numbers differ, or a single number, is shared on purpose", () => {
  for (const model of [shared([0, 1, 0]), shared([3])]) equal(untieSharedConstants(model), model);
});
