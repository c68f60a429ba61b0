import assert from "node:assert/strict";
import { costEstimate } from "../../../lib/papers/meta_pruning/estimate.ts";
import { run } from "../../../lib/papers/meta_pruning/experiment.ts";
import { type MetaRow, VARIANTS } from "../../../lib/papers/meta_pruning/meta_row.ts";
import type { MetaConfig } from "../../../lib/papers/meta_pruning/networks.ts";
import {
  accuracyAgainstReduction,
  accuracyByMetaEpoch,
  dataTransferFigure,
  metaTrainingCurve,
  transferFigure,
} from "../../../lib/papers/meta_pruning/figures.ts";
import {
  acceptanceTable,
  areas,
  choiceTable,
  comparisonTable,
  cutTable,
  dataTransferTable,
  measuredOn,
  publishedTable,
} from "../../../lib/papers/meta_pruning/tables.ts";
import { META_PRESETS, type MetaPreset, metaPresetNamed } from "../../../lib/papers/meta_pruning/presets.ts";
import {
  RESNET50_IMAGENET,
  RESNET56_CIFAR10,
  VGG19_CIFAR100,
} from "../../../lib/papers/meta_pruning/published.ts";
import { loadRows } from "../../../lib/papers/meta_pruning/saved_rows.ts";
import { smallDigits } from "../../../lib/papers/meta_pruning/small_digits.ts";
import { type MetaData, metaSubject } from "../../../lib/papers/meta_pruning/subject.ts";
import { numbersOf } from "../../../lib/onnx/tensor.ts";
import type { Examples, ExampleSource } from "../../../lib/train/batches.ts";
import type { Tensor } from "../../../lib/deps.ts";
import { silent } from "../../../lib/progress.ts";
import { summarize } from "../../../lib/statistics/describe.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";

/** The quick experiment, as small as it can be. */
const TINY: MetaPreset = {
  ...META_PRESETS.quick,
  dataModels: 1,
  heldOut: 1,
  examples: { train: 40, validation: 20, test: 20 },
  metaSeeds: [1],
  metanetwork: { layers: 1, hidden: 2, ratio: 0.02 },
  meta: { ...META_PRESETS.quick.meta, epochs: 2, every: 1 },
  base: { ...META_PRESETS.quick.base, epochs: 1 },
  finetune: { ...META_PRESETS.quick.finetune, epochs: 1 },
  finish: { ...META_PRESETS.quick.finish, epochs: 1 },
  sparse: { epochs: 1, strength: 0.1 },
  reductions: [1, 4],
  finals: [4, 8],
  cuts: [{ sparsity: 0.5 }, { n: 1, m: 4 }],
};

Deno.test("an experiment that is stopped goes on where it was, and ends in the same rows", async () => {
  const before = Deno.env.get("XDG_CACHE_HOME");
  const folder = await Deno.makeTempDir();
  Deno.env.set("XDG_CACHE_HOME", folder);
  const runtime = await openRuntime({ engine: "native" });
  try {
    const config: MetaConfig = {
      preset: TINY,
      subject: await metaSubject(TINY, 0),
      seed: 0,
      runtime,
      progress: silent,
    };
    const some: MetaRow[] = [];
    for await (const row of run(config)) {
      some.push(row);
      if (row.part === "held-out" && row.variant === VARIANTS.meta) break;
    }
    const [name] = [...Deno.readDirSync(`${folder}/espalier/metanet`)].map((entry) => entry.name);
    const path = `${folder}/espalier/metanet/${name}/rows.jsonl`;
    const text = await Deno.readTextFile(path);
    // As after a kill in the middle of a line: that unit is measured again.
    await Deno.writeTextFile(path, text.slice(0, -40));
    const kept = await loadRows(path);
    const rows = await Array.fromAsync(run(config));
    assert.ok(kept.size >= 4 && (await loadRows(path)).size > kept.size);
    assert.deepEqual(rows.slice(0, some.length), some);
    const again = await Array.fromAsync(
      run({ ...config, runtime: { ...runtime, session: () => assert.fail("measured again") } }),
    );
    assert.deepEqual(
      again.filter(({ part }) => part !== "meta-training"),
      rows.filter(({ part }) => part !== "meta-training"),
    );
    assert.deepEqual(
      new Set(rows.map(({ part }) => part)),
      new Set(["meta-training", "choice", "held-out", "weights", "transfer", "data"]),
    );
    assert.deepEqual(
      new Set(rows.filter(({ part }) => part === "held-out").map(({ variant }) => variant)),
      new Set(Object.values(VARIANTS)),
    );
    // Each data set's metanetwork on each data set's network, but for what the held-out ones show.
    const data = [config.subject, ...config.subject.others].flatMap(({ data }) => data ?? []);
    assert.ok(data.length >= 2);
    assert.deepEqual(
      new Set(rows.filter(({ part }) => part === "data").map((row) => `${row.metaData} → ${row.data}`)),
      new Set(
        data.flatMap((to) => [undefined, ...data].map((from) => `${from} → ${to}`))
          .filter((pair) => pair !== `${data[0]} → ${data[0]}` && pair !== `undefined → ${data[0]}`),
      ),
    );
    for (const { value, reduction, asked, stage } of rows) {
      assert.ok(stage === "loss" || (value >= 0 && value <= 1));
      assert.ok(reduction >= asked, "at least as small as asked for");
    }
    draws(rows);
  } finally {
    await runtime.close();
    if (before === undefined) Deno.env.delete("XDG_CACHE_HOME");
    else Deno.env.set("XDG_CACHE_HOME", before);
    await Deno.remove(folder, { recursive: true });
  }
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
  assert.equal(acceptanceTable(rows).rows.length, 6);
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
    const filled = (start: string) => columns.some((column, i) => column.startsWith(start) && line[i] !== "");
    assert.ok(filled("published") !== filled("our"), "published and measured numbers share no row's columns");
  }
}

