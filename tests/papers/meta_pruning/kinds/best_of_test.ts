import assert from "node:assert/strict";
import {
  best,
  bestOf,
  type Candidate,
  type Tried,
} from "../../../../lib/papers/meta_pruning/kinds/best_of.ts";
import { stagesAt } from "../../../../lib/papers/meta_pruning/curves.ts";
import { VARIANTS } from "../../../../lib/papers/meta_pruning/meta_row.ts";
import { setupOf } from "../../../../lib/papers/meta_pruning/setup.ts";
import type { Model } from "../../../../lib/onnx/model.ts";
import { planPruning } from "../../../../lib/prune/plan.ts";
import { prune } from "../../../../lib/prune/prune.ts";
import { seededRandom } from "../../../../lib/random.ts";
import { openRuntime } from "../../../../lib/runtime/engines.ts";
import { mean } from "../../../../lib/statistics/describe.ts";
import { float32 } from "../../../../lib/tensor/tensor.ts";
import { contextOf } from "../context.ts";
import { accuracyOf, tensorOf, withTensors } from "../plain_mlp.ts";
import { COMPARISON, ownAnswers } from "./small_comparison.ts";

Deno.test("the rule: the best curve of those that cost no more than allowed, else the cheapest; of equals the first", () => {
  const tried = (...pairs: [area: number, loss: number][]): Tried[] =>
    pairs.map(([area, loss]) => ({ area, loss }));
  const cases: [Tried[], tolerance: number, index: number][] = [
    [tried([0.5, 0], [0.7, 0.01], [0.6, 0]), 0.02, 1],
    [tried([0.5, 0], [0.9, 0.03], [0.6, 0.02]), 0.02, 2],
    [tried([0.5, -0.1], [0.6, 0.1], [0.4, -0.2]), 0, 0],
    [tried([0.9, 0.5], [0.2, 0.3], [0.8, 0.4]), 0.02, 1],
    [tried([0.5, 0], [0.5, 0.01]), 0.02, 0],
    [tried([0.9, 0.3], [0.2, 0.3]), 0.02, 0],
  ];
  for (const [all, tolerance, index] of cases) {
    assert.equal(all.indexOf(best(all, tolerance)), index, JSON.stringify([all, tolerance]));
  }
  // By another way: in order of what they cost, the best curve of the longest allowed beginning, or the first.
  const random = seededRandom(7);
  for (let run = 0; run < 200; run++) {
    const all = Array.from({ length: 6 }, () => ({ area: random.uniform(), loss: random.uniform() }));
    const tolerance = random.uniform() / 2;
    const cheapFirst = all.toSorted((a, b) => a.loss - b.loss);
    const allowed = Math.max(1, cheapFirst.filter(({ loss }) => loss <= tolerance).length);
    const areas = cheapFirst.slice(0, allowed).map(({ area }) => area);
    assert.equal(best(all, tolerance).area, Math.max(...areas));
  }
});

Deno.test("candidates are tried on the network kept apart, and the rows say what each keeps as channels go", async () => {
  const { model, data } = ownAnswers();
  const shrunkTo = (kept: number) => (network: Model) => {
    const { data, dims } = tensorOf(network, "0.weight");
    const columns = dims[1]!;
    return Promise.resolve(withTensors(network, {
      "0.weight": float32(
        [...data as Float32Array].map((value, i) => Math.floor(i / columns) < kept ? value : 0.1 * value),
        dims,
      ),
    }));
  };
  const candidates: Candidate[] = [
    { name: "nothing", columns: { epoch: 1 }, change: (network) => Promise.resolve(network) },
    { name: "half", columns: { epoch: 2 }, change: shrunkTo(6) },
    { name: "all", columns: { epoch: 3 }, change: shrunkTo(0) },
  ];
  const runtime = await openRuntime({ engine: "native" });
  try {
    for (const tolerance of [0, 1]) {
      const comparison = { ...COMPARISON, tolerance };
      const context = contextOf({ runtime, needs: { validation: model }, data });
      const setup = await setupOf(comparison, comparison.architecture, context);
      const { best: chosen, rows } = await bestOf(candidates, comparison, { variant: VARIANTS.meta, setup });
      // Nothing is trained here, so that all of it can be computed beside.
      const expected = await Promise.all(
        candidates.map(async ({ columns, change }) =>
          [...stagesAt(await change(model), comparison.reductions)].map(({ asked, model: pruned }) => ({
            epoch: columns.epoch,
            asked,
            value: accuracyOf(pruned, data.validation),
          }))
        ),
      );
      assert.deepEqual(
        rows.map(({ epoch, asked, value }) => ({ epoch, asked, value })),
        expected.flat(),
      );
      const areas = expected.map((curve) => curve.reduce((sum, { value }) => sum + value, 0));
      assert.ok(new Set(areas).size === 3 && expected[1]![0]!.value < 1 && areas[1]! > areas[0]!);
      // Without tolerance only what costs nothing is allowed; with any, the best curve is.
      const index = tolerance === 0 ? 0 : areas.indexOf(Math.max(...areas));
      assert.ok(tolerance === 0 || index > 0);
      assert.equal(chosen, candidates[index]);
      assert.deepEqual(
        new Set(rows.filter((row) => row.chosen).map(({ epoch }) => epoch)),
        new Set([chosen.columns.epoch]),
      );
      for (const { part, variant, net, data: name } of rows) {
        assert.deepEqual([part, variant, net, name], ["choice", VARIANTS.meta, 5, "its own answers"]);
      }
    }
  } finally {
    await runtime.close();
  }
});

Deno.test("one that lacks the worst points of its curve is not chosen for its mean", async () => {
  const { model, data } = ownAnswers();
  const negated = (network: Model) => {
    const of = (name: string) => {
      const { data, dims } = tensorOf(network, name);
      return float32((data as Float32Array).map((value) => -value), dims);
    };
    return Promise.resolve(withTensors(network, { "2.weight": of("2.weight"), "2.bias": of("2.bias") }));
  };
  // Of two channels nothing can be left to a third.
  const narrow = (network: Model) =>
    Promise.resolve(prune(network, planPruning(network, { target: { macs: 2 / 12 }, roundTo: 1 })));
  const candidates: Candidate[] = [
    { name: "negated", columns: { epoch: 1 }, change: negated },
    { name: "narrow", columns: { epoch: 2 }, change: narrow },
  ];
  const runtime = await openRuntime({ engine: "native" });
  try {
    const comparison = { ...COMPARISON, tolerance: 1 };
    const context = contextOf({ runtime, needs: { validation: model }, data });
    const setup = await setupOf(comparison, comparison.architecture, context);
    const { best: chosen, rows } = await bestOf(candidates, comparison, { variant: VARIANTS.meta, setup });
    const values = (epoch: number) => rows.filter((row) => row.epoch === epoch).map(({ value }) => value);
    assert.deepEqual([values(1).length, values(2).length], [4, 3]);
    assert.ok(mean(values(2)) > mean(values(1)));
    assert.equal(chosen.name, "negated");
  } finally {
    await runtime.close();
  }
});
