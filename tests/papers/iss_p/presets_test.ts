/** The presets beside what the release does, as it was read there: networks, steps, rates, methods, sets. */
import assert from "node:assert/strict";
import { canonicalJson } from "../../../lib/files/canonical_json.ts";
import { weightsOf } from "../../../lib/nn/weights.ts";
import { sizeOf } from "../../../lib/tensor/tensor.ts";
import { NETWORKS } from "../../../lib/papers/iss_p/networks.ts";
import { PRESETS, runsOf, type SuperresPreset } from "../../../lib/papers/iss_p/presets.ts";
import { type RunSpec, twoStages } from "../../../lib/papers/iss_p/train_and_test.ts";
import { isPrunable } from "../../../lib/sparse/is_prunable.ts";
import { prunedCount } from "../../../lib/sparse/pruned_set.ts";

/** Learned numbers, those that can be pruned, in how many layers, and what is left of all at sparsities. */
const COUNTS: Record<
  string,
  [total: number, prunable: number, layers: number, left: Record<number, number>]
> = {
  "swinir-light ×2": [910_152, 861_300, 103, { 0.9: 134_982, 0.95: 91_917, 0.99: 57_464 }],
  "swinir-light ×3": [918_267, 869_400, 103, { 0.9: 135_807, 0.95: 92_337, 0.99: 57_560 }],
  "swinir-light ×4": [929_628, 880_740, 103, { 0.9: 136_962, 0.95: 92_925, 0.99: 57_695 }],
  // The published count of kept weights, and all biases.
  "edsr-L ×4": [43_089_923, 43_070_976, 69, { 0.95: 2_153_533 + 18_947 }],
  "edsr-baseline ×2": [1_369_859, 1_367_424, 36, {}],
  "edsr-tiny ×2": [9712, 9612, 9, { 0.9: 956 + 100, 0.95: 474 + 100, 0.99: 89 + 100 }],
};

Deno.test("every preset's network has as many weights as were published, or counted independently", () => {
  const runs = Object.values(PRESETS).flatMap((preset) => runsOf(preset));
  const networks = new Map(runs.map((run) => [`${run.network} ×${run.data.scale}`, run]));
  assert.deepEqual(new Set(networks.keys()), new Set(Object.keys(COUNTS)));
  for (const [name, { network, data }] of networks) {
    const [total, prunable, layers, left] = COUNTS[name]!;
    const learned = weightsOf(NETWORKS[network].build(data.scale, 0)).filter(({ role }) =>
      role !== "statistic"
    );
    const sizes = learned.filter(isPrunable).map(({ tensor: { dims } }) => sizeOf(dims));
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    assert.equal(sum(learned.map(({ tensor: { dims } }) => sizeOf(dims))), total, name);
    assert.deepEqual([sum(sizes), sizes.length], [prunable, layers], name);
    for (const [sparsity, kept] of Object.entries(left)) {
      assert.equal(
        total - sum(sizes.map((size) => prunedCount(size, Number(sparsity)))),
        kept,
        `${name} at ${sparsity}`,
      );
    }
  }
});

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

Deno.test("images for validation are kept apart elsewhere", () => {
  for (const name of ["quick", "laptop", "study"] as const) {
    assert.equal(PRESETS[name].base.data.validation, "kept apart");
  }
});
