import assert from "node:assert/strict";
import type { LanguageModel } from "../../lib/lm/language_model.ts";
import { divergence, perplexity } from "../../lib/lm/perplexity.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

/** A model that holds each token for as likely, wherever it stands. */
const model = (name: string, chances: number[]) =>
  ({
    name,
    context: 4,
    options: { vocabulary: chances.length },
    logits: (ids: number[]) => Promise.resolve(Float32Array.from(ids.flatMap(() => chances.map(Math.log)))),
  }) as unknown as LanguageModel;

const coin = model("coin", [0.5, 0.5]);
const loaded = model("loaded", [0.9, 0.1]);

Deno.test("a fair coin has a perplexity of 2; a loaded one by what comes after the first of each window", async () => {
  const { perplexity: fair, tokens } = await perplexity(coin, [0, 1, 1, 0, 1, 0, 0], { window: 3 });
  assertClose([fair], [2], REORDERED_FLOAT32);
  assert.equal(tokens, 6);
  const found = await perplexity(loaded, [1, 0, 0, 0, 0, 1], { window: 3 });
  const losses = [-Math.log(0.9), -(Math.log(0.9) + Math.log(0.1)) / 2];
  assertClose(found.losses, losses, REORDERED_FLOAT32);
  assertClose([found.perplexity], [Math.exp((losses[0]! + losses[1]!) / 2)], REORDERED_FLOAT32);
});

Deno.test("a divergence is from the reference's chances, and both hold heads for the likelier or not", async () => {
  const found = await divergence(coin, loaded, [[0, 1], [1, 1, 0]]);
  const expected = 0.9 * Math.log(0.9 / 0.5) + 0.1 * Math.log(0.1 / 0.5);
  assertClose([found.divergence, ...found.divergences], [expected, expected, expected], REORDERED_FLOAT32);
  assert.equal(found.sameTop, 1);
  assert.equal((await divergence(model("other", [0.2, 0.8]), loaded, [[0, 1]])).sameTop, 0);
  await assert.rejects(divergence(model("three", [0.2, 0.3, 0.5]), loaded, [[0, 1]]), /the same vocabulary/);
});
