import type { Tensor } from "../deps.ts";
import type { Model } from "../onnx/model.ts";
import { weightsOf } from "../nn/weights.ts";
import { type Table, table } from "../plot/table.ts";

/** What the filters of one layer look like. */
export interface LayerStatistics {
  layer: string;
  /** Mean over filters of the sum of absolute weights, and of the root of the sum of squares. */
  l1: number;
  l2: number;
  /** Mean absolute correlation between two different filters, 0 to 1. */
  correlation: number;
  /** How many directions the filters span: (Σ λ)² / Σ λ² over the eigenvalues λ of their inner products. */
  directions: number;
  filters: number;
}

/** Statistics of every layer with a weight, in order. */
export function layerStatistics(model: Model): LayerStatistics[] {
  return weightsOf(model).filter(({ role, tensor }) => role === "weight" && tensor.dims.length >= 2)
    .map(({ name, tensor }) => ({ layer: name.replace(/[._/]?weight$/i, ""), ...statisticsOf(tensor) }));
}

function statisticsOf({ data, dims }: Tensor): Omit<LayerStatistics, "layer"> {
  const filters = dims[0]!;
  const length = data.length / filters;
  const rows = Array.from(
    { length: filters },
    (_, i) => (data as Float32Array).subarray(i * length, (i + 1) * length),
  );
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
    l1: rows.reduce((sum, row) => sum + row.reduce((total, w) => total + Math.abs(w), 0), 0) / filters,
    l2: squares.reduce((sum, square) => sum + Math.sqrt(square), 0) / filters,
    correlation: pairs > 0 ? correlation / pairs : 0,
    directions: all > 0 ? trace ** 2 / all : 0,
  };
}

/** The statistics of several models side by side, a line per layer and model. */
export function statisticsTable(models: Readonly<Record<string, Model>>): Table {
  const digits = (value: number) => Number(value.toPrecision(3));
  return table(
    Object.entries(models).flatMap(([network, model]) =>
      layerStatistics(model).map(({ layer, filters, l1, l2, correlation, directions }) => ({
        network,
        layer,
        filters,
        "mean L1 norm": digits(l1),
        "mean L2 norm": digits(l2),
        "mean correlation": digits(correlation),
        "directions spanned": digits(directions),
      }))
    ),
  );
}
