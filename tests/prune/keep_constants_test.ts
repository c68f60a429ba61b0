import assert from "node:assert/strict";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import { planPruning, PruningPlan } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { Net } from "./net.ts";

/** Tokens that a layer mixes, multiplied by a table of numbers per token and feature or a state per example. */
function multiplied(table: number[]): Model {
  const n = new Net();
  const x = n.g.input("x", "float32", [2, 3, 5]);
  const tokens = n.op("MatMul", [n.weight(2, 3), x]);
  const y = n.op("Relu", [n.op("Mul", [tokens, n.weight(...table)])]);
  n.g.output(n.op("MatMul", [n.weight(4, 2), y]), "y");
  return n.g.model();
}

const halved = (model: Model): Model => {
  const plan = planPruning(model, { target: { bytes: 1 } });
  const groups = plan.groups.map((group) => ({ ...group, removed: [0] }));
  return prune(model, new PruningPlan({ ...plan, groups }));
};

Deno.test("a table of which one row is left is no weight, and its file says so", () => {
  const model = multiplied([2, 5]);
  assert.equal(weightsOf(model).length, 2);
  const smaller = halved(model);
  for (const each of [smaller, decodeModel(smaller.toOnnx())]) {
    assert.deepEqual(weightsOf(each).map(({ tensor }) => tensor.dims), [[1, 3], [4, 1]]);
    assert.equal(countMacs(each).parameters, 3 + 4);
    assert.deepEqual(each.graph.initializers.get("const")?.dims, [1, 5]);
  }
});

Deno.test("a scale of which one number per channel is left keeps its name and is a weight", () => {
  const smaller = halved(multiplied([2, 1]));
  assert.ok(smaller.graph.initializers.has("w1"));
});
