import assert from "node:assert/strict";
import { changeTable, costNotes, costOf, costTable, storedNote } from "../../lib/cli/costs.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

Deno.test("a model's cost is what its layers multiply and store, and its bytes are those of its file", () => {
  const model = mlp({ sizes: [4, 16, 16, 3] });
  const cost = costOf(model, {});
  assert.deepEqual([cost.macs, cost.parameters], [4 * 16 + 16 * 16 + 16 * 3, 368 + 16 + 16 + 3]);
  assert.deepEqual([cost.file, cost.bytes], [model.toOnnx().length, model.toOnnx().length]);
  assert.deepEqual(cost.operators, {
    Gemm: { nodes: 3, macs: 368, parameters: 403 },
    Relu: { nodes: 2, macs: 0, parameters: 0 },
    // The output has a name of its own.
    Identity: { nodes: 1, macs: 0, parameters: 0 },
  });
  assert.deepEqual([storedNote(cost), costNotes(cost)], [[], []]);
  const [head, all, gemm, relu] = costTable(cost).map((line) => line.trim().split(/\s+/));
  assert.deepEqual(head, ["nodes", "MACs", "parameters", "bytes"]);
  assert.deepEqual(all!.slice(0, 4), ["all", "6", "368", "403"]);
  assert.deepEqual([gemm, relu], [["Gemm", "3", "368", "403"], ["Relu", "2"]]);
});

Deno.test("a table of changes has the ratio of each cost, and the operators that changed alone", () => {
  const [before, after] = [costOf(mlp({ sizes: [4, 16, 3] }), {}), costOf(mlp({ sizes: [4, 8, 3] }), {})];
  const lines = changeTable(before, after).map((line) => line.trim().split(/\s{2,}/));
  assert.deepEqual(lines.slice(1, 3), [
    ["MACs", "112", "56", "0.500"],
    ["parameters", "131", "67", (67 / 131).toFixed(3)],
  ]);
  assert.deepEqual(lines.slice(5), [
    ["Gemm, MACs", "112", "56", "0.500"],
    ["Gemm, parameters", "131", "67", (67 / 131).toFixed(3)],
  ]);
});

Deno.test("what cannot be counted is left out, and said in the words that are typed", () => {
  const g = new GraphBuilder();
  const weight = g.parameter("weight", float32(new Float32Array(16), [4, 4]));
  g.output(g.matMul(g.input("x", "float32", ["N", "length", 4]), weight), "y");
  const cost = costOf(g.model(), {});
  assert.deepEqual([cost.macs, cost.operators.MatMul], [undefined, { nodes: 1, parameters: 16 }]);
  assert.match(costTable(cost)[1]!, /^all +2 +\? +16 /);
  assert.match(costNotes(cost).join("\n"), /by --shape, as in --shape input=1,3,224,224$/);
  assert.equal(costOf(g.model(), { inputShapes: { x: [2, 5, 4] } }).macs, 2 * 5 * 4 * 4);
});
