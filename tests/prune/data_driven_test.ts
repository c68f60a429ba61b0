import assert from "node:assert/strict";
import { int64, Tensor } from "../../lib/tensor/tensor.ts";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { planForLatency } from "../../lib/prune/latency/plan_for_latency.ts";
import { prune } from "../../lib/prune/prune.ts";
import { report } from "../../lib/prune/report.ts";
import { sensitivity } from "../../lib/prune/sensitivity.ts";
import { taylorImportance } from "../../lib/prune/measured/taylor_importance.ts";
import { dataFile } from "../data.ts";

const path = dataFile("onnx/resnet20-cifar10-optionA.onnx");
const images = Float32Array.from({ length: 8 * 3072 }, (_, i) => (73 * i) % 251 / 251 - 0.5);
const data = {
  inputs: new Tensor("float32", images, [8, 3, 32, 32]),
  targets: int64([0, 1, 2, 3, 4, 5, 6, 7]),
};

Deno.test("Importance by gradients, sensitivity and report on a real model", { ignore: !path }, async () => {
  const model = decodeModel(Deno.readFileSync(path!));
  const criterion = await taylorImportance(model, data, { batchSize: 4 });
  const plan = planPruning(model, { target: { macs: 0.5 }, criterion });
  const small = prune(model, plan);
  const { before, after } = await report(model, small, { engines: ["native"], runs: 2 });
  assert.deepEqual([before.macs, after.macs], [plan.before.macs, plan.after.macs]);
  assert.ok(after.bytes < before.bytes && after.latencies[0]!.median > 0);

  const rows = [];
  for await (const row of sensitivity(model, data, { ratios: [0.5] })) {
    rows.push(row);
    if (rows.length === 2) break;
  }
  assert.equal(rows[0]!.removed, rows[0]!.channels / 2);
  assert.ok(Number.isFinite(rows[1]!.loss) && rows[1]!.accuracy !== undefined);
});

Deno.test("A plan for a measured latency keeps less than everything", { ignore: !path }, async () => {
  const model = decodeModel(Deno.readFileSync(path!));
  // A batch that takes much longer than a call: the smallest model, with 0.3 % of the MACs, is faster on any machine.
  const measure = { batch: 16, runs: 5 };
  const plan = await planForLatency(model, { target: { latency: 0.8 }, criterion: "l1", trials: 2, measure });
  assert.ok(plan.after.macs < plan.before.macs);
  await assert.rejects(planForLatency(model, { target: { latency: 1e-9 }, criterion: "l1" }), RangeError);
});
