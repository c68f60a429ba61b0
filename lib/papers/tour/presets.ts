/** How much work the tour does. */
export interface TourPreset {
  /** Description of the preset, and how long it takes. */
  about: string;
  /** Criteria to compare. */
  criteria: readonly TourCriterion[];
  /** Fractions of the multiply-accumulates to keep. */
  targets: readonly number[];
  /** Widths are cut to multiples of this many channels. */
  roundTo: number;
  /** Training images for fine-tuning, the first so many; all of them where there are fewer. */
  images: number;
  /** Times that fine-tuning goes through them. */
  epochs: number;
  /** Test images for sensitivity; all of them count for everything else. */
  sensitivityImages: number;
  /** Parts of a group that sensitivity takes away. */
  ratios: readonly number[];
  /** Timed runs per model and latency figure. */
  latencyRuns: number;
  /**
   * Beyond the notebook's seed: others that the networks at half of the multiply-accumulates are repeated
   * with, for verdicts.
   */
  repeats: readonly number[];
}

/** Criteria that need no data. */
export type TourCriterion = "l1" | "l2" | "group-l2" | "bn-scale" | "fpgm" | "lamp" | "random";

/** How much the tour can do. */
export const PRESETS = {
  quick: {
    about: "two criteria and one epoch of fine-tuning, three minutes on two processor cores",
    criteria: ["group-l2", "random"],
    targets: [0.75, 0.5, 0.3],
    roundTo: 8,
    images: 2048,
    epochs: 1,
    sensitivityImages: 128,
    ratios: [0.25, 0.5, 0.75],
    latencyRuns: 10,
    repeats: [1, 2],
  },
  laptop: {
    about: "four criteria and three epochs of fine-tuning, an hour and a half",
    criteria: ["group-l2", "l1", "bn-scale", "random"],
    targets: [0.8, 0.65, 0.5, 0.4, 0.3],
    roundTo: 8,
    images: 8152,
    epochs: 3,
    sensitivityImages: 512,
    ratios: [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875],
    latencyRuns: 30,
    repeats: [1, 2],
  },
  paper: {
    about: "what a publication would do: all images, 40 epochs of fine-tuning, days without a GPU",
    criteria: ["group-l2", "l1", "l2", "bn-scale", "fpgm", "lamp", "random"],
    targets: [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3],
    roundTo: 8,
    images: 50_000,
    epochs: 40,
    sensitivityImages: 1000,
    ratios: [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875],
    latencyRuns: 100,
    repeats: [1, 2],
  },
} as const satisfies Record<string, TourPreset>;
