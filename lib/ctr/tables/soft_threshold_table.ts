import { type Chosen, type OptionNames, requireWords } from "../../options.ts";
import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import { float32 } from "../../tensor/tensor.ts";
import { countRows } from "../clicks.ts";
import { type EmbeddingTable, type Lookup, tableWeight } from "./table.ts";

/** Settings of {@linkcode softThresholdTable}. */
export interface SoftThresholdOptions {
  /** One threshold for each coordinate, for each row, or for each number. Default `coordinate`. */
  scope?: "coordinate" | "row" | "number" | undefined;
  /** First value of all thresholds, before the sigmoid. Default −8. */
  start?: number | undefined;
}

/** Names of {@linkcode SoftThresholdOptions}. */
export const SOFT_THRESHOLD_OPTIONS: OptionNames<SoftThresholdOptions> = { scope: true, start: true };

/** Name of the thresholds, before the sigmoid. */
export const SOFT_THRESHOLDS = "soft_thresholds";

/**
 * A table whose numbers are moved towards zero by a learned threshold, and are zero within it:
 * sign(v)·max(|v| − σ(s), 0).
 *
 * Source: Liu, Gao, Zhang, Jiang, Li, Qiu, "Learnable embedding sizes for recommender systems" (PEP), ICLR
 * 2021.
 */
export function softThresholdTable(
  { scope = "coordinate", start = -8 }: SoftThresholdOptions = {},
): EmbeddingTable {
  requireWords("make soft thresholds", { scope }, { scope: { coordinate: true, row: true, number: true } });
  return {
    name: `soft thresholds(${scope}, ${start})`,
    build(g, lookup) {
      const table = tableWeight(g, lookup);
      const excess = g.relu(g.sub(g.abs(table), g.sigmoid(thresholds(g, lookup, scope, start))));
      return g.gather(g.mul(g.sign(table), excess), lookup.rows);
    },
  };
}

function thresholds(
  g: GraphBuilder,
  { fields, features }: Lookup,
  scope: Chosen<SoftThresholdOptions>["scope"],
  start: number,
): Value {
  const rows = countRows(fields);
  const dims = { coordinate: [1, features], row: [rows, 1], number: [rows, features] }[scope];
  const size = dims.reduce((a, b) => a * b);
  return g.parameter(SOFT_THRESHOLDS, float32(new Float32Array(size).fill(start), dims));
}
