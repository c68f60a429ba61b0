/** The likeliest tokens at a place, and how likely they and all others are: probabilities sum to 1. */
export interface TopTokens {
  /** Tokens, the likeliest first. */
  readonly tokens: Int32Array;
  /** Probability of each, and behind them that of all other tokens together. */
  readonly probabilities: Float64Array;
}

/**
 * The `count` likeliest tokens of softmax(logits / temperature), and the mass of the rest as one.
 *
 * @param logits of all tokens, more than `count`
 */
export function topTokens(logits: Float32Array, count: number, temperature: number): TopTokens {
  const tokens = new Int32Array(count).fill(-1);
  const best = new Float32Array(count).fill(-Infinity);
  for (let token = 0; token < logits.length; token++) {
    const value = logits[token]!;
    let place = count;
    while (place > 0 && (tokens[place - 1] === -1 || value > best[place - 1]!)) place--;
    if (place === count) continue;
    tokens.copyWithin(place + 1, place);
    best.copyWithin(place + 1, place);
    tokens[place] = token;
    best[place] = value;
  }
  const power = (value: number) => Math.exp((value - best[0]!) / temperature);
  let rest = 0;
  const listed = new Set(tokens);
  for (let token = 0; token < logits.length; token++) if (!listed.has(token)) rest += power(logits[token]!);
  const powers = [...Array.from(best, power), rest];
  const sum = powers.reduce((all, one) => all + one, 0);
  return { tokens, probabilities: Float64Array.from(powers, (one) => one / sum) };
}
