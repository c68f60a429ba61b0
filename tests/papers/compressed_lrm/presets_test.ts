import assert from "node:assert/strict";
import { presetNamed } from "../../../lib/experiment/mod.ts";
import { bitsAt, type LrmPreset, PRESETS, settingsFor } from "../../../lib/papers/compressed_lrm/presets.ts";
import { labelOf, sparsityAt } from "../../../lib/papers/compressed_lrm/setting.ts";

Deno.test("Presets: each says what it is; pruning meets rounding at equal bytes in each width", () => {
  for (const [name, preset] of Object.entries(PRESETS)) {
    assert.ok(presetNamed<LrmPreset>(PRESETS, name).about.length > 20);
    for (const width of preset.widths) {
      const settings = settingsFor(preset.plan, width);
      assert.equal(new Set(settings.map(labelOf)).size, settings.length);
      for (const bits of preset.plan.bits) {
        const sparsity = sparsityAt(bitsAt(bits, width));
        const near = settings.filter((one) =>
          one.method === "magnitude" && Math.abs((one.sparsity ?? 0) - sparsity) < 1e-3
        );
        assert.ok(near.length === 1 || sparsity === 0, `${width.hidden}, ${bits} bits`);
      }
    }
  }
  // A matrix of each kind, counted: 4 of 64 × 64, 2 of 128 × 64, 1 of 64 × 128, a row's scale and zero each.
  const rows = 4 * 64 + 2 * 128 + 64;
  assert.ok(Math.abs(bitsAt(4, { hidden: 64, layers: 2, neurons: 128 }) - (4 + rows * 20 / 40960)) < 1e-12);
});

Deno.test("Presets: `paper` does what `laptop` does, and asks served models more", () => {
  const { about: _, served: few, ...laptop } = PRESETS.laptop;
  const { about: __, served: many, ...paper } = PRESETS.paper;
  assert.deepEqual(paper, laptop);
  assert.ok(many!.items > few!.items && many!.maxTokens > few!.maxTokens);
});
