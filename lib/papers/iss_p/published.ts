/**
 * Numbers that others published, as data with their source. They are shown beside what is measured here, and
 * never in the same column.
 *
 * The paper's own tables could not be had: no number here is a cell of one of them.
 */
import { withoutUndefined } from "../../options.ts";
import type { MethodName } from "./methods.ts";

/** Where numbers come from. */
export interface Sourced<T> {
  /** Publication, and its table or page. */
  source: string;
  /** The numbers. */
  rows: readonly T[];
}

/** PSNR and SSIM on luma of one network on one test set. */
export interface BenchmarkRow {
  /** Name of the network. */
  model: string;
  /** Factor of enlargement. */
  scale: 2 | 3 | 4;
  /** Name of the test set. */
  set: "Set5" | "Set14" | "B100" | "Urban100" | "Manga109";
  /** Mean PSNR on luma, in dB. */
  psnr: number;
  /** Mean SSIM on luma. */
  ssim: number;
}

const SETS = ["Set5", "Set14", "B100", "Urban100", "Manga109"] as const;

/** `38.14/.9611 33.86/.9206 …` in the order of {@linkcode SETS}; `-` where nothing was published. */
function benchmark(model: string, scale: 2 | 3 | 4, cells: string): BenchmarkRow[] {
  return cells.split(" ").flatMap((cell, i) => {
    const [psnr, ssim] = cell.split("/").map(Number);
    return cell === "-" ? [] : [{ model, scale, set: SETS[i]!, psnr: psnr!, ssim: ssim! }];
  });
}

/** Dense networks: upper bounds for what is pruned out of them. */
export const DENSE_REFERENCES: Sourced<BenchmarkRow> = {
  source:
    "SwinIR paper, table 3; EDSR from the SRP repository's figures; CAT-R from the CAT repository's figure SR-1",
  rows: [
    ...benchmark("SwinIR-light", 2, "38.14/.9611 33.86/.9206 32.31/.9012 32.76/.9340 39.12/.9783"),
    ...benchmark("SwinIR-light", 3, "34.62/.9289 30.54/.8463 29.20/.8082 28.66/.8624 33.98/.9478"),
    ...benchmark("SwinIR-light", 4, "32.44/.8976 28.77/.7858 27.69/.7406 26.47/.7980 30.92/.9151"),
    ...benchmark("EDSR-L", 2, "38.11/.9602 33.92/.9195 32.32/.9013 32.93/.9351 39.10/.9773"),
    ...benchmark("EDSR-L", 3, "34.65/.9280 30.52/.8462 29.25/.8093 28.80/.8653 34.17/.9476"),
    ...benchmark("EDSR-L", 4, "32.46/.8968 28.80/.7876 27.71/.7420 26.64/.8033 31.02/.9148"),
    ...benchmark("CAT-R", 2, "38.48/.9625 34.53/.9251 32.56/.9045 34.08/.9443 40.09/.9804"),
    ...benchmark("CAT-R", 3, "34.99/.9320 31.00/.8539 29.49/.8154 29.91/.8848 35.29/.9542"),
    ...benchmark("CAT-R", 4, "32.89/.9044 29.13/.7955 27.95/.7500 27.62/.8292 32.16/.9269"),
  ],
};

