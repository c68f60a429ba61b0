import assert from "node:assert/strict";
import { claims, meaning } from "../../../lib/papers/tour/claims.ts";
import { findings } from "../../../lib/plot/verdicts.ts";
import type { Outcome } from "../../../lib/statistics/verdict.ts";
import { evidence, FALSE, TRUE, type World } from "./world.ts";
import { fewerRows } from "../fewer_rows.ts";

function outcomes(world: World, seeds: readonly number[]): Record<string, Outcome> {
  const all = Object.entries(claims(evidence(world, seeds)));
  return Object.fromEntries(all.map(([name, { outcome }]) => [name, outcome]));
}

Deno.test("every verdict of the tour flips with rows that say the opposite", () => {
  for (const outcome of Object.values(outcomes(TRUE, [0, 1, 2]))) assert.equal(outcome, "holds");
  for (const outcome of Object.values(outcomes(FALSE, [0, 1, 2]))) assert.equal(outcome, "does not hold");
});

Deno.test("one seed decides nothing that seeds change", () => {
  for (const world of [TRUE, FALSE]) {
    const { back, random } = outcomes(world, [0]);
    assert.deepEqual([back, random], Array(2).fill("not decided with so few seeds"));
  }
});

Deno.test("a random choice may win, and the tour says so", () => {
  const shown = findings(meaning(claims(evidence(FALSE, [0, 1, 2]))))[Symbol.for("Jupyter.display")]!();
  const text = (shown as Record<string, string>)["text/plain"]!;
  assert.match(text, /✘ At this size chance chooses as well as the norm/);
  assert.doesNotMatch(text, /worth more than chance/);
});

Deno.test("sizes are compared with sizes of the same arithmetic", () => {
  const { blocks } = claims(evidence(TRUE, [0]));
  assert.deepEqual([blocks.seeds, blocks.per], [3, "sizes"]);
  assert.ok(Math.abs(blocks.effect - 100 * (1 - 1 / 1.2)) < 0.5, `${blocks.effect}`);
});

Deno.test("a run that failed leaves the other verdicts, and takes itself out of its own", () => {
  for (const less of fewerRows(evidence(TRUE, [0, 1, 2]))) claims(less);
});
