import type { OperatorTable } from "../../onnx/operators/table.ts";

/** How a node reads whole numbers as floats: where it says what those of an input stand for. */
export interface Reading {
  /** Inputs with scales, of which the product counts. */
  readonly scales: readonly number[];
  /** Input with the zero points, where there may be some. */
  readonly zero?: number;
  /** Axis that a vector of them lies along, negative from the back; the node's own where it says so. */
  readonly axis: number;
}

/** By operator, and input with whole numbers. */
export const readings: OperatorTable<Readonly<Record<number, Reading>>> = {
  DequantizeLinear: { 0: { scales: [1], zero: 2, axis: 1 } },
  MatMulInteger: { 0: { scales: [], zero: 2, axis: -2 }, 1: { scales: [], zero: 3, axis: -1 } },
  QLinearMatMul: { 0: { scales: [1], zero: 2, axis: -2 }, 3: { scales: [4], zero: 5, axis: -1 } },
  ConvInteger: { 0: { scales: [], zero: 2, axis: 1 }, 1: { scales: [], zero: 3, axis: 0 } },
  QLinearConv: {
    0: { scales: [1], zero: 2, axis: 1 },
    3: { scales: [4], zero: 5, axis: 0 },
    8: { scales: [1, 4], axis: 0 },
  },
};
