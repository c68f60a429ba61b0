import assert from "node:assert/strict";
import { magnitudeCurves } from "../../../../lib/papers/meta_pruning/curves.ts";
import { cut } from "../../../../lib/papers/meta_pruning/kinds/cut.ts";
import { PRESETS } from "../../../../lib/papers/meta_pruning/presets.ts";
import { mlp } from "../../../../lib/nn/mlp.ts";
import { float32 } from "../../../../lib/tensor/tensor.ts";
import type { MetaRow } from "../../../../lib/papers/meta_pruning/meta_row.ts";
import type { Batch } from "../../../../lib/train/batches.ts";
import { openRuntime } from "../../../../lib/runtime/engines.ts";
import { contextOf } from "../context.ts";
import { accuracyOf, examples, tensorOf, withTensors } from "../plain_mlp.ts";

Deno.test("cuts of single weights: what is left of them, and what the network then gets right", async () => {
  const model = mlp({ sizes: [8, 12, 3], seed: 3 });
  const data = examples(60, 4);
  const weights = ["0.weight", "2.weight"].map((name) => [name, tensorOf(model, name)] as const);
  const without = (goes: (name: string, index: number) => boolean) =>
    withTensors(
      model,
      Object.fromEntries(weights.map(([name, { data, dims }]) => [
        name,
        float32([...data as Float32Array].map((value, i) => goes(name, i) ? 0 : value), dims),
      ])),
    );
  const sizes = weights.flatMap(([, { data }]) => [...data as Float32Array].map(Math.abs)).sort((a, b) =>
    a - b
  );
  const at = (name: string, index: number) => Math.abs(Number(tensorOf(model, name).data[index]));
  const smallest = without((name, index) => at(name, index) < sizes[66]!); // half of 132
  const oneOfFour = without((name, index) => {
    const group = index - index % 4;
    return [0, 1, 2, 3].some((i) => at(name, group + i) > at(name, index));
  });
  const runtime = await openRuntime({ engine: "native" });
  try {
    const meta = {
      name: "noise",
      train: data,
      validation: data,
      test: data,
      augment: (batch: Batch) => batch,
    };
    const context = contextOf({ runtime, needs: { network: model }, data: meta });
    const rows: MetaRow[] = [];
    for (const weights of [{ sparsity: 0.5 }, { n: 1, m: 4 }]) {
      const { rows: found } = await cut.work({
        about: { part: "weights", variant: "a test", net: 0, architecture: { kind: "mlp", hidden: [12] } },
        data: { set: "digits", source: "procedural", seed: 0, examples: PRESETS.quick.examples },
        cut: weights,
        training: { ...PRESETS.quick.finish, epochs: 0 },
        seed: 0,
      }, context);
      rows.push(...found);
    }
    assert.deepEqual(
      rows.map((
        { cut, stage, asked, reduction, macs, parameters, value },
      ) => [cut, stage, asked, reduction, macs, parameters, value]),
      [
        ["50 %", "pruned", 2, 2, 132, 66 + 15, accuracyOf(smallest, data)],
        // Trained for no epoch, it is the same.
        ["50 %", "final", 2, 2, 132, 66 + 15, accuracyOf(smallest, data)],
        ["1:4", "pruned", 4, 4, 132, 33 + 15, accuracyOf(oneOfFour, data)],
        ["1:4", "final", 4, 4, 132, 33 + 15, accuracyOf(oneOfFour, data)],
      ],
    );
    assert.ok(
      new Set([accuracyOf(model, data), accuracyOf(smallest, data), accuracyOf(oneOfFour, data)]).size === 3,
    );
    const [point] = await magnitudeCurves({ model }, data, [0.5], { runtime });
    assert.deepEqual(point, { series: "model", x: 0.5, accuracy: accuracyOf(smallest, data) });
  } finally {
    await runtime.close();
  }
});
