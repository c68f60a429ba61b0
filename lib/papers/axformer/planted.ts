import { bert } from "../../nn/bert.ts";
import type { Model } from "../../onnx/model.ts";
import type { Progress } from "../../progress.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { evaluate } from "../../train/evaluate.ts";
import { fit } from "../../train/fit.ts";
import { adamW } from "../../train/optimizers.ts";
import {
  type Configuration,
  type ElementId,
  emptyConfiguration,
  maskElements,
  removeElements,
} from "../../transformer/mod.ts";
import { plantHarm } from "./harm.ts";
import { withWeights } from "./with_weights.ts";
import { sentences, VOCABULARY } from "./negation.ts";

/** Groups of neurons in each feed-forward block of the small encoder. */
export const GROUPS = 8;

/** Layers, heads and so on of the small encoder: 29 thousand parameters. */
const SIZES = { layers: 3, hidden: 32, heads: 4, neurons: 64 };

/** Elements in which harm is planted: two heads, a group of neurons, and a whole feed-forward block. */
export const PLANTS: readonly ElementId[] = [
  "attention.1.head.3",
  "attention.2.head.0",
  "feed-forward.0.group.5",
  "feed-forward.2",
];

/** How the small encoder is trained. */
export interface Training {
  /** Sentences to train on. */
  examples: number;
  /** Times that they are gone through. */
  epochs: number;
  /** Sentences to decide on. */
  validation: number;
  /** Seed of sentences, first weights and order. */
  seed: number;
}

/** The encoder as it is built, without a weight learned. */
const encoder = (seed: number): Model =>
  bert({ ...SIZES, vocabulary: VOCABULARY, positions: 12, types: 0, dropout: 0, epsilon: 1e-5, seed });

/** A configuration of the small encoder in which some elements are gone. */
export function without(removed: readonly ElementId[], k = 4): Configuration {
  return { ...emptyConfiguration({ groups: GROUPS }, { k }), removed };
}

/**
 * Trains the small encoder with the plants masked, so that it works without them: their weights are as they
 * were drawn. With Adam at 3e-3 after a warm-up of 100 steps, decaying linearly; batches of 64; clipped at 1.
 */
export async function trainWithout(
  { examples, epochs, seed }: Training,
  { runtime, progress }: { runtime: Runtime; progress?: Progress },
): Promise<Model> {
  const whole = encoder(seed);
  const { model: trained } = await fit(
    maskElements(whole, without(PLANTS)),
    sentences(examples, seed, "train"),
    {
      epochs,
      batchSize: 64,
      optimizer: adamW({ weightDecay: 0 }),
      schedule: (step, steps) => 3e-3 * Math.min((step + 1) / 100, (steps - step) / Math.max(1, steps - 100)),
      clip: 1,
      seed,
      runtime,
      progress,
    },
  );
  return withWeights(whole, trained);
}

/** Measurements of a network with harm in it. */
export interface HarmedRow {
  /** Mean validation loss with the plants masked: what a search can get back to. */
  clean: number;
  /** Mean validation loss as it is. */
  harmed: number;
  /** How many times the base deviation the planted weights have. */
  scale: number;
  /** Test accuracy with the plants masked. */
  cleanAccuracy: number;
  /** Test accuracy as it is. */
  harmedAccuracy: number;
}

/**
 * Fills one plant with random weights, the others removed, or all of them, at the smallest scale that at
 * least doubles the loss on the validation data.
 */
export async function plant(
  whole: Model,
  where: ElementId | "all",
  { training: { seed, validation }, runtime }: { training: Training; runtime: Runtime },
): Promise<HarmedRow & { model: Model }> {
  const plants = where === "all" ? PLANTS : [where];
  const model = removeElements(whole, without(PLANTS.filter((element) => !plants.includes(element))));
  const score = async (model: Model, part: "validation" | "test", count: number) =>
    await evaluate(model, sentences(count, seed, part), { runtime, batchSize: 300 });
  const cleared = maskElements(model, without(plants));
  const clean = (await score(cleared, "validation", validation)).loss;
  const { model: candidate, harmed, scale } = await plantHarm(model, {
    plants,
    sizes: { ...SIZES, groups: GROUPS },
    seed,
    clean,
    lossOf: async (model) => (await score(model, "validation", validation)).loss,
  });
  return {
    model: candidate,
    clean,
    harmed,
    scale,
    cleanAccuracy: (await score(cleared, "test", 2000)).accuracy!,
    harmedAccuracy: (await score(candidate, "test", 2000)).accuracy!,
  };
}
