import assert from "node:assert/strict";
import { compress, measureEffects } from "../../lib/compress/mod.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { counted } from "./counted_runtime.ts";
import { drawn, network } from "./measured_network.ts";

/** Mean of Σ p (log p − log q) over rows of five logits, in float64. */
function divergence(p: ArrayLike<number>, q: ArrayLike<number>): number {
  const logs = (all: ArrayLike<number>, at: number) => {
    const row = Array.from({ length: 5 }, (_, i) => all[at + i]!);
    const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
    return row.map((value) => value - total);
  };
  let sum = 0;
  for (let at = 0; at < p.length; at += 5) {
    const other = logs(q, at);
    logs(p, at).forEach((log, i) => sum += Math.exp(log) * (log - other[i]!));
  }
  return sum / (p.length / 5);
}

Deno.test("measureEffects: the divergence with each matrix alone replaced, as running such models gives it", async () => {
  const model = network();
  const x = drawn([9, 6]);
  const result = await compress(model, {
    method: "wanda",
    sparsity: 0.4,
    calibration: [{ x: drawn([20, 6]) }],
  });
  const heard: unknown[] = [];
  const { layers, ...rest } = await measureEffects(model, result, {
    held: [{ x }],
    progress: {
      start: (...said) => void heard.push(said),
      step: (...said) => void heard.push(said),
      close: () => void heard.push("closed"),
    },
  });
  assert.deepEqual(heard, [["Measuring effects", 2], [1, "0.weight"], [2, "1.weight"], "closed"]);
  assert.equal(rest.model, result.model);
  const logits = async (of: typeof model) => (await runModel(of, { x })).logits!.data as Float32Array;
  const before = await logits(model);
  for (const [i, { divergence: found, ...report }] of layers.entries()) {
    assert.deepEqual(report, result.layers[i]);
    const one = new Map(model.graph.initializers).set(
      report.weight,
      result.model.graph.initializers.get(report.weight) as Tensor,
    );
    const after = await logits(model.withGraph({ ...model.graph, initializers: one }));
    assertClose([found!], [divergence(before, after)], REORDERED_FLOAT32, report.weight);
  }
});

Deno.test("measureEffects: another model, no records and answers that are none are told; no session stays open", async () => {
  const model = network();
  const result = await compress(model, { method: "magnitude", sparsity: 0.5 });
  const other = {
    ...result,
    layers: result.layers.map((layer) => ({ ...layer, weight: `${layer.weight}.b` })),
  };
  const held = [{ x: drawn([2, 6]) }];
  await assert.rejects(measureEffects(model, other, { held }), /TypeError: .* one without "0.weight.b"/);
  await assert.rejects(measureEffects(model, result, { held: [] }), /TypeError: .* found no records/);
  const { runtime, count } = await counted();
  try {
    const bad = [{ x: float32(new Array(6).fill(NaN), [1, 6]) }];
    await assert.rejects(
      measureEffects(model, result, { held: bad, runtime }),
      /RangeError: .* with 0.weight alone compressed the answers are NaN from what they were/,
    );
    assert.equal(count.open, 0);
  } finally {
    await runtime.close();
  }
});
