import { logSumExp } from "../statistics/logits.ts";

/** −log p of each token but the first, given those before it: from logits [ids.length, vocabulary]. */
export function tokenLosses(logits: Float32Array, ids: readonly number[]): Float64Array {
  const width = logits.length / ids.length;
  return Float64Array.from({ length: ids.length - 1 }, (_, i) => {
    const row = logits.subarray(i * width, (i + 1) * width);
    return logSumExp(row) - row[ids[i + 1]!]!;
  });
}
