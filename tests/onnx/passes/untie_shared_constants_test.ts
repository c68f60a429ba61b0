import { deepEqual, equal } from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { untieSharedConstants } from "../../../lib/onnx/passes/untie_shared_constants.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";

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

Deno.test("two recurrent layers that begin with the same zeros get a state each", () => {
  const g = new GraphBuilder();
  const zeros = (...dims: number[]) => float32(new Float32Array(dims.reduce((a, b) => a * b)), dims);
  const state = g.parameter("state", zeros(1, 2, 3));
  let x = g.input("x", "float32", [4, 2, 3]);
  for (const layer of ["a", "b"]) {
    const [w, r] = ["w", "r"].map((name) => g.parameter(layer + name, zeros(1, 9, 3)));
    const [y] = g.node("GRU", [x, w, r, undefined, undefined, state], { hidden_size: 3 });
    x = g.squeeze(y!, [1]);
  }
  g.output(x, "y");
  const { nodes } = untieSharedConstants(g.model()).graph;
  deepEqual(nodes.filter(({ op }) => op === "GRU").map(({ inputs }) => inputs[5]), ["state", "state.1"]);
});
