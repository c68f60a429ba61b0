import { constantsToInitializers } from "../onnx/constants_to_initializers.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import { learnedConstants } from "../onnx/learned.ts";
import type { Model } from "../onnx/model.ts";
import type { WeightRole } from "../onnx/operators/facts.ts";
import { type AnyTensor, isTensor, type Tensor } from "../tensor/tensor.ts";

export type { WeightRole } from "../onnx/operators/facts.ts";

/** A stored tensor that a network learned, as opposed to a constant of its computation. */
export interface Weight {
  /** Name of the tensor among the graph's initializers. */
  name: string;
  /** What the tensor is to the operator that reads it. */
  role: WeightRole;
  /** Operator that reads it. */
  op: string;
  /** The stored tensor. */
  tensor: Tensor;
}

/**
 * The learned tensors of any model, in the order the graph reads them, by what reads them: never shape
 * constants, scalars of the arithmetic, masks, or the means and deviations that normalise the input. These
 * are what `countMacs` counts as parameters, and running statistics. Constants that the file holds in nodes
 * are named as {@linkcode constantsToInitializers} names them.
 */
export function weightsOf(model: Model): Weight[] {
  const hoisted = constantsToInitializers(model);
  const { graph } = shaped(hoisted);
  return [...learnedConstants(graph)].flatMap(([name, { role, op }]) => {
    const tensor = graph.initializers.get(name);
    return tensor && isFloat(tensor) ? [{ name, role, op, tensor }] : [];
  });
}

/**
 * With shapes where they can be inferred; weights of a model whose shapes contradict each other are found
 * without.
 */
function shaped(model: Model): Model {
  try {
    return inferShapes(model);
  } catch {
    return model;
  }
}

function isFloat(tensor: AnyTensor): tensor is Tensor {
  return isTensor(tensor) &&
    (tensor.type === "float32" || tensor.type === "float16" || tensor.type === "float64");
}
