import { toAttributes } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import { float32, Tensor } from "../../tensor/tensor.ts";
import type { Grid } from "../numeric/grid.ts";
import { transpose } from "../numeric/transpose.ts";
import type { LinearLayer } from "../linear_layers.ts";
import type { Store } from "./matmul_nbits.ts";

/** Whether a layer's weight can be codes of 8 bits behind a DequantizeLinear, or why it cannot. */
export function fitsBytes(_: LinearLayer, grid: Grid): true | string {
  if (grid.bits > 8) return `its weights have ${grid.bits} bits`;
  return grid.groups === 1 ? true : `each row has ${grid.groups} scales, expected one`;
}

/** A layer whose weight comes from codes. */
export interface DequantizedLayer {
  /** What comes before the layer, and before nodes that turn its weight. */
  before: Node[];
  /** The layer. */
  node: Node;
}

/**
 * The weight as codes of 8 bits with a DequantizeLinear behind, as quantised ONNX files have it: the weight
 * keeps its name. Any engine reads it.
 *
 * A Gemm with the transpose of its weight is written as one with the weight, [columns, rows]: that is what
 * ONNX Runtime multiplies as codes. Any other it makes floats of in every run, which takes longer than floats
 * that are stored.
 */
export function dequantized(
  layer: LinearLayer,
  { codes, dims }: { codes: Uint8Array; dims: readonly number[] },
  grid: Grid,
  store: Store,
): DequantizedLayer {
  const { node, rows, columns } = layer;
  if (layer.op !== "Gemm" || layer.transposed || layer.between.length > 0) {
    return { before: fromCodes(layer, { codes, dims }, grid, store), node };
  }
  const turned = { ...layer, transposed: true };
  const attributes = { ...node.attributes, ...toAttributes({ transB: 0 }) };
  return {
    before: fromCodes(turned, { codes, dims: [columns, rows] }, grid, store),
    node: { ...node, attributes },
  };
}

/** The nodes that make a weight of codes, row by row. */
function fromCodes(
  { weight, rows, columns, transposed, window }: LinearLayer,
  { codes, dims }: { codes: Uint8Array; dims: readonly number[] },
  { scales, zeros, inputScales }: Grid,
  store: Store,
): Node[] {
  const stored = transposed ? transpose(codes, rows, columns) : codes;
  const output = inputScales ? `${weight}.scaled` : weight;
  const nodes: Node[] = [{
    op: "DequantizeLinear",
    inputs: [
      store("codes", new Tensor("uint8", stored, dims)),
      store("scales", float32(Float32Array.from(scales), [rows])),
      store("zeros", new Tensor("uint8", Uint8Array.from(zeros), [rows])),
    ],
    outputs: [output],
    attributes: toAttributes({ axis: transposed ? 1 : 0 }),
  }];
  if (inputScales) {
    const inverse = Float32Array.from(inputScales, (scale) => 1 / scale);
    const shape = window.length > 0 ? [1, ...dims.slice(1)] : transposed ? [columns, 1] : [1, columns];
    nodes.push({
      op: "Mul",
      inputs: [output, store("inverse_scales", float32(inverse, shape))],
      outputs: [weight],
      attributes: {},
    });
  }
  return nodes;
}
