import assert from "node:assert/strict";
import { mlp } from "../../../lib/nn/mlp.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import type { Dim } from "../../../lib/onnx/dim.ts";
import { modelFacts, openInputs } from "../../../lib/page/worker/model_facts.ts";

/** A model with an input of each shape. */
function taking(...shapes: readonly Dim[][]) {
  const g = new GraphBuilder();
  shapes.forEach((shape, i) => g.output(g.relu(g.input(`x${i}`, "float32", shape)), `y${i}`));
  return g.model();
}

Deno.test("a model is told by what it takes and gives, without its weights", () => {
  const facts = Object.fromEntries(
    modelFacts(mlp({ sizes: [4, 8, 3] })).map(({ label, text }) => [label, text]),
  );
  assert.deepEqual([facts.takes, facts.gives, facts.nodes], [
    "input: float32 [N, 4]",
    "logits: float32 [N, 3]",
    "4",
  ]);
  assert.match(facts["operator set"]!, /^ai\.onnx \d+$/);
  const { takes } = Object.fromEntries(
    modelFacts(taking([1], ["N", 2])).map(({ label, text }) => [label, text]),
  );
  assert.equal(takes, "x0: float32 [1]; x1: float32 [N, 2]");
});

Deno.test("sizes that a file leaves open begin as those of one image or one text; a batch alone is not asked for", () => {
  assert.deepEqual(openInputs(taking(["N", 3, "H", "W"], ["batch", "length"], ["N", 4], [2, 3])), [
    { name: "x0", shape: "N, 3, H, W", sizes: [1, 3, 224, 224] },
    { name: "x1", shape: "batch, length", sizes: [1, 64] },
  ]);
  assert.deepEqual(openInputs(taking(["N", "C", 32, "W"])), [{
    name: "x0",
    shape: "N, C, 32, W",
    sizes: [1, 3, 32, 224],
  }]);
});
