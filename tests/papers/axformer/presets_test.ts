import assert from "node:assert/strict";
import { presetNamed } from "../../../lib/experiment/mod.ts";
import { type AxPreset, PRESETS } from "../../../lib/papers/axformer/presets.ts";

Deno.test("Presets are found by name, and each says what it takes", () => {
  assert.equal(presetNamed<AxPreset>(PRESETS, "quick"), PRESETS.quick);
  for (const { about } of Object.values(PRESETS)) assert.ok(about.length > 20);
  assert.throws(() => presetNamed(PRESETS, "slow"), /quick/);
});
