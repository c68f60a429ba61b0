import assert from "node:assert/strict";
import { SIMULATED_WORLD } from "../../../lib/agents/simulation/world.ts";
import { unitsOf } from "../../../lib/papers/agp/experiment.ts";
import { type AgpPreset, PRESETS } from "../../../lib/papers/agp/presets.ts";

Deno.test("presets ask for runs that differ, on orders of the whole pool", () => {
  for (const [name, preset] of Object.entries(PRESETS) as [string, AgpPreset][]) {
    for (const order of preset.orders) {
      assert.deepEqual(order.toSorted(), SIMULATED_WORLD.agents.map((_, i) => i), name);
    }
    const seeds = [0, ...preset.seeds, ...preset.moreSeeds];
    assert.equal(new Set(seeds).size, seeds.length, name);
    const { trainings, collections, changes } = unitsOf(preset, { seed: 0 });
    for (const units of [trainings, collections, changes]) {
      const specs = units.map(({ spec }) => JSON.stringify(spec));
      assert.equal(new Set(specs).size, specs.length, name);
    }
    // A figure begins where nothing has changed yet.
    for (const what of ["shared errors", "timeouts", "drift"]) {
      assert.ok(preset.changes.some((change) => change.what === what && change.amount === 0));
    }
  }
});
