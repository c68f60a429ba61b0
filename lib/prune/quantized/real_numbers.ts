import { intAttribute } from "../../onnx/attribute.ts";
import type { Graph, Model, Node } from "../../onnx/model.ts";
import { operatorOf, rowOf } from "../../onnx/operators/table.ts";
import { consumers, type Use } from "../../onnx/topology.ts";
import { arrayOf } from "../../tensor/arrays.ts";
import { bfloat16sToFloats } from "../../tensor/halves.ts";
import { type AnyTensor, isTensor, normalAxis, sizeOf, Tensor } from "../../tensor/tensor.ts";
import { readings } from "./readings.ts";
import { storedNumbers, wholeNumbers } from "./whole_numbers.ts";

/** What whole numbers stand for, by the node that turns them into floats. */
function dequantized(tensor: Tensor, node: Node, graph: Graph): Tensor | undefined {
  const scales = storedNumbers(graph, node.inputs[1]);
  const zeros = node.inputs[2] ? storedNumbers(graph, node.inputs[2]) : [0];
  if (!scales || !zeros) return undefined;
  const { dims } = tensor;
  const axis = normalAxis(intAttribute(node, "axis", 1), dims.length);
  const [length, inner] = [dims[axis] ?? 1, sizeOf(dims.slice(axis + 1))];
  const blockSize = intAttribute(node, "block_size", 0);
  const blocks = Math.ceil(length / blockSize);
  const at = (list: readonly number[], place: number) => list[list.length === 1 ? 0 : place]!;
  const data = Float32Array.from(wholeNumbers(tensor), (value, i) => {
    const along = Math.floor(i / inner) % length;
    const place = blockSize
      ? (Math.floor(i / (inner * length)) * blocks + Math.floor(along / blockSize)) * inner + i % inner
      : along;
    return (value - at(zeros, place)) * at(scales, place);
  });
  return new Tensor("float32", data, dims);
}

/** What the codes of a MatMulNBits stand for, as [rows, blocks, numbers of a block]. */
function numbersOfCodes(tensor: Tensor, node: Node, graph: Graph): Tensor | undefined {
  const scales = storedNumbers(graph, node.inputs[2]);
  const points = node.inputs[3] ? storedNumbers(graph, node.inputs[3]) : [];
  const [rows, blocks, bytes] = tensor.dims;
  if (!scales || !points || !rows || !blocks || !bytes) return undefined;
  const [bits, size] = [intAttribute(node, "bits", 4), intAttribute(node, "block_size", 0)];
  const columns = intAttribute(node, "K", 0);
  const data = new Float32Array(rows * blocks * size);
  const perRow = points.length / rows;
  const packed = arrayOf(tensor);
  const level = (packed: ArrayLike<number>, from: number, i: number) =>
    packed[from + Math.floor(i * bits / 8)]! >> i * bits % 8 & (1 << bits) - 1;
  for (let place = 0; place < rows * blocks; place++) {
    const [row, block] = [Math.floor(place / blocks), place % blocks];
    const whole = perRow === blocks && graph.initializers.get(node.inputs[3] ?? "")?.type !== "uint8";
    const zero = perRow === 0 ? 1 << bits - 1 : whole ? points[place]! : level(points, row * perRow, block);
    for (let i = 0; i < Math.min(size, columns - block * size); i++) {
      const code = level(packed, place * bytes, i);
      data[place * size + i] = (code - zero) * scales[place]!;
    }
  }
  return new Tensor("float32", data, [rows, blocks, size]);
}

/** What whole numbers stand for, by a node that multiplies them; scales that are computed count as one. */
function multiplied(
  tensor: Tensor,
  { node, index }: Use,
  graph: Graph,
): Tensor | undefined {
  const { scales, zero, axis } = rowOf(readings, node)![index]!;
  const data = Float32Array.from(wholeNumbers(tensor));
  /** Changes each number with that of a stored parameter of the same place. */
  const withParameter = (input: number, change: (value: number, parameter: number) => number): boolean => {
    const name = node.inputs[input];
    const numbers = storedNumbers(graph, name);
    if (!numbers) return !name;
    const at = placesIn(tensor.dims, graph.initializers.get(name!)!.dims, axis);
    for (let i = 0; i < data.length; i++) data[i] = change(data[i]!, numbers[at(i)]!);
    return true;
  };
  if (zero !== undefined && !withParameter(zero, (value, point) => value - point)) return undefined;
  for (const input of scales) withParameter(input, (value, scale) => value * scale);
  return new Tensor("float32", data, tensor.dims);
}

/** The place in a tensor of parameters for each place in what they are of: a vector lies along an axis. */
function placesIn(
  dims: readonly number[],
  given: readonly number[],
  axis: number,
): (place: number) => number {
  const at = normalAxis(axis, dims.length);
  const own = given.length === 1 ? [...given, ...dims.slice(at + 1).map(() => 1)] : given;
  return (place) => {
    let [result, stride] = [0, 1];
    for (let back = 1; back <= dims.length; back++) {
      const [length, size] = [dims.at(-back)!, own.at(-back) ?? 1];
      if (size > 1) result += place % length * stride;
      place = Math.floor(place / length);
      stride *= size;
    }
    return result;
  };
}

const known = new WeakMap<Model, ReadonlyMap<string, Tensor>>();

/**
 * The stored tensors as the numbers that they stand for: dequantised, bfloat16 as float32, all else as it is.
 */
export function realNumbers(model: Model): ReadonlyMap<string, Tensor> {
  const cached = known.get(model);
  if (cached) return cached;
  const { graph } = model;
  const uses = consumers(graph);
  const real = new Map<string, Tensor>();
  for (const [name, tensor] of graph.initializers) real.set(name, realOf(name, tensor, graph, uses));
  known.set(model, real);
  return real;
}

function realOf(
  name: string,
  tensor: AnyTensor,
  graph: Graph,
  uses: ReadonlyMap<string, readonly Use[]>,
): Tensor {
  if (!isTensor(tensor)) {
    return tensor.type === "bfloat16"
      ? new Tensor("float32", bfloat16sToFloats(tensor.bytes), tensor.dims)
      : tensor as never;
  }
  if (!/int/.test(tensor.type)) return tensor;
  const reader = uses.get(name)?.find(({ node, index }) =>
    operatorOf(node) === "DequantizeLinear" && index === 0
  );
  if (reader) return dequantized(tensor, reader.node, graph) ?? tensor;
  const product = uses.get(name)?.find(({ node, index }) =>
    operatorOf(node) === "com.microsoft:MatMulNBits" && index === 1
  );
  if (product) return numbersOfCodes(tensor, product.node, graph) ?? tensor;
  const use = uses.get(name)?.find(({ node, index }) => rowOf(readings, node)?.[index]);
  return (use && multiplied(tensor, use, graph)) ?? tensor;
}
