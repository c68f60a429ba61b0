/** log Σ eˣ of a row of logits, finite where they are large. */
export function logSumExp(row: ArrayLike<number>): number {
  let most = -Infinity;
  for (let i = 0; i < row.length; i++) if (row[i]! > most) most = row[i]!;
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += Math.exp(row[i]! - most);
  return most + Math.log(sum);
}

/** The place of the largest of a row, of equal ones the first. */
export function argmax(row: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i;
  return best;
}

/**
 * The Kullback–Leibler divergence KL(p ‖ q) = Σ p·(log p − log q) of the distributions that two rows of
 * logits stand for, in nats; never below 0.
 */
export function klDivergence(p: ArrayLike<number>, q: ArrayLike<number>): number {
  const [logP, logQ] = [logSumExp(p), logSumExp(q)];
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const own = p[i]! - logP;
    const part = Math.exp(own);
    // What p never takes adds nothing, even where q never takes it either: p·log p is 0 there.
    if (part !== 0) sum += part * (own - (q[i]! - logQ));
  }
  return Math.max(0, sum);
}
