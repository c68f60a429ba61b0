import { type Bounds, boundsInWords, COUNT, isWithin } from "../../bounds.ts";
import { RangeError, TypeError } from "../../errors.ts";
import { isRecord } from "../../given.ts";
import { requireOptions, withoutUndefined } from "../../options.ts";
import type { BlockKind } from "../elements.ts";

/** How a search walks through the network and what it accepts. */
export interface SweepRule {
  /** When attention is made hard: before anything is removed, after it, or not at all. */
  hard: "first" | "last" | "never";
  /** Layers from the last to the first, or the other way round. */
  layers: "top down" | "bottom up";
  /** Order of the blocks within a layer. */
  blocks: readonly BlockKind[];
  /**
   * Parts of a block that stays are tried where the loss without the block is below this times the bound.
   * Infinity: always.
   */
  gate: number;
  /**
   * Whether a block's parts are tried in any case, and the better of the two goes: the block, or those of its
   * parts that do harm. Otherwise parts are tried only where the block stays.
   */
  compare: boolean;
  /** How often the network is walked through at most; it ends earlier where a walk changes nothing. */
  sweeps: number;
  /** Whether, after each walk, everything that is gone is tried with it given back. */
  restore: boolean;
  /**
   * Whether the loss must be below the bound, or may equal it: then what has no effect goes. Given back is
   * only what lowers the loss.
   */
  strict: boolean;
  /**
   * How many examples at least must do no worse than in the untouched network: more than half of them, a
   * number, or what a function makes of the untouched network's losses. The release asks for more than half.
   */
  minWins: "majority" | number | ((losses: Float64Array) => number);
  /** Definition of the mean loss: over examples, or, as in the released code, over the means of batches. */
  mean: "examples" | "batches";
}

/**
 * The released search, to the letter: hard attention first, from the bottom up; then layer by layer from the
 * top down the feed-forward block before attention; parts only where the loss without the block is below 1.1
 * times the bound; strictly below the best loss so far and no worse on more than half of the examples; one
 * walk; the mean of batch means, in which a short last batch weighs as much as the others.
 *
 * Source: github.com/amrnag/Specialized-Transformers, run_predictions.py, lines 572–623.
 */
export const RELEASED: SweepRule = {
  hard: "first",
  layers: "top down",
  blocks: ["feed-forward", "attention"],
  gate: 1.1,
  compare: false,
  sweeps: 1,
  restore: false,
  strict: true,
  minWins: "majority",
  mean: "batches",
};

/**
 * The better search: of each block the whole or the best of its parts goes, whichever helps more; hard
 * attention comes last; after each of up to three walks everything gone is tried with it given back; means
 * are over examples, so that the batch size changes no decision.
 */
export const BETTER: SweepRule = {
  ...RELEASED,
  hard: "last",
  gate: Infinity,
  compare: true,
  sweeps: 3,
  restore: true,
  mean: "examples",
};

/**
 * A rule that favours small or fast networks, at a loss that may rise by a tolerance: elements are tried from
 * the one that saves most to the one that saves least, or, with a budget, from the one that costs least loss
 * for what it saves.
 *
 * The paper's own thresholds for this were not found: this is a generalisation of ours.
 */
export interface FavourRule {
  /** Parameters, by count, or milliseconds, as measured on this machine. */
  favour: "size" | "speed";
  /** The loss may be up to 1 + this times the untouched network's. Default 0. Not with a budget. */
  tolerance?: number | undefined;
  /**
   * Instead of a tolerance: the part of the parameters, or of the time, that is to stay, in (0, 1). The loss
   * then goes where it goes.
   */
  budget?: number | undefined;
  /**
   * Shapes of inputs to measure the time with. Default: those of the middle one of the data's batches, of at
   * most 8 examples where the model takes any number.
   */
  inputShapes?: Readonly<Record<string, readonly number[]>> | undefined;
}

/** Rules that have a name. */
const NAMED: Readonly<Record<string, SweepRule>> = { better: BETTER, released: RELEASED };

/** Values that a field of a rule may have, in words and as a test. */
interface Values {
  expected: string;
  fits(value: unknown): boolean;
}

