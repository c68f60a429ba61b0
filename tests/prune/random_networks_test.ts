import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import type { Model } from "../../lib/onnx/model.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import type { PruningPlan } from "../../lib/prune/pruning_plan.ts";
import { assertEqualsMask, normalFeeds } from "./each_channel.ts";
import { BLOCKS, RANDOM_INPUT, randomNetwork } from "./random_networks.ts";
import { tagged } from "../tags.ts";

const inputShapes = { x: RANDOM_INPUT };
const feeds = normalFeeds(RANDOM_INPUT);
const blocks = fc.array(fc.constantFrom(...Object.keys(BLOCKS)), { minLength: 1, maxLength: 6 });

/** A part of the way to the least that is reachable, the channels drawn by lot. */
function planAlong(model: Model, part: number, seed: number): PruningPlan {
  const settings = { criterion: "random", seed, inputShapes } as const;
  const { reachable, before } = planPruning(model, { ...settings, target: { macs: 1 } });
  const least = reachable.macs / before.macs;
  return planPruning(model, {
    ...settings,
    target: { macs: Math.min(1, least + (1 - part) * (1 - least) + 1e-9) },
  });
}

Deno.test(tagged("Random networks: pruned, they equal the masked original", "slow"), async () => {
  await fc.assert(
    fc.asyncProperty(
      blocks,
      fc.double({ min: 0.1, max: 0.9, noNaN: true }),
      fc.nat(99),
      async (names, part, seed) => {
        const model = randomNetwork(names);
        await assertEqualsMask(model, planAlong(model, part, seed), feeds, names.join());
      },
    ),
    { seed: 2, numRuns: 400 },
  );
});

Deno.test(tagged("Random networks: pruned again and again, each round equals its mask", "slow"), async () => {
  await fc.assert(
    fc.asyncProperty(blocks, fc.nat(99), async (names, seed) => {
      let model = randomNetwork(names);
      for (let round = 1;; round++) {
        const plan = planAlong(model, round < 4 ? 0.4 : 1, seed + round);
        if (plan.groups.every(({ removed }) => removed.length === 0)) return;
        assert.ok(round < 10, `${names.join()}: there is no end to it`);
        model = await assertEqualsMask(model, plan, feeds, `${names.join()}, round ${round}`);
      }
    }),
    { seed: 3, numRuns: 100 },
  );
});
