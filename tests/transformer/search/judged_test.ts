import assert from "node:assert/strict";
import { alarmOf, judge } from "../../../lib/transformer/search/judged.ts";

const labels = Int32Array.from({ length: 40 }, (_, i) => Number(i % 4 === 0));

Deno.test("losses are averaged; predictions are scored where there are classes", () => {
  const losses = Float64Array.of(1, 2, 6);
  assert.deepEqual(judge({ losses, predictions: undefined }, undefined), { loss: 3, score: undefined });
  const { score } = judge({ losses, predictions: [0, 1, 1] }, Int32Array.of(0, 1, 0));
  assert.equal(score!.value, 2 / 3);
});

Deno.test("nearly all answers of one class raise the alarm, with how many examples are of it", () => {
  const always = judge({ losses: Float64Array.of(1), predictions: [...labels].map(() => 0) }, labels);
  assert.match(
    alarmOf(always, undefined)!,
    /^100\.0 % of the answers are class 0, which 75\.0 % of the examples are/,
  );
  const right = judge({ losses: Float64Array.of(1), predictions: [...labels] }, labels);
  assert.equal(alarmOf(right, undefined), undefined);
  assert.equal(alarmOf({ loss: 1, score: undefined }, undefined), undefined);
  assert.match(
    alarmOf(right, { before: right, after: always, examples: 40 })!,
    /^on the 40 examples that confirm, 100\.0 % of the answers are class 0/,
  );
  assert.equal(alarmOf(right, { before: always, after: right, examples: 40 }), undefined);
});
