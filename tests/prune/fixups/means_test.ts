import assert from "node:assert/strict";
import { floatAttribute } from "../../../lib/onnx/attribute.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { prune } from "../../../lib/prune/prune.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { assertEqualsMask, normalFeeds } from "../each_channel.ts";
import { Net } from "../net.ts";

const half = { target: { macs: 0.5 }, criterion: "l2", roundTo: 1 } as const;

Deno.test("an RMS norm of half the channels has twice the epsilon, and the root of two behind it", async () => {
  const n = new Net({ "": 23 });
  const y = n.op("RMSNormalization", [n.linear(n.g.input("x", "float32", [2, 3]), 3, 8), n.weight(8)], {
    epsilon: { type: "float", value: 0.25 },
  });
  n.g.output(n.linear(y, 8, 2), "y");
  const model = n.g.model();
  const smaller = await assertEqualsMask(model, planPruning(model, half), normalFeeds([2, 3]), "norm");
  const at = smaller.graph.nodes.findIndex(({ op }) => op === "RMSNormalization");
  assert.equal(Math.fround(floatAttribute(smaller.graph.nodes[at]!, "epsilon", 0)), 0.5);
  const factor = smaller.graph.initializers.get(smaller.graph.nodes[at + 1]!.inputs[1]!) as Tensor;
  assert.ok(Math.abs(Number(factor.data[0]) - Math.SQRT2) < 1e-6);
});

Deno.test("a factor that others read too is left alone, and the mean gets one of its own", async () => {
  const n = new Net();
  const y = n.linear(n.g.input("x", "float32", [2, 3]), 3, 8);
  const mean = n.op("ReduceMean", [n.op("Abs", [y]), n.ints(1)], { keepdims: 1 });
  n.g.output(n.op("Mul", [mean, n.number(3)]), "thrice");
  n.g.output(n.op("Exp", [mean]), "exp");
  n.g.output(n.linear(y, 8, 2), "y");
  const model = n.g.model();
  await assertEqualsMask(model, planPruning(model, half), normalFeeds([2, 3]), "two readers");
  const ops = prune(model, planPruning(model, half)).graph.nodes.map(({ op }) => op);
  assert.equal(ops.filter((op) => op === "Mul").length, 2);
});

Deno.test("only ONNX's own Mul takes up a factor, and no operator's name is one that all objects have", () => {
  for (const [op, domain] of [["Mul", "com.acme"], ["constructor", "com.acme"]] as const) {
    const n = new Net({ "": 17, "com.acme": 1 });
    const y = n.linear(n.g.input("x", "float32", [2, 3]), 3, 8);
    const mean = n.op("ReduceMean", [n.op("Abs", [y])], { axes: [1], keepdims: 1 });
    const [between] = n.g.node(op, [mean, n.number(3)], {}, { domain });
    n.g.output(n.op("Mul", [between!, n.number(5)]), "z");
    n.g.output(n.linear(y, 8, 2), "y");
    const model = n.g.model();
    const { graph } = prune(model, planPruning(model, half));
    const numbers = [...graph.initializers.values()].filter(({ dims }) => dims.length === 0) as Tensor[];
    assert.deepEqual(
      numbers.map(({ data }) => Number(data[0])).toSorted(),
      [0.5, 3, 5],
      `${domain}:${op}`,
    );
  }
});
