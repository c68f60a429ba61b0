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
  const whole = twoLayers(1);
  const plan = planPruning(whole, { target: { macs: 0.5 } });
  const smaller = prune(whole, plan);
  // Of the hidden features that are left, each wrong in turn: some are below zero on the first row.
  for (let feature = 0; feature < smaller.graph.initializers.get("a")!.dims[1]!; feature++) {
    const wrong = new Map(smaller.graph.initializers);
    const b = (wrong.get("b") as Tensor).data.slice() as Float32Array;
    b.fill(9, 4 * feature, 4 * feature + 4);
    wrong.set("b", float32(b, [b.length / 4, 4]));
    const broken = smaller.withGraph({ ...smaller.graph, initializers: wrong });
    await assert.rejects(checkPruned(whole, broken, plan), /differs from that of the masked/, `${feature}`);
  }
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
