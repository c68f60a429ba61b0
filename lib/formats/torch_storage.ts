import { Tensor } from "../deps.ts";
import { sizeOf } from "../onnx/tensor.ts";
import { type Elements, elementsOf, float32FromBfloat16, gather, type NumericType } from "./elements.ts";

/** How the elements of a PyTorch storage are stored, and what they become here. */
export interface TorchType {
  readonly name: string;
  /** Bytes of one element in the file. */
  readonly size: number;
  /** The type of the tensor that is made. */
  readonly type: NumericType;
}

/** A run of elements in a file that tensors are views of. */
export interface TorchStorage {
  readonly key: string;
  readonly type: TorchType;
  /** In elements. */
  readonly length: number;
  /** Where it starts within the storage of that key, in elements (only in old files). */
  readonly start: number;
}

/** A tensor as PyTorch describes it: a view of a storage, in elements. */
export interface TorchView {
  readonly storage: TorchStorage;
  readonly type: TorchType;
  readonly offset: number;
  readonly dims: readonly number[];
  readonly strides: readonly number[];
}

/**
 * PyTorch's element types. bfloat16 becomes float32 (exact: it is float32's upper half), because no JavaScript
 * array holds it; everything else keeps its type.
 */
export const TORCH_TYPES: Readonly<Record<string, TorchType>> = {
  float32: { name: "float32", size: 4, type: "float32" },
  float64: { name: "float64", size: 8, type: "float64" },
  float16: { name: "float16", size: 2, type: "float16" },
  bfloat16: { name: "bfloat16", size: 2, type: "float32" },
  int64: { name: "int64", size: 8, type: "int64" },
  int32: { name: "int32", size: 4, type: "int32" },
  int16: { name: "int16", size: 2, type: "int16" },
  int8: { name: "int8", size: 1, type: "int8" },
  uint8: { name: "uint8", size: 1, type: "uint8" },
  uint16: { name: "uint16", size: 2, type: "uint16" },
  uint32: { name: "uint32", size: 4, type: "uint32" },
  uint64: { name: "uint64", size: 8, type: "uint64" },
  bool: { name: "bool", size: 1, type: "bool" },
  /** A storage that says nothing of its elements; the tensor does. */
  untyped: { name: "untyped", size: 1, type: "uint8" },
};

/** Little-endian bytes of a storage as elements, in memory of their own; `type.size` divides their number. */
export function storageElements(bytes: Uint8Array, type: TorchType): Elements {
  return type.name === "bfloat16" ? float32FromBfloat16(bytes) : elementsOf(bytes, type.type);
}

/** Whether the view covers its elements one after the other, in row-major order. */
export function isContiguous({ dims, strides }: Pick<TorchView, "dims" | "strides">): boolean {
  let expected = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    if (dims[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= dims[axis]!;
  }
  return true;
}

/** One past the last element that a view touches, from the start of its storage; 0 for an empty one. */
export function reach({ offset, dims, strides }: TorchView): number {
  if (dims.includes(0)) return 0;
  return dims.reduce((last, dim, axis) => last + (dim - 1) * strides[axis]!, offset) + 1;
}

/**
 * The tensor of a view. A contiguous one shares its elements with every other tensor of the same storage, as in
 * PyTorch; any other is gathered into memory of its own.
 */
export function tensorOf(view: TorchView, elements: Elements): Tensor {
  const count = sizeOf(view.dims);
  const from = view.storage.start + view.offset;
  const data = isContiguous(view)
    ? elements.subarray(from, from + count)
    : gather(elements, { from, dims: view.dims, strides: view.strides, count });
  return new Tensor(view.type.type, data, view.dims);
}
