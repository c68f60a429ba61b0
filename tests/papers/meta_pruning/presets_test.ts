/** Every preset by the paper's name, beside what the paper and its official code say. */
import assert from "node:assert/strict";
import { metanetworkFor } from "../../../lib/metanet/metanetwork_for.ts";
import { metaGraph } from "../../../lib/metagraph/to_meta_graph.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { build } from "../../../lib/papers/meta_pruning/architecture.ts";
import type { Unit } from "../../../lib/experiment/mod.ts";
import { tasksOf } from "../../../lib/experiment/task.ts";
import { experimentOf, unitsOf } from "../../../lib/papers/meta_pruning/experiment.ts";
import { VARIANTS } from "../../../lib/papers/meta_pruning/meta_row.ts";
import { operationsOf } from "../../../lib/papers/meta_pruning/operations.ts";
import { type MetaPreset, PRESETS } from "../../../lib/papers/meta_pruning/presets.ts";
import type { Recipe } from "../../../lib/papers/meta_pruning/recipe.ts";

/** A network: nodes and edges of its graph, operations in the paper's unit and parameters, in millions. */
type Network = readonly [nodes: number, edges: number, operations: string, parameters: string];

const NETWORKS = {
  resnet56: [2_045, 140_720, "127.116", "0.856"],
  resnet110: [4_061, 285_872, "255.808", "1.731"],
  resnet18: [3_917, 1_398_976, "1820.2", "11.182"],
  resnet26: [11_597, 8_359_872, "2361.7", "13.967"],
  vgg19: [5_607, 2_275_520, "512.731", "20.087"],
  resnet50: [23_723, 15_445_184, "4121.9", "25.557"],
  vit: [66_283, 71_567_616, "17593.5", "86.568"],
} as const satisfies Record<string, Network>;

/** A metanetwork: layers, hidden size, features of nodes and edges, ratio, parameters. */
const METANETWORKS = {
  resnet: [8, 64, 8, [9], 0.01, 275_345],
  vgg: [8, 32, 5, [9], 0.05, 69_902],
  enlarged: [6, 16, 8, [49, 9, 1], 0.0005, 16_131],
  imagenet: [6, 16, 8, [49, 9, 1], 0.002, 16_131],
  vit: [3, 4, 6, [256, 3, 1], 0.05, 34_294],
} as const;

/** A training: epochs, rate, epochs after which it falls, images per update. */
type Schedule = readonly [epochs: number, rate: number, milestones: readonly number[], images: number];

interface Row {
  network: keyof typeof NETWORKS;
  /** Where classes are not those that the network's sizes are told for, sizes are not compared. */
  classes?: number;
  metanetwork: keyof typeof METANETWORKS;
  /** Rate, steps until it falls, images of a step, strength against the mean loss of a batch. */
  meta: readonly [rate: number, steps: number, images: number, strength: number];
  base: Schedule;
  /** Speed-up of initial pruning, and the training after it. */
  initial?: readonly [speedUp: number, schedule: Schedule];
  finetune: Schedule;
  finish: Schedule;
  /** Default 5e-4. */
  weightDecay?: number;
  /** Where it is not SGD: epochs of warm-up and where that begins, and what else is done. */
  adamW?: { warmUp: number; first: number; clip: number; labelSmoothing: number; mix: Recipe["mix"] };
  /** Lowest rates in fine-tuning, after the metanetwork and after pruning. */
  lowest?: readonly [number, number];
  /** Number of which widths are multiples: the heads of attention. */
  roundTo?: number;
  /** Cumulative speed-ups; absent where the scripts name none that can be reached. */
  targets?: readonly number[];
  seeds: readonly number[];
}

const CIFAR_BASE = [200, 0.1, [100, 150, 180], 128] as const;

/** Steps per meta-epoch are the data models: eight. */
const RESNET = {
  metanetwork: "resnet",
  meta: [1e-3, 3 * 8, 45_000, 10 / 100],
  base: CIFAR_BASE,
  finetune: [100, 0.01, [60, 90], 128],
  finish: [140, 0.01, [80, 120], 128],
  seeds: [7, 8, 9],
} as const;

const AFTER_INITIAL = [80, 0.01, [40, 70], 128] as const;

