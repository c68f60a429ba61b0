import assert from "node:assert/strict";
import { proceduralImages } from "../../../lib/data/procedural.ts";
import { toExamples } from "../../../lib/data/image_set.ts";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { pruneAndTune } from "../../../lib/papers/tour/prune_and_tune.ts";
import { silent } from "../../../lib/progress.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { prune } from "../../../lib/prune/prune.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { evaluate } from "../../../lib/train/evaluate.ts";
import { inFolder } from "../../in_folder.ts";

Deno.test("a row says of the network that was pruned and tuned what that network is", () =>
  inFolder(async (folder) => {
    const model = resnetCifar({ depth: 20, widths: [4, 8, 8], seed: 2 });
    const data = proceduralImages({ train: 70, test: 40, seed: 1 });
    const runtime = await openRuntime({ engine: "native", threads: 1 });
    try {
      const recipe = {
        criterion: "group-l2",
        target: 0.5,
        roundTo: 1,
        images: 64,
        epochs: 1,
        seed: 3,
      } as const;
      const { row, model: tuned } = await pruneAndTune(model, data, recipe, {
        runtime,
        progress: silent,
        checkpoint: `${folder}/checkpoint.safetensors`,
      });
      const { macs, parameters } = countMacs(tuned);
      assert.deepEqual([row.macs, row.parameters, row.bytes], [macs, parameters, tuned.toOnnx().length]);
      assert.ok(macs <= 0.5 * countMacs(model).macs);
      const test = toExamples(data.test);
      assert.equal(row.tuned, (await evaluate(tuned, test, { runtime })).accuracy);
      const cut = prune(
        model,
        planPruning(model, { target: { macs: 0.5 }, criterion: "group-l2", roundTo: 1 }),
      );
      assert.equal(row.pruned, (await evaluate(cut, test, { runtime })).accuracy);
      assert.notDeepEqual(tuned.toOnnx(), cut.toOnnx());
    } finally {
      await runtime.close();
    }
  }));
