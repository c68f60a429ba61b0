import assert from "node:assert/strict";
import { mask } from "../../lib/prune/mask.ts";
import { type MeasuredPlanOptions, type PlanOptions, planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import { mlp as network } from "../../lib/nn/mlp.ts";
import { linearLayers as mlp } from "./linear_layers.ts";

// One hidden layer of three channels with the columns (1, −2), (3, 0), (0, 4).
const small = mlp([2, 3, 1], [1, 3, 0, -2, 0, 4]);

Deno.test("Bad input is refused with the way out", () => {
  const plan = (options: Partial<PlanOptions>) => () =>
    planPruning(small, { target: { macs: 0.7 }, criterion: "l1", ...options });
  assert.throws(
    plan({ criterion: "l3" as "l1" }),
    /RangeError: .*"l3": expected one of "l1", "l2".*"taylor"/,
  );
  assert.throws(plan({ criterion: "taylor" }), /TypeError: .*give planPruning examples/);
  for (const macs of [0, -1, 1.5, NaN]) {
    assert.throws(plan({ target: { macs } }), /RangeError: .*expected a number/);
  }
  assert.throws(plan({ target: { macs: 0.01 } }), /RangeError: .*the most that can go leaves 0\.333/);
  assert.throws(plan({ target: {} as { macs: number } }), /TypeError/);
  assert.throws(plan({ ignore: ["nothing"] }), /TypeError: .*"nothing"/);
  assert.throws(plan({ criterion: () => [1] }), /TypeError: .*1 numbers/);
  const other = planPruning(mlp([2, 4, 1]), { target: { macs: 1 }, criterion: "l1" });
  assert.throws(() => prune(small, other), /TypeError: .*another model/);
  assert.throws(() => mask(small, other), /TypeError: .*another model/);
});

Deno.test("Where nothing may go, the widest group says why it stays, in place of a target that leaves all", () => {
  const plan = (ignore: string[]) => () => planPruning(small, { target: { macs: 0.7 }, ignore });
  assert.throws(plan(["w1"]), (error: RangeError) => {
    assert.match(
      error.message,
      /^Cannot keep only 0\.7 of macs: nothing may go: of "w1" 3 stay, it is to be ignored, and 2 groups beside it/,
    );
    return true;
  });
});

Deno.test("Parts of 5 and 7 become 4 and 4 for multiples of 4, in one step", () => {
  const parts = (sizes: [number, number]): Model => {
    const g = new GraphBuilder("parts");
    const random = seededRandom(1);
    const weight = (from: number, to: number) => {
      const data = Array.from({ length: from * to }, () => random.normal());
      return g.parameter(`w.${from}x${to}`, float32(data, [from, to]));
    };
    const all = g.matMul(g.input("x", "float32", ["N", 3]), weight(3, sizes[0] + sizes[1]));
    const [a, b] = g.node("Split", [all, g.constant(int64(sizes))], { axis: 1 }, { outputs: 2 });
    g.output(g.add(g.matMul(a!, weight(sizes[0], 2)), g.matMul(b!, weight(sizes[1], 2))), "y");
    return g.model();
  };
  const left = (sizes: [number, number], options: Partial<PlanOptions>) => {
    const plan = planPruning(parts(sizes), { target: { macs: 1 }, ...options });
    return plan.groups.map(({ channels, removed }) => channels - removed.length);
  };
  for (const macs of [0.95, 0.67]) assert.deepEqual(left([5, 7], { roundTo: 4, target: { macs } }), [4, 4]);
  assert.deepEqual(left([5, 9], { roundTo: 4, target: { macs: 0.6 } }), [4, 4]);
  // 3 can't become 4, nor 5, where a tenth may go: both stay.
  for (const [sizes, more] of [[[3, 9], {}], [[5, 7], { maxPruned: 0.1 }]] as const) {
    const model = parts([...sizes] as [number, number]);
    const plan = planPruning(model, { target: { macs: 1 }, roundTo: 4, ...more });
    assert.deepEqual(plan.reachable, plan.before);
  }
});

Deno.test("settings are looked at before data are", async () => {
  const model = network({ sizes: [4, 8, 3] });
  let batches = 0;
  const data = {
    stepsPerEpoch: 5,
    batch:
      () => (batches++,
        { inputs: { input: float32([1, 2, 3, 4, 4, 3, 2, 1], [2, 4]) }, targets: { labels: int64([0, 1]) } }),
  };
  const wrong: [Partial<MeasuredPlanOptions>, RegExp][] = [
    [{ ignore: ["nope"] }, /^Cannot ignore "nope"/],
    [{ target: undefined as unknown as PlanOptions["target"] }, /^Cannot plan for target undefined/],
    [{ target: { macs: 2 } }, /^Cannot plan for a target with macs 2/],
    [{ target: { latency: 0 } }, /^Cannot plan for a target with latency 0/],
    [{ target: { latency: 0.5 }, maxPruned: 2 }, /^Cannot plan with maxPruned 2/],
    [{ roundTo: 0 }, /^Cannot plan with roundTo 0/],
    [{ scope: "all" as "global" }, /^Cannot plan with scope "all"/],
    [{ kinds: ["filters" as "channels"] }, /filters/],
    [{ seed: -1 }, /^Cannot plan with seed -1/],
  ];
  for (const criterion of ["taylor", "wanda"] as const) {
    for (const [options, message] of wrong) {
      await assert.rejects(planPruning(model, { target: { macs: 0.5 }, criterion, data, ...options }), {
        message,
      });
      assert.equal(batches, 0, `${message}`);
    }
  }
  await planPruning(model, { target: { macs: 0.5 }, criterion: "wanda", data });
  assert.equal(batches, 5);
});
