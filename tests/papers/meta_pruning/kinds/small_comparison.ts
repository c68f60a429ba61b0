/** A network to choose by, with validation data that it answers without a fault, and a comparison without training. */
import { mlp } from "../../../../lib/nn/mlp.ts";
import type { Model } from "../../../../lib/onnx/model.ts";
import type { MetaData } from "../../../../lib/papers/meta_pruning/data/data.ts";
import type { Comparison } from "../../../../lib/papers/meta_pruning/kinds/best_of.ts";
import { PRESETS } from "../../../../lib/papers/meta_pruning/presets.ts";
import { int64 } from "../../../../lib/tensor/tensor.ts";
import type { Batch } from "../../../../lib/train/batches.ts";
import { answerOf, examples } from "../plain_mlp.ts";

/** A network of one hidden layer, and examples whose labels are its answers. */
export function ownAnswers() {
  const model: Model = mlp({ sizes: [8, 12, 3], seed: 3 });
  const { rows, inputs } = examples(60, 4);
  const labels = rows.map((row) => answerOf(model, row));
  const own = { rows, labels, inputs, targets: int64(labels) };
  const data = {
    name: "its own answers",
    train: own,
    validation: own,
    test: examples(60, 5),
    augment: (batch: Batch) => batch,
  } satisfies MetaData;
  return { model, data };
}

/** A comparison of changes of that network: with no training after them. */
export const COMPARISON: Comparison = {
  architecture: { kind: "mlp", hidden: [12] },
  data: { set: "digits", source: "procedural", seed: 0, examples: PRESETS.quick.examples },
  net: 5,
  finetune: { ...PRESETS.quick.finetune, epochs: 0 },
  seed: 0,
  reductions: [1, 1.5, 2, 3],
  tolerance: 0.03,
};