/** Predecessors that prune whole filters of a trained network, and small networks made by hand. */
export const STRUCTURED_REFERENCES: Sourced<BenchmarkRow> = {
  source: "the ASSL and SRP repositories (figures psnr_ssim and ICLR22_SRP_PSNR)",
  rows: [
    ...benchmark("ASSLN", 2, "38.12/.9608 33.77/.9194 32.27/.9007 32.41/.9309 39.12/.9781"),
    ...benchmark("ASSLN", 3, "34.51/.9280 30.45/.8439 29.19/.8069 28.35/.8562 34.00/.9468"),
    ...benchmark("ASSLN", 4, "32.29/.8964 28.69/.7844 27.66/.7384 26.27/.7907 30.84/.9119"),
    ...benchmark("SRPN-Lite", 2, "38.10/.9608 33.70/.9189 32.25/.9005 32.26/.9294 -"),
    ...benchmark("SRPN-Lite", 3, "34.47/.9276 30.38/.8425 29.16/.8061 28.22/.8534 -"),
    ...benchmark("SRPN-Lite", 4, "32.24/.8958 28.69/.7836 27.63/.7373 26.16/.7875 -"),
    ...benchmark("SRPN", 2, "38.34/.9619 34.29/.9232 32.47/.9032 33.50/.9401 39.76/.9796"),
    ...benchmark("SRPN", 3, "34.84/.9303 30.76/.8497 29.39/.8120 29.36/.8749 34.88/.9515"),
    ...benchmark("SRPN", 4, "32.72/.9010 29.04/.7917 27.87/.7457 27.25/.8172 31.82/.9221"),
    ...benchmark("IMDN", 4, "32.21/.8948 28.58/.7811 27.56/.7353 26.04/.7838 30.45/.9075"),
    ...benchmark("CARN", 4, "32.13/.8937 28.60/.7806 27.58/.7349 26.07/.7837 30.46/.9083"),
    ...benchmark("FSRCNN", 4, "30.71/.8657 27.59/.7535 26.98/.7150 24.62/.7280 27.90/.8610"),
    ...benchmark("SRCNN", 4, "30.48/.8628 27.49/.7503 26.90/.7101 24.52/.7221 27.58/.8555"),
  ],
};

/** Configuration that the paper evaluates, by its released test configurations. */
export interface GridRow {
  /** Name of the network. */
  model: string;
  /** Factors of enlargement. */
  scales: readonly number[];
  /** Shares of the weights that go. */
  sparsities: readonly number[];
}

/**
 * The paper's grid: five methods each (random structure, L1, ASSL, SRP, ISS-P), five test sets, PSNR and
 * SSIM.
 */
export const PAPER_GRID: Sourced<GridRow> = {
  source: "the released code's options/test",
  rows: [
    { model: "SwinIR-light", scales: [2, 3, 4], sparsities: [0.9, 0.95, 0.99] },
    { model: "EDSR-L", scales: [4], sparsities: [0.95] },
    { model: "CAT-R", scales: [4], sparsities: [0.95] },
  ],
};

/** PSNR of one method's output on one region of an Urban100 image. */
export interface CropRow {
  /** Name of the image and its region. */
  region: string;
  /** Way of pruning. */
  method: "bicubic" | "L1-norm" | "ASSL" | "SRP" | "ISS-P";
  /** PSNR of the region, in dB. */
  psnr: number;
}

const CROP_METHODS = ["bicubic", "L1-norm", "ASSL", "SRP", "ISS-P"] as const;

/**
 * Measured on the crops that the authors published: SwinIR-light ×4 at sparsity 0.99. Ranks count, not
 * levels.
 */
export const PUBLISHED_CROPS: Sourced<CropRow> = {
  source:
    "PSNR of the 16 published crops (screen-scaled, luma, 4 pixels of border off) in the released code's " +
    "figures/visual_results; regions were chosen by the authors",
  rows: [
    ["img_010", 18.51, 18.80, 18.87, 18.68, 19.27],
    ["img_012 (a)", 20.58, 21.28, 21.17, 21.28, 22.46],
    ["img_012 (b)", 19.51, 20.14, 20.03, 20.12, 20.69],
    ["img_020", 19.33, 19.95, 19.88, 19.94, 20.46],
    ["img_023", 21.50, 22.19, 22.41, 21.81, 23.20],
    ["img_026", 26.40, 26.99, 26.99, 26.97, 27.87],
    ["img_029", 20.33, 20.79, 20.76, 20.79, 21.36],
    ["img_032", 20.10, 20.58, 20.49, 20.66, 21.43],
    ["img_039", 19.62, 19.99, 19.95, 19.96, 20.30],
    ["img_044", 25.83, 26.73, 26.64, 26.72, 28.59],
    ["img_055", 21.19, 22.00, 22.28, 22.02, 23.94],
    ["img_061", 22.95, 23.65, 23.52, 23.56, 24.64],
    ["img_062 (N:M)", 20.38, 20.77, 20.82, 20.71, 21.14],
    ["img_063", 16.71, 17.29, 17.40, 17.23, 18.39],
    ["img_065", 22.57, 23.24, 23.18, 23.24, 23.92],
    ["img_072", 17.87, 18.67, 18.91, 18.38, 20.06],
  ].flatMap(([region, ...values]) =>
    values.map((psnr, i) => ({ region: region as string, method: CROP_METHODS[i]!, psnr: psnr as number }))
  ),
};

