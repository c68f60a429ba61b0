import assert from "node:assert/strict";
import { presetNamed } from "../../../lib/experiment/mod.ts";
import { unitsOf } from "../../../lib/papers/axformer/experiment.ts";
import { type AxPreset, PRESETS } from "../../../lib/papers/axformer/presets.ts";
import { glue } from "../../../lib/text/mod.ts";
import { dataFile } from "../../data.ts";

Deno.test("Presets are found by name, and each says what it takes", () => {
  assert.equal(presetNamed<AxPreset>(PRESETS, "quick"), PRESETS.quick);
  for (const { about } of Object.values(PRESETS)) assert.ok(about.length > 20);
  assert.throws(() => presetNamed(PRESETS, "slow"), /quick/);
});

Deno.test({
  name: "the paper's preset has the authors' splits, and their batch for what the released rule averages",
  ignore: !dataFile("glue/CoLA/val.tsv.gz"),
  async fn() {
    const specs = unitsOf(PRESETS.paper, { seed: 0 }).real.map(({ spec }) => spec);
    assert.deepEqual([...new Set(specs.map(({ task }) => task))], ["cola", "rte", "wnli"]);
    for (const { task, train, validation, searchBatch } of specs) {
      const sizes = await Promise.all((["train", "val"] as const).map((split) => glue(task, split)));
      assert.deepEqual([train, validation], sizes.map(({ examples }) => examples.length), task);
      assert.equal(searchBatch, 128);
    }
  },
});
