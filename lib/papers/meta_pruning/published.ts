import { withoutUndefined } from "../../options.ts";

/** A row of a published table; an absent number is "not available to us". */
export interface PublishedRow {
  /** Way of pruning. */
  method: string;
  /** Accuracy in percent, top-1, before and after pruning. */
  base?: number;
  /** Accuracy after pruning, top-1, in percent. */
  pruned?: number;
  /** Difference as the source prints it, where it cannot be computed or differs from what can. */
  printedDelta?: number;
  /** Original cost ÷ cost. */
  reduction?: number;
  /** The speed-up that the official scripts ask for, where what they reached is not known to us. */
  target?: number;
  /** Publication, and its table. */
  source: string;
  /** Remark on the row for a reader. */
  note?: string;
}

/** A published table. */
export interface PublishedTable {
  /** The table's title. */
  title: string;
  /** Network and data. */
  task: string;
  /** Rows of the table. */
  rows: readonly PublishedRow[];
}

const DEPGRAPH = "Torch-Pruning 1.6.1, reproduce/readme.md (DepGraph's benchmark)";
const PAPER = "arXiv 2506.12041; its tables were not available to us";
const REVIEW = "public ICLR 2026 reviews of arXiv 2506.12041";
const LOGS = "training logs in the official repository's history, April and May 2025";

type Line = [
  method: string,
  base: number | null,
  pruned: number | null,
  reduction: number | null,
  printedDelta?: number,
];

function rowsFrom(lines: readonly Line[], source: string): PublishedRow[] {
  return lines.map(([method, base, pruned, reduction, printedDelta]) =>
    withoutUndefined({
      method,
      source,
      base: base ?? undefined,
      pruned: pruned ?? undefined,
      reduction: reduction ?? undefined,
      printedDelta,
    })
  );
}

/** Main table 1: ResNet-56 on CIFAR-10. Which of the baseline rows the paper repeats is not known. */
export const RESNET56_CIFAR10: PublishedTable = {
  title: "Main table 1",
  task: "ResNet-56 on CIFAR-10",
  rows: [
    ...rowsFrom([
      ["NIPS", null, null, 1.76, -0.03],
      ["Geometric", 93.59, 93.26, 1.70],
      ["Polar", 93.80, 93.83, 1.88],
      ["CP", 92.80, 91.80, 2.00],
      ["AMC", 92.80, 91.90, 2.00],
      ["HRank", 93.26, 92.17, 2.00, -0.09],
      ["SFP", 93.59, 93.36, 2.11],
      ["ResRep", 93.71, 93.71, 2.12],
      ["Group-L1", 93.53, 92.93, 2.12],
      ["Group-BN", 93.53, 93.29, 2.12],
      ["Group-GReg", 93.53, 93.55, 2.12],
      ["DepGraph without sparse learning", 93.53, 93.46, 2.11],
      ["DepGraph", 93.53, 93.77, 2.13, 0.38],
      ["GBN", 93.10, 92.77, 2.51],
      ["AFP", 93.93, 92.94, 2.56],
      ["C-SGD", 93.39, 93.44, 2.55],
      ["GReg-1", 93.36, 93.18, 2.55],
      ["GReg-2", 93.36, 93.36, 2.55],
      ["DepGraph without sparse learning", 93.53, 93.36, 2.51],
      ["DepGraph", 93.53, 93.64, 2.57],
    ], DEPGRAPH),
    { method: "ATO", source: REVIEW, note: "in the paper's table, numbers not available to us" },
    ...[2.3, 2.9, 3.0].map((target): PublishedRow => ({
      method: "Meta Pruning",
      target,
      source: PAPER,
      note:
        "target from the official scripts, seeds 7, 8, 9; a review calls it about equal to DepGraph and ATO",
    })),
  ],
};

/** Main table 2: VGG-19 on CIFAR-100. */
export const VGG19_CIFAR100: PublishedTable = {
  title: "Main table 2",
  task: "VGG-19 on CIFAR-100",
  rows: [
    ...rowsFrom([
      ["OBD", 73.34, 60.70, 5.73],
      ["OBD", 73.34, 60.66, 6.09],
      ["EigenDamage", 73.34, 65.18, 8.80],
      ["GReg-1", 74.02, 67.55, 8.84, -6.67],
      ["GReg-2", 74.02, 67.75, 8.84],
      ["DepGraph without sparse learning", 73.50, 67.60, 8.87, -5.44],
      ["DepGraph", 73.50, 70.39, 8.92],
    ], DEPGRAPH),
    {
      method: "Meta Pruning",
      pruned: 69.75,
      target: 8.95,
      source: REVIEW,
      note: "target from the official scripts",
    },
  ],
};

