import { COUNT, isWithin, requireNumbers } from "../bounds.ts";
import { RangeError, TypeError } from "../errors.ts";
import type { NmPattern } from "../../kernels/webgpu/nm/nm_groups.ts";
import type { OptionNames } from "../options.ts";
import type { Target } from "./methods/method.ts";
import { type MethodName, METHODS } from "./methods/methods.ts";

/**
 * A number for all layers, or one for each by the name of its weight; layers without one stay as they are.
 */
export type PerLayer = number | Readonly<Record<string, number>>;

/** What is to become of the weights. */
export interface TargetOptions {
  /** How. Default: `"gptq"` where weights are rounded alone, else `"sparsegpt"`. */
  method?: MethodName | undefined;
  /** Part of the weights that goes, from 0 to below 1. */
  sparsity?: PerLayer | undefined;
  /** N:M sparsity, n of every m neighbours of a row stay, in place of `sparsity`. */
  pattern?: NmPattern | undefined;
  /** Bits that a weight is rounded to, 1 to 16. With method `"sparsegpt"` beside a sparsity. */
  bits?: PerLayer | undefined;
  /** Weights of a row that share a scale. Default: all of the row. */
  groupSize?: number | undefined;
  /**
   * Whether zero is the middle level. Default false: levels reach from the smallest to the largest weight.
   */
  symmetric?: boolean | undefined;
  /**
   * Whether the ranges of levels shrink to where least is lost, as GPTQ's reference implementation tries
   * them with its option of this name. Default false: they hold all weights. `"awq"` and `"anyk"` search for
   * levels of their own.
   */
  mse?: boolean | undefined;
  /**
   * Added to the Hessian's diagonal, as a share of its mean; more where that does not suffice. Default 0.01.
   */
  damping?: number | undefined;
  /** Columns that are swept before their errors are brought to the others. Default 128. */
  blockSize?: number | undefined;
  /**
   * Whether as many weights go as in the reference implementations, one more for each block or matrix than
   * was asked for, and all that are equal to it. Default false: as many as were asked for.
   */
  referenceCompatible?: boolean | undefined;
}

/** Names of {@linkcode TargetOptions}. */
export const TARGET_OPTIONS: OptionNames<TargetOptions> = {
  method: true,
  sparsity: true,
  pattern: true,
  bits: true,
  groupSize: true,
  symmetric: true,
  mse: true,
  damping: true,
  blockSize: true,
  referenceCompatible: true,
};

/** The method that was asked for, or the one that is taken by itself. */
export function methodOf({ method, sparsity, pattern }: TargetOptions): MethodName {
  return method ?? (sparsity === undefined && pattern === undefined ? "gptq" : "sparsegpt");
}

/**
 * The target of each layer, by the name of its weight.
 *
 * @throws {RangeError} where a number is out of bounds
 * @throws {TypeError} where a method cannot do what is asked, or a layer is named that is none of these
 */
export function targetsOf(names: readonly string[], options: TargetOptions): Map<string, Target> {
  const { sparsity, pattern, bits, groupSize, symmetric = false, mse = false } = options;
  const method = methodOf(options);
  const { damping = 0.01, blockSize = 128, referenceCompatible = false } = options;
  if (!Object.hasOwn(METHODS, method)) {
    throw new RangeError(
      `Cannot compress by "${method}": expected one of ${
        Object.keys(METHODS).map((name) => `"${name}"`).join(", ")
      }`,
    );
  }
  const { does, shrinks } = METHODS[method];
  const prunes = sparsity !== undefined || pattern !== undefined;
  if (prunes && !does.includes("sparsity")) {
    refuse(method, "sets no weights to zero", "bits in place of sparsity and pattern");
  }
  if (bits !== undefined && !does.includes("bits")) {
    refuse(method, "does not round weights", "a sparsity in place of bits");
  }
  if (sparsity !== undefined && pattern) {
    refuse(method, "takes a sparsity or a pattern, not both", "one of the two");
  }
  if (mse && bits === undefined) refuse(method, "was given mse but no bits", "bits, or leave mse out");
  if (mse && !shrinks) refuse(method, "searches for levels of its own", "no mse");
  if (!prunes && bits === undefined) refuse(method, "was not told how far", does.join(", or "));
  if (pattern && !(isWithin(pattern.m, COUNT) && isWithin(pattern.n, { ...COUNT, to: pattern.m }))) {
    throw new RangeError(
      `Cannot compress to ${pattern.n}:${pattern.m}: expected whole numbers from 1, the first not above the second`,
    );
  }
  if (groupSize !== undefined) requireNumbers("compress", { groupSize }, COUNT);
  requireNumbers("compress", { blockSize }, COUNT);
  requireNumbers("compress", { damping }, { from: 0 });
  for (const value of valuesOf(sparsity)) {
    requireNumbers("compress", { sparsity: value }, { from: 0, below: 1 });
  }
  for (const value of valuesOf(bits)) requireNumbers("compress", { bits: value }, { ...COUNT, to: 16 });
  const unknown = [sparsity, bits].flatMap((each) => typeof each === "object" ? Object.keys(each) : [])
    .find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(
      `Cannot compress "${unknown}": the model has no such linear layer, but ${
        names.slice(0, 3).join(", ")
      }, …`,
    );
  }
  return new Map(names.flatMap((name): [string, Target][] => {
    const own = { sparsity: at(sparsity, name), bits: at(bits, name) };
    if (own.sparsity === undefined && !pattern && own.bits === undefined) return [];
    return [[name, {
      sparsity: own.sparsity ?? 0,
      bits: own.bits,
      pattern,
      groupSize: own.bits === undefined ? undefined : groupSize,
      symmetric,
      mse: mse && own.bits !== undefined ? mse : undefined,
      damping,
      blockSize,
      referenceCompatible: referenceCompatible && own.sparsity !== undefined,
    }]];
  }));
}

const at = (value: PerLayer | undefined, name: string): number | undefined =>
  typeof value === "object" ? Object.hasOwn(value, name) ? value[name] : undefined : value;

const valuesOf = (value: PerLayer | undefined): number[] =>
  value === undefined ? [] : typeof value === "object" ? Object.values(value) : [value];

function refuse(method: string, why: string, give: string): never {
  throw new TypeError(`Cannot compress by "${method}": it ${why}; give ${give}`);
}
