import assert from "node:assert/strict";
import { costEstimate } from "../../lib/metanet/estimate.ts";
import { run } from "../../lib/metanet/experiment.ts";
import { type MetaRow, VARIANTS } from "../../lib/metanet/meta_row.ts";
import type { MetaConfig } from "../../lib/metanet/networks.ts";
import {
  accuracyAgainstReduction,
  accuracyByMetaEpoch,
  metaTrainingCurve,
  transferFigure,
} from "../../lib/metanet/figures.ts";
import {
  acceptanceTable,
  areas,
  choiceTable,
  comparisonTable,
  measuredOn,
  publishedTable,
  summarize,
} from "../../lib/metanet/tables.ts";
import { META_PRESETS, type MetaPreset, metaPresetNamed } from "../../lib/metanet/presets.ts";
import { RESNET56_CIFAR10, VGG19_CIFAR100 } from "../../lib/metanet/published_results.ts";
import { loadRows } from "../../lib/metanet/saved_rows.ts";
import { smallDigits } from "../../lib/metanet/small_digits.ts";
import { layerStatistics } from "../../lib/metanet/statistics.ts";
import { metaSubject } from "../../lib/metanet/subject.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, numbersOf } from "../../lib/onnx/tensor.ts";
import type { Tensor } from "../../lib/deps.ts";
import { silent } from "../../lib/progress.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

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
      new Set(["meta-training", "choice", "held-out", "transfer"]),
    );
    assert.deepEqual(
      new Set(rows.filter(({ part }) => part === "held-out").map(({ variant }) => variant)),
      new Set(Object.values(VARIANTS)),
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
    ]
  ) assert.match(figure.svg, /^<svg/);
  assert.equal(comparisonTable(rows).rows.length, variants.length);
  assert.equal(choiceTable(rows).rows.length, 2);
  assert.equal(choiceTable(rows).rows.filter((row) => row.includes("chosen")).length, 1);
  assert.equal(acceptanceTable(rows).rows.length, 6);
  assert.ok(areas(rows.filter(({ part }) => part === "held-out")).every((area) => area > 0 && area <= 1));
  const ours = measuredOn("MLP 64-64", rows);
  const { columns, rows: lines } = publishedTable(RESNET56_CIFAR10, ours);
  assert.equal(lines.length, RESNET56_CIFAR10.rows.length + ours.length);
  for (const line of lines) {
    const filled = (start: string) => columns.some((column, i) => column.startsWith(start) && line[i] !== "");
    assert.ok(filled("published") !== filled("our"), "published and measured numbers share no row's columns");
  }
}

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

Deno.test("mean and sample deviation", () => {
  assert.deepEqual(summarize([1, 2, 3]), { mean: 2, deviation: 1, count: 3 });
  assert.deepEqual(summarize([5]), { mean: 5, deviation: 0, count: 1 });
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

Deno.test("filters that are copies span one direction, orthogonal ones as many as there are", () => {
  const of = (weight: Tensor) => {
    const model = mlp({ sizes: [3, 3, 2] });
    const initializers = new Map([...model.graph.initializers, ["0.weight", weight] as const]);
    return layerStatistics(model.withGraph({ ...model.graph, initializers }) as Model)[0]!;
  };
  const same = of(float32([1, 2, -2, 1, 2, -2, -1, -2, 2], [3, 3]));
  assertClose([same.l1, same.l2, same.correlation, same.directions], [5, 3, 1, 1], REORDERED_FLOAT32);
  const apart = of(float32([2, 0, 0, 0, 2, 0, 0, 0, 2], [3, 3]));
  assertClose([apart.l1, apart.l2, apart.correlation, apart.directions], [2, 2, 0, 3], REORDERED_FLOAT32);
});

Deno.test("what a run costs is told before it starts, and a preset that is not there is named", async () => {
  const { rows, columns } = costEstimate(TINY, await metaSubject(TINY, 0));
  assert.equal(rows.length, 6);
  const work = columns.indexOf("multiply-accumulates");
  const parts = rows.slice(0, -1).reduce((sum, row) => sum + Number(row[work]), 0);
  assert.ok(Math.abs(parts / Number(rows.at(-1)![work]) - 1) < 0.1);
  assert.throws(() => metaPresetNamed("fast"), /expected one of quick/);
});
