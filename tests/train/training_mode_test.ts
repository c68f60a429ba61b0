import assert from "node:assert/strict";
import { batchNorm2d } from "../../lib/nn/layers.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, int64, numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
import { toTrainingMode } from "../../lib/train/training_mode.ts";
import { withEngine } from "./engines.ts";
import { run } from "./run_once.ts";

Deno.test("what needs no rewriting stays, frozen norms too", () => {
  const model = mlp({ sizes: [2, 3, 2] });
  const { graph } = toTrainingMode(model).model;
  assert.deepEqual(graph.nodes.map(({ op }) => op), model.graph.nodes.map(({ op }) => op));
  const g = new GraphBuilder("norm");
  g.output(batchNorm2d(g, g.input("x", "float32", ["N", 2, 2, 2]), { name: "bn", features: 2 }), "y");
  const frozen = toTrainingMode(g.model(), { frozen: new Set(["bn.running_mean", "bn.running_var"]) });
  assert.deepEqual(Object.keys(frozen.statistics), []);
  assert.deepEqual(frozen.model.graph.nodes.map(({ op }) => op), ["BatchNormalization", "Identity"]);
});

withEngine("what a dropout tells of what it kept is so in training, too", "native", async (runtime) => {
  for (const ratio of [0.5, 0]) {
    const g = new GraphBuilder("dropout");
    const x = g.input("x", "float32", [40]);
    const [y, kept] = g.node("Dropout", [x, g.constant(float32([ratio], []))], {}, { outputs: 2 });
    g.output(g.where(kept!, g.neg(y!), 9), "z");
    const { model, outputs, seed } = toTrainingMode(g.model());
    const feeds = { x: float32(Array(40).fill(1)), [seed!]: int64([3], []) };
    const z = numbersOf((await run(runtime, model, feeds))[outputs.z!]!);
    assert.deepEqual(new Set(z), new Set(ratio === 0 ? [-1] : [-2, 9]));
  }
});

withEngine("a model's dropouts drop in training", "native", async (runtime) => {
  const g = new GraphBuilder("dropout");
  const off = g.constant(new Tensor("bool", Uint8Array.of(0), []));
  g.output(g.dropout(g.input("x", "float32", ["N"]), 0.5, off), "y");
  const { model, seed, outputs } = toTrainingMode(g.model());
  const x = float32(new Float32Array(100).fill(1));
  const y = numbersOf((await run(runtime, model, { x, [seed!]: int64([7], []) }))[outputs.y!]!);
  assert.deepEqual(new Set(y), new Set([0, 2]));
});
