import assert from "node:assert/strict";
import { run } from "../../../lib/experiment/mod.ts";
import { macsOf } from "../../../lib/papers/meta_pruning/cost.ts";
import { type DataSpec, loadData } from "../../../lib/papers/meta_pruning/data/data.ts";
import { experimentOf, unitsOf } from "../../../lib/papers/meta_pruning/experiment.ts";
import type { MetaUnit } from "../../../lib/papers/meta_pruning/data_set_units.ts";
import { pointsOf, sensitivitiesOf } from "../../../lib/papers/meta_pruning/kinds/close_look.ts";
import { network } from "../../../lib/papers/meta_pruning/kinds/network.ts";
import { type MetaRow, VARIANTS } from "../../../lib/papers/meta_pruning/meta_row.ts";
import {
  accuracyAgainstReduction,
  accuracyByMetaEpoch,
  dataTransferFigure,
  metaTrainingCurve,
  transferFigure,
} from "../../../lib/papers/meta_pruning/figures.ts";
import {
  areas,
  choiceTable,
  comparisonTable,
  cutTable,
  dataTransferTable,
  measuredOn,
  publishedTable,
  stepTable,
} from "../../../lib/papers/meta_pruning/tables.ts";
import { type MetaPreset, PRESETS } from "../../../lib/papers/meta_pruning/presets.ts";
import {
  RESNET50_IMAGENET,
  RESNET56_CIFAR10,
  VGG19_CIFAR100,
} from "../../../lib/papers/meta_pruning/published.ts";
import { smallDigits } from "../../../lib/papers/meta_pruning/data/small_digits.ts";
import { loadModel } from "../../../lib/io/load_model.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { numbersOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import type { Examples, ExampleSource } from "../../../lib/train/batches.ts";
import { mean, summarize } from "../../../lib/statistics/describe.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { tagged } from "../../tags.ts";

/** The quick experiment, as small as it can be. */
const TINY: MetaPreset = {
  ...PRESETS.quick,
  dataModels: 1,
  heldOut: 1,
  examples: { train: 40, validation: 20, test: 20 },
  metaSeeds: [1],
  metanetwork: { layers: 1, hidden: 2, ratio: 0.02 },
  meta: { ...PRESETS.quick.meta, epochs: 2, every: 1 },
  base: { ...PRESETS.quick.base, epochs: 1 },
  finetune: { ...PRESETS.quick.finetune, epochs: 1 },
  finish: { ...PRESETS.quick.finish, epochs: 1 },
  sparse: { epochs: 1, strength: 0.1 },
  reductions: [1, 4],
  finals: [4, 8],
  cuts: [{ sparsity: 0.5 }, { n: 1, m: 4 }],
};

/** What the spec of a unit with rows says. */
const specOf = (unit: MetaUnit) =>
  unit.spec as { data: DataSpec; about?: { part: MetaRow["part"]; variant: string } };

