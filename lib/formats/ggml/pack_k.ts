import { roundEven } from "../../tensor/halves.ts";
import { type AffineSearch, fitAffine } from "./fit_affine.ts";
import { descendSymmetric, extreme, fitPositive, fitSymmetric, TINY } from "./fit_symmetric.ts";
import { counting, meanSquare, type Pack, putHalf } from "./packing.ts";
import { sixBits } from "./unpack_k.ts";
import { halfAt } from "./unpack_plain.ts";

const f = Math.fround;

/** Parts of equal length. */
const runsOf = (x: Float32Array, length: number): Float32Array[] =>
  Array.from({ length: x.length / length }, (_, run) => x.subarray(run * length, (run + 1) * length));

const sumOf = (x: Float32Array): number => x.reduce((sum, value) => f(sum + value), 0);

/** Scales of runs as whole multiples of one: `codes` of them from 0 to `levels`. */
interface Scaled {
  /** The one. */
  unit: number;
  /** The multiples. */
  codes: Uint8Array;
}

/** Multiples of max / levels. */
function byMost(values: Float32Array, levels: number): Scaled {
  const most = values.reduce((so, value) => Math.max(so, value), 0);
  const inverse = most > 0 ? f(levels / most) : 0;
  const codes = Uint8Array.from(values, (value) => Math.min(roundEven(f(inverse * value)), levels));
  return { unit: f(most / levels), codes };
}

/** How the runs of a type with minima are fitted. */
interface Rule {
  run: number;
  /** The highest code of scales and minima. */
  most: number;
  plain: AffineSearch;
  /** How much each weight of a run counts without an importance. */
  counts: (x: Float32Array) => Float32Array;
  /** Part of the variance that importance is joined with: of the super-block's mean square. */
  variance: number;
}

/** Scales and minima of the runs, as multiples of the super-block's. */
function fitRuns(x: Float32Array, importance: Float32Array | undefined, rule: Rule): [Scaled, Scaled] {
  const runs = runsOf(x, rule.run);
  const variance = importance ? f(rule.variance * meanSquare(x)) : 0;
  const weights = runs.map((run, i) =>
    importance
      ? counting(run, importance.subarray(i * rule.run, (i + 1) * rule.run), variance)
      : rule.counts(run)
  );
  const search = importance ? { levels: rule.plain.levels, first: -0.9, step: 0.05, tries: 36 } : rule.plain;
  const fits = runs.map((run, i) => fitAffine(run, weights[i]!, search));
  const scales = Float32Array.from(fits, ({ scale }) => scale);
  const depths = Float32Array.from(fits, ({ depth }) => depth);
  if (!importance) return [byMost(scales, rule.most), byMost(depths, rule.most)];
  const counts = Float32Array.from(weights, sumOf);
  const [d, m] = [scales, depths].map((values) => fitPositive(values, counts, rule.most)) as [
    ReturnType<typeof fitPositive>,
    ReturnType<typeof fitPositive>,
  ];
  return [{ unit: d.scale, codes: d.codes }, { unit: m.scale, codes: m.codes }];
}

/** Codes by what is stored: round((x + depth) / step) within 0 … levels; 0 where the step is. */
function codesOf(run: Float32Array, step: number, depth: number, levels: number): Uint8Array {
  if (step === 0) return new Uint8Array(run.length);
  return Uint8Array.from(run, (value) => {
    const code = roundEven(f(f(value + depth) / step));
    return Math.min(Math.max(code, 0), levels);
  });
}

/** rms + |x|. */
const byMagnitude = (x: Float32Array): Float32Array => {
  const rms = f(Math.sqrt(meanSquare(x)));
  return x.map((value) => rms + Math.abs(value));
};

const FOUR: Rule = {
  run: 32,
  most: 63,
  plain: { levels: 15, first: -1, step: 0.1, tries: 20 },
  counts: byMagnitude,
  variance: 2,
};
const FIVE: Rule = { ...FOUR, plain: { levels: 31, first: -0.5, step: 0.1, tries: 15 } };
const TWO: Rule = {
  run: 16,
  most: 15,
  plain: { levels: 3, first: -0.5, step: 0.1, tries: 15, absolute: true },
  counts: (x) => x.map(Math.abs),
  variance: 1,
};

/** The head of Q4_K and Q5_K, and the codes of all runs by it. */
function fourOrFive(
  x: Float32Array,
  out: Uint8Array,
  importance: Float32Array | undefined,
  rule: Rule,
): Uint8Array[] {
  const [d, m] = fitRuns(x, importance, rule);
  putHalf(out, 0, d.unit);
  putHalf(out, 2, m.unit);
  for (let run = 0; run < 4; run++) {
    out[4 + run] = d.codes[run]! | d.codes[run + 4]! >> 4 << 6;
    out[8 + run] = m.codes[run]! | m.codes[run + 4]! >> 4 << 6;
    out[12 + run] = (d.codes[run + 4]! & 15) | (m.codes[run + 4]! & 15) << 4;
  }
  const [unit, depth] = [halfAt(out, 0), halfAt(out, 2)];
  return runsOf(x, 32).map((values, run) => {
    const [scale, min] = [sixBits(out, 4, run, 0), sixBits(out, 4, run, 1)];
    return codesOf(values, f(unit * scale), f(depth * min), rule.plain.levels);
  });
}

