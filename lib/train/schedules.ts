import { requireNumbers, SHARE } from "../bounds.ts";
import { TypeError } from "../errors.ts";
import { requireOptions } from "../options.ts";

/**
 * The learning rate of a step: step 0 is the first of the run, `steps` the number of them all. Positions
 * inside a run (milestones, warm-up) are given as parts of it, so that one schedule serves runs of any
 * length.
 */
export type Schedule = (step: number, steps: number) => number;

/** Learning rates are no less. */
const FROM_ZERO = { from: 0 };

/** A learning rate that is the same at every step. Throws RangeError where it is no number from 0. */
export function constantRate(rate: number): Schedule {
  requireNumbers("make constantRate", { rate }, FROM_ZERO);
  return () => rate;
}

/** Settings of {@linkcode multiStep}. */
export interface MultiStepOptions {
  /** Rate until the first milestone. */
  rate: number;
  /** Where the rate is multiplied by `gamma`, as parts of the run. Default [0.5, 0.75]. */
  milestones?: readonly number[] | undefined;
  /** The rate is multiplied by this at each milestone. Default 0.1. */
  gamma?: number | undefined;
}

/**
 * A rate that falls by a factor at each milestone.
 *
 * @throws RangeError where a milestone is no part of the run, or another number cannot be meant
 */
export function multiStep(options: MultiStepOptions): Schedule {
  requireOptions("multiStep", options, { rate: true, milestones: true, gamma: true });
  const { rate, milestones = [0.5, 0.75], gamma = 0.1 } = options;
  requireNumbers("make multiStep", { rate, gamma }, FROM_ZERO);
  const parts = Object.fromEntries(milestones.map((part, i) => [`milestones[${i}]`, part]));
  requireNumbers("make multiStep, whose milestones are parts of the run,", parts, SHARE);
  return (step, steps) =>
    rate * gamma ** milestones.filter((milestone) => step >= Math.round(milestone * steps)).length;
}

/** Settings of {@linkcode cosine}. */
export interface CosineOptions {
  /** The highest rate, reached at the end of the warm-up. */
  rate: number;
  /** Part of the run over which the rate rises linearly. Default 0. */
  warmUp?: number | undefined;
  /**
   * Where the warm-up begins, as a part of `rate`, which is then reached by the first step behind it, as
   * with PyTorch's `LinearLR`. Default: `rate` divided by the warm-up's steps, whose last one has `rate`.
   */
  first?: number | undefined;
  /** The rate just after the last step. Default 0. */
  last?: number | undefined;
}

/**
 * Half a cosine wave from `rate` down to `last`: Loshchilov and Hutter, "SGDR", 2016, eq. 5.
 *
 * @throws RangeError where `warmUp` is no part of the run, or another number cannot be meant
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const rates = [0, 5, 10].map((step) => cosine({ rate: 1 })(step, 10));
 * assert.deepEqual(rates.map((rate) => rate.toFixed(3)), ["1.000", "0.500", "0.000"]);
 * ```
 */
export function cosine(options: CosineOptions): Schedule {
  requireOptions("cosine", options, { rate: true, warmUp: true, first: true, last: true });
  const { rate, warmUp = 0, first, last = 0 } = options;
  requireNumbers("make cosine", { rate, last }, FROM_ZERO);
  requireNumbers("make cosine, whose warm-up is a part of the run,", { warmUp }, SHARE);
  if (first !== undefined) requireNumbers("make cosine", { first }, SHARE);
  return (step, steps) => {
    const rising = Math.round(warmUp * steps);
    if (step < rising) {
      return rate * (first === undefined ? (step + 1) / rising : first + (1 - first) * step / rising);
    }
    return wave(rate, last, (step - rising) / Math.max(1, steps - rising));
  };
}

/** Settings of {@linkcode linearDecay}. */
export interface LinearDecayOptions {
  /** The highest rate, reached at the end of the warm-up. */
  rate: number;
  /** Part of the run over which the rate rises linearly, from `rate` divided by its steps. Default 0. */
  warmUp?: number | undefined;
  /** The rate just after the last step. Default 0. */
  last?: number | undefined;
}

