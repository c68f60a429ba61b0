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

/**
 * The weight as codes of 8 bits with a DequantizeLinear behind, as quantised ONNX files have it: the weight
 * keeps its name, and the layer stays as it is. Any engine reads it.
 */
export function dequantized(
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
