import type { MetanetworkSettings } from "../../metanet/metanetwork_parameters.ts";
import type { WeightCut } from "./single_weights.ts";

/** How one training runs: SGD with momentum 0.9, the rate divided by ten at each milestone. */
export interface Recipe {
  epochs: number;
  rate: number;
  /** Parts of the run. */
  milestones: readonly number[];
  batchSize: number;
  /** Batches whose gradients are averaged for an update. Default 1. */
  accumulate?: number;
  /** Default 5e-4. */
  weightDecay?: number;
  /** Crops and flips. Default false. */
  augment?: boolean;
}

/** How much work the experiment does, and on what. */
export interface MetaPreset {
  /** What is pruned; {@linkcode metaSubject} knows them. */
  subject: "mlp" | "resnet20" | "resnet56" | "vgg19" | "resnet50" | "cnn";
  /** Networks that the metanetwork is trained on, and that it is tried on; one more is for choosing. */
  dataModels: number;
  heldOut: number;
  /** Examples to train on, to choose on and to test on; fewer where there are fewer. */
  examples: { train: number; validation: number; test: number };
  /** Metanetworks, each from its own seed. */
  metaSeeds: readonly number[];
  metanetwork:
    & { layers: number; hidden: number; ratio: number }
    & Pick<Partial<MetanetworkSettings>, "edges" | "layout">;
  meta: {
    epochs: number;
    /** One is kept, and may be chosen, every so many meta-epochs. */
    every: number;
    rate: number;
    milestone: number;
    strength: number;
    alpha: number;
    /** Examples per step; absent: all. */
    batchSize?: number;
    /** Batches whose gradients are averaged for a step. Default 1. */
    accumulate?: number;
    /** What norms go by in meta-training. Default `"stored"`, as published. */
    statistics?: "stored" | "batch";
  };
  base: Recipe;
  /** Initial pruning of every network, before anything else. Default: none. */
  initial?: { macs: number; training: Recipe };
  /** After the metanetwork; controls get the same. */
  finetune: Recipe;
  /** After pruning. */
  finish: Recipe;
  /** Takes the statistics of batch norms anew before accuracy is measured without training. Default false. */
  reestimate?: boolean;
  /** DepGraph's sparse training, the control with the same aim: epochs, and its regulariser's strength. */
  sparse: { epochs: number; strength: number };
  /** The regulariser followed by itself, the control for what a metanetwork learns: how far. */
  shrink: { distance: number };
  /** Where accuracy is looked at without training: original cost ÷ cost. */
  reductions: readonly number[];
  /** Where the pruned network is trained again. */
  finals: readonly number[];
  /** Single weights that go in place of channels, before the network is trained again. Default: none. */
  cuts?: readonly WeightCut[];
  /** Whether the five best answers are looked at, too. Default false. */
  top5?: boolean;
  /** Whether trainings last so long that they are saved on the way. Default false. */
  resumes?: boolean;
  /** What a metanetwork may cost in accuracy before pruning, when one is chosen. */
  tolerance: number;
}

/** Names of the presets. */
export type MetaPresetName = keyof typeof META_PRESETS;

const P0 = { epochs: 10, rate: 0.01, milestones: [0.6, 0.9], batchSize: 50 };

const HALF_AND_QUARTER = [{ n: 2, m: 4 }, { n: 1, m: 4 }] as const;

/** Eight GPUs took 32 pictures each, and each of them its own batch's statistics. */
const IMAGENET = { rate: 0.01, batchSize: 32, accumulate: 8, weightDecay: 1e-4 };

const CIFAR = { rate: 0.01, milestones: [0.6, 0.9], batchSize: 128, augment: true };

/** All 45,000 training examples for each step of meta-training, as in the official code. */
const WHOLE = { batchSize: 500, accumulate: 90 };

/** Settings of the official code's CIFAR runs that all of them share. */
const OFFICIAL = {
  dataModels: 8,
  heldOut: 1,
  examples: { train: 45_000, validation: 5_000, test: 10_000 },
  metaSeeds: [7, 8, 9],
  base: { epochs: 200, rate: 0.1, milestones: [0.5, 0.75, 0.9], batchSize: 128, augment: true },
  reestimate: false,
  resumes: true,
  sparse: { epochs: 100, strength: 5e-4 },
  shrink: { distance: 0.2 },
  cuts: [{ sparsity: 0.8 }, ...HALF_AND_QUARTER],
  tolerance: 0.02,
} as const;

/**
 * `quick` takes minutes on two CPU cores and downloads nothing: two hidden layers on 8×8 pictures. `laptop`: ResNet-20 on
 * 3,500 pictures of CIFAR-10, then ResNet-56 by the same metanetwork, some hours. `cnn`: a small convolutional network with batch
 * norms on the pictures of `quick`, minutes as well. `paper`: the settings of the official
 * code for ResNet-56 on CIFAR-10; `paper-vgg19`: those for VGG-19 on CIFAR-100; `paper-resnet50`: those for ResNet-50 on
 * ImageNet, from the user's folder.
 */
