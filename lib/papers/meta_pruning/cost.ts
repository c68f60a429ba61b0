import { metaGraph } from "../../metagraph/to_meta_graph.ts";
import { countMacs } from "../../onnx/count_macs.ts";
import type { Model } from "../../onnx/model.ts";
import { type Architecture, build } from "./architecture.ts";
import type { DataSpec } from "./data/data.ts";
import type { Recipe } from "./recipe.ts";

/**
 * Multiply-accumulates per second of two CPU cores that train a network, about; measured in
 * `docs/benchmarks.md`.
 */
const RATE = 15e9;

/** Seconds that a step of training takes however small it is. */
const STEP = 1e-3;

/** Passes of training over one example: forward, and twice that backward. */
const TRAINING = 3;

/** Multiply-accumulates of a network. */
export const macsOf: (architecture: Architecture) => number = onceEach((model) => countMacs(model).macs);

/** Edges of a network as a graph. */
export const edgesOf: (architecture: Architecture) => number = onceEach((model) => metaGraph(model).edges);

/** A number of a network, looked up once for each architecture. */
function onceEach(look: (model: Model) => number): (architecture: Architecture) => number {
  const known = new Map<string, number>();
  return (architecture) => {
    const key = JSON.stringify(architecture);
    if (!known.has(key)) known.set(key, look(build(architecture, 0)));
    return known.get(key)!;
  };
}

/**
 * Roughly how long a network of so many multiply-accumulates trains, in seconds on two quiet processor cores.
 */
export function trainingSeconds(macs: number, { examples }: DataSpec, recipe: Recipe): number {
  const { epochs, batchSize } = recipe;
  return epochs *
    (TRAINING * macs * examples.train / RATE + Math.ceil(examples.train / batchSize) * STEP);
}

/** Roughly how long a network of so many multiply-accumulates is tested, likewise. */
export function testSeconds(macs: number, { examples }: DataSpec): number {
  return macs * examples.test / RATE;
}
