import assert from "node:assert/strict";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { decodeModel } from "../../../lib/onnx/codec/decode.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { weightsOf } from "../../../lib/nn/weights.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { PruningPlan } from "../../../lib/prune/pruning_plan.ts";
import { prune } from "../../../lib/prune/prune.ts";
import { float32, sizeOf } from "../../../lib/tensor/tensor.ts";
import { Net } from "../net.ts";

/** Tokens that a layer mixes, multiplied by a table of cosines per token and feature, or of learned scales. */
function multiplied(dims: number[]): Model {
  const n = new Net();
  const x = n.g.input("x", "float32", [2, 3, 5]);
  const tokens = n.op("MatMul", [n.weight(2, 3), x]);
  const cosines = Float32Array.from({ length: sizeOf(dims) }, (_, i) => Math.cos(i));
  const table = n.g.parameter("table", float32(cosines, dims));
  const y = n.op("Relu", [n.op("Mul", [tokens, table])]);
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
    assert.deepEqual(each.graph.initializers.get("table")?.dims, [1, 5]);
  }
});

Deno.test("a scale of which a single number is left is counted and is a weight, in the file too", () => {
  const model = multiplied([2, 1]);
  assert.equal(countMacs(model).parameters, 6 + 2 + 8);
  const plan = planPruning(model, { target: { parameters: 0.5 } });
  assert.equal(plan.after.parameters, 3 + 1 + 4);
  const smaller = prune(model, plan);
  for (const each of [smaller, decodeModel(smaller.toOnnx())]) {
    assert.equal(countMacs(each).parameters, 3 + 1 + 4);
    assert.deepEqual(weightsOf(each).map(({ name, role }) => [name, role]), [
      ["w0", "weight"],
      ["table", "scale"],
      ["w1", "weight"],
    ]);
    assert.equal(planPruning(each, { target: { macs: 1 } }).before.parameters, 3 + 1 + 4);
  }
});
