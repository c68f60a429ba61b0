import assert from "node:assert/strict";
import { predict, scoreClicks, scoreLogits } from "../../lib/ctr/predict.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { defaultRuntime } from "../../lib/runtime/run_model.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT64 } from "../close.ts";

/** The logit of a row is ten times its first id and its second. */
function model() {
  const g = new GraphBuilder("sum");
  const ids = g.cast(g.input("ids", "int32", ["N", 2]), "float32");
  g.output(g.reduceSum(g.mul(ids, g.constant(float32([10, 1]))), [1], { keepdims: false }), "logit");
  return g.model();
}

const fields = [{ name: "a", size: 10_000 }, { name: "b", size: 10 }];

Deno.test("rows come in their order, over as many runs as they take", async () => {
  const count = 8192 + 3;
  const ids = Int32Array.from({ length: 2 * count }, (_, i) => i % 2 === 0 ? i / 2 : i % 10);
  const session = await (await defaultRuntime()).session(model());
  try {
    const logits = await predict(session, { fields, ids, labels: new Uint8Array(count) });
    assert.deepEqual(logits, Float32Array.from({ length: count }, (_, i) => 10 * i + (2 * i + 1) % 10));
  } finally {
    await session.release();
  }
});

Deno.test("the log loss is that of the probabilities, and no large logit makes it infinite", () => {
  const logits = [0.3, -1.2, 2, -0.1], labels = [1, 0, 0, 1];
  const p = logits.map((z) => 1 / (1 + Math.exp(-z)));
  const losses = p.map((p, i) => labels[i] ? -Math.log(p) : -Math.log(1 - p));
  const { auc, logLoss } = scoreLogits(logits, labels);
  assertClose([logLoss], [losses.reduce((a, b) => a + b) / 4], REORDERED_FLOAT64);
  assert.equal(auc, 0.5); // of the four pairs 0.3 and −0.1 win against −1.2 alone
  assert.equal(scoreLogits([1000, -1000], [0, 1]).logLoss, 1000);
});

Deno.test("a model is scored by what it predicts", async () => {
  const ids = Int32Array.of(0, 1, 1, 2);
  const runtime = await defaultRuntime();
  const found = await scoreClicks(model(), { fields, ids, labels: Uint8Array.of(0, 1) }, { runtime });
  assert.equal(found.auc, 1);
  const beyond = { fields, ids: Int32Array.of(0, 1, 1, 10), labels: Uint8Array.of(0, 1) };
  await assert.rejects(
    scoreClicks(model(), beyond, { runtime }),
    /row 1 has id 10 in field "b", expected 0 to 9/,
  );
});
