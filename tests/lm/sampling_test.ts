import assert from "node:assert/strict";
import { loopPeriod } from "../../lib/lm/loop.ts";
import { candidates, draw, type SamplingOptions } from "../../lib/lm/sampling.ts";
import { seededRandom } from "../../lib/random.ts";

const LOGITS = Float32Array.from([1, 3, -2, 0.5, 3, 2, -30, 1.5]);

/** The distribution by its definition, in float64, all steps on whole sorted lists. */
function reference(
  { temperature = 1, topK = 0, topP = 1, minP = 0, repetitionPenalty = 1 }: SamplingOptions,
  recent: number[] = [],
  logits = LOGITS,
): Map<number, number> {
  let rows = [...logits].map((logit, id) => ({
    id,
    p: Math.exp(
      (recent.includes(id) ? logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty : logit) /
        temperature,
    ),
  }));
  const normalize = () => {
    const sum = rows.reduce((total, { p }) => total + p, 0);
    rows = rows.map(({ id, p }) => ({ id, p: p / sum }));
  };
  rows.sort((a, b) => b.p - a.p || a.id - b.id);
  if (topK > 0) rows = rows.slice(0, topK);
  normalize();
  let mass = 0;
  rows = rows.filter(({ p }) => {
    const keep = topP === 1 || mass < topP; // a sum of all may come to more than 1 by rounding
    mass += p;
    return keep;
  });
  rows = rows.filter(({ p }) => p >= minP * rows[0]!.p);
  normalize();
  return new Map(rows.map(({ id, p }) => [id, p]));
}

const SETTINGS: [SamplingOptions, number[]?][] = [
  [{}],
  [{ temperature: 0.6, topP: 0.95 }],
  [{ temperature: 2, topK: 3 }],
  [{ topK: 1 }],
  [{ topK: 4, topP: 0.7 }],
  [{ topP: 1e-9 }],
  [{ minP: 0.2 }],
  [{ temperature: 1.5, topK: 6, topP: 0.9, minP: 0.1, repetitionPenalty: 1.3 }, [1, 2, 1]],
];

for (const [options, recent] of SETTINGS) {
  Deno.test(`sampling: the exact distribution, and draws from it, ${JSON.stringify(options)}`, () => {
    const own = candidates(LOGITS, options, recent);
    const expected = reference(options, recent);
    assert.deepEqual(own.ids, [...expected.keys()]);
    own.ids.forEach((id, i) => assert.ok(Math.abs(own.probabilities[i]! - expected.get(id)!) < 1e-12));
    const draws = 20_000;
    const random = seededRandom(7, "draws");
    const counts = new Map<number, number>();
    for (let i = 0; i < draws; i++) {
      const id = draw(own, random.split(i).uniform());
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    // Pearson's chi-square; tokens expected less than five times are put together.
    let [statistic, rare, rareExpected, cells] = [0, 0, 0, 0];
    for (const [id, p] of expected) {
      const [count, mean] = [counts.get(id) ?? 0, p * draws];
      counts.delete(id);
      if (mean < 5) [rare, rareExpected] = [rare + count, rareExpected + mean];
      else [statistic, cells] = [statistic + (count - mean) ** 2 / mean, cells + 1];
    }
    assert.equal(counts.size, 0, "a token was drawn that cannot be");
    assert.ok(rare <= 5 * rareExpected + 10);
    const degrees = cells - 1;
    assert.ok(statistic <= degrees + 4 * Math.sqrt(2 * degrees), `${statistic} with ${degrees} degrees`);
  });
}

Deno.test("sampling: no temperature takes the likeliest, and what is out of range is refused", () => {
  assert.deepEqual(candidates(LOGITS, { temperature: 0 }), { ids: [1], probabilities: [1] });
  assert.throws(
    () => candidates(LOGITS, { topP: 0, minP: 2 }),
    /topP above 0 and up to 1, not 0; minP from 0 to 1/,
  );
});

Deno.test("sampling: logits of a broken model are refused; −∞ is a token that cannot come", () => {
  for (const temperature of [0, 1]) {
    const refused = (...logits: number[]) => () => candidates(Float32Array.from(logits), { temperature });
    assert.throws(refused(1, NaN), /logit of token 1 is NaN/);
    assert.throws(refused(NaN, 1, 2), /logit of token 0 is NaN/);
    assert.throws(refused(1, 2, Infinity), /logit of token 2 is Infinity; are the model's weights finite/);
    assert.throws(refused(-Infinity, -Infinity), /logit of token 0 is -Infinity, the largest/);
    assert.deepEqual(refused(-Infinity, 3)(), { ids: [1], probabilities: [1] });
  }
});

Deno.test("sampling: of random rows those tokens stay that stay by definition, whatever settings meet", () => {
  const random = seededRandom(3, "rows");
  const pick = <T>(...values: T[]) => values[Math.floor(random.uniform(0, values.length))]!;
  for (let row = 0; row < 2000; row++) {
    const logits = Float32Array.from({ length: pick(2, 20, 200) }, () => random.normal() * pick(0.3, 1, 4));
    const options = {
      temperature: pick(0.5, 1, 2),
      topK: pick(0, 1, 5, 15),
      topP: pick(0.3, 0.8, 0.95, 1),
      minP: pick(0, 0, 0.05),
    };
    const expected = reference(options, [], logits);
    const { ids, probabilities } = candidates(logits, options);
    assert.deepEqual(ids, [...expected.keys()], JSON.stringify({ row, ...options }));
    ids.forEach((id, i) => assert.ok(Math.abs(probabilities[i]! - expected.get(id)!) < 1e-12));
  }
});

Deno.test("loops: the smallest period that holds long enough, and none where it does not", () => {
  const noise = Array.from({ length: 200 }, (_, i) => (i * i * 7 + i) % 1009);
  const repeated = (piece: number[], times: number) => Array.from({ length: times }, () => piece).flat();
  assert.equal(loopPeriod(noise), undefined);
  assert.equal(loopPeriod([...noise, ...repeated([5], 60)]), 1);
  assert.equal(loopPeriod([...noise, ...repeated([5], 59)]), undefined);
  assert.equal(loopPeriod([...noise, ...repeated([1, 2, 3], 20)]), 3);
  assert.equal(loopPeriod([...noise, ...repeated(noise.slice(0, 50), 4)]), 50);
  assert.equal(loopPeriod([...noise, ...repeated(noise.slice(0, 50), 3), 1]), undefined);
  assert.equal(loopPeriod(repeated([1, 2], 6), { tokens: 8, repeats: 3, period: 4 }), 2);
});
