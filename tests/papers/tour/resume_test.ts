import assert from "node:assert/strict";
import { proceduralImages } from "../../../lib/data/procedural.ts";
import { toExamples } from "../../../lib/data/image_set.ts";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import { silent } from "../../../lib/progress.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { pruneAndTune } from "../../../lib/papers/tour/experiment.ts";
import { PRESETS, type TourPreset } from "../../../lib/papers/tour/presets.ts";
import type { TourSubject } from "../../../lib/papers/tour/subject.ts";

Deno.test("runs of several presets and seeds are saved beside each other, and read back", async () => {
  const data = proceduralImages({ train: 20, test: 10 });
  const [train, test] = [toExamples(data.train), toExamples(data.test)];
  const model = resnetCifar({ depth: 8 as 20, widths: [4, 4, 8] });
  const subject: TourSubject = { model, name: "small", data, train, test, augment: (batch) => batch };
  const preset: TourPreset = { ...PRESETS.laptop, criteria: ["l1"], targets: [0.7], roundTo: 1, images: 20 };
  const [runtime, folder] = [await openRuntime({ engine: "native" }), await Deno.makeTempDir()];
  const before = Deno.env.get("XDG_CACHE_HOME");
  Deno.env.set("XDG_CACHE_HOME", folder);
  try {
    const run = (epochs: number, seed: number) =>
      Array.fromAsync(pruneAndTune(subject, { ...preset, epochs }, { seed, runtime, progress: silent }));
    const [first] = await run(1, 0);
    await run(2, 0);
    await run(1, 1);
    assert.equal([...Deno.readDirSync(`${folder}/espalier/tour`)].length, 3);
    const [again] = await run(1, 0);
    assert.deepEqual(again!.model.toOnnx(), first!.model.toOnnx());
  } finally {
    if (before === undefined) Deno.env.delete("XDG_CACHE_HOME");
    else Deno.env.set("XDG_CACHE_HOME", before);
    await runtime.close();
    await Deno.remove(folder, { recursive: true });
  }
});
