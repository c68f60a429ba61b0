import { requireOptions } from "../../options.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import type { Model } from "../../onnx/model.ts";
import { type Weight, weightsOf } from "../../nn/weights.ts";
import { type Table, table } from "../../plot/table.ts";
import { channelGroups } from "../../prune/channel_groups.ts";
import { taylorImportance } from "../../prune/measured/taylor_importance.ts";
import { countExamples, type ExampleSource } from "../../train/batches.ts";
import { EVALUATE_OPTIONS, type EvaluateOptions } from "../../train/evaluate.ts";

/** Statistics of the filters of one layer. */
export interface LayerStatistics {
  /** Name of the layer. */
  layer: string;
  /** Mean over filters of the sum of absolute weights, and of the root of the sum of squares. */
  l1: number;
  /** Mean over filters of the root of the sum of squared weights. */
  l2: number;
  /**
   * Mean over filters of the first ÷ the second: from 1, one weight, to the root of their number, all of one
   * size.
   */
  ratio: number;
  /** Mean absolute correlation between two different filters, 0 to 1. */
  correlation: number;
  /** How many directions the filters span: (Σ λ)² / Σ λ² over the eigenvalues λ of their inner products. */
  directions: number;
  /** Number of filters. */
  filters: number;
}

/** Statistics of every layer with a weight, in order. */
export function layerStatistics(model: Model): LayerStatistics[] {
  return layerWeights(model).map(({ name, tensor }) => ({
    layer: name.replace(/[._/]?weight$/i, ""),
    ...statisticsOf(tensor),
  }));
}

function layerWeights(model: Model): Weight[] {
  return weightsOf(model).filter(({ role, tensor }) => role === "weight" && tensor.dims.length >= 2);
}

/** Slices of the first axis. */
function filtersOf(tensor: Tensor): Float32Array[] {
  const data = floats(tensor);
  const count = tensor.dims[0]!;
  const length = data.length / count;
  return Array.from({ length: count }, (_, i) => data.subarray(i * length, (i + 1) * length));
}

function statisticsOf(tensor: Tensor): Omit<LayerStatistics, "layer"> {
  const rows = filtersOf(tensor);
  const filters = rows.length;
  const norms = rows.map((row) => row.reduce((total, w) => total + Math.abs(w), 0));
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const squares = rows.map((row) => dot(row, row));
  let [correlation, pairs, all] = [0, 0, 0];
  rows.forEach((a, i) =>
    rows.forEach((b, j) => {
      const product = i === j ? squares[i]! : dot(a, b);
      // The sum of squares of a symmetric matrix's entries is that of its eigenvalues.
      all += product ** 2;
      if (j <= i) return;
      correlation += Math.abs(product) / (Math.sqrt(squares[i]! * squares[j]!) || 1);
      pairs++;
    })
  );
  const trace = squares.reduce((sum, square) => sum + square, 0);
  return {
    filters,
    l1: norms.reduce((sum, norm) => sum + norm, 0) / filters,
    l2: squares.reduce((sum, square) => sum + Math.sqrt(square), 0) / filters,
    ratio: norms.reduce((sum, norm, i) => sum + norm / (Math.sqrt(squares[i]!) || 1), 0) / filters,
    correlation: pairs > 0 ? correlation / pairs : 0,
    directions: all > 0 ? trace ** 2 / all : 0,
  };
}

/** The statistics of several models side by side, a line per layer and model. */
export function statisticsTable(models: Readonly<Record<string, Model>>): Table {
  const digits = (value: number) => value >= 1000 ? value : value.toPrecision(3);
  return table(
    Object.entries(models).flatMap(([network, model]) =>
      layerStatistics(model).map(({ filters, l1, l2, ratio, correlation, directions }, i) => ({
        network,
        layer: i + 1,
        filters,
        "mean L1 norm": digits(l1),
        "mean L2 norm": digits(l2),
        "L1 ÷ L2": digits(ratio),
        "mean correlation": digits(correlation),
        "directions spanned": digits(directions),
      }))
    ),
  );
}

/** L2 norms of the filters of all layers, each divided by the largest of its layer. */
export function filterNorms(model: Model): number[] {
  return layerWeights(model).flatMap(({ tensor }) => {
    const norms = filtersOf(tensor).map((filter) => Math.hypot(...filter));
    const largest = norms.reduce((high, norm) => Math.max(high, norm), 0) || 1;
    return norms.map((norm) => norm / largest);
  });
}

/**
 * First-order change of the mean loss when a channel that could be pruned is zeroed, for all of them: |Σ w ·
 * ∂L/∂w| over the filter that makes it, its scale and shift. Source: see `lib/prune/criteria/taylor.ts`.
 */
export async function sensitivities(
  model: Model,
  data: ExampleSource,
  options: EvaluateOptions = {},
): Promise<number[]> {
  requireOptions("sensitivities", options, EVALUATE_OPTIONS);
  const criterion = await taylorImportance(model, data, options);
  const { prunable, model: { graph } } = channelGroups(model);
  // The criterion adds up over examples.
  const examples = countExamples(data);
  return prunable.flatMap((group) =>
    Array.from(criterion(group, graph.initializers as ReadonlyMap<string, Tensor>), (sum) => sum / examples)
  );
}
