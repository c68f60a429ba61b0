import type { Architecture } from "./architecture.ts";
import type { DataSpec } from "./data/data.ts";
import type { MetanetworkSpec, MetaRecipe } from "./kinds/meta_training.ts";
import type { Recipe } from "./recipe.ts";
import type { WeightCut } from "./weight_cut.ts";

/**
 * How much work the experiment does, and on what. (An alias, not an interface: `reproduce` reads it as any
 * preset.)
 */
export type MetaPreset = {
  /** Description of the preset, and how long it takes. */
  about: string;
  /** Architecture that is pruned. */
  architecture: Architecture;
  /** Data set that networks learn. */
  data: DataSpec["set"];
  /** Networks and data that no metanetwork was trained on. Default: nothing. */
  transfer?: {
    architectures?: readonly Architecture[];
    /** Networks of each of these architectures. Default 1. */
    networks?: number;
    /**
     * Other data, with networks and a metanetwork of their own, where they are on this machine. `digits` are
     * those of other templates, and MNIST's.
     */
    data?: readonly { set: DataSpec["set"]; architecture: Architecture }[];
  };
  /** Networks that the metanetwork is trained on, and that it is tried on; one more is for choosing. */
  dataModels: number;
  /** Networks that the metanetwork is tried on. */
  heldOut: number;
  /** Examples to train on, to choose on and to test on; fewer where there are fewer. */
  examples: DataSpec["examples"];
  /** Metanetworks, each from its own seed. */
  metaSeeds: readonly number[];
  /** Settings of the metanetworks. */
  metanetwork: MetanetworkSpec;
  /** How metanetworks are trained. */
  meta: MetaRecipe;
  /** How networks are trained. */
  base: Recipe;
  /** Initial pruning of every network, before anything else. Default: none. */
  initial?: { macs: number; training: Recipe };
  /** Training after the metanetwork; controls get the same. */
  finetune: Recipe;
  /** Training after pruning. */
  finish: Recipe;
  /** Takes the statistics of batch norms anew before accuracy is measured without training. Default false. */
  reestimate?: boolean;
  /** DepGraph's sparse training, the control with the same aim: epochs, and its regulariser's strength. */
  sparse: { epochs: number; strength: number };
  /**
   * The regulariser followed by itself, the control for what a metanetwork learns: how far, of which one is
   * chosen as one of the metanetworks is.
   */
  shrink: { distances: readonly number[] };
  /** Reductions at which accuracy is looked at without training: original cost ÷ cost. */
  reductions: readonly number[];
  /** Reductions at which the pruned network is trained again. */
  finals: readonly number[];
  /** Single weights that go in place of channels, before the network is trained again. Default: none. */
  cuts?: readonly WeightCut[];
  /** Number of which every pruning makes widths a multiple. Default 1. */
  roundTo?: number;
  /** Whether the five best answers are looked at, too. Default false. */
  top5?: boolean;
  /** Accuracy that a metanetwork, or the regulariser, may cost before pruning, when one is chosen. */
  tolerance: number;
};

/** Names of the presets. */
export type PresetName =
  | "quick"
  | "cnn"
  | "laptop"
  | "paper"
  | "paper-whole"
  | "paper-cifar100"
  | "paper-svhn"
  | "paper-resnet110"
  | "paper-vgg19"
  | "paper-resnet18"
  | "paper-resnet26"
  | "paper-resnet50"
  | "paper-vit";

const P0 = { epochs: 10, rate: 0.01, milestones: [0.6, 0.9], batchSize: 50 };

const TWO_LAYERS = { kind: "mlp", hidden: [64, 64] } as const;

/**
 * Distances from one that changes hardly anything to one that costs half of the accuracy: as many as `quick`
 * keeps metanetworks.
 */
const DISTANCES = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8] as const;

/** Five distances of the same range, where trying one takes long. */
const FEW_DISTANCES = [0.05, 0.1, 0.2, 0.4, 0.8] as const;

const HALF_AND_QUARTER = [{ n: 2, m: 4 }, { n: 1, m: 4 }] as const;