/** Kilobytes (1000 bytes) of one network's weights in one way to store them. */
export interface StorageRow {
  /** Name of the network. */
  model: string;
  /** Share of the weights that is zero. */
  sparsity: number;
  /** Weights that are not zero. */
  nonZeros: number;
  /** Kilobytes by way of storage. */
  kilobytes: Partial<Record<string, number>>;
}

const STORAGES = ["COO u32+f32", "CSR u16+f32", "CSR u16+f16", "bitmap+f16", "entropy+f16", "entropy+int8"];

/** Sizes by formula, all biases, norms and tables stored densely. */
export const PUBLISHED_STORAGE: Sourced<StorageRow> = {
  source: "an independent count of sizes from the networks' architectures",
  rows: [
    ["SwinIR-light ×4", 0.5, 440_370, 3719, 2880, 1902, 1089, 1089, 648],
    ["SwinIR-light ×4", 0.9, 88_074, 900, 766, 492, 384, 326, 238],
    ["SwinIR-light ×4", 0.95, 44_037, 548, 502, 316, 296, 217, 173],
    ["SwinIR-light ×4", 0.99, 8807, 266, 291, 175, 226, 124, 116],
    ["EDSR-baseline ×4", 0.9, 151_472, 1223, 931, 622, 498, 397, 246],
    ["EDSR-baseline ×4", 0.95, 75_735, 617, 476, 319, 346, 211, 135],
    ["EDSR-baseline ×4", 0.99, 15_126, 132, 112, 77, 225, 51, 36],
    ["EDSR-L ×4", 0.9, 4_307_070, 34_532, 25_994, 17_342, 14_036, 11_177, 6870],
    ["EDSR-L ×4", 0.95, 2_153_533, 17_304, 13_073, 8728, 9729, 5887, 3733],
    ["EDSR-L ×4", 0.99, 430_692, 3521, 2736, 1837, 6283, 1334, 904],
  ].map(([model, sparsity, nonZeros, ...sizes]) => ({
    model: model as string,
    sparsity: sparsity as number,
    nonZeros: nonZeros as number,
    kilobytes: Object.fromEntries(sizes.map((size, i) => [STORAGES[i]!, size as number])),
  })),
};

/** Billions of multiply-adds for an output of 1280 × 720. */
export interface ArithmeticRow {
  /** Name of the network. */
  model: string;
  /** Multiply-adds with weights, in billions. */
  weights: number;
  /** Multiply-adds between activations, in billions. */
  attention: number;
  /** Weights sparse, attention dense: at 0.9, 0.95 and 0.99. */
  sparse?: readonly [number, number, number];
}

/** Savings that sparse weights could give at most. */
export const PUBLISHED_ARITHMETIC: Sourced<ArithmeticRow> = {
  source: "an independent count of multiply-adds from the networks' architectures",
  rows: [
    { model: "SwinIR-light ×2", weights: 198.4, attention: 42.5, sparse: [62.3, 52.4, 44.5] },
    { model: "SwinIR-light ×3", weights: 89.0, attention: 18.9, sparse: [27.8, 23.3, 19.8] },
    { model: "SwinIR-light ×4", weights: 50.7, attention: 10.6, sparse: [15.7, 13.2, 11.1] },
    { model: "EDSR-baseline ×2", weights: 316.2, attention: 0 },
    { model: "EDSR-baseline ×3", weights: 160.3, attention: 0 },
    { model: "EDSR-baseline ×4", weights: 114.2, attention: 0 },
    { model: "EDSR-L ×2", weights: 9385, attention: 0 },
    { model: "EDSR-L ×3", weights: 4477, attention: 0 },
    { model: "EDSR-L ×4", weights: 2895, attention: 0 },
  ],
};

