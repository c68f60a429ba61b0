/** log Σ eˣ of a row of logits. */
function logSumExp(row: Float32Array): number {
  let most = -Infinity;
  for (let i = 0; i < row.length; i++) if (row[i]! > most) most = row[i]!;
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += Math.exp(row[i]! - most);
  return most + Math.log(sum);
}

/** −log p of each token but the first, given those before it: from logits [ids.length, vocabulary]. */
export function tokenLosses(logits: Float32Array, ids: readonly number[]): Float64Array {
  const width = logits.length / ids.length;
  return Float64Array.from({ length: ids.length - 1 }, (_, i) => {
    const row = logits.subarray(i * width, (i + 1) * width);
    return logSumExp(row) - row[ids[i + 1]!]!;
  });
}

/** Σ p·(log p − log q) of two rows of logits: p of the first, q of the second. */
export function rowDivergence(p: Float32Array, q: Float32Array): number {
  const [logP, logQ] = [logSumExp(p), logSumExp(q)];
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const own = p[i]! - logP;
    sum += Math.exp(own) * (own - (q[i]! - logQ));
  }
  return Math.max(0, sum);
}
