import { requireNumbers } from "../bounds.ts";
import { requireOptions, requireWords } from "../options.ts";
import { weightsOf } from "../nn/weights.ts";
import { intsAttribute } from "../onnx/attribute.ts";
import type { Model } from "../onnx/model.ts";
import { factsOf, operatorOf } from "../onnx/operators/table.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** How weights are quantised. */
export interface QuantizeOptions {
  /** Bits of a whole number, sign included, from 2 to 16. Default 8. */
  bits?: number | undefined;
  /**
   * Weights that share a scale: a whole tensor, or what makes one output feature (of an embedding, one row
   * of the table). Default `"tensor"`.
   */
  per?: "tensor" | "row" | undefined;
}

/** A weight that is quantised. */
export interface Quantizable {
  /** Name of the tensor among the graph's initializers. */
  name: string;
  /** Numbers of the weight. */
  tensor: Tensor;
  /** The axis along which scales lie; undefined where one is for all. */
  axis: number | undefined;
}

/** The largest whole number: the range is symmetric, so that zero stays zero. */
export function largestOf({ bits = 8 }: QuantizeOptions): number {
  requireNumbers("quantise weights", { bits }, { whole: true, from: 2, to: 16 });
  return 2 ** (bits - 1) - 1;
}

/**
 * The weights of products and the tables of embeddings, which are most of a network; biases, norms and
 * everything else stay as they are. Where a product's weight is not read by its rows, it has one scale.
 */
export function quantizable(model: Model, options: QuantizeOptions = {}): Quantizable[] {
  requireOptions("quantizable", options, { bits: true, per: true });
  const { per = "tensor" } = options;
  requireWords("quantise weights", { per }, { per: { tensor: true, row: true } });
  return weightsOf(model).flatMap(({ name, role, tensor }) => {
    const { dims } = tensor;
    if ((role !== "weight" && role !== "embedding") || dims.length < 2 || tensor.type !== "float32") {
      return [];
    }
    const axis = per === "tensor" ? undefined : role === "embedding" ? 0 : rowAxis(model, name, dims.length);
    return [{ name, tensor, axis }];
  });
}

/** The axis of a stored operand with one position per feature that its product makes. */
function rowAxis({ graph }: Model, name: string, rank: number): number | undefined {
  for (const node of graph.nodes) {
    const input = node.inputs.indexOf(name);
    if (input < 0) continue;
    if (operatorOf(node) === "Transpose") {
      const behind = rowAxis({ graph } as Model, node.outputs[0]!, rank);
      const order = intsAttribute(node, "perm", Array.from({ length: rank }, (_, i) => rank - 1 - i));
      return behind === undefined ? undefined : order[behind];
    }
    const { out } = factsOf(node).learned?.[input]?.axes?.(node, rank) ?? {};
    if (out) return out.length === 1 ? out[0] : undefined;
  }
  return undefined;
}