/** One line of the small-scale study that this notebook repeats. */
export interface SmallScaleRow {
  /** Steps of structure learning. */
  pruningSteps: number;
  /** Steps of all training. */
  steps: number;
  /** Share of each layer that goes. */
  sparsity: number;
  /** Way of pruning. */
  method: MethodName;
  /** Factor α of soft shrinkage, where it is not the suggested one. */
  alpha?: number;
  /** Number of seeds. */
  seeds: number;
  /** Mean PSNR over the seeds, in dB. */
  psnr: number;
  /** Standard deviation of PSNR over the seeds, in dB. */
  deviation: number;
  /** Share of kept weights that were not among the largest at the start. */
  turnover?: number;
  /** Mean norm of the gradient in fine-tuning. */
  gradient?: number;
}

const small = (
  [pruningSteps, sparsity]: [number, number],
  method: MethodName,
  [seeds, psnr, deviation]: [number, number, number],
  [turnover, gradient]: [number | undefined, number?] = [undefined],
  alpha?: number,
): SmallScaleRow =>
  withoutUndefined({
    pruningSteps,
    steps: 1000,
    sparsity,
    method,
    seeds,
    psnr,
    deviation,
    turnover,
    gradient,
    alpha,
  });

/** Set5 ×2, the network of 9,612 weights, another implementation: what this notebook should find again. */
export const SMALL_SCALE: Sourced<SmallScaleRow> = {
  source: "an earlier, independent native implementation of the same small protocol",
  rows: [
    small([700, 0], "dense", [3, 35.900, 0.156]),
    small([700, 0.9], "one-shot", [5, 34.676, 0.161], [0.81, 0.0337]),
    small([700, 0.9], "iss-p", [5, 35.122, 0.084], [0.51, 0.0201], 0.99),
    small([700, 0.9], "iss-p", [3, 35.170, 0.117], [0.62, 0.0225], 0.995),
    small([700, 0.9], "iss-p", [3, 34.987, 0.025], [0.28, 0.0193], 0.95),
    small([700, 0.9], "iht", [3, 34.957, 0.060], [0.28, 0.0352]),
    small([700, 0.9], "l1-at-init", [3, 34.949, 0.032], [0, 0.0419]),
    small([700, 0.9], "random", [3, 34.853, 0.087], [undefined, 0.0390]),
    small([500, 0.9], "one-shot", [5, 34.902, 0.084], [0.78, 0.0329]),
    small([500, 0.9], "iss-p", [5, 35.056, 0.124], [0.68, 0.0252], 0.998),
    small([500, 0.9], "iss-p", [5, 35.035, 0.099], [0.55, 0.0237], 0.995),
    small([500, 0.9], "iss-p", [5, 34.999, 0.057], [0.43, 0.0206], 0.99),
    small([500, 0.9], "iss-p", [5, 34.994, 0.024], [0.33, 0.0212], 0.98),
    small([500, 0.9], "iss-p", [5, 34.986, 0.029], [0.25, 0.0204], 0.95),
    small([500, 0.9], "iht", [5, 34.950, 0.046], [0.25, 0.0329]),
    small([500, 0.9], "l1-at-init", [5, 34.931, 0.044], [0, 0.0379]),
    small([500, 0.9], "random", [5, 34.858, 0.077], [undefined, 0.0411]),
    small([500, 0.95], "one-shot", [3, 34.296, 0.206], [0.88, 0.0350]),
    small([500, 0.95], "iss-p", [3, 34.676, 0.059], [0.59, 0.0289], 0.99),
    small([500, 0.95], "l1-at-init", [3, 34.544, 0.096], [0, 0.0470]),
  ],
};

/** How many times as fast as dense a sparse layer was, from run to run. */
export interface SpeedRow {
  /** Share of the layer's weights that is zero. */
  sparsity: number;
  /** Smallest speed-up of the runs. */
  least: number;
  /** Largest speed-up of the runs. */
  most: number;
}

/** Plain scalar JavaScript on one thread, 3 × 3, 64 → 64 channels, 48 × 48 pixels. */
export const PUBLISHED_SPEED: Sourced<SpeedRow> = {
  source: "measured independently, against a dense kernel in JavaScript of 2.5 to " +
    "2.9 GFLOP/s",
  rows: [
    { sparsity: 0.5, least: 1.5, most: 2.0 },
    { sparsity: 0.9, least: 7.1, most: 9.5 },
    { sparsity: 0.95, least: 11, most: 16 },
    { sparsity: 0.99, least: 57, most: 81 },
  ],
};
