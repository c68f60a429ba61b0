import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import { Model } from "../../lib/onnx/model.ts";
import { float32, int64, type Tensor } from "../../lib/tensor/tensor.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { seededRandom } from "../../lib/random.ts";
import { takeRows } from "../../lib/train/batches.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { moons, network } from "./moons.ts";

Deno.test("evaluate takes models of older operator sets and of a fixed batch", async () => {
  const { inputs, targets } = moons(10, 1);
  const model = network();
  const { graph, info } = model;
  const expected = await evaluate(model, { inputs, targets });
  // Gemm and Relu mean the same in operator set 9; the loss's reductions do not.
  const older = new Model(graph, { ...info, opsets: { "": 9 } });
  assert.deepEqual(await evaluate(older, { inputs, targets }), expected);
  const fixed = inferShapes(model, { inputShapes: { input: [4, 2] } });
  const { examples, accuracy } = await evaluate(fixed, { inputs, targets });
  assert.deepEqual([examples, typeof accuracy], [8, "number"]);
  await assert.rejects(evaluate(fixed, moons(3, 1)), {
    message: "Cannot make batches of 4 from 3 examples: expected at least 4",
  });
});

Deno.test("evaluate counts labels among the largest outputs, over examples that are streamed as well", async () => {
  const g = new GraphBuilder();
  g.output(g.identity(g.input("scores", "float32", ["N", 6])), "logits");
  const model = g.model();
  const random = seededRandom(1);
  const scores = Array.from({ length: 40 }, () => Array.from({ length: 6 }, () => random.normal()));
  const labels = scores.map(() => random.integer(6));
  const among = (top: number) =>
    scores.filter((row, i) => row.filter((score) => score > row[labels[i]!]!).length < top).length / 40;
  const [inputs, targets] = [float32(scores.flat(), [40, 6]), int64(labels)];
  const stream = {
    count: 40,
    read: (rows: Uint32Array) =>
      Promise.resolve({ inputs: takeRows(inputs, rows), targets: takeRows(targets, rows) }),
  };
  for (const data of [{ inputs, targets }, stream]) {
    for (const top of [1, 3, 6]) {
      const { accuracy, topAccuracy } = await evaluate(model, data, { top, batchSize: 7 });
      assert.deepEqual([accuracy, topAccuracy], [among(1), among(top)]);
    }
    assert.equal((await evaluate(model, data)).topAccuracy, undefined);
  }
  for (const top of [0, 7, 1.5]) {
    await assert.rejects(evaluate(model, { inputs, targets }, { top }), {
      name: "RangeError",
      message: /model.s 6 classes/,
    });
  }
});

Deno.test("evaluate says which target is missing", () =>
  assert.rejects(evaluate(network(), { inputs: moons(3, 1).inputs, targets: {} }), {
    name: "TypeError",
    message:
      'Cannot evaluate with crossEntropy(0): it compares with the target "labels", but the batch has none',
  }));

Deno.test("weights that are no numbers are told by name, and by the criteria, too", async () => {
  const model = network();
  const [[name, tensor]] = [...model.graph.initializers] as [[string, Tensor]];
  for (const bad of [NaN, Infinity]) {
    const data = (tensor.data as Float32Array).slice();
    data[1] = bad;
    const initializers = new Map(model.graph.initializers).set(name, float32(data, tensor.dims));
    const damaged = model.withGraph({ ...model.graph, initializers });
    await assert.rejects(evaluate(damaged, moons(10, 1)), {
      name: "RangeError",
      message: new RegExp(
        `^Cannot evaluate .*: weight "${name}" holds ${bad} at place 1, .* the loss is no number`,
      ),
    });
    assert.throws(
      () => planPruning(damaged, { target: { parameters: 0.7 } }),
      /gave (NaN|Infinity); expected/,
    );
  }
});
