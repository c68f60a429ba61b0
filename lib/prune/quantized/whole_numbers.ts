import type { Graph } from "../../onnx/model.ts";
import { isPacked, unpackNibbles } from "../../tensor/nibbles.ts";
import { isTensor, numbersOf, type Tensor } from "../../tensor/tensor.ts";

/** The numbers of a tensor, of those that share a byte, too. */
export const wholeNumbers = (tensor: Tensor): number[] =>
  numbersOf(isPacked(tensor) ? unpackNibbles(tensor) : tensor);

/** The numbers of a small stored tensor, where it stores numbers. */
export function storedNumbers(graph: Graph, name: string | undefined): number[] | undefined {
  const tensor = name ? graph.initializers.get(name) : undefined;
  return tensor && isTensor(tensor) && tensor.type !== "string" ? wholeNumbers(tensor) : undefined;
}
