import { requireNumbers } from "../../bounds.ts";
import { type Chosen, type OptionNames, type OptionWords, requireWords } from "../../options.ts";
import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import { float32 } from "../../tensor/tensor.ts";
import { countRows } from "../clicks.ts";
import { prunedVectors } from "./pruned_vectors.ts";
import { type EmbeddingTable, type Lookup, lookUp } from "./table.ts";
import { unitStep } from "./unit_step.ts";

/**
 * Choices that a supernet learns: rows, dimensions, both, or both by the norm of the dimensions that are
 * left.
 */
export type SupernetMode = "feature" | "embed" | "all" | "all2";

/** Settings of {@linkcode supernetTable}. */
export interface SupernetOptions {
  /**
   * `feature`: which rows stay; `embed`: vectors of all lengths; `all`: both; `all2`: both, rows by the norm
   * of the coordinates that are used, scaled to full length. Default `all`.
   */
  mode?: SupernetMode | undefined;
  /** One threshold for each field, or for each row. Default `field`. */
  scope?: "field" | "row" | undefined;
  /** Which norm of a row is held against its threshold: the sum of sizes, or the Euclidean one. Default 1. */
  norm?: 1 | 2 | undefined;
  /** Replacement of a pruned row: zeros, or a vector of its field, which is trained. Default `zero`. */
  pruned?: "zero" | "vector" | undefined;
}

const WORDS: OptionWords<Pick<Chosen<SupernetOptions>, "mode" | "scope" | "pruned">> = {
  mode: { feature: true, embed: true, all: true, all2: true },
  scope: { field: true, row: true },
  pruned: { zero: true, vector: true },
};

/** Names of {@linkcode SupernetOptions}. */
export const SUPERNET_OPTIONS: OptionNames<SupernetOptions> = {
  mode: true,
  scope: true,
  norm: true,
  pruned: true,
};

/** Name of the thresholds, [fields] or [ids of all fields]. */
export const THRESHOLDS = "thresholds";

/**
 * Name of the input that says how many coordinates are used, float32 [N or 1, fields] from 1 to all: drawn
 * for each row and field in training, the same for all rows where one choice is judged.
 */
export const DIMENSIONS = "dimensions";

/** Whether a supernet learns which rows stay. */
export const learnsRows = (mode: SupernetMode): boolean => mode !== "embed";

/** Whether a supernet learns vectors of all lengths. */
export const learnsDimensions = (mode: SupernetMode): boolean => mode !== "feature";

/**
 * OptEmbed's table while it is learned: a row counts where its norm passes a threshold, and only the first d
 * coordinates of it.
 *
 * Source: Lyu and others, "OptEmbed: learning optimal embedding table for click-through rate prediction",
 * CIKM 2022, and its released code.
 *
 * @throws RangeError where a word or the norm is none of those
 */
export function supernetTable(options: SupernetOptions = {}): EmbeddingTable {
  const { mode = "all", scope = "field", norm = 1, pruned = "zero" } = options;
  requireWords("make a supernet", { mode, scope, pruned }, WORDS);
  requireNumbers("make a supernet", { norm }, { whole: true, from: 1, to: 2 });
  return {
    name: `supernet(${mode}, ${scope}, ${norm}, ${pruned})`,
    build(g, lookup) {
      const { features } = lookup;
      const vectors = lookUp(g, lookup); // [N, F, D]
      const prefix = learnsDimensions(mode) ? prefixMask(g, lookup) : undefined;
      const used = (x: Value) => prefix === undefined ? x : g.mul(x, prefix.mask);
      if (!learnsRows(mode)) return used(vectors);
      const measured = mode === "all2" ? used(vectors) : vectors;
      const length = g[norm === 1 ? "reduceL1" : "reduceL2"](measured, [2], { keepdims: false }); // [N, F]
      const full = mode === "all2" ? g.mul(length, g.div(features, prefix!.dimensions)) : length;
      const step = g.unsqueeze(unitStep(g, g.sub(full, thresholds(g, lookup, scope))), [2]);
      const kept = g.mul(step, vectors);
      if (pruned === "zero") return used(kept);
      return used(g.add(kept, g.mul(g.sub(1, step), prunedVectors(g, lookup))));
    },
  };
}

/** Ones for the coordinates that are used, [N or 1, F, D]. */
function prefixMask(g: GraphBuilder, { fields, features }: Lookup): { mask: Value; dimensions: Value } {
  const dimensions = g.input(DIMENSIONS, "float32", ["rows", fields.length]);
  const places = g.constant(float32(Float32Array.from({ length: features }, (_, i) => i)));
  const mask = g.cast(g.greater(g.unsqueeze(dimensions, [2]), places), "float32");
  return { mask, dimensions };
}

function thresholds(g: GraphBuilder, { fields, rows }: Lookup, scope: "field" | "row"): Value {
  const count = scope === "field" ? fields.length : countRows(fields);
  const value = g.parameter(THRESHOLDS, float32(new Float32Array(count)));
  // Looked up, so that they are learned as a table is.
  return g.gather(value, scope === "field" ? g.ints(fields.map((_, i) => i)) : rows);
}
