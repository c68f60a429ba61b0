import assert from "node:assert/strict";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { magnitudeCurves, pruningCurves, stagesAt } from "../../../lib/papers/meta_pruning/curves.ts";
import { evaluate } from "../../../lib/train/evaluate.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { examples } from "./plain_mlp.ts";

const model = mlp({ sizes: [8, 16, 3], seed: 4 });

Deno.test("a stage is the first that reaches each reduction; 1 is the model itself, and what cannot be reached is left out", () => {
  const stages = [...stagesAt(model, [3, 1, 1.5, 1e6])];
  assert.deepEqual(stages.map(({ asked }) => asked), [1, 1.5, 3]);
  assert.equal(stages[0]!.model, model);
  const whole = countMacs(model).macs;
  for (const { asked, reduction, model: own } of stages) {
    assert.ok(reduction >= asked);
    assert.equal(reduction, whole / countMacs(own).macs);
  }
});

Deno.test("curves are the accuracy of each stage, series by series", async () => {
  const runtime = await openRuntime({ engine: "native" });
  try {
    const data = examples(50, 1);
    const points = await pruningCurves({ a: model, b: model }, data, [1, 2], { runtime });
    assert.deepEqual(points.map(({ series, x }) => [series, x]), [["a", 1], ["a", 2], ["b", 1], ["b", 2]]);
    const { accuracy } = await evaluate(model, data, { runtime });
    assert.deepEqual([points[0]!.accuracy, points[2]!.accuracy], [accuracy, accuracy]);
    const [half] = [...stagesAt(model, [2])];
    assert.equal(points[1]!.accuracy, (await evaluate(half!.model, data, { runtime })).accuracy);
    assert.equal((await magnitudeCurves({ model }, data, [0], { runtime }))[0]!.accuracy, accuracy);
  } finally {
    await runtime.close();
  }
});
