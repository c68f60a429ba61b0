import assert from "node:assert/strict";
import { checkPruned } from "../../lib/prune/check_pruned.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, type Tensor, tensorOf } from "../../lib/tensor/tensor.ts";
import { numbers, twoLayers } from "./two_layers.ts";

Deno.test("checkPruned gives the largest difference from the mask, and names an output that differs", async () => {
  const whole = twoLayers();
  const plan = planPruning(whole, { target: { macs: 0.5 } });
  const smaller = prune(whole, plan);
  assert.ok(await checkPruned(whole, smaller, plan) < 1e-6);
  const other = planPruning(whole, { target: { macs: 0.5 }, criterion: "random", seed: 1 });
  await assert.rejects(
    checkPruned(whole, prune(whole, other), plan),
    /output "y" of MatMul.*differs from that of the masked/,
  );
  const feeds = { x: numbers(2, 3) };
  assert.ok(await checkPruned(whole, smaller, plan, { inputs: feeds }) < 1e-6);
});

Deno.test("what a rectifier hides on one row is seen on another", async () => {
  const g = new GraphBuilder("many features");
  const hidden = g.relu(g.matMul(g.input("x", "float32", [1, 3]), g.parameter("a", numbers(3, 64))));
  g.output(g.matMul(hidden, g.parameter("b", numbers(64, 1))), "y");
  const whole = g.model();
  const plan = planPruning(whole, { target: { macs: 0.5 }, roundTo: 1 });
  const smaller = prune(whole, plan);
  const b = (smaller.graph.initializers.get("b") as Tensor).data as Float32Array;
  let seen = 0;
  for (const feature of b.keys()) {
    const initializers = new Map(smaller.graph.initializers)
      .set("b", float32(b.with(feature, b[feature]! + 9), [b.length, 1]));
    const wrong = smaller.withGraph({ ...smaller.graph, initializers });
    await checkPruned(whole, wrong, plan).catch(({ message }: Error) => {
      if (/differs from that of the masked/.test(message)) seen++;
    });
  }
  // On one row each is above zero with even chances; on none of four with one to sixteen.
  assert.ok(seen > 0.8 * b.length, `${seen} of ${b.length}`);
});

Deno.test("what is computed in halves, or beside whole numbers, may differ by what these have", async () => {
  for (const kind of ["float32", "float16", "quantised"] as const) {
    const g = new GraphBuilder(kind);
    const type = kind === "float16" ? "float16" : "float32";
    const weight = (...dims: number[]) => {
      const data = numbers(...dims).data as Float32Array;
      return g.parameter(
        g.freeName("w"),
        kind === "float16" ? tensorOf(type, Float16Array.from(data), dims) : float32(data, dims),
      );
    };
    const hidden = g.relu(g.matMul(g.cast(g.input("x", "float32", [1, 24]), type), weight(24, 16)));
    const last = weight(16, 4);
    const codes = g.parameter("codes", tensorOf("int8", Int8Array.from({ length: 16 }, (_, i) => i), [4, 4]));
    const made = g.matMul(hidden, last);
    const [scales] = kind === "quantised"
      ? g.node("DequantizeLinear", [codes, g.constant(float32([1], []))])
      : [];
    g.output(g.cast(scales ? g.matMul(made, scales) : made, "float32"), "y");
    const model = g.model();
    const plan = planPruning(model, { target: { macs: 0.5 }, roundTo: 1 });
    const smaller = prune(model, plan);
    const { data, dims } = smaller.graph.initializers.get(last) as Tensor;
    const other = tensorOf(type, (data as Float32Array).map((n) => 1.002 * n), dims);
    const initializers = new Map(smaller.graph.initializers).set(last, other);
    const nearly = checkPruned(model, smaller.withGraph({ ...smaller.graph, initializers }), plan);
    if (kind === "float32") await assert.rejects(nearly, /differs from that of the masked/);
    else assert.ok(await nearly > 1e-3, kind);
  }
});

for (const masked of [-Infinity, NaN]) {
  Deno.test(`scores that are masked out by ${masked} hide nothing of what differs beside them`, async () => {
    const g = new GraphBuilder("masked");
    const hidden = g.relu(g.matMul(g.input("x", "float32", [2, 3]), g.parameter("a", numbers(3, 8))));
    const scores = g.matMul(hidden, g.parameter("b", numbers(8, 4)));
    g.output(g.add(scores, g.constant(float32([0, masked, 0, 0]))), "y");
    const whole = g.model();
    const plan = planPruning(whole, { target: { macs: 0.5 }, roundTo: 1 });
    const smaller = prune(whole, plan);
    assert.ok(await checkPruned(whole, smaller, plan) < 1e-6);
    const { data, dims } = smaller.graph.initializers.get("b") as Tensor;
    const twice = float32((data as Float32Array).map((n) => 2 * n), dims);
    const wrong = smaller.withGraph({
      ...smaller.graph,
      initializers: new Map(smaller.graph.initializers).set("b", twice),
    });
    await assert.rejects(checkPruned(whole, wrong, plan), /output "y".*differs from that of the masked/);
  });
}
