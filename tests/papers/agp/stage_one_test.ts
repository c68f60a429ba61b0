/** What the notebook's rows must say; they are read from the store where it ran, and computed where it did not. */
import assert from "node:assert/strict";
import { run } from "../../../lib/experiment/mod.ts";
import { unitsOf } from "../../../lib/papers/agp/experiment.ts";
import { PRESETS } from "../../../lib/papers/agp/presets.ts";
import { mean } from "../../../lib/statistics/describe.ts";
import { tagged } from "../../tags.ts";

const units = unitsOf(PRESETS.quick, { seed: 0 });
const SEEDS = [0, 1, 2];

Deno.test(
  tagged("the first stage loses what an independent program lost, by how often it runs each team", "slow"),
  async () => {
    const wanted: Record<string, number> = { "200 1": .304, "2000 1": .275, "200 16": .075, "2000 16": .054 };
    const chosen = units.collections.filter(({ spec }) =>
      spec.strategy === "paper" && SEEDS.includes(spec.seed)
    );
    const { rows, failures } = await run({ units: chosen });
    assert.deepEqual(failures, []);
    for (const [size, regret] of Object.entries(wanted)) {
      const own = rows.filter(({ graphs, repeats }) => `${graphs} ${repeats}` === size);
      assert.equal(own.length, SEEDS.length);
      const found = mean(own.map((row) => row.regret));
      assert.ok(Math.abs(found - regret) < 0.015, `${size}: ${found}`);
    }
  },
);
