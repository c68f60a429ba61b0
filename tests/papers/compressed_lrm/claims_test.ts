import assert from "node:assert/strict";
import { claims } from "../../../lib/papers/compressed_lrm/claims.ts";
import { QUESTIONS } from "../../../lib/papers/compressed_lrm/language.ts";
import { asked, evidenceOf, FALSE, TRUE } from "./world.ts";
import { fewerRows } from "../fewer_rows.ts";

Deno.test("Compressed models: claims hold in a world where they are true, and do not where they are false", () => {
  for (const [world, outcome] of [[TRUE, "holds"], [FALSE, "does not hold"]] as const) {
    const judged = claims(evidenceOf(world));
    for (const [name, { outcome: found, sentence }] of Object.entries({ ...judged.paper, ...judged.ours })) {
      assert.equal(found, outcome, `${name}: ${sentence}`);
    }
  }
});

Deno.test("Compressed models: nothing measured is not decided, and one network decides by its items", () => {
  const { paper, ours } = claims({
    ...{ asked: [], texts: [], sensitivity: [], allocations: [] },
    ...{ alone: [], attributed: [], protection: [] },
  });
  for (const judged of [...Object.values(paper), ...Object.values(ours)]) {
    assert.equal(judged.outcome, "not decided with so few seeds");
    assert.equal(judged.seeds, 0);
  }
  const alone = claims({ ...evidenceOf(TRUE), asked: asked(TRUE) });
  assert.equal(alone.paper.knowledge.per, "items");
  assert.equal(alone.paper.student.seeds, 0);
  const other = asked(TRUE).map((row) => ({ ...row, seed: 1 }));
  const two = claims({ ...evidenceOf(TRUE), asked: [...asked(TRUE), ...other] });
  assert.deepEqual([two.paper.knowledge.per, two.paper.knowledge.seeds], ["networks", 2]);
  // A network that cannot reason when dense says nothing of what pruning costs first; of students it does.
  const unable = other.map((row) =>
    row.setting.method === "dense" && row.question === "R6" ? { ...row, right: row.right.map(() => 0) } : row
  );
  const one = claims({ ...evidenceOf(TRUE), asked: [...asked(TRUE), ...unable] });
  assert.deepEqual(one.paper.knowledge, alone.paper.knowledge);
  assert.deepEqual(one.ours.longer, alone.ours.longer);
});

Deno.test("a run that failed leaves the other verdicts, and takes itself out of its own", () => {
  for (const less of fewerRows(evidenceOf(TRUE))) claims(less);
});

Deno.test("a matrix whose run failed is no matrix that costs nothing to round", () => {
  const whole = evidenceOf(TRUE);
  const failed = new Set(whole.alone.slice(0, QUESTIONS.length));
  const without = { ...whole, alone: whole.alone.filter((row) => !failed.has(row)) };
  const [all, less] = [whole, without].map((evidence) => claims(evidence).ours.ownKind);
  assert.ok(Math.abs(less!.effect - all!.effect) < 1e-9, `${less!.effect}, ${all!.effect}`);
});
