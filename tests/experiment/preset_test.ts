import assert from "node:assert/strict";
import { presetNamed } from "../../lib/experiment/preset.ts";

Deno.test("a preset is found by its own name, and no name of every object's is one", () => {
  const presets = { quick: { steps: 1 }, laptop: { steps: 9 } };
  assert.equal(presetNamed(presets, "laptop"), presets.laptop);
  for (const name of ["paper", "constructor", "__proto__", ""]) {
    assert.throws(
      () => presetNamed(presets, name),
      { name: "RangeError", message: `Cannot find preset "${name}": expected one of quick, laptop` },
    );
  }
});
