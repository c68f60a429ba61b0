import assert from "node:assert/strict";
import { decoder } from "../../../lib/nn/decoder.ts";
import { textLosses } from "../../../lib/papers/compressed_lrm/text_losses.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { int64, numbersOf } from "../../../lib/tensor/tensor.ts";

const options = { vocabulary: 7, context: 600, layers: 1, hidden: 8, heads: 2, neurons: 12 };

Deno.test("a text's loss is the mean −log p of its tokens but the first, of those that count", async () => {
  const model = decoder({ ...options, seed: 3 });
  const runtime = await openRuntime({ engine: "native" });
  try {
    const ids = [1, 5, 2, 6, 0];
    const session = await runtime.session(model);
    const logits = numbersOf((await session.run({ input_ids: int64(ids, [1, 5]) })).logits!);
    const losses = ids.slice(1).map((next, t) => {
      const row = logits.slice(7 * t, 7 * t + 7);
      return Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0)) - row[next]!;
    });
    const counts = [true, false, false, true];
    const found = await textLosses(model, [{ ids }, { ids, counts }], runtime);
    const expected = [losses.reduce((a, b) => a + b) / 4, (losses[0]! + losses[3]!) / 2];
    found.forEach((loss, i) => assert.ok(Math.abs(loss - expected[i]!) < 1e-5, `${loss} ${expected[i]}`));
    assert.deepEqual(await textLosses(model, [], runtime), []);
  } finally {
    await runtime.close();
  }
});

Deno.test("a model that knows nothing loses log V on every text, also where several go together", async () => {
  const model = decoder({ ...options, weights: "zeros" });
  const runtime = await openRuntime({ engine: "native" });
  try {
    const texts = Array.from(
      { length: 9 },
      (_, n) => ({ ids: Array.from({ length: 512 }, (_, i) => (i + n) % 7) }),
    );
    for (const loss of await textLosses(model, texts, runtime)) {
      assert.ok(Math.abs(loss - Math.log(7)) < 1e-5);
    }
  } finally {
    await runtime.close();
  }
});
