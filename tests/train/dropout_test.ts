import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, int64, numbersOf } from "../../lib/tensor/tensor.ts";
import { dropout } from "../../lib/train/dropout.ts";
import { withEngine } from "./engines.ts";
import { run } from "./run_once.ts";

/** The graph of two dropouts of ones, a quarter dropped. */
function twoDropouts(): Model {
  const g = new GraphBuilder("dropout");
  const x = g.input("x", "float32", ["N", 50]);
  const seed = g.input("seed", "int64", []);
  g.output(dropout(g, x, 0.25, { seed, layer: 0 }).y, "a");
  g.output(dropout(g, x, 0.25, { seed, layer: 1 }).y, "b");
  return g.model();
}

withEngine(
  "dropout drops its part, elsewhere for each seed and layer, and scales the rest",
  "native",
  async (runtime) => {
    const x = float32(new Float32Array(400 * 50).fill(1), [400, 50]);
    const masks = async (seed: number) => {
      const { a, b } = await run(runtime, twoDropouts(), { x, seed: int64([seed], []) });
      return [numbersOf(a!), numbersOf(b!)] as const;
    };
    const [first, second] = [await masks(0), await masks(123_456_789)];
    const all = [...first, ...second];
    const n = x.size;
    /** Four standard deviations of a mean of n draws with the variance of one draw. */
    const margin = (variance: number) => 4 * Math.sqrt(variance / n);
    for (const mask of all) {
      assert.deepEqual(new Set(mask), new Set([0, Math.fround(Math.fround(1 / 0.75))]));
      const kept = mask.map((value) => value ? 1 : 0 as number);
      const mean = kept.reduce((a, b) => a + b) / n;
      assert.ok(Math.abs(mean - 0.75) < margin(0.75 * 0.25), `${mean}`);
      // Neighbours in the row, the column and further away know nothing of each other.
      for (const lag of [1, 2, 50, 100, 1024]) {
        const joint = kept.reduce((sum, value, i) =>
          sum + (value - mean) * (kept[(i + lag) % n]! - mean), 0) / n;
        assert.ok(Math.abs(joint) < margin((0.75 * 0.25) ** 2), `lag ${lag}: ${joint}`);
      }
    }
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < i; j++) {
        const same = all[i]!.filter((value, k) => (value === 0) === (all[j]![k] === 0)).length / n;
        assert.ok(Math.abs(same - (0.75 ** 2 + 0.25 ** 2)) < margin(0.25), `${i}, ${j}: ${same}`);
      }
    }
    assert.deepEqual((await masks(0))[0], first[0]);
  },
);

withEngine("a dropout of all leaves zeros", "native", async (runtime) => {
  const g = new GraphBuilder("all");
  const { y, kept } = dropout(g, g.input("x", "float32", [50]), 1, {
    seed: g.input("seed", "int64", []),
    layer: 0,
  });
  g.output(y, "y");
  g.output(kept(), "kept");
  const feeds = { x: float32(Array.from({ length: 50 }, (_, i) => i - 25)), seed: int64([5], []) };
  const outputs = await run(runtime, g.model(), feeds);
  assert.ok(numbersOf(outputs.y!).every((value) => value === 0));
  assert.deepEqual(new Set(numbersOf(outputs.kept!)), new Set([0]));
});
