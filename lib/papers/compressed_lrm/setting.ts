import type { NmPattern } from "../../../kernels/webgpu/nm/nm_groups.ts";
import type { LayerReport } from "../../compress/compress_layer.ts";
import type { MethodName } from "../../compress/methods/methods.ts";
import { shortName } from "./matrices/matrix_name.ts";

/** A way to compress, and how far. */
export type Setting =
  | {
    /** Nothing is done. */
    readonly method: "dense";
  }
  | {
    /** How. */
    readonly method: MethodName;
    /** Part of each matrix that goes. */
    readonly sparsity?: number;
    /** How many of how many neighbours stay. */
    readonly nm?: NmPattern;
    /** Bits that a weight is rounded to. */
    readonly bits?: number;
    /** The layer whose feed-forward block stays as it is. */
    readonly keep?: number;
    /** The one matrix that this is done to: all others stay as they are. */
    readonly alone?: string;
  };

/** The dense model. */
export const DENSE: Setting = { method: "dense" };

/** Methods as tables and figures name them. */
export const METHOD_NAMES: Readonly<Record<Setting["method"], string>> = {
  dense: "dense",
  magnitude: "magnitude",
  wanda: "Wanda",
  sparsegpt: "SparseGPT",
  rtn: "nearest",
  gptq: "GPTQ",
  gptaq: "GPTAQ",
  awq: "AWQ",
  anyk: "ANY",
};

/** How far a setting goes, as tables write it: `50 %`, `2:4`, `3 bits`. */
export function amountOf(setting: Setting): string {
  if (setting.method === "dense") return "";
  const { sparsity, nm, bits, keep, alone } = setting;
  const parts = [
    sparsity !== undefined && `${Number((100 * sparsity).toFixed(1))} %`,
    nm && `${nm.n}:${nm.m}`,
    bits !== undefined && `${bits} bits`,
  ];
  return parts.filter(Boolean).join(" and ") + (keep === undefined ? "" : `, MLP ${keep + 1} kept`) +
    (alone === undefined ? "" : `, ${shortName(alone)} alone`);
}

/** A setting in words. */
export const labelOf = (setting: Setting): string =>
  `${METHOD_NAMES[setting.method]} ${amountOf(setting)}`.trim();

/** Bits of a stored number that was not rounded. */
export const FLOAT_BITS = 16;

/**
 * Bits that a file has for each weight of the compressed matrices. What stays is stored in 16 bits beside a
 * bit for each place that says whether it stays (of n:m, those that say which n of m); rounded weights have
 * their bits and for each row, or group, a scale of 16 bits and a zero; learned levels are stored for each
 * row.
 *
 * @param kept weights of matrices that were left as they are
 */
export function bitsOf(
  reports: readonly Pick<
    LayerReport,
    "rows" | "columns" | "method" | "bits" | "groupSize" | "sparsity"
  >[],
  setting: Setting,
  kept = 0,
): number {
  if (setting.method === "dense") return FLOAT_BITS;
  const { nm, sparsity: asked } = setting;
  let [bits, weights] = [FLOAT_BITS * kept, kept];
  for (const { rows, columns, method, bits: each, groupSize = columns, sparsity = 0 } of reports) {
    const size = rows * columns;
    const number = each ?? FLOAT_BITS;
    const zeros = nm || asked !== undefined;
    bits += size * (zeros ? number * (1 - sparsity) + (nm ? placeBits(nm) : 1) : number);
    if (each !== undefined) bits += rows * Math.ceil(columns / groupSize) * (FLOAT_BITS + each);
    if (method === "anyk") bits += rows * 2 ** number * FLOAT_BITS;
    weights += size;
  }
  return bits / weights;
}

/** Bits for each weight that say which n of m stay. */
function placeBits({ n, m }: NmPattern): number {
  let ways = 1;
  for (let i = 0; i < n; i++) ways = ways * (m - i) / (i + 1);
  return Math.ceil(Math.log2(ways)) / m;
}

/** The part of a matrix that must go for it to take so many bits a weight, its map of zeros included. */
export const sparsityAt = (bits: number): number => Math.min(1, Math.max(0, 1 - (bits - 1) / FLOAT_BITS));
