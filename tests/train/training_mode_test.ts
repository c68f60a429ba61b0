import assert from "node:assert/strict";
import { batchNorm2d } from "../../lib/nn/layers.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, int64, numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
import { toTrainingMode } from "../../lib/train/training_mode.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
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

/** A batch norm that the file stores in training form, with a mean and a variance that are read. */
function storedTraining() {
  const g = new GraphBuilder("stored");
  const x = g.input("x", "float32", ["N", 2]);
  const parameter = (name: string, values: number[]) => g.parameter(name, float32(values));
  const inputs = [parameter("scale", [1, 2]), parameter("bias", [0, 5])];
  const running = [parameter("mean", [3, -2]), parameter("variance", [4, 9])];
  const outputs = g.node("BatchNormalization", [x, ...inputs, ...running], { training_mode: 1 }, {
    outputs: 3,
  });
  ["y", "m", "v"].forEach((name, i) => g.output(outputs[i]!, name));
  return g.model();
}

withEngine(
  "a norm that is stored in training form trains or is frozen as any other",
  "native",
  async (runtime) => {
    const feeds = { x: float32([1, 2, 5, 10], [2, 2]) };
    const ran = async (frozen: string[]) => {
      const { model, outputs } = toTrainingMode(storedTraining(), { frozen: new Set(frozen) });
      const found = await run(runtime, model, feeds);
      return ["y", "m", "v"].map((name) => numbersOf(found[outputs[name]!]!));
    };
    const root = (x: number) => Math.sqrt(x + 1e-5);
    const [still, mean, variance] = await ran(["mean", "variance"]);
    const y = [-2 / root(4), 4 / root(9) * 2 + 5, 2 / root(4), 12 / root(9) * 2 + 5];
    assertClose(still!, y, REORDERED_FLOAT32);
    assert.deepEqual([mean, variance], [[3, -2], [4, 9]]);
    const [moving, ...after] = await ran([]);
    assertClose(
      moving!,
      [-2 / root(4), -4 / root(16) * 2 + 5, 2 / root(4), 4 / root(16) * 2 + 5],
      REORDERED_FLOAT32,
    );
    // Nine parts of the old to one of the batch's, whose unbiased variance of two is twice the other.
    const expected = [[2.7 + 0.3, -1.8 + 0.6], [3.6 + 0.8, 8.1 + 3.2]];
    after.forEach((values, i) => assertClose(values, expected[i]!, REORDERED_FLOAT32));
  },
);

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
