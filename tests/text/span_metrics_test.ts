import assert from "node:assert/strict";
import { scoreSpans } from "../../lib/text/span_metrics.ts";
import type { SpanExample } from "../../lib/text/squad.ts";

const example = (id: string, ...answers: string[]): SpanExample => ({
  id,
  question: "?",
  context: answers.join(" "),
  answers: answers.map((text) => ({ text, start: 0 })),
});

Deno.test("an answer counts by the right one that it is most like, and all of them alike", () => {
  const examples = [
    example("a", "the Army"),
    example("b", "Battle of Hastings", "1066"),
    example("c", "Paris"),
  ];
  // Right, two of three words of two, and none.
  const { exactMatch, f1, interval } = scoreSpans(["army", "Hastings battle", "London"], examples);
  assert.equal(exactMatch, 1 / 3);
  assert.ok(Math.abs(f1 - (1 + 4 / 5 + 0) / 3) < 1e-12);
  assert.ok(interval.low < f1 && f1 < interval.high && interval.low >= 0 && interval.high <= 1);
});

Deno.test("answers without questions, and questions without answers, have no score", () => {
  assert.throws(() => scoreSpans(["x"], []), /1 answers to 0 questions/);
  assert.throws(() => scoreSpans([], []), { name: "RangeError" });
  assert.throws(
    () => scoreSpans(["x"], [example("q7")]),
    /a right answer to each, which question q7 has not$/,
  );
});
