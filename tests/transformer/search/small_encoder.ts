/** A small encoder, and examples of it, that searches are tried on. */
import { bert, type BertOptions } from "../../../lib/nn/bert.ts";
import { seededRandom } from "../../../lib/random.ts";
import { int64 } from "../../../lib/tensor/tensor.ts";
import { type Configuration, openEvaluator, transformerOf } from "../../../lib/transformer/mod.ts";
import { defaultRuntime } from "../../../lib/runtime/run_model.ts";
import type { Examples } from "../../../lib/train/batches.ts";
import { shaken } from "../networks.ts";

export const [LAYERS, HEADS, GROUPS] = [3, 4, 5];

/** Its weights are shaken, so that every one matters. */
export const encoder = (options: BertOptions = {}) =>
  shaken(
    bert({
      layers: LAYERS,
      hidden: 16,
      heads: HEADS,
      neurons: 20,
      vocabulary: 30,
      positions: 8,
      types: 0,
      dropout: 0,
      ...options,
    }),
  );

export const transformer = transformerOf(encoder(), { groups: GROUPS });

export const EMPTY: Configuration = { groups: GROUPS, k: 30, renormalize: false, removed: [] };

/** Random texts; labels are what the network itself says, some turned round. */
export async function examples(count: number, seed = 0): Promise<Examples> {
  const random = seededRandom(seed, "examples");
  const dims = [count, 7];
  const inputs = {
    input_ids: int64(Array.from({ length: count * 7 }, () => 1 + random.integer(29)), dims),
    attention_mask: int64(
      Array.from({ length: count * 7 }, (_, i) => Number(i % 7 < 4 + Math.floor(i / 7) % 4)),
      dims,
    ),
  };
  const evaluator = await openEvaluator(transformer, {
    inputs,
    targets: { labels: int64(new Array(count).fill(0)) },
  }, {
    runtime: await defaultRuntime(),
  });
  const { predictions } = await evaluator.evaluate(EMPTY);
  await evaluator.release();
  const labels = predictions!.map((each) => random.uniform() < 0.8 ? each : 1 - each);
  return { inputs, targets: { labels: int64(labels) } };
}
