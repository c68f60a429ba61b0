/** The presets beside what the release does, as it was read there: networks, steps, rates, methods, sets. */
import assert from "node:assert/strict";
import { presetNamed } from "../../../lib/experiment/mod.ts";
import { canonicalJson } from "../../../lib/files/canonical_json.ts";
import { PRESETS, runsOf, type SuperresPreset } from "../../../lib/papers/iss_p/presets.ts";
import { type RunSpec, twoStages } from "../../../lib/papers/iss_p/train_and_test.ts";

/** Steps of structure learning and of fine-tuning, by method. */
type Steps = Partial<Record<RunSpec["method"], [structure: number, tuning: number]>>;

const SWINIR: Steps = {
  "iss-p": [100_020, 200_000],
  srp: [100_020 + 43_150, 500_000],
  "assl-released": [17_260 + 100_020 + 43_150, 500_000],
  "l1-at-init": [0, 500_000],
  random: [0, 500_000],
};
const RELEASED: {
  preset: SuperresPreset;
  scale: number;
  sparsities: number[];
  steps: Steps;
  rate: number;
  ends: Steps;
}[] = [
  ...([["paper", 4], ["paper-x2", 2], ["paper-x3", 3]] as const).map(([name, scale]) => ({
    preset: PRESETS[name],
    scale,
    sparsities: [0.9, 0.95, 0.99],
    steps: SWINIR,
    rate: 2e-4,
    // Halvings until the last step: milestones at 250, 400, 450 and 475 thousand steps, of ISS-P none.
    ends: { "iss-p": [0, 0], srp: [0, 4], "l1-at-init": [0, 4] } as Steps,
  })),
  {
    preset: PRESETS["paper-edsr"],
    scale: 4,
    sparsities: [0.95],
    steps: Object.fromEntries(
      Object.entries(SWINIR).map(([method, [structure]]) => [method, [structure, 300_000]]),
    ),
    rate: 1e-4,
    ends: { "iss-p": [0, 1], srp: [0, 1], "l1-at-init": [0, 1] },
  },
];

Deno.test("presets named after the paper train as the release does", () => {
  for (const { preset, scale, sparsities, steps, rate, ends } of RELEASED) {
    const runs = runsOf(preset);
    for (const [method, [structure, tuning]] of Object.entries(steps)) {
      const own = runs.filter((run) => run.method === method && (method !== "iss-p" || run.alpha === 0.95));
      assert.deepEqual(own.map(({ sparsity }) => sparsity), sparsities, method);
      for (const run of own) {
        assert.deepEqual([run.pruningSteps, run.steps - run.pruningSteps], [structure, tuning], method);
        assert.deepEqual([run.rate, run.batchSize, run.patch, run.data.scale], [rate, 32, 64, scale]);
      }
      const end = ends[method as RunSpec["method"]]?.[1];
      const { pruningSteps, halvings } = own[0]!;
      const schedule = twoStages(rate, pruningSteps, halvings);
      const last = structure + tuning - 1;
      assert.equal(schedule(0, last + 1), rate);
      if (end !== undefined) assert.equal(schedule(last, last + 1), rate / 2 ** end, method);
    }
    const { train, test, alsoTest, validation } = runs[0]!.data;
    assert.deepEqual([train, validation], [["DIV2K", "Flickr2K"], "Set5"]);
    assert.deepEqual([test, ...alsoTest!], ["Set5", "Set14", "BSD100", "Urban100", "Manga109"]);
    // The rival that the release leaves out has the steps of ISS-P.
    for (const run of runs.filter(({ method }) => method === "one-shot")) {
      assert.deepEqual([run.pruningSteps, run.steps - run.pruningSteps], steps["iss-p"]);
    }
  }
  const ablated = runsOf(PRESETS.paper).filter(({ method }) => method === "iht" || method === "iss-r");
  assert.deepEqual(
    ablated.map(({ method, sparsity, pruningSteps, steps }) => [method, sparsity, pruningSteps, steps]),
    [["iht", 0.95, 100_020, 600_020], ["iss-r", 0.95, 100_020, 600_020]],
  );
});

Deno.test("with equal steps all methods have those of ISS-P, whose runs are the same ones", () => {
  const runs = runsOf(PRESETS["paper-equal"]);
  assert.deepEqual([...new Set(runs.map(({ pruningSteps, steps }) => `${pruningSteps} ${steps}`))], [
    "100020 300020",
  ]);
  const names = (preset: SuperresPreset) =>
    runsOf(preset).filter(({ method }) => method === "iss-p").map((spec) => canonicalJson(spec));
  assert.deepEqual(new Set(names(PRESETS["paper-equal"])), new Set(names(PRESETS.paper)));
});

Deno.test("rates are halved at the released steps of fine-tuning, and not before", () => {
  const schedule = twoStages(2e-4, 100, [250, 400]);
  assert.deepEqual([0, 99, 100, 349, 350, 499, 500, 999].map((step) => schedule(step, 1000)), [
    ...Array(4).fill(2e-4),
    1e-4,
    1e-4,
    5e-5,
    5e-5,
  ]);
});

Deno.test("no rate of structure learning is above the first one, by which alpha is suggested", () => {
  for (const preset of Object.values(PRESETS)) {
    const schedules = new Map(runsOf(preset).map((run) => [`${run.rate} ${run.pruningSteps}`, run]));
    for (const { rate, pruningSteps, steps, halvings } of schedules.values()) {
      const schedule = twoStages(rate, pruningSteps, halvings);
      const rates = new Set(Array.from({ length: pruningSteps }, (_, step) => schedule(step, steps)));
      assert.deepEqual([...rates], pruningSteps > 0 ? [rate] : []);
    }
  }
});

Deno.test("images for validation are kept apart elsewhere", () => {
  for (const name of ["quick", "laptop", "study"] as const) {
    assert.equal(PRESETS[name].base.data.validation, "kept apart");
  }
});

Deno.test("presets are runs that differ, and another seed is other runs", () => {
  for (const name of Object.keys(PRESETS)) {
    const preset = presetNamed<SuperresPreset>(PRESETS, name);
    const runs = [...runsOf(preset), ...runsOf(preset, { seed: 100 })];
    assert.equal(new Set(runs.map((spec) => JSON.stringify(spec))).size, runs.length);
  }
});
