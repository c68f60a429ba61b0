import assert from "node:assert/strict";
import { claims } from "../../../lib/papers/compressed_lrm/claims.ts";
import {
  CHAINS,
  collapsePoints,
  examined,
  KNOWLEDGE,
  survival,
} from "../../../lib/papers/compressed_lrm/examined.ts";
import { QUESTIONS } from "../../../lib/papers/compressed_lrm/language.ts";
import { asked, evidenceOf, ITEMS, TRUE } from "./world.ts";

Deno.test("Compressed models: equal bytes are paired by bits", () => {
  const keeps = claims(evidenceOf(TRUE)).paper.keeps;
  // At 8, 4 and 3 bits GPTQ has 100, 100 and 70 % right; SparseGPT at 40, 50 and 60 % has 70, 30 and 0 %.
  assert.ok(Math.abs(keeps.effect - 100 * (0.3 + 0.7 + 0.7) / 3) < 2, `${keeps.effect}`);
});

Deno.test("Compressed models: a network's rows go by method and question, from the mildest level to the hardest", () => {
  const [network, ...more] = examined(asked(TRUE));
  assert.equal(more.length, 0);
  assert.deepEqual([...network!.curves.keys()], ["magnitude", "sparsegpt", "gptq"]);
  for (const byQuestion of network!.curves.values()) {
    assert.deepEqual([...byQuestion.keys()], [...QUESTIONS]);
    for (const levels of byQuestion.values()) {
      const bits = levels.map((row) => row.bits);
      assert.deepEqual(bits, bits.toSorted((a, b) => b - a));
    }
  }
  assert.deepEqual([...KNOWLEDGE, ...CHAINS], [...QUESTIONS]);
  // At 8, 4 and 3 bits all, all and 70 % of the items are right: those survive all levels, others two of three.
  const values = survival(network!, "gptq", ["K1"]);
  assert.equal(values.length, ITEMS);
  assert.deepEqual([values[0], values.at(-1)!.toFixed(3)], [100, (200 / 3).toFixed(3)]);
});

Deno.test("Compressed models: a collapse point lies around half, and where accuracy stays above it is the last level", () => {
  const points = examined(asked(TRUE)).flatMap(collapsePoints);
  // Half of the items are left at a damage of 0.45: between 8 bits at 40 % and 4.03 at 50 %, in the middle.
  const fact = points.find(({ method, question }) => method === "sparsegpt" && question === "K1")!;
  assert.ok(Math.abs(fact.at - 6) < 0.3, `${fact.at}`);
  assert.ok(fact.interval.low <= fact.at && fact.at <= fact.interval.high);
  assert.ok(points.filter(({ method }) => method === "gptq").every(({ never, at }) => never && at === 3));
});