Deno.test("published reductions count from the whole network, and so do ours; top 5 where it was looked at", () => {
  const row = (more: Partial<MetaRow>): MetaRow => ({
    part: "held-out",
    variant: VARIANTS.none,
    net: 0,
    architecture: "ResNet-50",
    data: "pictures",
    stage: "final",
    asked: 1.5,
    reduction: 1.6,
    macs: 50,
    parameters: 1,
    value: 0.7,
    top5: 0.9,
    ...more,
  });
  const rows = [
    row({ stage: "tuned", asked: 1, reduction: 1, macs: 80, value: 0.75, top5: 0.95 }),
    row({}),
    row({ net: 1, value: 0.6, top5: 0.8 }),
  ];
  const [measured, ...more] = measuredOn("ResNet-50", rows, 100);
  assert.equal(more.length, 0);
  const { method, ...numbers } = measured!;
  assert.equal(method, VARIANTS.none);
  const { base, pruned, top5, reduction } = numbers;
  assertClose([base, pruned, top5!.base, top5!.pruned, reduction], [75, 65, 95, 85, 2], REORDERED_FLOAT32);
  assertClose([measuredOn("ResNet-50", rows)[0]!.reduction], [1.6], REORDERED_FLOAT32);
  const { columns, rows: lines } = publishedTable(RESNET50_IMAGENET, [measured!]);
  const at = (name: string) => lines.at(-1)![columns.indexOf(name)];
  assert.deepEqual([at("our base, top 5 (%)"), at("our pruned, top 5 (%)"), at("our MACs ÷")], [
    "95.00",
    "85.00",
    "2.00×",
  ]);
  assert.ok(!publishedTable(RESNET50_IMAGENET).columns.some((column) => column.includes("top 5")));
});

Deno.test("published differences are those of the accuracies beside them, or marked as the source's", () => {
  const { columns, rows } = publishedTable(RESNET56_CIFAR10);
  const at = (name: string) => columns.indexOf(name);
  const differs = rows.filter((row) => /the source prints/.test(String(row[at("source")])));
  assert.deepEqual(differs.map((row) => row[at("method")]), ["HRank", "DepGraph"]);
  const meta = rows.filter((row) => row[at("method")] === "Meta Pruning");
  assert.ok(
    meta.length === 3 && meta.every((row) => row[at("published pruned (%)")] === "not available to us"),
  );
  assert.equal(VGG19_CIFAR100.rows.at(-1)!.pruned, 69.75);
});

Deno.test("digits are the same for the same seed, in parts that share no picture", async () => {
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

Deno.test("what a run costs is told before it starts, and a preset that is not there is named", async () => {
  const { rows, columns } = await costEstimate(TINY, await metaSubject(TINY, 0));
  assert.equal(rows.length, 7);
  const work = columns.indexOf("multiply-accumulates");
  const parts = rows.slice(0, -1).reduce((sum, row) => sum + Number(row[work]), 0);
  assert.ok(Math.abs(parts / Number(rows.at(-1)![work]) - 1) < 0.1);
  assert.throws(() => metaPresetNamed("fast"), /expected one of quick/);
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

Deno.test("other data of a subject are other ones, in the same shape", async () => {
  const { train, others, data } = await metaSubject(TINY, 0);
  const away = others.filter((other) => other.data !== undefined) as MetaData[];
  assert.ok(away.length >= 1);
  const images = (data: ExampleSource) => (data as Examples).inputs as Tensor;
  for (const other of away) {
    assert.notEqual(other.data, data);
    assert.deepEqual(images(other.train).dims, images(train).dims);
    assert.notDeepEqual(numbersOf(images(other.train)), numbersOf(images(train)));
  }
});
