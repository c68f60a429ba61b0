import type { Model } from "../../onnx/model.ts";
import { weightsOf } from "../../nn/weights.ts";
import { operatorOf } from "../../onnx/operators/table.ts";
import { reestimateStatistics } from "../../metanet/meta_prune.ts";
import { float32, Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import { type BatchSource, toBatches } from "../../train/batches.ts";
import { binaryCrossEntropy } from "../../train/losses.ts";
import { type Clicks, toClickExamples } from "../clicks.ts";
import { ctrModel } from "../ctr_model.ts";
import { predict, scoreLogits } from "../predict.ts";
import { sumOf } from "../sum_of.ts";
import type { SearchOptions } from "../search/evolution.ts";
import { PRUNED_VECTORS } from "../tables/pruned_vectors.ts";
import { DIMENSIONS, supernetTable } from "../tables/supernet_table.ts";
import { TABLE } from "../tables/table.ts";
import { type CtrTask, modelOptions } from "./method.ts";

/** Scores dimensions on a supernet whose rows are decided. */
export interface DimensionScorer {
  /** Area on the validation rows, and the share of the table that stays. */
  score: SearchOptions["score"];
  /** The area with batch norms that know these dimensions alone; nothing where there are no batch norms. */
  rescore: ((dimensions: readonly number[]) => Promise<number>) | undefined;
  /** Frees the session. */
  release(): Promise<void>;
}

/** Batches that batch norms are estimated from: of what they were, half a percent is left. */
const STATISTICS = 50;

/** The supernet as a judge of dimensions: rows as they were decided, all candidates on the same clicks. */
export async function dimensionScorer(
  supernet: Model,
  rows: Uint8Array,
  { task, clicks }: { task: CtrTask; clicks: Clicks },
): Promise<DimensionScorer> {
  const { runtime, features } = task;
  const kept: number[] = [];
  let row = 0;
  for (const { size } of clicks.fields) {
    kept.push(sumOf(rows.subarray(row, row += size)));
  }
  const judge = judgeOf(supernet, rows, task);
  const normed = judge.graph.nodes.some((node) => operatorOf(node) === "BatchNormalization");
  const session = await runtime.session(judge);
  return {
    async score(dimensions) {
      const logits = await predict(session, clicks, { [DIMENSIONS]: dimensionsTensor(dimensions) });
      const numbers = dimensions.reduce((sum, d, field) => sum + d * kept[field]!, 0);
      return { auc: scoreLogits(logits, clicks.labels).auc, share: numbers / rows.length / features };
    },
    rescore: !normed ? undefined : async (dimensions) => {
      const feeds = { [DIMENSIONS]: dimensionsTensor(dimensions) };
      const settled = await reestimateStatistics(judge, someBatches(task, feeds), {
        runtime,
        loss: binaryCrossEntropy(),
      });
      const own = await runtime.session(settled);
      try {
        return scoreLogits(await predict(own, clicks, feeds), clicks.labels).auc;
      } finally {
        await own.release();
      }
    },
    release: () => session.release(),
  };
}

/** One choice of dimensions for all rows. */
export function dimensionsTensor(dimensions: readonly number[]): Tensor {
  return float32(dimensions, [1, dimensions.length]);
}

/** The supernet with its decision on rows in the table: nothing is left to compute but the dimensions. */
function judgeOf(supernet: Model, rows: Uint8Array, task: CtrTask): Model {
  const model = ctrModel(task.interaction, {
    ...modelOptions(task),
    table: supernetTable({ mode: "embed" }),
  });
  const learned = supernet.graph.initializers;
  const initializers = new Map(model.graph.initializers);
  for (const { name } of weightsOf(model)) initializers.set(name, learned.get(name)!);
  const pruned = learned.get(PRUNED_VECTORS) as Tensor | undefined;
  initializers.set(TABLE, decided(learned.get(TABLE) as Tensor, rows, task.log.train.fields, pruned));
  return model.withGraph({ ...model.graph, initializers });
}

/** The table, with zeros or its field's vector in place of each row that is gone. */
function decided(
  table: Tensor,
  rows: Uint8Array,
  fields: Clicks["fields"],
  pruned: Tensor | undefined,
): Tensor {
  const numbers = floats(table).slice();
  const features = table.dims[1]!;
  let row = 0;
  for (const [field, { size }] of fields.entries()) {
    const other = pruned && floats(pruned).subarray(field * features, (field + 1) * features);
    for (const end = row + size; row < end; row++) {
      if (rows[row]) continue;
      numbers.fill(0, row * features, (row + 1) * features);
      if (other) numbers.set(other, row * features);
    }
  }
  return new Tensor("float32", numbers, table.dims);
}

/** Training batches, from epoch to epoch where one has not as many, with what the model is fed beside ids. */
function someBatches({ log: { train }, training: { batchSize }, seed }: CtrTask, feeds: object): BatchSource {
  const source = "ids" in train
    ? toBatches(toClickExamples(train), { batchSize, input: "ids", target: "expected", shuffleSeed: seed })
    : train.batches({ batchSize, seed });
  return {
    stepsPerEpoch: STATISTICS,
    async batch(_, step) {
      const { stepsPerEpoch } = source;
      const batch = await source.batch(Math.floor(step / stepsPerEpoch), step % stepsPerEpoch);
      return { ...batch, inputs: { ...batch.inputs, ...feeds } };
    },
  };
}
