import assert from "node:assert/strict";
import {
  byLength,
  parts,
  shortestLessLongest,
} from "../../../../lib/papers/compressed_lrm/lengths/by_length.ts";
import { seededRandom } from "../../../../lib/random.ts";
import { deviation } from "../../../../lib/statistics/describe.ts";
import { asked, TRUE } from "../world.ts";

Deno.test("Compressed models: items say how sure the difference by length is, as drawing them anew does", () => {
  const random = seededRandom(3);
  const answers = Array.from({ length: 400 }, () => {
    const length = 5 + Math.floor(12 * random.uniform());
    return { length, right: Number(random.uniform() < 1 - length / 25) };
  });
  const [row] = asked(TRUE).filter(({ question, setting }) =>
    question === "R2" && setting.method !== "dense"
  );
  const values = shortestLessLongest([{
    ...row!,
    tokens: answers.map(({ length }) => length),
    right: answers.map(({ right }) => right),
  }]);
  const drawn = Array.from({ length: 1000 }, () => {
    const { shortest, longest } = parts(
      answers.map(() => answers[Math.floor(answers.length * random.uniform())]!),
    );
    return shortest - longest;
  });
  const ratio = deviation(values) / Math.sqrt(values.length) / deviation(drawn);
  assert.ok(ratio > 0.9 && ratio < 1.1, `${ratio}`);
});

Deno.test("Compressed models: accuracies by length share out ties", () => {
  const answers = [1, 1, 1, 2, 2, 2, 2, 3, 3, 3].map((length, i) => ({ length, right: Number(i < 5) }));
  assert.deepEqual(parts(answers), { shortest: 100, middle: 50, longest: 0 });
  const tied = answers.map(({ right }) => ({ length: 7, right }));
  assert.deepEqual(parts(tied), { shortest: 50, middle: 50, longest: 50 });
  // All right or all wrong say nothing.
  assert.equal(byLength(asked(TRUE).filter(({ setting }) => setting.method === "dense")).length, 0);
});
