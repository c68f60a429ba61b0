import { fileBytes } from "../../onnx/codec/encode.ts";
import { macsByNode, parametersOf } from "../../onnx/count_macs.ts";
import type { Shape } from "../../onnx/dim.ts";
import type { Model, Node } from "../../onnx/model.ts";
import { constantsToInitializers } from "../../onnx/passes/constants_to_initializers.ts";
import { byteSize } from "../../tensor/arrays.ts";
import type { Costs } from "./cost.ts";

/** Costs of a model as it is, which computes some of its weights. */
export function costsOf(
  model: Model,
  inputShapes: Readonly<Record<string, Shape>>,
  wanted: keyof Costs,
): Pick<Costs, "macs" | "parameters"> {
  const macs = macsOf(model, inputShapes, wanted)?.values().reduce((sum, count) => sum + count, 0) ?? NaN;
  return { macs, parameters: parametersOf(model) };
}

/**
 * Bytes of a model's file, with weights that its graph computes as what they take stored: what `bytes` is in
 * all costs of a model before it is pruned.
 */
export function bytesBefore(model: Model): number {
  return Math.max(fileBytes(model), fileBytes(constantsToInitializers(model)));
}

/** Bytes of all tensors that a model stores, as it is. */
export function storedBytes(model: Model): number {
  return constantsToInitializers(model).graph.initializers.values()
    .reduce((total, tensor) => total + byteSize(tensor), 0);
}

/** Multiply-accumulates by node; `undefined` where they cannot be counted and another cost is wanted. */
export function macsOf(
  model: Model,
  inputShapes: Readonly<Record<string, Shape>>,
  wanted: keyof Costs,
): Map<Node, number> | undefined {
  try {
    return macsByNode(model, { inputShapes });
  } catch (error) {
    if (wanted === "macs" || !(error instanceof TypeError)) throw error;
    return undefined;
  }
}