export const META_PRESETS = {
  quick: {
    subject: "mlp",
    dataModels: 4,
    heldOut: 3,
    examples: { train: 1000, validation: 500, test: 1000 },
    metaSeeds: [1, 2, 3],
    metanetwork: { layers: 3, hidden: 16, ratio: 0.02 },
    meta: { epochs: 16, every: 2, rate: 5e-3, milestone: 0.9, strength: 0.1, alpha: 16 },
    base: { epochs: 30, rate: 0.05, milestones: [0.6, 0.9], batchSize: 50 },
    finetune: { ...P0, epochs: 20 },
    finish: P0,
    sparse: { epochs: 10, strength: 5e-3 },
    shrink: { distance: 0.2 },
    reductions: [1, 2, 3, 4, 6, 8, 12],
    finals: [4, 8, 12],
    cuts: [{ sparsity: 0.8 }, { sparsity: 0.9 }, { sparsity: 0.95 }, ...HALF_AND_QUARTER, { n: 1, m: 8 }],
    tolerance: 0.03,
  },
  cnn: {
    subject: "cnn",
    dataModels: 4,
    heldOut: 3,
    examples: { train: 1000, validation: 500, test: 1000 },
    metaSeeds: [1, 2],
    metanetwork: { layers: 3, hidden: 32, ratio: 0.02 },
    meta: {
      epochs: 16,
      every: 2,
      rate: 5e-3,
      milestone: 0.75,
      strength: 0.1,
      alpha: 16,
      statistics: "batch",
    },
    base: { epochs: 15, rate: 0.05, milestones: [0.6, 0.9], batchSize: 50 },
    finetune: P0,
    finish: P0,
    reestimate: true,
    sparse: { epochs: 10, strength: 2e-2 },
    shrink: { distance: 0.4 },
    reductions: [1, 2, 3, 4, 6, 8, 12],
    finals: [8],
    tolerance: 0.03,
  },
  laptop: {
    subject: "resnet20",
    dataModels: 2,
    heldOut: 1,
    examples: { train: 3500, validation: 500, test: 1017 },
    metaSeeds: [1],
    metanetwork: { layers: 3, hidden: 32, ratio: 0.02 },
    meta: {
      epochs: 15,
      every: 3,
      rate: 5e-3,
      milestone: 0.8,
      strength: 0.1,
      alpha: 16,
      batchSize: 250,
      statistics: "batch",
    },
    base: { ...CIFAR, batchSize: 64, epochs: 20, rate: 0.1 },
    finetune: { ...CIFAR, batchSize: 64, epochs: 8 },
    finish: { ...CIFAR, batchSize: 64, epochs: 8 },
    reestimate: true,
    resumes: true,
    sparse: { epochs: 8, strength: 1e-2 },
    shrink: { distance: 0.4 },
    reductions: [1, 1.5, 2, 2.5, 3],
    finals: [2],
    tolerance: 0.02,
  },
  paper: {
    ...OFFICIAL,
    subject: "resnet56",
    metanetwork: { layers: 8, hidden: 64, ratio: 0.01 },
    meta: { epochs: 100, every: 1, rate: 1e-3, milestone: 0.03, strength: 0.1, alpha: 16, ...WHOLE },
    initial: { macs: 1 / 1.32, training: { ...CIFAR, epochs: 80, milestones: [0.5, 0.875] } },
    finetune: { ...CIFAR, epochs: 100 },
    finish: { ...CIFAR, epochs: 140, milestones: [80 / 140, 120 / 140] },
    reductions: [1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3],
    finals: [2.3 / 1.32, 2.9 / 1.32, 3 / 1.32],
  },
  "paper-vgg19": {
    ...OFFICIAL,
    subject: "vgg19",
    metanetwork: { layers: 8, hidden: 32, ratio: 0.05 },
    meta: { epochs: 100, every: 1, rate: 1e-3, milestone: 0.1, strength: 0.1, alpha: 16, ...WHOLE },
    initial: { macs: 0.5, training: { ...CIFAR, epochs: 140, milestones: [80 / 140, 120 / 140] } },
    finetune: { ...CIFAR, epochs: 2000, milestones: [0.925, 0.975] },
    finish: { ...CIFAR, epochs: 2000, milestones: [0.925, 0.975] },
    reductions: [1, 2, 3, 4, 5],
    finals: [8.95 / 2],
  },
  "paper-resnet50": {
    ...OFFICIAL,
    subject: "resnet50",
    dataModels: 2,
    examples: { train: 1_231_167, validation: 50_000, test: 50_000 },
    metaSeeds: [7],
    metanetwork: { layers: 6, hidden: 16, ratio: 0.002, edges: [49, 9, 1], layout: "published" },
    // An official meta-epoch is 25 steps, the rate falls after two, and the twelfth or sixteenth was chosen: here two steps
    // are one, and every fourth of the official ones up to the twentieth is kept. 10 against a sum of 200 batches is 0.05.
    meta: {
      epochs: 250,
      every: 50,
      rate: 1e-2,
      milestone: 0.1,
      strength: 0.05,
      alpha: 16,
      batchSize: 32,
      accumulate: 200,
    },
    base: { ...IMAGENET, epochs: 30, milestones: [1 / 3] },
    initial: { macs: 1 / 1.2920, training: { ...IMAGENET, epochs: 60, milestones: [0.5] } },
    finetune: { ...IMAGENET, epochs: 200, milestones: [0.6, 0.8, 0.925] },
    finish: { ...IMAGENET, epochs: 200, milestones: [0.6, 0.8, 0.925] },
    reductions: [1, 1.1, 1.2, 1.35, 1.5, 1.65, 1.8, 1.95],
    finals: [2.3095 / 1.2920],
    cuts: [],
    top5: true,
  },
} as const satisfies Record<string, MetaPreset>;

/** The preset of a name; throws with the names there are. */
export function metaPresetNamed(name: string): MetaPreset {
  if (!Object.hasOwn(META_PRESETS, name)) {
    throw new RangeError(
      `Cannot find preset "${name}": expected one of ${Object.keys(META_PRESETS).join(", ")}`,
    );
  }
  return META_PRESETS[name as MetaPresetName];
}
