import assert from "node:assert/strict";
import { exactMatch, normalizeAnswer, tokenF1 } from "../../lib/statistics/word_overlap.ts";

Deno.test("articles, punctuation, case and spaces do not count in answers", () => {
  assert.equal(normalizeAnswer(" The  U.S. Army, (an army)"), "us army army");
  assert.equal(exactMatch("the Army", ["navy", "army."]), 1);
  assert.equal(exactMatch("theory", ["ory"]), 0);
  assert.equal(tokenF1("Battle of Hastings", ["the Battle", "Hastings battle"]), 4 / 5);
  assert.equal(tokenF1("", ["x"]), 0);
});

Deno.test("where no word counts, overlap is what the exact match is", () => {
  for (
    const [answer, gold] of [["the", ["The."]], ["", [""]], ["", ["x"]], ["x", ["a"]], ["x", []]] as const
  ) {
    assert.equal(tokenF1(answer, gold), exactMatch(answer, gold), `${answer}, ${gold}`);
  }
  assert.equal(tokenF1("the", ["The."]), 1);
});
