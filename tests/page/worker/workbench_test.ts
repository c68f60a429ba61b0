import assert from "node:assert/strict";
import { loadModel } from "../../../lib/io/load_model.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import type { PageFile, PlanRequest } from "../../../lib/page/protocol.ts";
import { newWorkbench, type WorkTools } from "../../../lib/page/worker/workbench.ts";
import { silent } from "../../../lib/progress.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { prune } from "../../../lib/prune/prune.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { seededRandom } from "../../../lib/random.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";
import { tagged } from "../../tags.ts";

const tools: WorkTools = { progress: silent, signal: new AbortController().signal };
const asFile = (name: string, bytes: Uint8Array): PageFile => ({
  name,
  bytes: bytes as Uint8Array<ArrayBuffer>,
});
const request: PlanRequest = { target: "macs", keep: 0.5, criterion: "group-l2", inputShapes: {} };

Deno.test("a model is opened, planned and pruned as planPruning and prune do, by every criterion", async () => {
  const model = resnetCifar({ depth: 20, seed: 1 });
  const bench = newWorkbench(() => Promise.reject(new Error("no engine is asked for")));
  const { plan: all, drawing } = await bench.open({ files: [asFile("net.onnx", model.toOnnx())] }, tools);
  assert.equal(all.after.macs, all.before.macs);
  assert.ok(drawing.rows.length > 20);
  for (const criterion of ["group-l2", "l1", "lamp", "random"] as const) {
    const view = await bench.plan({ ...request, criterion }, tools);
    const plan = planPruning(model, { target: { macs: 0.5 }, criterion });
    assert.deepEqual([view.before, view.after, view.reachable], [plan.before, plan.after, plan.reachable]);
    const kept = plan.groups.map(({ channels, removed }) => channels - removed.length);
    assert.deepEqual(view.groups.map(({ kept }) => kept), kept);
    assert.deepEqual(
      view.protected,
      plan.protected.map(({ name, channels, why }) => ({ name, channels, why })),
    );
    await bench.prune({}, tools);
    const { name, bytes } = await bench.file({}, tools);
    assert.equal(name, "net-macs-50.onnx");
    assert.deepEqual(bytes, prune(model, plan).toOnnx());
    assert.deepEqual([view.before.bytes, view.after.bytes], [model.toOnnx().length, bytes.length]);
    assert.deepEqual((await loadModel(bytes)).graph.outputs, model.graph.outputs);
  }
});

Deno.test(tagged("what was pruned is checked and timed, whatever is planned since", "slow"), async () => {
  const runtime = await openRuntime({ engine: "wasm" });
  try {
    const bench = newWorkbench(() => Promise.resolve(runtime));
    await bench.open({ files: [asFile("net.onnx", mlp({ sizes: [4, 32, 3] }).toOnnx())] }, tools);
    await assert.rejects(bench.check({}, tools), /without a pruned model: prune first/);
    await bench.plan(request, tools);
    await bench.prune({}, tools);
    const { difference, device } = await bench.check({}, tools);
    assert.ok(difference < 1e-5);
    assert.match(device, /WebAssembly/);
    const { before, after, software } = await bench.time({ engine: "wasm" }, tools);
    assert.deepEqual([before.runs, after.runs, software], [20, 20, false]);
    assert.ok(before.median > 0 && after.quartiles[0] <= after.median);
    // The plan may have changed since: what is checked is what was pruned.
    await bench.plan({ ...request, keep: 0.8 }, tools);
    assert.ok((await bench.check({}, tools)).difference < 1e-5);
  } finally {
    await runtime.close();
  }
});

Deno.test("a file that cannot be opened leaves what was open", async () => {
  const bench = newWorkbench(() => Promise.reject(new Error("no engine")));
  await assert.rejects(bench.plan(request, tools), /open one first/);
  await bench.open({ files: [asFile("good.onnx", mlp({ sizes: [4, 32, 3] }).toOnnx())] }, tools);
  const plan = await bench.plan(request, tools);
  const bad = Uint8Array.from({ length: 300 }, () => seededRandom(5, "bytes").integer(256));
  await assert.rejects(
    bench.open({ files: [asFile("bad.onnx", bad)] }, tools),
    /^SyntaxError: Cannot read bad\.onnx/,
  );
  assert.deepEqual(await bench.plan(request, tools), plan);
});

Deno.test(tagged("sizes that the file leaves open are asked for, counted and run with", "slow"), async () => {
  const g = new GraphBuilder("open");
  const x = g.input("x", "float32", ["N", 3, "H", "W"]);
  const weight = (out: number, from: number) => {
    const random = seededRandom(out, "weights");
    const data = Float32Array.from({ length: out * from * 9 }, () => random.normal());
    return g.parameter(`w${out}`, float32(data, [out, from, 3, 3]));
  };
  const hidden = g.relu(g.conv(x, weight(32, 3)));
  g.output(g.conv(hidden, weight(5, 32)), "y");
  const runtime = await openRuntime({ engine: "wasm" });
  try {
    const bench = newWorkbench(() => Promise.resolve(runtime));
    const { openInputs } = await bench.open({ files: [asFile("open.onnx", g.model().toOnnx())] }, tools);
    assert.deepEqual(openInputs, [{ name: "x", shape: "N, 3, H, W", sizes: [1, 3, 224, 224] }]);
    const macs = async (side: number) => {
      const inputShapes = { x: [1, 3, side, side] };
      return (await bench.plan({ ...request, inputShapes }, tools)).before.macs;
    };
    assert.equal(await macs(10), 64 * 32 * 27 + 36 * 5 * 32 * 9);
    assert.ok(await macs(20) > await macs(10));
    await bench.prune({}, tools);
    assert.ok((await bench.check({}, tools)).difference < 1e-5);
    assert.ok((await bench.time({ engine: "wasm" }, tools)).after.median > 0);
  } finally {
    await runtime.close();
  }
});
