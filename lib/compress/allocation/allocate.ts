import { RangeError } from "../../errors.ts";
import { requireOptions } from "../../options.ts";
import { seededRandom } from "../../random.ts";

/** A way to store a matrix. */
export interface Choice {
  /** Name of the format: `"3"` for three bits, `"Q4_K"`. */
  readonly format: string;
  /** Bits that the whole matrix takes. */
  readonly bits: number;
  /** What the model loses by it, from 0; comparable between matrices. */
  readonly loss: number;
}

/** The choices of each matrix, by its name. */
export type Choices = Readonly<Record<string, readonly Choice[]>>;

/**
 * How a budget is spent: `"calibrated"`, where it saves the most loss; and what that is measured against:
 * `"uniform"`, the same format for all; `"random"`, as if the losses of another matrix, drawn by lot, were
 * this one's; `"leastSensitive"`, as if the matrices that lose the most lost the least, and the other way
 * round.
 */
export type AllocationRule = "calibrated" | "uniform" | "random" | "leastSensitive";

/** A format for each matrix: result of {@linkcode allocate}. */
export interface Allocation {
  /** Name of the format of each matrix. */
  formats: Record<string, string>;
  /** Bits of all matrices, never above the budget. */
  bits: number;
  /** Sum of the losses. */
  loss: number;
}

/** Settings of {@linkcode allocate}. */
export interface AllocateOptions {
  /** How the budget is spent. Default `"calibrated"`. */
  rule?: AllocationRule | undefined;
  /** Seed of the rule `"random"`. Default 0. */
  seed?: number | undefined;
}

type Picked = Map<string, Choice>;

const RULES: Readonly<Record<AllocationRule, (choices: Choices, budget: number, seed: number) => Picked>> = {
  calibrated,
  uniform,
  random(choices, budget, seed) {
    const names = Object.keys(choices);
    const order = seededRandom(seed, "allocation").permutation(names.length);
    return misled(choices, budget, Array.from(order, (i) => names[i]!), names);
  },
  leastSensitive(choices, budget) {
    const order = Object.keys(choices).sort((a, b) => density(choices[a]!) - density(choices[b]!));
    return misled(choices, budget, order.toReversed(), order);
  },
};

/**
 * Spends a budget of bits on matrices: the calibrated rule finds the formats with the least sum of losses.
 *
 * @param budget bits of all matrices together
 * @throws {RangeError} where even the smallest formats take more, or no format fits all matrices
 * (`"uniform"`), or a matrix has no format, or one whose bits or loss are not finite
 */
export function allocate(
  choices: Choices,
  budget: number,
  options: AllocateOptions = {},
): Allocation {
  requireOptions("allocate", options, { rule: true, seed: true });
  const { rule = "calibrated", seed = 0 } = options;
  requireRule(rule);
  for (const [name, own] of Object.entries(choices)) requireChoices(name, own);
  const least = total(smallest(choices));
  if (!(budget >= least)) {
    throw new RangeError(
      `Cannot allocate ${Math.floor(budget)} bits: the smallest formats take ${
        Math.ceil(least)
      } for all matrices; ` +
        "raise the budget, or allow smaller formats",
    );
  }
  const picked = RULES[rule](choices, budget, seed);
  return {
    formats: Object.fromEntries([...picked].map(([name, { format }]) => [name, format])),
    bits: total(picked),
    loss: [...picked.values()].reduce((sum, { loss }) => sum + loss, 0),
  };
}

function requireChoices(name: string, own: readonly Choice[]): void {
  const odd = own.find(({ bits, loss }) => !Number.isFinite(bits) || !Number.isFinite(loss));
  if (odd) {
    throw new RangeError(
      `Cannot allocate bits to ${name}: format ${odd.format} takes ${odd.bits} bits and loses ${odd.loss}, ` +
        "expected finite numbers; look at what was measured for it",
    );
  }
  if (own.length > 0) return;
  throw new RangeError(`Cannot allocate bits to ${name}: it has no format to choose; give at least one`);
}

/** The most that a matrix can lose, for a bit of its largest format. */
function density(own: readonly Choice[]): number {
  return Math.max(...own.map(({ loss }) => loss)) / Math.max(...own.map(({ bits }) => bits));
}

