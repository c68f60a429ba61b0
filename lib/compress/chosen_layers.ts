import { TypeError } from "../errors.ts";
import type { Model } from "../onnx/model.ts";
import { type Chosen, type OptionWords, requireWords } from "../options.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import type { CompressOptions } from "./compress.ts";
import { type LinearLayer, linearLayers } from "./linear_layers.ts";
import type { Target } from "./methods/method.ts";
import { METHODS } from "./methods/methods.ts";
import { methodOf, targetsOf } from "./settings.ts";
import { storedModel } from "./stored_model.ts";

/**
 * Whether bits are allocated by what the model's answers lose.
 *
 * @throws {TypeError} where they are not, but what only an allocation reads was given
 */
export function allocatesBits(call: string, { allocation, held, seed }: CompressOptions): boolean {
  if (allocation !== undefined && allocation !== "alpha") return true;
  const [idle] = Object.entries({ held, seed }).filter(([, value]) => value !== undefined);
  if (idle === undefined) return false;
  throw new TypeError(
    `Cannot ${call} with ${idle[0]}: it is of no use without an allocation of bits; leave it out, or give ` +
      'allocation: "calibrated" beside it',
  );
}

/** @throws {TypeError} where blocks share no one sparsity */
export function meanSparsity({ sparsity }: CompressOptions): number {
  if (typeof sparsity === "number") return sparsity;
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
 * @throws {TypeError} where the method cannot do what is asked, or no layer is left
 * @throws {RangeError} where a setting is out of bounds
 */
export function startOf(call: string, model: Model, options: CompressOptions): Start {
  requireChoices(options);
  const { bits, calibration = [] } = options;
  if (options.allocation === "alpha") meanSparsity(options);
  const allocates = allocatesBits(call, options);
  // Only what learns from data adds nodes: without, a model of any operator set stays as it is.
  const stored = calibration.length > 0 ? storedModel(model) : constantsToInitializers(model);
  const targeted = allocates && typeof bits === "number" ? { ...options, bits: Math.ceil(bits) } : options;
  return { stored, allocates, ...chosenLayers(stored, targeted) };
}