const ROWS: Record<string, Row> = {
  paper: { ...RESNET, network: "resnet56", initial: [1.32, AFTER_INITIAL], targets: [2.3, 2.9, 3] },
  "paper-whole": { ...RESNET, network: "resnet56", targets: [2.5] },
  "paper-cifar100": {
    ...RESNET,
    network: "resnet56",
    classes: 100,
    initial: [1.32, AFTER_INITIAL],
    targets: [2.3],
  },
  "paper-svhn": {
    ...RESNET,
    network: "resnet56",
    meta: [1e-3, 3 * 8, 73_257 - 5_000, 10 / 147],
    initial: [3, AFTER_INITIAL],
  },
  "paper-resnet18": {
    ...RESNET,
    network: "resnet18",
    metanetwork: "enlarged",
    meta: [1e-2, 3 * 8, 45_000, 10 / 100],
    initial: [1.7, AFTER_INITIAL],
  },
  "paper-resnet26": {
    ...RESNET,
    network: "resnet26",
    metanetwork: "enlarged",
    meta: [1e-2, 3 * 8, 1, 10],
    initial: [1.8, AFTER_INITIAL],
  },
  "paper-resnet110": { ...RESNET, network: "resnet110", initial: [2, AFTER_INITIAL], targets: [2.3] },
  "paper-vgg19": {
    network: "vgg19",
    metanetwork: "vgg",
    meta: [1e-3, 10 * 8, 45_000, 10 / 100],
    base: CIFAR_BASE,
    initial: [2, [140, 0.01, [80, 120], 128]],
    finetune: [2000, 0.01, [1850, 1950], 128],
    finish: [2000, 0.01, [1850, 1950], 128],
    targets: [8.95],
    seeds: [7, 8, 9],
  },
  "paper-resnet50": {
    network: "resnet50",
    metanetwork: "imagenet",
    // A pass over the images is 25 steps of 200 batches of 32 on each of eight GPUs; the rate falls after two.
    meta: [1e-2, 2 * 25, 200 * 32, 10 / 200],
    base: [30, 0.01, [10], 8 * 32],
    initial: [1.292, [60, 0.01, [30], 8 * 32]],
    finetune: [200, 0.01, [120, 160, 185], 8 * 32],
    finish: [200, 0.01, [120, 160, 185], 8 * 32],
    weightDecay: 1e-4,
    targets: [2.3095],
    seeds: [7],
  },
  "paper-vit": {
    network: "vit",
    metanetwork: "vit",
    meta: [1e-3, Infinity, 200 * 32, 10 / 200],
    // The official runs train for an epoch at the rate 0.
    base: [0, 1e-4, [], 8 * 128],
    initial: [1.037, [0, 1e-4, [], 8 * 128]],
    finetune: [300, 1e-4, [], 8 * 128],
    finish: [300, 5e-5, [], 8 * 128],
    weightDecay: 0.01,
    adamW: { warmUp: 30, first: 0.01, clip: 1, labelSmoothing: 0.1, mix: { mixUp: 0.2, cutMix: 0.1 } },
    lowest: [1e-6, 5e-7],
    roundTo: 12,
    targets: [1.7],
    seeds: [7],
  },
};

const presets: Record<string, MetaPreset> = PRESETS;

function scheduleOf({ epochs, rate, milestones = [], batchSize, accumulate = 1 }: Recipe): Schedule {
  return [
    epochs,
    rate,
    milestones.map((part) => Math.round(part * epochs * 1e6) / 1e6),
    batchSize * accumulate,
  ];
}

function adamWOf(recipe: Recipe): Row["adamW"] {
  const { optimizer, epochs, cosine, clip, labelSmoothing, mix } = recipe;
  if (optimizer !== "adamW") return undefined;
  const { warmUp, first } = cosine!;
  return { warmUp: Math.round(warmUp * epochs), first, clip: clip!, labelSmoothing: labelSmoothing!, mix };
}

Deno.test("every preset of the paper has its row of the paper's settings, and the other way round", () => {
  assert.deepEqual(
    Object.keys(presets).filter((name) => name.startsWith("paper")).sort(),
    Object.keys(ROWS).sort(),
  );
});