/** Runs of 16 without a minimum: scale and codes of each. */
function symmetricRuns(
  x: Float32Array,
  importance: Float32Array | undefined,
  weigh: (run: Float32Array, importance: Float32Array | undefined) => Float32Array,
  levels: number,
): { scales: Float32Array; counts: Float32Array } {
  const runs = runsOf(x, 16);
  const weights = runs.map((run, i) => weigh(run, importance?.subarray(16 * i, 16 * i + 16)));
  return {
    scales: Float32Array.from(runs, (run, i) => fitSymmetric(run, weights[i]!, levels).scale),
    counts: Float32Array.from(weights, sumOf),
  };
}

/** Codes by what is stored, from −levels to levels − 1, put above 0. */
function signedCodes(run: Float32Array, step: number, levels: number): Uint8Array {
  return Uint8Array.from(run, (value) => {
    const code = step === 0 ? 0 : roundEven(f(value / step));
    return Math.min(Math.max(code, -levels), levels - 1) + levels;
  });
}

/** Super-blocks of 256 weights, whose runs have scales of their own. */
export const PACK_K: Readonly<Record<"Q2_K" | "Q3_K" | "Q4_K" | "Q5_K" | "Q6_K", Pack>> = {
  Q2_K: (x, out, importance) => {
    const [d, m] = fitRuns(x, importance, TWO);
    putHalf(out, 80, d.unit);
    putHalf(out, 82, m.unit);
    const [unit, depth] = [halfAt(out, 80), halfAt(out, 82)];
    runsOf(x, 16).forEach((values, run) => {
      out[run] = d.codes[run]! | m.codes[run]! << 4;
      const codes = codesOf(values, f(unit * d.codes[run]!), f(depth * m.codes[run]!), 3);
      const from = 16 + 32 * (run >> 3) + 16 * (run & 1);
      codes.forEach((code, i) => out[from + i]! |= code << (run & 6));
    });
  },
  Q3_K: (x, out, importance) => {
    let unit = 0;
    let codes = new Int8Array(16);
    if (importance) {
      const variance = f(2 * meanSquare(x));
      const { scales, counts } = symmetricRuns(x, importance, (run, own) => counting(run, own!, variance), 4);
      ({ scale: unit, codes } = fitSymmetric(scales, counts, 32) as { scale: number; codes: typeof codes });
    } else {
      const scales = Float32Array.from(runsOf(x, 16), (run) => descendSymmetric(run, 4).scale);
      const most = extreme(scales);
      const inverse = most === 0 ? 0 : f(-32 / most);
      unit = inverse === 0 ? 0 : f(1 / inverse);
      codes = Int8Array.from(scales, (scale) => Math.min(Math.max(roundEven(f(inverse * scale)), -32), 31));
    }
    putHalf(out, 108, unit);
    const stored = halfAt(out, 108);
    runsOf(x, 16).forEach((values, run) => {
      const code = codes[run]! + 32;
      out[96 + (run & 7)]! |= (code & 15) << 4 * (run >> 3);
      out[104 + (run & 3)]! |= code >> 4 << 2 * (run >> 2);
      const first = 16 * (run & 1);
      signedCodes(values, f(stored * codes[run]!), 4).forEach((weight, i) => {
        out[first + i]! |= weight >> 2 << (run >> 1);
        out[32 + 32 * (run >> 3) + first + i]! |= (weight & 3) << (run & 6);
      });
    });
  },
  Q4_K: (x, out, importance) => {
    fourOrFive(x, out, importance, FOUR).forEach((codes, run) => {
      codes.forEach((code, i) => out[16 + 32 * (run >> 1) + i]! |= code << 4 * (run & 1));
    });
  },
  Q5_K: (x, out, importance) => {
    fourOrFive(x, out, importance, FIVE).forEach((codes, run) => {
      codes.forEach((code, i) => {
        out[16 + i]! |= code >> 4 << run;
        out[48 + 32 * (run >> 1) + i]! |= (code & 15) << 4 * (run & 1);
      });
    });
  },
  Q6_K: (x, out, importance) => {
    const { scales } = symmetricRuns(
      x,
      importance,
      (run, own) => own ?? run.map((value) => value * value),
      32,
    );
    const most = extreme(scales);
    if (Math.abs(most) < TINY) return;
    const inverse = f(-128 / most);
    putHalf(out, 208, f(1 / inverse));
    const unit = halfAt(out, 208);
    runsOf(x, 16).forEach((values, run) => {
      const scale = Math.min(roundEven(f(inverse * scales[run]!)), 127);
      out[192 + run] = scale;
      const [half, quarter, first] = [run >> 3, run >> 1 & 3, 16 * (run & 1)];
      signedCodes(values, f(unit * scale), 32).forEach((code, i) => {
        out[64 * half + 32 * (quarter & 1) + first + i]! |= (code & 15) << 4 * (quarter >> 1);
        out[128 + 32 * half + first + i]! |= code >> 4 << 2 * quarter;
      });
    });
  },
};
