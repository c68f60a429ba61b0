import { COUNT, requireNumbers } from "../bounds.ts";
import { requireOptions } from "../options.ts";
import { logistic } from "../statistics/logistic.ts";
import { mean } from "../statistics/describe.ts";
import { type Random, seededRandom } from "../random.ts";
import type { ClickLog, Clicks, Field } from "./clicks.ts";

/** How one field of a synthetic log is drawn, and what of it is true. */
export interface SyntheticField extends Field {
  /** Ids that come often enough to learn something of. */
  core: number;
  /** Ids behind them that come four times in 80,000 rows. */
  rare: number;
  /** The probability of core id i is proportional to 1 / (i + 1) to this power. */
  exponent: number;
  /** Coordinates in which its true vectors are not zero. */
  rank: number;
  /** Whether its ids have a first-order effect. */
  linear: boolean;
}

/** True role of one row of the table. */
export type RowTruth = "live" | "dead" | "linear-only" | "rare" | "noise";

/** A log whose truth is known. */
export interface SyntheticLog extends ClickLog {
  /** Rows to train on. */
  train: Clicks;
  /** How each field was drawn. */
  fields: readonly SyntheticField[];
  /** True role of each row of the table, fields one after the other. */
  truth: readonly RowTruth[];
  /** The true probability of a click of each row of the test part. */
  probabilities: Float64Array;
}

/** Settings of {@linkcode syntheticLog}. */
export interface SyntheticLogOptions {
  /** Seed of truth and rows. */
  seed: number;
  /** Rows to train on, to validate on and to test on. Default 80,000, 20,000 and 20,000. */
  rows?: readonly [train: number, validation: number, test: number] | undefined;
  /** All sizes of fields are multiplied by this whole number. Default 1. */
  scale?: number | undefined;
}

const field = (
  name: string,
  core: number,
  rank: number,
  { rare = 0, exponent = 0.8, linear = true }: { rare?: number; exponent?: number; linear?: boolean } = {},
) => ({ name, core, rare, exponent, rank, linear });

const FIELDS = [
  field("a", 60, 4, { rare: 100 }),
  field("b", 60, 4, { rare: 100 }),
  field("c", 40, 2, { rare: 100 }),
  field("d", 40, 2, { rare: 100 }),
  field("e", 30, 1),
  field("f", 30, 1),
  field("g", 20, 0),
  field("h", 20, 0),
  field("n0", 300, 0, { exponent: 1, linear: false }),
  field("n1", 30, 0, { linear: false }),
];

/** Highest rank of a true vector. */
const LATENT = 4;

/** Part of a field's rows that are of rare ids, where it has some. */
const RARE_SHARE = 0.005;

/**
 * A click log whose truth is known: a factorisation machine draws the clicks, whose vectors are zero beyond a
 * rank of each field, so that prefix masks of those ranks are right; two ids of each block of five are dead,
 * whatever their frequency; two fields are noise. With the defaults, ten fields of 1,030 ids.
 *
 * @throws RangeError where the seed, the scale or a number of rows cannot be meant
 */
export function syntheticLog(
  options: SyntheticLogOptions,
): SyntheticLog {
  requireOptions("syntheticLog", options, { seed: true, rows: true, scale: true });
  const { seed, rows = [80_000, 20_000, 20_000], scale = 1 } = options;
  const [train, validation, test] = rows;
  // By a whole number, so that fields still are blocks of five ids.
  requireNumbers("draw a log", { scale, train, validation, test }, COUNT);
  const fields = FIELDS.map((one): SyntheticField => {
    const [core, rare] = [one.core * scale, one.rare * scale];
    return { ...one, core, rare, size: core + rare };
  });
  const random = seededRandom(seed, "synthetic log");
  const total = train + validation + test;
  const ids = new Int32Array(total * fields.length);
  const linear = new Float64Array(total);
  const sums = new Float64Array(total * LATENT), squares = new Float64Array(total * LATENT);
  const truth: RowTruth[] = [];
  for (const [f, field] of fields.entries()) {
    const { effects, vectors, truth: own } = drawTruth(field, random.split(field.name, "truth"));
    truth.push(...own);
    const draw = drawer(field, random.split(field.name, "rows"));
    for (let row = 0; row < total; row++) {
      const id = ids[row * fields.length + f] = draw();
      linear[row]! += effects[id]!;
      for (let j = 0; j < LATENT; j++) {
        const u = vectors[id * LATENT + j]!;
        sums[row * LATENT + j]! += u;
        squares[row * LATENT + j]! += u * u;
      }
    }
  }
  const probabilities = clickProbabilities(linear, sums, squares);
  const click = random.split("clicks");
  const labels = Uint8Array.from(probabilities, (p) => click.uniform() < p ? 1 : 0);
  const part = (from: number, count: number): Clicks => ({
    fields: fields.map(({ name, size }) => ({ name, size })),
    ids: ids.slice(from * fields.length, (from + count) * fields.length),
    labels: labels.slice(from, from + count),
  });
  return {
    fields,
    train: part(0, train),
    validation: part(train, validation),
    test: part(train + validation, test),
    truth,
    probabilities: probabilities.slice(train + validation),
  };
}

/** True effects and vectors of a field's ids. */
function drawTruth(
  { core, size, rank, linear }: SyntheticField,
  random: Random,
): { effects: Float64Array; vectors: Float64Array; truth: RowTruth[] } {
  const dead = new Set<number>();
  for (let block = 0; block < core; block += 5) {
    for (const place of random.permutation(5).subarray(0, 2)) dead.add(block + place);
  }
  const effects = new Float64Array(size), vectors = new Float64Array(size * LATENT);
  const truth = Array.from({ length: size }, (_, id): RowTruth => {
    const isRare = id >= core;
    for (let j = 0; j < rank; j++) {
      const u = random.normal();
      if (isRare || !dead.has(id)) vectors[id * LATENT + j] = u;
    }
    const w = linear ? random.normal(0, 0.5) : 0;
    if (isRare || !dead.has(id)) effects[id] = w;
    if (isRare) return "rare";
    if (!linear) return "noise";
    if (dead.has(id)) return "dead";
    return rank > 0 ? "live" : "linear-only";
  });
  return { effects, vectors, truth };
}

/** Draws ids of a field: Zipf's law over the core, evenly among the rare ones. */
function drawer({ core, rare, exponent }: SyntheticField, random: Random): () => number {
  const cumulated = new Float64Array(core);
  let sum = 0;
  for (let i = 0; i < core; i++) cumulated[i] = sum += 1 / (i + 1) ** exponent;
  return () => {
    if (rare > 0 && random.uniform() < RARE_SHARE) return core + random.integer(rare);
    const mark = random.uniform() * sum;
    let [low, high] = [0, core - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulated[middle]! > mark) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** σ(−1.2 + first order around its mean + 1.5 standardised pairs). */
function clickProbabilities(
  linear: Float64Array,
  sums: Float64Array,
  squares: Float64Array,
): Float64Array {
  const pairs = linear.map((_, row) => {
    let pair = 0;
    for (let j = row * LATENT; j < (row + 1) * LATENT; j++) pair += sums[j]! ** 2 - squares[j]!;
    return pair / 2;
  });
  const [centre, middle] = [mean(linear), mean(pairs)];
  const deviation = Math.sqrt(mean(pairs.map((pair) => (pair - middle) ** 2)));
  return linear.map((first, row) => {
    const logit = -1.2 + first - centre + 1.5 * pairs[row]! / deviation;
    return logistic(logit);
  });
}