/** Development runs of the authors on VGG-19: sanity anchors, not results of the paper. */
export const VGG19_DEVELOPMENT: PublishedTable = {
  title: "Development runs",
  task: "VGG-19 on CIFAR-100",
  rows: [
    ...rowsFrom([
      ["initial pruning and 140 epochs, mean of ten", 73.77, 73.69, 2.01],
      ["meta-epoch 25, fine-tuned 100 and 140 epochs", 73.69, 73.83, 3.04],
      ["another checkpoint, same recipe", 73.69, 73.20, 3.04],
      ["another checkpoint, same recipe", 73.69, 72.57, 3.02],
      ["same recipe", 73.69, 73.07, 3.53],
      ["same recipe", 73.69, 72.10, 4.02],
      ["same recipe", 73.69, 63.93, 9.09],
      ["same recipe", 73.69, 64.32, 9.09],
      ["fine-tuned 2,000 and 2,000 epochs, first of five", 73.69, 68.47, 9.15],
      ["fine-tuned 2,000 and 2,000 epochs, second of five", 73.69, 68.09, 9.12],
      ["fine-tuned 2,000 and 2,000 epochs, third of five", 73.69, 68.50, 9.02],
      ["fine-tuned 2,000 and 2,000 epochs, fourth of five", 73.69, 68.96, 9.06],
      ["fine-tuned 2,000 and 2,000 epochs, fifth of five", 73.69, 68.35, 9.03],
      ["the same a week later, first of three", 73.65, 64.61, 8.96],
      ["the same a week later, second of three", 73.65, 68.63, 8.96],
      ["the same a week later, third of three", 73.65, 64.62, 8.96],
    ], LOGS),
  ],
};

/** Main table 3: ResNet-50 on ImageNet. */
export const RESNET50_IMAGENET: PublishedTable = {
  title: "Main table 3",
  task: "ResNet-50 on ImageNet",
  rows: [{
    method: "Meta Pruning",
    target: 2.3095,
    source: PAPER,
    note: "target from the official scripts: 56.70 % of operations removed",
  }],
};

/** ViT-B/16 on ImageNet. */
export const VIT_IMAGENET: PublishedTable = {
  title: "Vision transformer",
  task: "ViT-B/16 on ImageNet",
  rows: [
    {
      method: "Meta Pruning",
      base: 81.07,
      target: 1.7,
      source: "target from the official scripts; base: torchvision's ImageNet1K_V1 weights",
      note: "data model and target are the same network in the official code",
    },
    ...rowsFrom([
      ["group L2, 300 epochs", 85.21, 78.11, 17.59 / 4.61],
      ["Taylor, 300 epochs", 85.21, 80.19, 17.59 / 4.61],
    ], "Torch-Pruning 1.6.1, examples/transformers/readme.md; another checkpoint and recipe"),
  ],
};

/** Table 7 of the appendix: minutes on one RTX 4090, for ResNet-56 on CIFAR-10. */
export const COST: readonly { step: string; minutes: number; source: string }[] = [
  { step: "meta-training, once", minutes: 357 },
  { step: "Meta Pruning, fine-tuned 100 and 100 epochs", minutes: 67 },
  { step: "Meta Pruning, fine-tuned 60 and 60 epochs", minutes: 43 },
  { step: "DepGraph, 100 epochs of sparse training and 100 of fine-tuning", minutes: 84 },
].map((row) => ({ ...row, source: "a document that cites appendix A.4, table 7 of arXiv 2506.12041" }));

/** Accuracy without training of the authors' networks that met no metanetwork, by reduction. */
export const ORIGIN_CURVES: readonly {
  network: string;
  points: readonly [reduction: number, accuracy: number][];
}[] = [
  {
    network: "ResNet-18, CIFAR-10 at 224 × 224",
    points: [[1, .9517], [1.5, .9516], [2, .9458], [2.5, .9275], [3, .8334], [4, .5398], [5, .2536], [
      6,
      .1472,
    ]],
  },
  {
    network: "ResNet-26 bottleneck, CIFAR-10 at 224 × 224",
    points: [[1, .9378], [1.5, .9379], [2, .9367], [2.5, .8847], [3, .6175], [4, .2482], [5, .1086], [
      6,
      .1053,
    ]],
  },
];

/**
 * Mean loss of the changed networks by meta-epoch, in the authors' development runs on VGG-19; chance is ln
 * 100.
 */
export const META_LOSS: readonly { run: string; points: readonly [epoch: number, loss: number][] }[] = [
  { run: "30 April", values: [2.22, .14, .12, .34, .33, .75, 1.26, 1.51, 2.35, 4.68, 4.61] },
  { run: "30 April, second", values: [2.25, .18, .15, .67, .73, .85, 1.97, 2.58, 4.08, 4.64, 4.61] },
  { run: "3 May", values: [.68, .33, 1.99, 4.15, 4.72, 4.63, 4.61, 4.61, 4.61] },
  { run: "5 May", values: [2.06, .49, .44, 5.33, 6.32, 6.32, 6.23, 6.12, 5.88, 5.41, 4.77] },
  { run: "7 May", values: [.68, .33, 1.99, 4.15, 4.73, 4.63, 4.605, 4.605, 4.605, 4.605] },
].map(({ run, values }) => ({
  run,
  points: values.map((loss, i): [number, number] => [[1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 100][i]!, loss]),
}));

/** Tables of which only the layout is known to us: rows × columns. */
export const UNAVAILABLE: readonly { table: string; layout: string }[] = [
  {
    table: "Transfer between data sets",
    layout: "metanetwork from CIFAR-10, CIFAR-100 or SVHN × ResNet-56 pruned on each, beside no metanetwork",
  },
  {
    table: "Table 5: transfer between architectures",
    layout:
      "metanetwork from ResNet-56 or ResNet-110 × pruned ResNet-56 or ResNet-110, beside no metanetwork",
  },
  {
    table: "Unstructured and N:M",
    layout: "part of parameters pruned, or pattern × with and without metanetwork",
  },
];