/**
 * {@linkcode calibrated}, with the losses of each matrix scaled to those of the one at its place in `like`.
 */
function misled(choices: Choices, budget: number, like: readonly string[], names: readonly string[]): Picked {
  const scaled = Object.fromEntries(names.map((name, i) => {
    const [own, other] = [density(choices[name]!), density(choices[like[i]!]!)];
    const factor = own > 0 ? other / own : 1;
    return [name, choices[name]!.map((choice) => ({ ...choice, loss: factor * choice.loss }))];
  }));
  const picked = calibrated(scaled, budget);
  return new Map(names.map((name) => {
    const { format } = picked.get(name)!;
    return [name, choices[name]!.find((choice) => choice.format === format)!];
  }));
}

/** @throws {RangeError} where there is no such rule */
export function requireRule(rule: AllocationRule): void {
  if (Object.hasOwn(RULES, rule)) return;
  const names = Object.keys(RULES).map((name) => `"${name}"`).join(", ");
  throw new RangeError(`Cannot allocate by "${rule}": expected one of ${names}`);
}

const total = (picked: Picked): number => [...picked.values()].reduce((sum, { bits }) => sum + bits, 0);

const smallest = (choices: Choices): Picked =>
  pick(choices, (own) => own.reduce((best, each) => each.bits < best.bits ? each : best));

function pick(choices: Choices, best: (own: readonly Choice[]) => Choice): Picked {
  return new Map(Object.entries(choices).map(([name, own]) => [name, best(own)]));
}

/** Ways to spend part of a budget that are kept: with fewer sums of bits than these none is lost. */
const WAYS = 10_000;

/**
 * The least loss within a budget, matrix by matrix: of all ways to store those so far the ones that no other
 * beats in both bits and loss. Sums of bits that fall into the same of {@linkcode WAYS} parts of the budget
 * are one way, the one that loses less; sizes of matrices are multiples of large numbers, so that few do.
 */
function calibrated(choices: Choices, budget: number): Picked {
  const names = Object.keys(choices);
  const least = smallest(choices);
  let behind = total(least); // bits that the matrices still to come take at least
  let ways: Way[] = [{ bits: 0, loss: 0 }];
  for (const name of names) {
    behind -= least.get(name)!.bits;
    const parts: (Way | undefined)[] = [];
    for (const choice of choices[name]!) {
      for (const before of ways) {
        const bits = before.bits + choice.bits;
        if (bits + behind > budget) break; // ways are in the order of their bits
        const loss = before.loss + choice.loss;
        const part = budget > 0 ? Math.floor(bits / budget * WAYS) : 0;
        const there = parts[part];
        if (!there || loss < there.loss || (loss === there.loss && bits < there.bits)) {
          parts[part] = { bits, loss, choice, before };
        }
      }
    }
    ways = [];
    for (let part = 0; part < parts.length; part++) {
      const way = parts[part];
      if (way && way.loss < (ways.at(-1)?.loss ?? Infinity)) ways.push(way);
    }
  }
  const picked: Picked = new Map();
  let way = ways.at(-1);
  for (const name of names.toReversed()) {
    picked.set(name, way!.choice!);
    way = way!.before;
  }
  return new Map(names.map((name) => [name, picked.get(name)!]));
}

/** A way to store some matrices: what the last of them takes, and a way to store those before it. */
interface Way {
  bits: number;
  loss: number;
  choice?: Choice;
  before?: Way;
}

/** The largest format that all matrices can have within the budget. */
function uniform(choices: Choices, budget: number): Picked {
  const names = Object.values(choices).map((own) => new Set(own.map(({ format }) => format)));
  const common = [...names[0] ?? []].filter((format) => names.every((own) => own.has(format)));
  const all = common.map((format) => pick(choices, (own) => own.find((each) => each.format === format)!))
    .filter((picked) => total(picked) <= budget);
  if (all.length > 0) return all.reduce((best, each) => total(each) > total(best) ? each : best);
  throw new RangeError(
    `Cannot allocate ${Math.floor(budget)} bits to all matrices alike: none of ${
      common.join(", ") || "no"
    } formats ` +
      "that fit each of them is that small",
  );
}
