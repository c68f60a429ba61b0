import assert from "node:assert/strict";
import { END, QUESTIONS, world } from "../../../../lib/papers/compressed_lrm/language.ts";
import {
  annotatedItems,
  storyBehaviours,
} from "../../../../lib/papers/compressed_lrm/matrices/behaviours.ts";

Deno.test("what is said in a story, and what turns it, are found among its tokens, characters cut in two included", () => {
  const text = 'Tim ran. "Où?" said Mum. But Tim fell. "Où?" said Tim. Then he slept.';
  const bytes = new TextEncoder().encode(text);
  const vocabulary = { bytesOf: (id: number) => bytes.subarray(id, id + 1) };
  assert.deepEqual(storyBehaviours(vocabulary, [...bytes.keys()]), [
    { behaviour: "speech", words: '"Où?"' },
    { behaviour: "turns", words: "But Tim fell." },
    { behaviour: "turns", words: "Then he slept." },
  ]);
});

Deno.test("the behaviour of an item is its answer, its end included", () => {
  const answers = annotatedItems(world(16, 0), { seed: 0 });
  const counts = Map.groupBy(answers, ({ spans: [span] }) => span!.behaviour);
  assert.deepEqual([...counts.keys()], ["facts", "chains"]);
  assert.equal(counts.get("chains")!.length, 40 * QUESTIONS.filter((name) => name.startsWith("R")).length);
  for (const { ids, spans: [span] } of answers) {
    assert.equal(span!.end, ids.length);
    assert.equal(ids[span!.end - 1], END);
    assert.ok(span!.start > 0 && span!.start < span!.end);
  }
});
