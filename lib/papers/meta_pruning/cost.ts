import { countMacs } from "../../onnx/count_macs.ts";
import { type Architecture, build } from "./architecture.ts";
import type { DataSpec } from "./data.ts";
import type { Recipe } from "./recipe.ts";

/** Multiply-accumulates per second of two CPU cores that train a network, about; measured in `docs/benchmarks.md`. */
const RATE = 15e9;

/** Seconds that a step of training takes however small it is. */
const STEP = 1e-3;

/** Passes of training over one example: forward, and twice that backward. */
const TRAINING = 3;

const known = new Map<string, number>();

/** Multiply-accumulates of a network. */
export function macsOf(architecture: Architecture): number {
  const key = JSON.stringify(architecture);
  if (!known.has(key)) known.set(key, countMacs(build(architecture, 0)).macs);
  return known.get(key)!;
}

/** Roughly how long a network of so many multiply-accumulates trains, in seconds on two quiet processor cores. */
export function trainingSeconds(macs: number, { examples }: DataSpec, recipe: Recipe): number {
  const { epochs, batchSize } = recipe;
  return epochs *
    (TRAINING * macs * examples.train / RATE + Math.ceil(examples.train / batchSize) * STEP);
}