const KINDS: readonly BlockKind[] = ["attention", "feed-forward"];

const yesOrNo: Values = { expected: "true or false", fits: (value) => typeof value === "boolean" };

const oneOf = (...texts: readonly string[]): Values => ({
  expected: `one of ${texts.map((text) => `"${text}"`).join(", ")}`,
  fits: (value) => texts.includes(value as string),
});

const numberWithin = (bounds: Bounds): Values => ({
  expected: boundsInWords(bounds),
  fits: (value) => isWithin(value, bounds),
});

const SWEEP: Readonly<Record<keyof SweepRule, Values>> = {
  hard: oneOf("first", "last", "never"),
  layers: oneOf("top down", "bottom up"),
  blocks: {
    expected: `a list of ${KINDS.map((kind) => `"${kind}"`).join(", ")} or both`,
    fits: (value) =>
      Array.isArray(value) && value.length > 0 && value.every((kind) => KINDS.includes(kind)) &&
      new Set(value).size === value.length,
  },
  gate: {
    expected: "a number from 0, or Infinity",
    fits: (value) => value === Infinity || isWithin(value, { from: 0 }),
  },
  compare: yesOrNo,
  sweeps: numberWithin(COUNT),
  restore: yesOrNo,
  strict: yesOrNo,
  minWins: {
    expected: '"majority", a number or a function',
    fits: (value) => value === "majority" || Number.isFinite(value) || typeof value === "function",
  },
  mean: oneOf("examples", "batches"),
};

const FAVOUR: Readonly<Record<keyof FavourRule, Values>> = {
  favour: oneOf("size", "speed"),
  tolerance: numberWithin({ from: 0 }),
  budget: numberWithin({ above: 0, below: 1 }),
  inputShapes: {
    expected: "the shape of each input by its name, such as { input_ids: [8, 64] }",
    fits: (value) => isRecord(value) && Object.values(value).every((shape) => Array.isArray(shape)),
  },
};

/**
 * The rule that is meant, by its name or as it is.
 *
 * @throws TypeError where it is none, has a field that rules do not have, or two that exclude each other;
 * RangeError where a field has a value that it cannot have
 */
export function ruleOf(rule: string | SweepRule | FavourRule): SweepRule | FavourRule {
  const refuse = (found: string) =>
    new TypeError(
      `Cannot search by the rule ${found}: expected "better", "released", { favour: "size" }, ` +
        `{ favour: "speed" }, or a rule of your own such as { ...BETTER, sweeps: 1 }`,
    );
  if (typeof rule === "string") {
    if (Object.hasOwn(NAMED, rule)) return NAMED[rule]!;
    throw refuse(JSON.stringify(rule));
  }
  if (!isRecord(rule)) throw refuse(String(rule));
  if ("favour" in rule) {
    if (!FAVOUR.favour.fits(rule.favour)) throw refuse(`{ favour: ${JSON.stringify(rule.favour)} }`);
    requireOptions("axSearch with a rule", rule, FAVOUR);
    requireValues(withoutUndefined(rule), FAVOUR);
    if (rule.budget === undefined || rule.tolerance === undefined) return rule;
    throw new TypeError(
      `Cannot search by a rule with budget ${rule.budget} and tolerance ${rule.tolerance}: with a budget the loss ` +
        `goes where it goes; give one of them`,
    );
  }
  const missing = Object.keys(SWEEP).filter((key) => !(key in rule));
  if (missing.length > 0) throw refuse(`without ${missing.join(", ")}`);
  requireOptions("axSearch with a rule", rule, SWEEP);
  requireValues(rule, SWEEP);
  return rule;
}

/** Throws RangeError where a field of a rule has a value that it cannot have. */
function requireValues(rule: object, known: Readonly<Record<string, Values>>): void {
  for (const [name, value] of Object.entries(rule)) {
    const { expected, fits } = known[name]!;
    if (fits(value)) continue;
    const found = typeof value === "number" ? String(value) : JSON.stringify(value);
    throw new RangeError(`Cannot search by a rule with ${name} ${found}: expected ${expected}`);
  }
}
