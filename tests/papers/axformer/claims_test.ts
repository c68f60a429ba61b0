import assert from "node:assert/strict";
import { beatsChance, beatsMajority, claims, meaning } from "../../../lib/papers/axformer/claims.ts";
import { PLANTS } from "../../../lib/papers/axformer/planted.ts";
import { PUBLISHED_TASKS, WNLI_DEV } from "../../../lib/papers/axformer/published.ts";
import { findings } from "../../../lib/plot/verdicts.ts";
import type { Verdict } from "../../../lib/statistics/verdict.ts";
import { evidence, FALSE, TRUE } from "./world.ts";
import { fewerRows } from "../fewer_rows.ts";

/** Claims that no run changes: they are about published numbers. */
const PUBLISHED = new Set(["wnli", "rte"]);

Deno.test("Claims hold in a world where they are true, and do not where they are false", () => {
  for (const [world, outcome] of [[TRUE, "holds"], [FALSE, "does not hold"]] as const) {
    const { paper, ours } = claims(evidence(world));
    for (const [name, judged] of Object.entries({ ...paper, ...ours }) as [string, Verdict][]) {
      if (PUBLISHED.has(name)) continue;
      // Where the released rule finds all harm, a better one cannot find more; where none finds any, neither.
      if (name === "more") continue;
      assert.equal(judged.outcome, outcome, `${name}: ${judged.sentence}`);
    }
    const text = String(findings(meaning(claims(evidence(world)))));
    assert.ok(text.length > 0);
  }
});

Deno.test("The better rule finds more where the released one does not", () => {
  const { ours } = claims(evidence({ ...TRUE, ratio: { ...TRUE.ratio, released: 1.5 } }));
  assert.equal(ours.more.outcome, "holds");
  assert.equal(ours.more.effect, 4);
  assert.equal(claims(evidence(TRUE)).ours.more.outcome, "does not hold");
  assert.equal(claims(evidence(FALSE)).ours.more.outcome, "does not hold");
});

Deno.test("WNLI's published gain is the majority's answer, and RTE's is within what chance gives", () => {
  const { after } = PUBLISHED_TASKS.rows.find(({ task, part }) => task === "WNLI" && part === "dev")!;
  assert.equal((100 * WNLI_DEV.majority / WNLI_DEV.examples).toFixed(2), after.toFixed(2));
  assert.equal(beatsMajority().outcome, "does not hold");
  assert.equal(beatsChance().outcome, "does not hold");
  assert.equal(beatsChance().threshold, 5.7);
});

Deno.test("a run that failed leaves the other verdicts, and takes itself out of its own", () => {
  for (const less of fewerRows(evidence(TRUE))) claims(less);
});

Deno.test("a search that failed is not one that found nothing", () => {
  const world = evidence({ ...TRUE, ratio: { ...TRUE.ratio, released: 1 } });
  const failed = world.searches.filter(({ rule, plant }) => rule !== "released" || plant !== PLANTS[0]);
  assert.equal(claims({ ...world, searches: failed }).ours.more.effect, 0);
});

Deno.test("networks of one seed are one sample: in however many places harm is, one seed decides nothing", () => {
  for (const world of [TRUE, FALSE]) {
    const { searches, speed } = evidence(world);
    const { paper, ours } = claims({ searches: searches.filter(({ seed }) => seed === 1), speed });
    const { accurate, smaller, finds } = paper;
    const { better, more, gate, together, unseen, passes } = ours;
    for (const judged of [accurate, smaller, finds, better, more, gate, together, unseen, passes]) {
      assert.deepEqual([judged.outcome, judged.seeds], ["not decided with so few seeds", 1], judged.claim);
    }
  }
});
