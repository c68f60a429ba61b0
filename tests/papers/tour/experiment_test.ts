import assert from "node:assert/strict";
import { presetNamed, run } from "../../../lib/experiment/mod.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { decodeModel } from "../../../lib/onnx/codec/decode.ts";
import { unitsOf } from "../../../lib/papers/tour/experiment.ts";
import { PRESETS, type TourPreset } from "../../../lib/papers/tour/presets.ts";
import { evaluate } from "../../../lib/train/evaluate.ts";
import { subjectData } from "../../../lib/papers/tour/subject.ts";
import { testExamples } from "../../../lib/papers/tour/examples.ts";
import { dataFile } from "../../data.ts";

const THERE = dataFile("resnet/resnet56-4bfd9763.th") && dataFile("cifar10");

Deno.test({
  name: "the published network is right as often as an independent program found",
  ignore: !THERE,
  async fn() {
    const { accuracy } = unitsOf(PRESETS.quick, { seed: 0 });
    const { rows: [row], failures } = await run({ units: [accuracy] });
    assert.deepEqual(failures, []);
    assert.deepEqual([row!.examples, Math.round(row!.accuracy * row!.examples)], [1017, 943]);
  },
});

Deno.test({
  name: "what the tour keeps of a network that was pruned and tuned is that network",
  ignore: !THERE,
  async fn() {
    const store = await Deno.makeTempDir();
    try {
      const preset: TourPreset = {
        ...PRESETS.quick,
        criteria: ["group-l2", "l1"],
        targets: [0.5],
        images: 128,
        latencyRuns: 1,
      };
      const { subject, tuned, latencies, costs } = unitsOf(preset, { seed: 0 });
      const asked = [...tuned, latencies, costs];
      const results = await run({ units: asked, store });
      assert.deepEqual(results.failures, []);
      const [row] = results.rowsOf(tuned[0]!);
      const model = decodeModel(await results.product(tuned[0]!));
      const { macs, parameters } = countMacs(model);
      assert.deepEqual([row!.macs, row!.parameters], [macs, parameters]);
      const test = testExamples(await subjectData(subject), Infinity);
      assert.equal((await evaluate(model, test)).accuracy, row!.tuned);
      assert.notEqual(row!.tuned, row!.pruned);

      const times = results.rowsOf(latencies);
      assert.deepEqual(times.map(({ series }) => series), [
        "unpruned",
        "group-l2",
        "l1",
        "widths not rounded",
      ]);
      assert.deepEqual([times[0]!.macs, times[1]!.macs], [125_485_696, macs]);
      assert.equal(results.rowsOf(costs)[0]!.before.macs, times[0]!.macs);
      const again = await run({ units: asked, store });
      assert.deepEqual([again.computed, again.fromStore], [0, asked.length]);
    } finally {
      await Deno.remove(store, { recursive: true });
    }
  },
});

Deno.test("without data the network is trained, once for all presets of a seed", async () => {
  const folder = await Deno.makeTempDir();
  const before = ["ESPALIER_DATA", "XDG_CACHE_HOME"].map((name) => [name, Deno.env.get(name)] as const);
  try {
    for (const [name] of before) Deno.env.set(name, folder);
    const [quick, laptop, other] = [
      unitsOf(PRESETS.quick, { seed: 0 }),
      unitsOf(PRESETS.laptop, { seed: 0 }),
      unitsOf(PRESETS.quick, { seed: 1 }),
    ];
    assert.deepEqual(quick.subject, { data: "procedural", seed: 0 });
    assert.deepEqual(quick.network, laptop.network);
    assert.notDeepEqual(quick.network, other.network);
    for (const unit of quick.all) {
      assert.equal(unit.needs.network, quick.network);
      assert.deepEqual(unit.kind.data?.(unit.spec), []);
    }
  } finally {
    for (const [name, value] of before) {
      value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    }
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a preset is found by its name", () => {
  assert.equal(presetNamed<TourPreset>(PRESETS, "laptop"), PRESETS.laptop);
  assert.throws(() => presetNamed(PRESETS, "toString"), {
    name: "RangeError",
    message: 'Cannot find preset "toString": expected one of quick, laptop, paper',
  });
});
