import assert from "node:assert/strict";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { decodeModel } from "../../../lib/onnx/codec/decode.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { foldConstants } from "../../../lib/runtime/fold_constants.ts";
import { gradients } from "../../../lib/onnx/gradients.ts";
import { inferShapes } from "../../../lib/onnx/infer_shapes.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";
import { weightsOf } from "../../../lib/nn/weights.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { mask } from "../../../lib/prune/mask.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { prune } from "../../../lib/prune/prune.ts";

const ones = (...dims: number[]) => float32(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1), dims);

/** Two matrix products, of this domain. */
function mlp(domain: string): Model {
  const g = new GraphBuilder("mlp", { "": 20, [domain]: domain === "ai.onnx" ? 20 : 1 });
  const x = g.input("x", "float32", [2, 3]);
  const op = (name: string, ...inputs: string[]) => g.node(name, inputs, {}, { domain })[0]!;
  const hidden = op("Relu", op("MatMul", x, g.parameter("a", ones(3, 8))));
  g.output(op("MatMul", hidden, op("Transpose", g.parameter("b", ones(2, 8)))), "y");
  return g.model();
}

Deno.test("com.acme:MatMul is no MatMul: it has no costs, no weights, no channels and no mask", async () => {
  const model = mlp("com.acme");
  const { uncounted = [], ...cost } = countMacs(model);
  assert.deepEqual(cost, { macs: 0, parameters: 0 });
  assert.match(uncounted[0]!, /^MatMul .*, with 24 stored numbers$/);
  assert.deepEqual(weightsOf(model), []);
  const groups = channelGroups(model);
  assert.deepEqual(groups.prunable, []);
  assert.equal(groups.traced.zeroable.size, 0);
  assert.deepEqual(groups.boundaries.map(({ op }) => op), ["MatMul", "Transpose"]);
  assert.equal(inferShapes(model).graph.values.get("y")?.shape, undefined);
  assert.equal((await foldConstants(model)).graph.nodes.length, 5);
  assert.throws(() => gradients(model, "y", ["a"]), /./);
});

Deno.test("ai.onnx and the empty domain are one, in every function", async () => {
  for (const given of [mlp("ai.onnx"), decodeModel(mlp("ai.onnx").toOnnx(), { file: "ai.onnx" })]) {
    const plain = mlp("");
    assert.deepEqual(given.info.opsets, { "": 20 });
    assert.deepEqual(countMacs(given), countMacs(plain));
    assert.deepEqual(weightsOf(given).map(({ name, role }) => [name, role]), [["a", "weight"], [
      "b",
      "weight",
    ]]);
    assert.equal(channelGroups(given).toString(), channelGroups(plain).toString());
    const half = planPruning(given, { target: { macs: 0.5 } });
    assert.deepEqual(prune(given, half).graph.initializers.get("a")!.dims, [3, 4]);
    assert.ok(mask(given, half));
    assert.equal((await foldConstants(given)).graph.nodes.length, 4);
  }
  const read = decodeModel(mlp("ai.onnx").toOnnx(), { file: "ai.onnx" });
  assert.ok(read.graph.nodes.every(({ domain }) => !domain));
});
