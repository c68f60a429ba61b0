import assert from "node:assert/strict";
import { topTokens } from "../../lib/distillation/top_tokens.ts";
import { seededRandom } from "../../lib/random.ts";

Deno.test("the likeliest tokens are a sort's, and their probabilities softmax's; all others are one", () => {
  const random = seededRandom(7);
  for (const [size, count, temperature] of [[5, 1, 1], [5, 4, 2], [300, 16, 0.7]] as const) {
    const logits = Float32Array.from({ length: size }, () => random.normal(0, 3));
    const powers = Array.from(logits, (value) => Math.exp(value / temperature));
    const sum = powers.reduce((a, b) => a + b);
    const order = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!);
    const { tokens, probabilities } = topTokens(logits, count, temperature);
    assert.deepEqual([...tokens], order.slice(0, count));
    const rest = order.slice(count).reduce((all, token) => all + powers[token]!, 0);
    const expected = [...order.slice(0, count).map((token) => powers[token]!), rest].map((one) => one / sum);
    expected.forEach((one, i) => assert.ok(Math.abs(one - probabilities[i]!) < 1e-12));
  }
});

Deno.test("of equal tokens the first come first, and huge logits overflow nothing", () => {
  const { tokens, probabilities } = topTokens(Float32Array.from([3e38, 1, 3e38, -3e38]), 2, 1);
  assert.deepEqual([...tokens], [0, 2]);
  assert.deepEqual([...probabilities], [0.5, 0.5, 0]);
});