Deno.test(tagged("a stopped experiment goes on, and every kind of row is there", "slow"), async () => {
  const store = await Deno.makeTempDir();
  try {
    const experiment = await experimentOf(TINY, { seed: 0 });
    const units = [...experiment.units, experiment.closeLook];
    const stop = new AbortController();
    const some: [MetaUnit, readonly unknown[]][] = [];
    const stopped = run({
      units: experiment.units,
      store,
      signal: stop.signal,
      listen(unit, rows) {
        some.push([unit, rows]);
        if (specOf(unit).about?.variant === VARIANTS.meta) stop.abort(new Error("stopped"));
      },
    });
    await assert.rejects(stopped, { message: "stopped" });
    const results = await run({ units, store });
    assert.deepEqual(results.failures.map(({ error }) => error), []);
    assert.ok(some.length >= 4 && results.fromStore >= some.length && results.computed > 0);
    for (const [unit, rows] of some) assert.deepEqual(results.rowsOf(unit), rows);
    const again = await run({ units, store });
    assert.deepEqual([again.computed, again.rows], [0, results.rows]);

    const rows = experiment.units.flatMap((unit) => results.rowsOf(unit));
    assert.deepEqual(
      new Set(rows.map(({ part }) => part)),
      new Set(["meta-training", "choice", "held-out", "weights", "transfer", "data"]),
    );
    assert.deepEqual(
      new Set(rows.filter(({ part }) => part === "held-out").map(({ variant }) => variant)),
      new Set(Object.values(VARIANTS)),
    );
    // Each data set's metanetwork on each data set's network, but for what the held-out ones show.
    const data = [
      rows[0]!.data,
      ...new Set(rows.filter(({ part }) => part === "data").map((row) => row.data)),
    ];
    const sets = [...new Set(data)];
    assert.ok(sets.length >= 2);
    assert.deepEqual(
      new Set(rows.filter(({ part }) => part === "data").map((row) => `${row.metaData} → ${row.data}`)),
      new Set(
        sets.flatMap((to) => [undefined, ...sets].map((from) => `${from} → ${to}`))
          .filter((pair) => pair !== `${sets[0]} → ${sets[0]}` && pair !== `undefined → ${sets[0]}`),
      ),
    );
    for (const { value, reduction, asked, stage } of rows) {
      assert.ok(stage === "loss" || (value >= 0 && value <= 1));
      assert.ok(reduction >= asked, "at least as small as asked for");
    }
    draws(rows);

    // What the rows say of a network is true of the product.
    const [final] = experiment.retrained;
    const { macs, reduction, metaSeed, epoch } = results.rowsOf(final!)[0]!;
    const model = await loadModel(await results.product(final!));
    assert.deepEqual([countMacs(model).macs, reduction], [macs, macsOf(experiment.architecture) / macs]);
    const chosen = results.rowsOf(experiment.choice).find((row) => row.chosen)!;
    assert.deepEqual([metaSeed, epoch], [chosen.metaSeed, chosen.epoch]);
    const steps = stepTable(rows, { net: 0, metaSeed: 1, reduction: 4 });
    assert.deepEqual(steps.rows.map(([stage]) => stage), [
      "as trained",
      `right after the metanetwork (meta-epoch ${epoch})`,
      "fine-tuned",
      "pruned",
      "trained again",
    ]);

    const close = results.rowsOf(experiment.closeLook);
    const curve = (variant: string) =>
      rows.filter((row) => row.part === "held-out" && row.variant === variant && row.stage !== "final")
        .filter(({ stage }) => stage === "tuned" || stage === "pruned").map(({ value }) => value);
    const points = (series: string) =>
      pointsOf(close, "stages").filter((point) => point.series === series).map(({ accuracy }) => accuracy);
    assert.deepEqual(points("as trained"), curve(VARIANTS.none));
    assert.deepEqual(points("metanetwork and fine-tuning"), curve(VARIANTS.meta));
    assert.ok(Object.values(sensitivitiesOf(close)).every((values) => values.length === 128));
  } finally {
    await Deno.remove(store, { recursive: true });
  }
});

Deno.test("presets share what they have in common: other reductions train no network anew", async () => {
  const specs = async (preset: MetaPreset, kind: string) =>
    (await unitsOf(preset, { seed: 0 })).flatMap((unit) => [unit, ...Object.values(unit.needs)])
      .filter((unit) => unit.kind.name === kind).map(({ spec }) => JSON.stringify(spec));
  const [few, more] = [TINY, { ...TINY, finals: [4, 8, 12], heldOut: 2, metaSeeds: [1, 2] }];
  for (const kind of ["network", "meta_training", "choice", "prepared", "curve", "retrained", "cut"]) {
    const [before, after] = await Promise.all(
      [few, more].map(async (preset) => new Set(await specs(preset, `meta_pruning/${kind}`))),
    );
    assert.ok(before!.size > 0 && before!.isSubsetOf(after!), kind);
  }
});

Deno.test(tagged("on networks of two layers, what was to be shown is shown", "slow"), async () => {
  const { meta, none, tuned, free, untrained } = VARIANTS;
  const needed = new Set<string>([meta, none, tuned, free, untrained]);
  const units = (await unitsOf(PRESETS.quick, { seed: 0 })).filter((unit) => {
    const { about } = specOf(unit);
    return about?.part === "held-out" && needed.has(about.variant);
  });
  // From where notebooks keep their results, so that they are computed once.
  const { rows, failures } = await run({ units });
  assert.deepEqual(failures.map(({ error }) => error), []);
  // Fixed before the experiment ran, from a prototype of the method on other data; in percentage points.
  const own = rows.filter(({ net }) => net < 3);
  const of = (variant: string) => own.filter((row) => row.variant === variant);
  const area = (variant: string) => 100 * mean(areas(of(variant)));
  const accuracy = (variant: string, stage: MetaRow["stage"], asked: number) =>
    100 *
    mean(of(variant).filter((row) => row.stage === stage && row.asked === asked).map((row) => row.value));
  assert.ok(area(meta) - area(none) >= 8, "gain of the mean over the curve");
  assert.ok(accuracy(meta, "pruned", 4) - accuracy(none, "pruned", 4) >= 10, "gain at 4×, without training");
  assert.ok(accuracy(meta, "final", 8) - accuracy(none, "final", 8) >= 5, "gain at 8×, trained");
  assert.ok(accuracy(none, "tuned", 1) - accuracy(meta, "tuned", 1) <= 3, "lost before pruning");
  assert.ok(Math.abs(area(free) - area(tuned)) <= 3, "without the regulariser");
  assert.ok(Math.abs(area(untrained) - area(tuned)) <= 3, "untrained");
});

