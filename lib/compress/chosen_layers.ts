import { RangeError, TypeError } from "../errors.ts";
import type { Model } from "../onnx/model.ts";
import { type Chosen, type OptionWords, requireWords } from "../options.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import type { AllocationRule } from "./allocation/allocate.ts";
import { requireMeanBits } from "./allocation/allocated_bits.ts";
import { requireSpread } from "./allocation/alpha_sparsities.ts";
import type { CompressOptions } from "./compress.ts";
import { type LinearLayer, linearLayers } from "./linear_layers.ts";
import type { Target } from "./methods/method.ts";
import { METHODS } from "./methods/methods.ts";
import { requireFloat64 } from "./require_float64.ts";
import { methodOf, targetsOf } from "./settings.ts";
import { storedModel } from "./stored_model.ts";
import { arrayOf } from "../tensor/arrays.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The rule by which bits are allocated, by what the model's answers lose; `undefined` where none is. */
const bitsRule = ({ allocation }: CompressOptions): AllocationRule | undefined =>
  allocation === "alpha" ? undefined : allocation;

/** What alone reads an option, and how that is asked for; a value that stands for none changes nothing. */
interface Reader {
  reads: (options: CompressOptions) => boolean;
  what: string;
  give: string;
  none?: string | boolean;
}

const ALLOCATION: Reader = {
  reads: (options) => bitsRule(options) !== undefined,
  what: "an allocation of bits",
  give: 'allocation: "calibrated"',
};

const DATA: Reader = {
  reads: ({ calibration = [] }) => calibration.length > 0,
  what: "calibration data",
  give: "calibration",
};

const BITS: Reader = { reads: ({ bits }) => bits !== undefined, what: "bits", give: "bits" };

const SWEEP: Reader = {
  reads: (options) => METHODS[methodOf(options)].sweeps ?? false,
  what: "a method that sweeps over columns",
  give: 'method: "sparsegpt", "gptq" or "gptaq"',
};

/** Options that only some compressions read, which would do nothing in others. */
const READERS: Readonly<Partial<Record<keyof CompressOptions, Reader>>> = {
  held: ALLOCATION,
  seed: ALLOCATION,
  order: { ...DATA, none: "blocks" },
  precision: { ...DATA, none: "float32" },
  groupSize: BITS,
  symmetric: { ...BITS, none: false },
  damping: SWEEP,
  blockSize: SWEEP,
};

/** @throws {TypeError} where an option was given that nothing reads */
function requireRead(call: string, options: CompressOptions): void {
  const given: Readonly<Record<string, unknown>> = { ...options };
  for (const [name, { reads, what, give, none }] of Object.entries(READERS)) {
    if (given[name] === undefined || given[name] === none || reads(options)) continue;
    throw new TypeError(
      `Cannot ${call} with ${name}: it is of no use without ${what}; leave it out, or give ${give} beside it`,
    );
  }
}

/**
 * The sparsity of all weights together, where blocks differ.
 *
 * @throws {TypeError} where there is no one sparsity
 * @throws {RangeError} where it cannot be spread
 */
export function meanSparsity({ sparsity }: CompressOptions): number {
  if (typeof sparsity === "number") {
    requireSpread(sparsity);
    return sparsity;
  }
  throw new TypeError(
    'Cannot allocate by "alpha": expected a sparsity, the mean of all weights; give a number',
  );
}

const WORDS: OptionWords<Pick<Chosen<CompressOptions>, "order" | "precision">> = {
  order: { blocks: true, layers: true },
  precision: { float32: true, float64: true },
};

/** Refuses what cells and untyped programs may give in place of a word, or of a function. */
function requireChoices({ order = "blocks", precision = "float32", layers }: CompressOptions): void {
  requireWords("compress", { order, precision }, WORDS);
  if (layers === undefined || typeof layers === "function") return;
  throw new TypeError(
    'Cannot compress with "layers" that is no function: expected one of a weight\'s name, as in ' +
      "(name) => /mlp/.test(name)",
  );
}

/** The layers that are compressed, and what is to become of each. */
export function chosenLayers(
  model: Model,
  options: CompressOptions,
): { layers: LinearLayer[]; targets: Map<string, Target> } {
  const { calibration = [] } = options;
  const method = methodOf(options);
  const found = linearLayers(model);
  const all = targetsOf(found.map(({ weight }) => weight), options);
  const layers = found.filter(({ weight }) => all.has(weight) && (options.layers?.(weight) ?? true));
  if (layers.length === 0) {
    throw new TypeError(
      `Cannot compress: none of the model's ${found.length} linear layers was chosen` +
        (found.length > 0
          ? `, which are ${found.slice(0, 3).map(({ weight }) => weight).join(", ")}, …`
          : ""),
    );
  }
  if (METHODS[method].calibrated && calibration.length === 0) {
    throw new TypeError(
      `Cannot compress by "${method}" without calibration data: give calibration, a record of the model's inputs ` +
        "for each sequence",
    );
  }
  return { layers, targets: new Map(layers.map(({ weight }) => [weight, all.get(weight)!])) };
}

/** @throws {RangeError} where a layer has weights of which nothing can be made */
function requireFinite({ graph }: Model, layers: readonly LinearLayer[]): void {
  for (const { weight } of layers) {
    const numbers = arrayOf(graph.initializers.get(weight) as Tensor);
    for (let i = 0; i < numbers.length; i++) {
      if (Number.isFinite(Number(numbers[i]))) continue;
      throw new RangeError(
        `Cannot compress ${weight}: it has weights that are not finite; look at what it was read from`,
      );
    }
  }
}

/** What a compression begins with. */
export interface Start extends ReturnType<typeof chosenLayers> {
  /** The model with its weights among the initializers, as it is compressed. */
  stored: Model;
  /** Whether bits are allocated. */
  allocates: boolean;
}

/**
 * Checks all that can be told of a compression before anything is run or measured for it. Where bits are
 * allocated, each layer's target is their mean, rounded up.
 *
 * @throws {TypeError} where the method cannot do what is asked, no layer is left, a setting would do nothing,
 * or the engine cannot run the model in float64
 * @throws {RangeError} where a setting is out of bounds, or weights are not finite
 */
export function startOf(call: string, model: Model, options: CompressOptions): Start {
  requireChoices(options);
  const { calibration = [] } = options;
  if (options.allocation === "alpha") meanSparsity(options);
  const rule = bitsRule(options);
  const bits = rule && requireMeanBits(options, rule);
  // Only what learns from data adds nodes: without, a model of any operator set stays as it is.
  const stored = calibration.length > 0 ? storedModel(model) : constantsToInitializers(model);
  const targeted = bits === undefined ? options : { ...options, bits: Math.ceil(bits) };
  const chosen = chosenLayers(stored, targeted);
  requireRead(call, options);
  requireFinite(stored, chosen.layers);
  if (options.precision === "float64") requireFloat64(stored);
  return { stored, allocates: rule !== undefined, ...chosen };
}
