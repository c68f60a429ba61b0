import assert from "node:assert/strict";
import { smallestOfAll } from "../../../lib/compress/numeric/smallest.ts";
import { seededRandom } from "../../../lib/random.ts";

Deno.test("smallestOfAll: those that sorting finds, of equal ones the first, or all of them", () => {
  const random = seededRandom(4, "scores");
  for (const length of [1, 2, 7, 100, 1001]) {
    for (const different of [1, 3, 1e6]) {
      const scores = Float64Array.from({ length }, () => Math.floor(random.uniform(0, different)));
      const order = Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]! || a - b);
      for (const part of [0, 0.3, 0.5, 0.99]) {
        const expected = new Uint8Array(length);
        for (const i of order.slice(0, Math.round(length * part))) expected[i] = 1;
        assert.deepEqual(smallestOfAll(scores, part, false), expected);
        const threshold = scores[order[Math.min(Math.floor(length * part), length - 1)]!]!;
        assert.deepEqual(
          smallestOfAll(scores, part, true),
          Uint8Array.from(scores, (score) => Number(score <= threshold)),
        );
      }
    }
  }
});
