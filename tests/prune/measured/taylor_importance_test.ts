import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { gradients } from "../../../lib/onnx/gradients.ts";
import { taylor } from "../../../lib/prune/criteria/taylor.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { float32, int64, Tensor } from "../../../lib/tensor/tensor.ts";
import { crossEntropy } from "../../../lib/train/losses.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { runNative } from "../../onnx/run_native.ts";
import { classifier, normal } from "../classifier.ts";
import { pretend } from "../pretend_engine.ts";

const data = { inputs: normal(6, 3), targets: int64([0, 1, 1, 0, 1, 0]) };
const target = { macs: 0.5 };

Deno.test('"taylor" with data ranks by the gradients of the loss', async () => {
  const { model, build } = classifier();
  const [g, y] = build();
  const loss = crossEntropy();
  const label = g.input("label", "int64", ["N"]);
  const value = loss.value(g, { y }, { labels: label });
  g.output(value);
  const step = gradients(g.model(), value, ["a"]);
  const feeds = { x: data.inputs, label: data.targets };
  const gradient = (await runNative(step.model, feeds))[step.gradients["a"]!]!;
  const expected = planPruning(model, { target, criterion: taylor({ a: gradient }) });
  const runtime = await openRuntime({ engine: "native" });
  try {
    const plan = await planPruning(model, { target, criterion: "taylor", data, loss, runtime });
    assert.deepEqual(plan.groups[0]!.removed, expected.groups[0]!.removed);
    assertClose(plan.groups[0]!.importance, expected.groups[0]!.importance, REORDERED_FLOAT32);
    // Every example counts alike, however many are in its batch.
    const halves = await planPruning(model, { target, criterion: "taylor", data, batchSize: 4, runtime });
    assertClose(halves.groups[0]!.importance, plan.groups[0]!.importance, REORDERED_FLOAT32);
  } finally {
    await runtime.close();
  }
});

Deno.test('"taylor" without data is refused, at once or by the promise', async () => {
  const { model } = classifier();
  assert.throws(() => planPruning(model, { target, criterion: "taylor" }), /TypeError: .*data/);
  const runtime = pretend({});
  await assert.rejects(
    planPruning(model, { target: { latency: 0.5 }, criterion: "taylor", runtime }),
    /TypeError: .*data/,
  );
});

Deno.test('"taylor" ranks what is stored as floats, and says of codes what to do', async () => {
  const net = (second: "codes" | "floats") => {
    const g = new GraphBuilder();
    const codes = (name: string, rows: number, columns: number) => {
      const levels = Int8Array.from({ length: rows * columns }, (_, i) => (37 * i) % 200 - 100);
      return g.node("DequantizeLinear", [
        g.parameter(name, new Tensor("int8", levels, [rows, columns])),
        g.constant(float32([0.02], [])),
      ])[0]!;
    };
    const x = g.input("x", "float32", ["N", 3]);
    const hidden = g.relu(g.matMul(x, codes("a", 3, 4)));
    const more = second === "codes" ? codes("b", 4, 6) : g.parameter("b", normal(4, 6));
    g.output(g.matMul(g.relu(g.matMul(hidden, more)), g.parameter("c", normal(6, 2))), "y");
    return g.model();
  };
  const plan = (second: "codes" | "floats", ignore: string[]) =>
    planPruning(net(second), { target: { macs: 0.8 }, roundTo: 1, criterion: "taylor", data, ignore });
  const { groups } = await plan("floats", ["a"]);
  assert.deepEqual(groups.map(({ removed }) => removed.length > 0), [true]);
  const advice = /channels of group .* by "taylor": none of its tensors has a gradient.*ignore.*"wanda"/;
  await assert.rejects(plan("floats", []), advice);
  await assert.rejects(plan("codes", []), advice);
});
