/** One number that was measured. */
export interface MetaRow {
  /**
   * Part of the experiment: training a metanetwork, choosing one or a distance, networks it did not see,
   * single weights of those in place of channels, other architectures, other data.
   */
  part: "meta-training" | "choice" | "held-out" | "weights" | "transfer" | "data";
  /** Way of pruning; see {@linkcode VARIANTS}. */
  variant: string;
  /** Seed of the network, and its architecture. */
  net: number;
  /** Architecture of the network. */
  architecture: string;
  /** Data that the network is trained and judged on. */
  data: string;
  /** Seed of the metanetwork, the meta-epoch it is from, and what it was trained on; absent without one. */
  metaSeed?: number;
  /** Meta-epoch of the metanetwork; absent without one. */
  epoch?: number;
  /** Data that the metanetwork was trained on; absent without one. */
  metaData?: string;
  /** How far the regulariser was followed by itself; absent where it was not. */
  distance?: number;
  /**
   * `loss` in meta-training; accuracy right after metanetwork or regulariser, after fine-tuning, after
   * pruning, after the last training.
   */
  stage: "loss" | "changed" | "tuned" | "pruned" | "final";
  /**
   * Which single weights went, in words: where it was weights, and then `parameters` counts those that are
   * left.
   */
  cut?: string;
  /** Original cost ÷ cost: as asked for, and as reached. */
  asked: number;
  /** Original cost ÷ cost, as reached. */
  reduction: number;
  /** Multiply-accumulates of the network. */
  macs: number;
  /** Parameters of the network. */
  parameters: number;
  /** Cost in the unit of the paper's speed-ups, for networks that the paper prunes. */
  operations?: number;
  /** Loss, or accuracy from 0 to 1: on validation data for `choice`, else on test data. */
  value: number;
  /** Part of the test data whose class is among the five best answers, where the preset asks for it. */
  top5?: number;
  /** Whether this was the metanetwork, or the distance, that was chosen. */
  chosen?: boolean;
}

/** The ways of pruning that are compared. */
export const VARIANTS = {
  meta: "metanetwork",
  none: "no metanetwork",
  tuned: "no metanetwork, fine-tuned",
  even: "no metanetwork, even widths",
  metaEven: "metanetwork, even widths",
  shrunk: "regulariser alone, fine-tuned",
  sparse: "group-sparse training (DepGraph)",
  l1: "L1 norm",
  random: "random",
  scratch: "trained from scratch",
  widths: "trained from scratch, metanetwork's widths",
  free: "metanetwork without regulariser",
  untrained: "untrained metanetwork",
} as const;

/** The columns that a measurement fills in. */
export type Measured =
  | "stage"
  | "cut"
  | "asked"
  | "reduction"
  | "macs"
  | "parameters"
  | "operations"
  | "value";
