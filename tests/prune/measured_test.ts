import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import { gradients } from "../../lib/onnx/gradients.ts";
import { int64, Tensor } from "../../lib/tensor/tensor.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";
import { taylor } from "../../lib/prune/criteria/taylor.ts";
import { measureLatency, measureSideBySide } from "../../lib/prune/latency.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { report } from "../../lib/prune/report.ts";
import type { Runtime } from "../../lib/runtime/runtime.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { crossEntropy } from "../../lib/train/losses.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "../onnx/run_native.ts";

const random = seededRandom(8);
const normal = (...dims: number[]) =>
  new Tensor(
    "float32",
    Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()),
    dims,
  );

function classifier(): { model: Model; build: () => [GraphBuilder, string] } {
  const [a, b] = [normal(3, 8), normal(8, 2)];
  const build = (): [GraphBuilder, string] => {
    const g = new GraphBuilder("classifier");
    const hidden = g.relu(g.matMul(g.input("x", "float32", ["N", 3]), g.parameter("a", a)));
    return [g, g.matMul(hidden, g.parameter("b", b))];
  };
  const [g, y] = build();
  g.output(y, "y");
  return { model: g.model(), build };
}

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

/** Runs with a clock that only the engine below moves. */
async function withClock(use: () => Promise<void>): Promise<void> {
  const { now } = performance;
  time = 0;
  performance.now = () => time;
  try {
    await use();
  } finally {
    performance.now = now;
  }
}
let time = 0;

/**
 * An engine on which each run takes as long as the file has hidden channels, and which tells what ran. It is given files,
 * never models: those an engine may rewrite before it runs them, and would time something else than is saved.
 */
function pretend(log: { order?: string[] }): Runtime {
  return {
    engine: "native",
    device: "pretended",
    session: (file) =>
      Promise.resolve({
        run() {
          assert.ok(file instanceof Uint8Array, "a model was timed in place of its file");
          const width = decodeModel(file).graph.initializers.get("a")!.dims[1]!;
          log.order?.push(String(width));
          time += width;
          return Promise.resolve({});
        },
        state: () => Promise.resolve({}),
        carried: () => ({}),
        setState: () => Promise.resolve(),
        release: () => Promise.resolve(),
      }),
    close: () => Promise.reject(new Error("an engine that was given must stay open")),
  };
}

Deno.test("A plan for a latency keeps what is fast enough, and says when nothing is", () =>
  withClock(async () => {
    const { model } = classifier();
    const measure = { runs: 3 };
    const runtime = pretend({});
    const plan = await planPruning(model, { target: { latency: 0.55 }, criterion: "l1", measure, runtime });
    assert.deepEqual(plan.target, { latency: 0.55 });
    assert.equal(plan.groups[0]!.removed.length, 4);
    assert.equal(
      (await planPruning(model, { target: { latency: 1 }, runtime })).groups[0]!.removed.length,
      0,
    );
    await assert.rejects(
      planPruning(model, { target: { latency: 0.01 }, measure, runtime }),
      /RangeError: .*smallest model.*12\.5 % of the MACs/,
    );
    await assert.rejects(planPruning(model, { target: { latency: 1.5 }, runtime }), /RangeError: .*fraction/);
  }));

Deno.test("Models are measured in turns, and the report says what it measured", () =>
  withClock(async () => {
    const { model } = classifier();
    const small = prune(model, planPruning(model, { target }));
    const order: string[] = [];
    const runtime = pretend({ order });
    const [before, after] = await measureSideBySide([model, small], { runtime, runs: 2 });
    assert.deepEqual(order, Array(5).fill(["8", "4"]).flat());
    assert.deepEqual([before!.median, after!.median], [8, 4]);

    const table = await report(model, small, { runtime, batches: [1, 2], runs: 3 });
    assert.deepEqual(table.before.latencies.map(({ batch }) => batch), [1, 2]);
    assert.deepEqual([table.before.macs, table.after.macs], [40, 20]);
    const text = table.toString();
    assert.match(text, /^ +before +after +ratio\nMACs +40 +20 +0\.500\n/);
    assert.match(
      text,
      /latency \(ms\), native, batch 2, 3 runs +8\.00 \(8\.00 to 8\.00\) +4\.00 \(4\.00 to 4\.00\) +0\.500/,
    );
    assert.doesNotMatch(text, /speed/i);
    assert.deepEqual((await report(model, small)).before.latencies, []);
    await assert.rejects(measureLatency(model, { runtime, runs: 0 }), /RangeError: .*runs 0/);
  }));