Deno.test("a training is expected to take its arithmetic and its steps", () => {
  const base = { ...TINY.base, epochs: 30, batchSize: 50 };
  const spec = {
    architecture: { kind: "mlp", hidden: [64, 64] },
    data: { set: "digits", source: "procedural", seed: 0, examples: { train: 1000, validation: 0, test: 0 } },
    seed: 0,
    base,
  } as const;
  // Forward and twice that backward; a millisecond for each of 20 steps.
  const expected = 30 * (3 * 64 * (64 + 64 + 10) * 1000 / 15e9 + 20 * 1e-3);
  assertClose([network.seconds!(spec)], [expected], REORDERED_FLOAT32);
  const initial = { macs: 0.5, training: base };
  assert.ok(network.seconds!({ ...spec, initial }) > 1.5 * expected);
});

/** Every figure and table can be made of such rows. */
function draws(rows: readonly MetaRow[]): void {
  const source = "a test";
  const variants = Object.values(VARIANTS);
  for (
    const figure of [
      accuracyAgainstReduction(rows.filter(({ part }) => part === "held-out"), { source, variants }),
      accuracyByMetaEpoch(rows, { source }),
      metaTrainingCurve(rows, { source }),
      transferFigure(rows, { source }),
      dataTransferFigure(rows, { source, data: rows[0]!.data }),
    ]
  ) assert.match(figure.svg, /^<svg/);
  assert.equal(comparisonTable(rows).rows.length, variants.length);
  assert.equal(choiceTable(rows).rows.length, 2);
  assert.equal(choiceTable(rows).rows.filter((row) => row.includes("chosen")).length, 1);
  assert.deepEqual(cutTable(rows).rows.map((row) => row.slice(0, 2)), [[VARIANTS.tuned, 1], [
    VARIANTS.meta,
    1,
  ]]);
  const matrix = dataTransferTable(rows, 8);
  // Two lines without a metanetwork, and one for each data set's; nothing is left out.
  assert.equal(matrix.rows.length, 2 + matrix.columns.length - 1);
  assert.ok(matrix.rows.flat().every((cell) => cell !== undefined));
  assert.ok(areas(rows.filter(({ part }) => part === "held-out")).every((area) => area > 0 && area <= 1));
  const ours = measuredOn("MLP 64-64", rows);
  const { columns, rows: lines } = publishedTable(RESNET56_CIFAR10, ours);
  assert.equal(lines.length, RESNET56_CIFAR10.rows.length + ours.length);
  for (const line of lines) {
    const filled = (start: string) =>
      columns.some((column, i) => column.startsWith(start) && line[i] !== undefined);
    assert.ok(
      !(filled("published") && filled("our")),
      "published and measured numbers share no row's columns",
    );
  }
}

Deno.test("published reductions count from the whole network, and so do ours; top 5 where it was looked at", () => {
  const row = (more: Partial<MetaRow>): MetaRow => ({
    part: "held-out",
    variant: VARIANTS.none,
    net: 0,
    architecture: "ResNet-50",
    data: "images",
    stage: "final",
    asked: 1.5,
    reduction: 1.6,
    macs: 50,
    parameters: 1,
    operations: 55.1,
    value: 0.7,
    top5: 0.9,
    ...more,
  });
  const rows = [
    row({ stage: "tuned", asked: 1, reduction: 1, macs: 80, value: 0.75, top5: 0.95 }),
    row({}),
    row({ net: 1, value: 0.6, top5: 0.8 }),
  ];
  const [measured, ...more] = measuredOn("ResNet-50", rows, { macs: 100, operations: 110 });
  assert.equal(more.length, 0);
  const { method, ...numbers } = measured!;
  assert.equal(method, VARIANTS.none);
  const { base, pruned, top5, reduction, speedUp } = numbers;
  assertClose(
    [base, pruned, top5!.base, top5!.pruned, reduction, speedUp!],
    [75, 65, 95, 85, 2, 110 / 55.1],
    REORDERED_FLOAT32,
  );
  assertClose([measuredOn("ResNet-50", rows)[0]!.reduction], [1.6], REORDERED_FLOAT32);
  const { columns, rows: lines } = publishedTable(RESNET50_IMAGENET, [measured!]);
  const at = (name: string) => lines.at(-1)![columns.indexOf(name)];
  const found = ["our network, before, top 5 (%)", "our network, pruned, top 5 (%)", "our MACs ÷ (×)"].map(
    at,
  );
  assert.deepEqual(found, ["95.00", "85.00", "2.00"]);
  assert.ok(!publishedTable(RESNET50_IMAGENET).columns.some((column) => column.includes("top 5")));
  assert.match(Deno.inspect(publishedTable(RESNET50_IMAGENET)), /target \(×\)\n.*\n.*2\.31/);
});

