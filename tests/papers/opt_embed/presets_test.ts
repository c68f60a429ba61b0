import assert from "node:assert/strict";
import { kinds, unitsOf } from "../../../lib/papers/opt_embed/experiment.ts";
import { METHODS } from "../../../lib/papers/opt_embed/methods.ts";
import { type OptEmbedPreset, PRESETS } from "../../../lib/papers/opt_embed/presets.ts";

Deno.test("presets name methods that there are, and everyone who is told sizes runs beside OptEmbed", () => {
  assert.deepEqual(kinds.map(({ name }) => name.split("/")[0]), kinds.map(() => "opt_embed"));
  for (const preset of Object.values(PRESETS) as OptEmbedPreset[]) {
    for (const { methods } of preset.contests) {
      assert.ok(methods.every((method) => Object.hasOwn(METHODS, method)));
      assert.ok(methods.includes("OptEmbed"));
    }
    const units = unitsOf(preset, { seed: 3 });
    assert.ok(
      units.all.every(({ kind, spec }) => kind.label(spec).length > 0 && (kind.seconds?.(spec) ?? 0) > 0),
    );
  }
});
