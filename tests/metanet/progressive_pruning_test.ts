import assert from "node:assert/strict";
import { groupNorms, progressivePruning } from "../../lib/metanet/progressive_pruning.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import type { Criterion } from "../../lib/prune/criteria/criterion.ts";
import { float32, numbersOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

Deno.test("step j leaves at most floor(T·(1 − j/n)) channels, as long as groups have enough", () => {
  const model = mlp({ sizes: [8, 40, 30, 4], seed: 2 });
  let last = 70;
  for (const { step, model: smaller } of progressivePruning(model, { steps: 50 })) {
    const hidden = ["0.weight", "2.weight"].map((name) => smaller.graph.initializers.get(name)!.dims[0]!);
    const sum = hidden[0]! + hidden[1]!;
    assert.ok(sum < last, `step ${step} removes something`);
    if (Math.min(...hidden) > 5) {
      assert.ok(sum <= Math.floor(70 * (1 - step / 50)), `${sum} left after step ${step}`);
    }
    last = sum;
  }
  assert.ok(last >= 2, "a layer is never emptied");
});

Deno.test("the weakest channel is the first to go, by the mean square norm of its members", () => {
  const model = mlp({ sizes: [3, 5, 2], seed: 3 });
  const groups = channelGroups(model);
  const norms = groupNorms(groups.prunable[0]!, groups);
  const rows = (name: string) => numbersOf(model.graph.initializers.get(name) as Tensor);
  const expected = Array.from({ length: 5 }, (_, k) => {
    const made = rows("0.weight").slice(3 * k, 3 * k + 3).reduce((sum, w) => sum + w * w, 0);
    const read = rows("2.weight").filter((_, i) => i % 5 === k).reduce((sum, w) => sum + w * w, 0);
    return (made + read) / 2;
  });
  assertClose(norms, expected, REORDERED_FLOAT32);
  const [first] = progressivePruning(model, { steps: 5 });
  const weakest = expected.indexOf(Math.min(...expected));
  const kept = rows("0.weight").filter((_, i) => Math.floor(i / 3) !== weakest);
  assert.deepEqual(numbersOf(first!.model.graph.initializers.get("0.weight") as Tensor), kept);
});

Deno.test("by rank, the same part of every group goes", () => {
  const model = mlp({ sizes: [8, 40, 20, 4], seed: 2 });
  for (const { step, model: smaller } of progressivePruning(model, { steps: 20, normalizer: "rank" })) {
    const left = ["0.weight", "2.weight"].map((name) => smaller.graph.initializers.get(name)!.dims[0]!);
    assert.ok(Math.abs(left[0]! - 2 * left[1]!) <= 2, `${left} after step ${step}`);
  }
});

Deno.test("widths that a step changes become multiples, and the weakest are those that go besides", () => {
  const model = mlp({ sizes: [8, 41, 30, 4], seed: 2 });
  const widths = (of: typeof model) =>
    ["0.weight", "2.weight"].map((name) => of.graph.initializers.get(name)!.dims[0]!);
  const stages = [...progressivePruning(model, { steps: 10, roundTo: 4 })];
  assert.ok(stages.length > 4);
  let before = widths(model);
  for (const { model } of stages) {
    const now = widths(model);
    for (const [i, width] of now.entries()) assert.ok(width === before[i] || width % 4 === 0, `${now}`);
    assert.ok(now.every((width) => width >= 4));
    before = now;
  }
  const [plain] = progressivePruning(model, { steps: 10 });
  const [rounded] = stages;
  const rowsOf = (of: typeof model, name: string) => {
    const { dims: [rows, columns] } = of.graph.initializers.get(name)!;
    const numbers = numbersOf(of.graph.initializers.get(name) as Tensor);
    return Array.from({ length: rows! }, (_, i) => numbers.slice(i * columns!, (i + 1) * columns!).join());
  };
  const kept = rowsOf(rounded!.model, "0.weight");
  const down = (width: number, of: number) => width === of ? width : width - width % 4;
  assert.deepEqual(widths(rounded!.model), [
    down(widths(plain!.model)[0]!, 41),
    down(widths(plain!.model)[1]!, 30),
  ]);
  assert.ok(kept.every((row) => rowsOf(plain!.model, "0.weight").includes(row)));
});

Deno.test("what cannot be meant is refused at once, and a criterion that gives no number for each channel", () => {
  const model = mlp({ sizes: [3, 8, 2], seed: 3 });
  for (const wrong of [0, -3, 1.5, NaN, Infinity]) {
    for (const name of ["steps", "roundTo"]) {
      assert.throws(() => progressivePruning(model, { [name]: wrong }), {
        name: "RangeError",
        message: `Cannot prune step by step with ${name} ${wrong}: expected a whole number from 1`,
      });
    }
  }
  assert.throws(
    () => progressivePruning(model, { normalizer: "most" as "max" }),
    /RangeError: Cannot prune step by step with normalizer "most"/,
  );
  const scored: [Criterion, RegExp][] = [
    [() => Float64Array.of(1, 2), /the criterion gave 2 numbers; expected a finite number for each/],
    [({ channels }) => new Float64Array(channels).fill(NaN), /the criterion gave NaN/],
  ];
  for (const [criterion, said] of scored) {
    assert.throws(() => progressivePruning(model, { criterion }).next(), said);
  }
  const broken = model.withGraph({
    ...model.graph,
    initializers: new Map(model.graph.initializers).set("0.weight", float32(Array(24).fill(NaN), [8, 3])),
  });
  assert.throws(() => progressivePruning(broken).next(), /TypeError: Cannot rank the 8 channels/);
});