for (const [name, row] of Object.entries(ROWS)) {
  Deno.test(`${name}: network, metanetwork, schedules, batches and targets are the paper's`, () => {
    const preset = presets[name]!;
    const model = build(preset.architecture, 0);
    const graph = metaGraph(model, { layout: preset.metanetwork.layout });
    const [, , operations, learned] = NETWORKS[row.network];
    /** In millions, with as many digits as the paper's are told with. */
    const millions = (count: number, as: string) => (count / 1e6).toFixed(as.split(".")[1]!.length);
    if (row.classes === undefined) {
      assert.deepEqual(
        [
          graph.nodes,
          graph.edges,
          millions(operationsOf(model, preset.architecture), operations),
          millions(countMacs(model).parameters, learned),
        ],
        NETWORKS[row.network],
      );
    } else assert.equal("classes" in preset.architecture && preset.architecture.classes, row.classes);

    const { settings, weights } = metanetworkFor(model, preset.metanetwork);
    const parameters = Object.values(weights).reduce((sum, { size }) => sum + size, 0);
    assert.deepEqual(
      [settings.layers, settings.hidden, settings.nodeFeatures, settings.edges, settings.ratio, parameters],
      METANETWORKS[row.metanetwork],
    );

    const { meta, dataModels, initial, examples } = preset;
    const images = Math.min(examples.train, meta.batchSize! * meta.accumulate!);
    const steps = meta.milestone === 1 ? Infinity : Math.round(meta.milestone * meta.epochs * dataModels);
    assert.deepEqual([meta.rate, steps, images, meta.strength], row.meta);
    // A step that takes all images takes each of them once.
    if (images === examples.train) assert.equal(meta.accumulate, Math.ceil(images / meta.batchSize!));
    assert.deepEqual([meta.alpha, meta.statistics ?? "stored"], [16, "stored"]);

    assert.deepEqual(scheduleOf(preset.base), row.base);
    const rounded = (value: number) => Math.round(value * 1e6) / 1e6;
    assert.deepEqual(initial && [rounded(1 / initial.macs), scheduleOf(initial.training)], row.initial);
    assert.deepEqual(scheduleOf(preset.finetune), row.finetune);
    assert.deepEqual(scheduleOf(preset.finish), row.finish);
    const before = row.initial?.[0] ?? 1;
    const targets = preset.finals.map((part) => rounded(part * before));
    assert.deepEqual(targets, row.targets ?? targets);
    assert.deepEqual(preset.metaSeeds, row.seeds);
    for (const { weightDecay = 5e-4 } of [preset.base, preset.finetune, preset.finish]) {
      assert.equal(weightDecay, row.weightDecay ?? 5e-4);
    }
    const { finetune, finish } = preset;
    for (const recipe of [finetune, finish]) assert.deepEqual(adamWOf(recipe), row.adamW);
    assert.deepEqual(finetune.cosine && [finetune.cosine.last, finish.cosine!.last], row.lowest);
    assert.equal(preset.roundTo, row.roundTo);
  });
}

/** Names by which the units of a preset are kept, with all that they need: of the regulariser alone, and of the rest. */
async function namesOf(preset: MetaPreset): Promise<Record<"control" | "rest", Set<string>>> {
  const digests = new Proxy({}, { get: (_, name) => `digest of ${String(name)}` });
  const { units, closeLook } = await experimentOf(preset, { seed: 0 });
  const tasks = tasksOf([...units, closeLook], { engine: "native", machine: "any", digests });
  const isControl = ({ kind, spec }: Unit) =>
    kind.name === "meta_pruning/distance" ||
    (spec as { about?: { variant: string } }).about?.variant === VARIANTS.shrunk;
  const names = (control: boolean) =>
    new Set([...tasks].filter(([unit]) => isControl(unit) === control).map(([, { name }]) => name));
  return { control: names(true), rest: names(false) };
}

Deno.test("with other distances to choose among, the regulariser alone is computed anew, and nothing else", async () => {
  for (const [name, preset] of Object.entries(presets)) {
    const before = await namesOf(preset);
    const after = await namesOf({ ...preset, shrink: { distances: [...preset.shrink.distances, 3] } });
    assert.ok(before.control.size > 2 && before.rest.size > 10, name);
    assert.deepEqual(after.rest, before.rest, name);
    assert.ok(
      after.control.isDisjointFrom(before.control) && after.control.size === before.control.size,
      name,
    );
  }
});

Deno.test("what a preset asks for is units, also where its data are not on this machine", async () => {
  const before = Deno.env.get("ESPALIER_DATA");
  const cache = Deno.env.get("XDG_CACHE_HOME");
  const folder = await Deno.makeTempDir();
  try {
    Deno.env.set("ESPALIER_DATA", folder);
    Deno.env.set("XDG_CACHE_HOME", folder);
    for (const [name, preset] of Object.entries(presets)) {
      const units = await unitsOf(preset, { seed: 0 });
      assert.ok(units.length > 10, name);
      for (const { kind, spec } of units) {
        assert.ok(kind.label(spec).length > 0 && !(kind.seconds?.(spec)! <= 0));
      }
      assert.match(
        preset.about,
        /(minutes|hours|long|longer|years|decades|century|processor cores|nothing)/,
        name,
      );
    }
  } finally {
    for (const [name, value] of [["ESPALIER_DATA", before], ["XDG_CACHE_HOME", cache]] as const) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    await Deno.remove(folder, { recursive: true });
  }
});