/** Eight GPUs took 32 images each, and each of them its own batch's statistics. */
const IMAGENET = { rate: 0.01, batchSize: 32, accumulate: 8, weightDecay: 1e-4 };

const CIFAR = { rate: 0.01, milestones: [0.6, 0.9], batchSize: 128, augment: true };

/** Fine-tuning of ViT-B/16, as torchvision trains such networks, shorter: eight GPUs took 128 images each. */
const VIT = {
  epochs: 300,
  rate: 1e-4,
  cosine: { last: 1e-6, warmUp: 0.1, first: 0.01 },
  optimizer: "adamW",
  batchSize: 128,
  accumulate: 8,
  weightDecay: 0.01,
  clip: 1,
  labelSmoothing: 0.1,
  mix: { mixUp: 0.2, cutMix: 0.1 },
} as const;

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
  sparse: { epochs: 100, strength: 5e-4 },
  shrink: { distances: DISTANCES },
  cuts: [{ sparsity: 0.8 }, ...HALF_AND_QUARTER],
  tolerance: 0.02,
} as const;

/** The published layout of CIFAR's networks: every edge has the nine taps of a 3×3 kernel. */
const PADDED = { edges: [9], layout: "published" } as const;

/** Settings that the official runs of CIFAR's ResNets share. */
const RESNET = {
  ...OFFICIAL,
  metanetwork: { layers: 8, hidden: 64, ratio: 0.01, ...PADDED },
  meta: { epochs: 100, every: 1, rate: 1e-3, milestone: 0.03, strength: 0.1, alpha: 16, ...WHOLE },
  finetune: { ...CIFAR, epochs: 100 },
  finish: { ...CIFAR, epochs: 140, milestones: [80 / 140, 120 / 140] },
} as const;

/** Settings that the official runs on enlarged images share. */
const LARGE = {
  ...OFFICIAL,
  data: "cifar10-224",
  metanetwork: { layers: 6, hidden: 16, ratio: 0.0005, edges: [49, 9, 1], layout: "published" },
  meta: { epochs: 100, every: 1, rate: 1e-2, milestone: 0.03, alpha: 16 },
  finetune: RESNET.finetune,
  finish: RESNET.finish,
  reductions: [1, 1.5, 2, 2.5, 3],
  // The scripts name none.
  finals: [2],
  cuts: [],
} as const;

function resnet(depth: 56 | 110, classes = 10): Architecture {
  return { kind: "resnet", depth, classes, shortcut: "B" };
}

/** Initial pruning of the official ResNets by a speed-up. */
function initialPruning(speedUp: number): { macs: number; training: Recipe } {
  return { macs: 1 / speedUp, training: { ...CIFAR, epochs: 80, milestones: [0.5, 0.875] } };
}

