/** An encoder and texts for it, small enough to round and train. */
import { bert } from "../../lib/nn/bert.ts";
import { seededRandom } from "../../lib/random.ts";
import { int64 } from "../../lib/tensor/tensor.ts";

export const encoder = () =>
  bert({
    layers: 2,
    hidden: 16,
    heads: 4,
    neurons: 24,
    vocabulary: 40,
    positions: 8,
    types: 0,
    dropout: 0,
    seed: 3,
  });

/** Texts whose label is whether a token of the upper half comes first. */
export function texts(count: number, seed: number) {
  const random = seededRandom(seed, "texts");
  const ids = Array.from({ length: count * 6 }, () => 1 + random.integer(39));
  return {
    inputs: { input_ids: int64(ids, [count, 6]), attention_mask: int64(ids.map(() => 1), [count, 6]) },
    targets: { labels: int64(Array.from({ length: count }, (_, i) => Number(ids[6 * i]! >= 20))) },
  };
}
