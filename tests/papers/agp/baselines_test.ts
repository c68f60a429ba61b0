/** What the notebook's rows must say; they are read from the store where it ran, and computed where it did not. */
import assert from "node:assert/strict";
import { run } from "../../../lib/experiment/mod.ts";
import { unitsOf } from "../../../lib/papers/agp/experiment.ts";
import { PRESETS } from "../../../lib/papers/agp/presets.ts";
import { assertClose } from "../../close.ts";
import { tagged } from "../../tags.ts";

const units = unitsOf(PRESETS.quick, { seed: 0 });

/** Utility, accuracy and tokens of what does not learn, as an independent enumeration has them. */
const FIXED: Record<string, [utility: number, accuracy: number, tokens: number]> = {
  "the best team of each type": [.8270, .9045, 1551],
  "best fixed graph (Planner → MathExpert → CodeExpert)": [.7842, .9078, 2473],
  "four honest, chain": [.7574, .9187, 3225],
  "four honest, complete": [.7047, .8922, 3750],
  "four honest, no links": [.6349, .7689, 2680],
  "all five, chain": [.6155, .8224, 4137],
  "all five, complete": [.5459, .8063, 5207],
  "all five, star": [.5078, .7107, 4057],
  "all five, no links": [.4154, .5793, 3277],
  "Generalist alone": [.4867, .5271, 809],
};

Deno.test(tagged("fixed graphs are worth what an independent program says", "slow"), async () => {
  const { rows, failures } = await run({ units: [units.baselines] });
  assert.deepEqual(failures, []);
  for (const [name, [utility, accuracy, tokens]] of Object.entries(FIXED)) {
    const row = rows.find((row) => row.name === name)!;
    assertClose([row.utility, row.accuracy], [utility, accuracy], { absolute: 5.1e-5, relative: 0 });
    assert.ok(Math.abs(row.tokens - tokens) <= 0.5, `${name}: ${row.tokens}`);
  }
  const first = rows.find(({ name }) => name === "all five, complete, saboteur first")!;
  assertClose(Object.values(first.byTask), [.518, .604, .420, .355, .312], { absolute: 6e-4, relative: 0 });
});