Deno.test("published differences are those of the accuracies beside them, or marked as the source's", () => {
  const { columns, rows } = publishedTable(RESNET56_CIFAR10);
  const at = (name: string) => columns.indexOf(name);
  const differs = rows.filter((row) => /the source prints/.test(String(row[at("source")])));
  assert.deepEqual(differs.map((row) => row[at("method")]), ["HRank", "DepGraph"]);
  const meta = rows.filter((row) => row[at("method")] === "Meta Pruning");
  assert.ok(
    meta.length === 3 && meta.every((row) => row[at("published, pruned (%)")] === undefined),
  );
  assert.equal(VGG19_CIFAR100.rows.at(-1)!.pruned, 69.75);
});

Deno.test("digits are the same for the same seed, in parts that share no image", async () => {
  const make = (seed: number) =>
    smallDigits({ train: 30, validation: 10, test: 20, seed, source: "procedural" });
  const [first, second, other] = await Promise.all([make(1), make(1), make(2)]);
  const numbers = (tensor: unknown) => numbersOf(tensor as Tensor);
  assert.deepEqual(numbers(first.train.inputs), numbers(second.train.inputs));
  assert.notDeepEqual(numbers(first.train.inputs), numbers(other.train.inputs));
  const rows = [first.train, first.validation, first.test].flatMap(({ inputs }) => {
    const all = numbers(inputs);
    return Array.from({ length: all.length / 64 }, (_, i) => all.slice(64 * i, 64 * i + 64).join());
  });
  assert.equal(new Set(rows).size, 60);
});

Deno.test("tables of cuts and of other data summarise the runs that belong together", () => {
  const row = (values: Partial<MetaRow>): MetaRow => ({
    part: "data",
    variant: VARIANTS.tuned,
    net: 0,
    architecture: "MLP",
    data: "A",
    stage: "final",
    asked: 4,
    reduction: 4,
    macs: 1,
    parameters: 1,
    value: 0,
    ...values,
  });
  const meta = (from: string, values: Partial<MetaRow>) =>
    row({ variant: VARIANTS.meta, metaSeed: 1, metaData: from, ...values });
  const rows = [
    row({ part: "held-out", value: 0.5 }),
    row({ part: "held-out", net: 1, value: 0.7 }),
    meta("A", { part: "held-out", value: 0.8 }),
    // Neither other seeds nor other ways of pruning were tried on other data.
    meta("A", { part: "held-out", metaSeed: 2, value: 0.1 }),
    row({ part: "held-out", variant: VARIANTS.l1, value: 0.1 }),
    meta("B", { value: 0.75 }),
    row({ data: "B", value: 0.4 }),
    meta("A", { data: "B", value: 0.6 }),
    meta("B", { data: "B", value: 0.65 }),
    meta("B", { data: "B", stage: "tuned", asked: 1, value: 0.9 }),
    meta("B", { data: "B", stage: "pruned", value: 0.2 }),
  ];
  const { columns, rows: lines } = dataTransferTable(rows, 4);
  assert.deepEqual(columns, ["pruning", "A", "B"]);
  assert.deepEqual(lines, [
    [VARIANTS.tuned, summarize([50, 70]), summarize([40])],
    ["metanetwork of A", summarize([80]), summarize([60])],
    ["metanetwork of B", summarize([75]), summarize([65])],
  ]);
  const [, none, mean] = dataTransferTable(rows).rows.at(-1)!;
  assert.equal(none, undefined);
  assert.ok(Math.abs((mean as { mean: number }).mean - 55) < 1e-9);
  const cut = (values: Partial<MetaRow>) => row({ part: "weights", cut: "2:4", ...values });
  const table = cutTable([
    cut({ stage: "pruned", value: 0.5 }),
    cut({ value: 0.8 }),
    cut({ net: 1, stage: "pruned", value: 0.7 }),
    cut({ net: 1, value: 0.8 }),
  ]);
  assert.deepEqual(table.columns, ["pruning", "runs", "2:4 (%)", "2:4, trained (%)"]);
  assert.deepEqual(table.rows, [[VARIANTS.tuned, 2, summarize([50, 70]), summarize([80, 80])]]);
});

Deno.test("other data of an experiment are other ones, in the same shape", async () => {
  const units = await unitsOf(TINY, { seed: 0 });
  const specs = new Map(units.map((unit) => [JSON.stringify(specOf(unit).data), specOf(unit).data]));
  const [own, ...others] = await Promise.all([...specs.values()].map(loadData));
  assert.ok(others.length >= 1);
  const images = (data: ExampleSource) => (data as Examples).inputs as Tensor;
  for (const other of others) {
    assert.notEqual(other.name, own!.name);
    assert.deepEqual(images(other.train).dims, images(own!.train).dims);
    assert.notDeepEqual(numbersOf(images(other.train)), numbersOf(images(own!.train)));
  }
});