/** The settings of the experiment by name; each says what it is. */
export const PRESETS: Readonly<Record<PresetName, MetaPreset>> = {
  quick: {
    about: "two hidden layers on 8×8 images, three minutes on two processor cores, nothing is downloaded",
    architecture: TWO_LAYERS,
    data: "digits",
    transfer: {
      architectures: [{ kind: "mlp", hidden: [96, 48] }, { kind: "mlp", hidden: [64, 64, 64] }],
      networks: 2,
      data: [{ set: "digits", architecture: TWO_LAYERS }],
    },
    dataModels: 4,
    heldOut: 8,
    examples: { train: 1000, validation: 500, test: 1000 },
    metaSeeds: [1, 2, 3],
    metanetwork: { layers: 3, hidden: 16, ratio: 0.02 },
    meta: { epochs: 16, every: 2, rate: 5e-3, milestone: 0.9, strength: 0.1, alpha: 16 },
    base: { epochs: 30, rate: 0.05, milestones: [0.6, 0.9], batchSize: 50 },
    finetune: { ...P0, epochs: 20 },
    finish: P0,
    sparse: { epochs: 10, strength: 5e-3 },
    shrink: { distances: DISTANCES },
    reductions: [1, 2, 3, 4, 6, 8, 12],
    finals: [4, 8, 12],
    cuts: [{ sparsity: 0.8 }, { sparsity: 0.9 }, { sparsity: 0.95 }, ...HALF_AND_QUARTER, { n: 1, m: 8 }],
    tolerance: 0.03,
  },
  cnn: {
    about: "three convolutions with batch norms on the images of quick, minutes as well",
    architecture: { kind: "cnn", widths: [32, 64, 64] },
    data: "digits",
    transfer: { architectures: [{ kind: "cnn", widths: [48, 48, 48] }] },
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
    shrink: { distances: DISTANCES },
    reductions: [1, 2, 3, 4, 6, 8, 12],
    finals: [8],
    tolerance: 0.03,
  },
  laptop: {
    about:
      "four ResNet-20 on 3,500 images of CIFAR-10, then ResNet-56 by the same metanetwork, four hours or five",
    architecture: { kind: "resnet", depth: 20, classes: 10, shortcut: "A" },
    data: "cifar10",
    transfer: { architectures: [{ kind: "resnet", depth: 56, classes: 10, shortcut: "A" }] },
    dataModels: 2,
    heldOut: 4,
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
    sparse: { epochs: 8, strength: 1e-2 },
    shrink: { distances: FEW_DISTANCES },
    reductions: [1, 1.5, 2, 2.5, 3],
    finals: [2],
    tolerance: 0.02,
  },
  paper: {
    ...RESNET,
    about: "ResNet-56 on CIFAR-10 by the official settings, a year and more on two processor cores",
    architecture: resnet(56),
    data: "cifar10",
    transfer: {
      architectures: [resnet(110)],
      data: [{ set: "cifar100", architecture: resnet(56, 100) }],
    },
    initial: initialPruning(1.32),
    reductions: [1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3],
    finals: [2.3 / 1.32, 2.9 / 1.32, 3 / 1.32],
  },
  "paper-whole": {
    ...RESNET,
    about: "ResNet-56 on CIFAR-10 without initial pruning by the official settings, as long",
    architecture: resnet(56),
    data: "cifar10",
    reductions: [1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3],
    finals: [2.5],
  },
  "paper-cifar100": {
    ...RESNET,
    about: "ResNet-56 on CIFAR-100 by the official settings, as long",
    architecture: resnet(56, 100),
    data: "cifar100",
    transfer: { data: [{ set: "cifar10", architecture: resnet(56) }] },
    initial: initialPruning(1.32),
    reductions: [1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3],
    finals: [2.3 / 1.32],
  },
  "paper-svhn": {
    ...RESNET,
    about: "ResNet-56 on SVHN by the official settings, longer still",
    architecture: resnet(56),
    data: "svhn",
    transfer: { data: [{ set: "cifar10", architecture: resnet(56) }] },
    examples: { train: 68_257, validation: 5_000, test: 26_032 },
    // 10 against a sum of 147 batches, as published; without those kept apart they are 137.
    meta: { ...RESNET.meta, strength: 10 / 147, accumulate: 137 },
    initial: initialPruning(3),
    reductions: [1, 1.5, 2, 3, 4, 5, 6],
    // The scripts name none that lies above initial pruning.
    finals: [2],
  },
  "paper-resnet110": {
    ...RESNET,
    about:
      "ResNet-110 on CIFAR-10, then ResNet-56 by its metanetwork, by the official settings, twice as long",
    architecture: resnet(110),
    data: "cifar10",
    transfer: { architectures: [resnet(56)] },
    initial: initialPruning(2),
    reductions: [1, 1.25, 1.5, 1.75, 2, 2.25, 2.5],
    finals: [2.3 / 2],
  },
  "paper-vgg19": {
    ...OFFICIAL,
    about: "VGG-19 on CIFAR-100 by the official settings, decades on two processor cores",
    architecture: { kind: "vgg", depth: 19, classes: 100 },
    data: "cifar100",
    transfer: { architectures: [{ kind: "vgg", depth: 16, classes: 100 }] },
    metanetwork: { layers: 8, hidden: 32, ratio: 0.05, ...PADDED },
    meta: { epochs: 100, every: 1, rate: 1e-3, milestone: 0.1, strength: 0.1, alpha: 16, ...WHOLE },
    initial: { macs: 0.5, training: { ...CIFAR, epochs: 140, milestones: [80 / 140, 120 / 140] } },
    finetune: { ...CIFAR, epochs: 2000, milestones: [0.925, 0.975] },
    finish: { ...CIFAR, epochs: 2000, milestones: [0.925, 0.975] },
    reductions: [1, 2, 3, 4, 5],
    finals: [8.95 / 2],
  },
  "paper-resnet18": {
    ...LARGE,
    about:
      "ResNet-18 on CIFAR-10 enlarged to 224×224 by the official settings, decades on two processor cores",
    architecture: { kind: "resnet-imagenet", depth: 18, classes: 10, pretrained: false },
    // As many images to a step as elsewhere, fewer at a time.
    meta: { ...LARGE.meta, strength: 0.1, batchSize: 50, accumulate: 900 },
    initial: initialPruning(1.7),
  },
  "paper-resnet26": {
    ...LARGE,
    about: "ResNet-26 with bottlenecks on the same, as long",
    architecture: { kind: "resnet-imagenet", depth: 26, classes: 10, pretrained: false },
    // One image to a step, as in the official settings.
    meta: { ...LARGE.meta, strength: 10, batchSize: 1, accumulate: 1 },
    initial: initialPruning(1.8),
  },
  "paper-resnet50": {
    ...OFFICIAL,
    about:
      "ResNet-50 on ImageNet from the user's folder by the official settings, nearly two centuries on two processor cores",
    architecture: { kind: "resnet-imagenet", depth: 50, classes: 1000, pretrained: true },
    data: "imagenet",
    dataModels: 2,
    examples: { train: 1_231_167, validation: 50_000, test: 50_000 },
    metaSeeds: [7],
    metanetwork: { layers: 6, hidden: 16, ratio: 0.002, edges: [49, 9, 1], layout: "published" },
    // An official meta-epoch is 25 steps, the rate falls after two, and the twelfth or sixteenth was chosen:
    // here two steps are one, and every fourth of the official ones up to the twentieth is kept. 10 against a
    // sum of 200 batches is 0.05.
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
    shrink: { distances: FEW_DISTANCES },
    cuts: [],
    top5: true,
  },
  "paper-vit": {
    ...OFFICIAL,
    about:
      "ViT-B/16 on ImageNet from the user's folder by the official settings, centuries on two processor cores",
    architecture: { kind: "vit", classes: 1000, pretrained: true },
    data: "imagenet",
    // All of them are the checkpoint: the official run, too, learns from the network that it then prunes.
    dataModels: 1,
    examples: { train: 1_231_167, validation: 50_000, test: 50_000 },
    metaSeeds: [7],
    metanetwork: { layers: 3, hidden: 4, ratio: 0.05, edges: [256, 3, 1], layout: "published" },
    // An official meta-epoch is 25 steps, of 200 batches of 32 on each of eight GPUs, and the twenty-second
    // was chosen: here a step is one, and the eleventh and the twenty-second of the official ones are kept.
    meta: {
      epochs: 550,
      every: 275,
      rate: 1e-3,
      milestone: 1,
      strength: 0.05,
      alpha: 16,
      batchSize: 32,
      accumulate: 200,
    },
    // Nothing is trained before the metanetwork; controls from new weights are trained by this.
    base: { ...VIT, epochs: 0 },
    initial: { macs: 1 / 1.0370, training: { ...VIT, epochs: 0 } },
    finetune: VIT,
    finish: { ...VIT, rate: 5e-5, cosine: { ...VIT.cosine, last: 5e-7 } },
    reductions: [1, 1.1, 1.2, 1.35, 1.5, 1.65, 1.8, 1.95],
    finals: [1.7 / 1.0370],
    roundTo: 12,
    shrink: { distances: FEW_DISTANCES },
    cuts: [],
    top5: true,
  },
};
