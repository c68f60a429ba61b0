import assert from "node:assert/strict";
import { LENGTH, sentences } from "../../../lib/papers/axformer/negation.ts";

Deno.test("Sentences say what their tokens add up to, each negation turning what stands behind it", () => {
  const { inputs, targets } = sentences(200, 5, "test");
  const ids = [...inputs.input_ids!.data as BigInt64Array].map(Number);
  const mask = [...inputs.attention_mask!.data as BigInt64Array].map(Number);
  const lengths = new Set<number>();
  let negated = 0;
  for (let i = 0; i < 200; i++) {
    const own = ids.slice(i * LENGTH, (i + 1) * LENGTH);
    const length = mask.slice(i * LENGTH, (i + 1) * LENGTH).reduce((a, b) => a + b, 0);
    lengths.add(length);
    assert.deepEqual([own[0], ...own.slice(length)], [1, ...new Array(LENGTH - length).fill(0)]);
    let score = 0;
    own.forEach((token, at) => {
      const value = token >= 3 && token <= 9 ? 1 : token >= 10 && token <= 16 ? -1 : 0;
      if (value !== 0 && own[at - 1] === 2) negated++;
      score += own[at - 1] === 2 ? -value : value;
    });
    assert.equal(Number(targets.labels.data[i]), Number(score > 0));
    assert.notEqual(score, 0);
  }
  assert.deepEqual([...lengths].sort((a, b) => a - b), [5, 6, 7, 8, 9, 10, 11, 12]);
  assert.ok(negated > 50);
  const again = sentences(200, 5, "test");
  assert.deepEqual(again.inputs.input_ids!.data, inputs.input_ids!.data);
  assert.notDeepEqual(sentences(200, 6, "test").inputs.input_ids!.data, inputs.input_ids!.data);
  assert.notDeepEqual(sentences(200, 5, "validation").inputs.input_ids!.data, inputs.input_ids!.data);
});
