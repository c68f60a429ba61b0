import assert from "node:assert/strict";
import * as agp from "../../lib/papers/agp/claims.ts";
import * as axformer from "../../lib/papers/axformer/claims.ts";
import * as compressed from "../../lib/papers/compressed_lrm/claims.ts";
import * as issP from "../../lib/papers/iss_p/claims.ts";
import * as tour from "../../lib/papers/tour/claims.ts";
import { verdictsOf } from "../../lib/papers/meta_pruning/claims.ts";
import type { Verdict } from "../../lib/statistics/verdict.ts";
import * as agpWorld from "./agp/world.ts";
import * as axformerWorld from "./axformer/world.ts";
import * as compressedWorld from "./compressed_lrm/world.ts";
import * as issPWorld from "./iss_p/world.ts";
import * as tourWorld from "./tour/world.ts";

const SEEDS = [0, 1, 2];

const VERDICTS: Readonly<Record<string, readonly Verdict[]>> = {
  agp: both(agp.claims(agpWorld.evidence(agpWorld.TRUE, SEEDS))),
  axformer: both(axformer.claims(axformerWorld.evidence(axformerWorld.TRUE))),
  compressed_lrm: both(compressed.claims(compressedWorld.evidenceOf(compressedWorld.TRUE))),
  iss_p: both(issP.claims(issPWorld.evidence(issPWorld.TRUE, SEEDS))),
  meta_pruning: verdictsOf([]),
  tour: Object.values(tour.claims(tourWorld.evidence(tourWorld.TRUE, SEEDS))),
};

function both({ paper, ours }: { paper: object; ours: object }): Verdict[] {
  return Object.values({ ...paper, ...ours });
}

/** Words of claims that a tie does not bear out. */
const STRICT =
  /\b(beats?|better|more|smaller|lower|faster|later|longer|fewer|worse|grows|rises|outlasts?|helps?|before)\b/;

for (const [paper, verdicts] of Object.entries(VERDICTS)) {
  Deno.test(`${paper}: nothing that is said to be better, smaller or faster holds at a tie`, () => {
    const compared = verdicts.filter(({ claim, threshold }) =>
      threshold === 0 && STRICT.test(claim) && !/\bno (better|other)\b|\(exceptions\)/.test(claim)
    );
    assert.ok(compared.length > 0);
    for (const { claim, direction } of compared) assert.match(direction, /^(more|less) than$/, claim);
  });
}