/**
 * A straight line from `rate` down to `last`, behind a straight way up: how encoders of text are fine-tuned
 * (Devlin et al., "BERT", 2019, appendix A.2).
 *
 * @throws RangeError where `warmUp` is no part of the run, or another number cannot be meant
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const rates = [0, 1, 2, 6, 10].map((step) => linearDecay({ rate: 1, warmUp: 0.2 })(step, 10));
 * assert.deepEqual(rates, [0.5, 1, 1, 0.5, 0]);
 * ```
 */
export function linearDecay(options: LinearDecayOptions): Schedule {
  requireOptions("linearDecay", options, { rate: true, warmUp: true, last: true });
  const { rate, warmUp = 0, last = 0 } = options;
  requireNumbers("make linearDecay", { rate, last }, FROM_ZERO);
  requireNumbers("make linearDecay, whose warm-up is a part of the run,", { warmUp }, SHARE);
  return (step, steps) => {
    const rising = Math.round(warmUp * steps);
    if (step < rising) return rate * (step + 1) / rising;
    return rate + (last - rate) * Math.min(1, (step - rising) / Math.max(1, steps - rising));
  };
}

/** Settings of {@linkcode oneCycle}. */
export interface OneCycleOptions {
  /** The highest rate. */
  rate: number;
  /** Part of the run on which the rate rises. Default 0.3. */
  rise?: number | undefined;
  /** The first rate is `rate` divided by this. Default 25. */
  first?: number | undefined;
  /** The last rate is the first one divided by this. Default 1e4. */
  last?: number | undefined;
}

/**
 * Up and down again, both along half a cosine wave: Smith and Topin, "Super-Convergence", 2017, in the two
 * phases of PyTorch's `OneCycleLR`, with momentum left alone.
 *
 * @throws RangeError where `rise` is no part of the run, or another number cannot be meant
 */
export function oneCycle(options: OneCycleOptions): Schedule {
  requireOptions("oneCycle", options, { rate: true, rise: true, first: true, last: true });
  const { rate, rise = 0.3, first = 25, last = 1e4 } = options;
  requireNumbers("make oneCycle", { rate }, FROM_ZERO);
  requireNumbers("make oneCycle, whose rise is a part of the run,", { rise }, SHARE);
  requireNumbers("make oneCycle", { first, last }, { above: 0 });
  const start = rate / first;
  return (step, steps) => {
    const top = Math.max(0, rise * steps - 1);
    if (step < top) return wave(start, rate, step / top);
    return wave(rate, start / last, (step - top) / Math.max(1, steps - 1 - top));
  };
}

/**
 * A schedule whose rate stays the same throughout each epoch: that of its steps, as many as there are epochs.
 * So go trainings that step their scheduler once an epoch, as torchvision's reference script does.
 *
 * @throws TypeError where there is no schedule, or no number of epochs
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const schedule = perEpoch(multiStep({ rate: 1, milestones: [0.5] }), 2);
 * assert.deepEqual([0, 4, 5, 9].map((step) => schedule(step, 10)), [1, 1, 0.1, 0.1]);
 * ```
 */
export function perEpoch(schedule: Schedule, epochs: number): Schedule {
  if (typeof schedule !== "function" || !Number.isInteger(epochs) || epochs < 0) {
    throw new TypeError(
      `Cannot hold a rate for each of ${
        String(epochs)
      } epochs: expected a schedule and a whole number of epochs, ` +
        `as in perEpoch(cosine({ rate: 0.1 }), 10)`,
    );
  }
  return (step, steps) => schedule(Math.floor(step * epochs / steps), epochs);
}

/** Value on the way from one rate to another along half a cosine wave. */
function wave(from: number, to: number, part: number): number {
  return to + (from - to) * (1 + Math.cos(Math.PI * Math.min(1, part))) / 2;
}
