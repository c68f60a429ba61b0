import assert from "node:assert/strict";
import { priceOf } from "../../../lib/papers/agp/price.ts";

const settings = { seed: 1, questions: 400, confidence: 0.9 };

Deno.test("the cheapest team that is good enough costs no more than all, and a wider margin no more than a narrow one", async () => {
  const [narrow, wide] = [
    await priceOf("code", { ...settings, margin: 0.01 }),
    await priceOf("code", { ...settings, margin: 0.3 }),
  ];
  for (const { tokens, fullTokens, aloneTokens, accuracy, fullAccuracy, margin, alone } of [narrow, wide]) {
    assert.ok(tokens <= fullTokens && aloneTokens <= tokens);
    // Sure by simulated questions; exact chances are within their noise.
    assert.ok(accuracy >= fullAccuracy - margin - 4 * Math.sqrt(0.25 / settings.questions));
    assert.ok(alone >= 0 && alone <= 1);
  }
  assert.ok(wide.tokens <= narrow.tokens);
  // The best team is the best: each part that is taken away costs something.
  assert.ok(narrow.removals.length >= 1);
  for (const { without, loss } of narrow.removals) assert.ok(loss >= -1e-12, `${without}: ${loss}`);
});
