import { sizeOf, Tensor } from "../../tensor/tensor.ts";
import {
  type Elements,
  elementsOf,
  float32FromBfloat16,
  gather,
  negate,
  type NumericType,
} from "../elements.ts";

/** How the elements of a PyTorch storage are stored, and what they become here. */
export interface TorchType {
  /** Name of the element type in PyTorch: `float32`. */
  readonly name: string;
  /** Bytes of one element in the file. */
  readonly size: number;
  /** The type of the tensor that is made; none where no array holds such elements. */
  readonly type: NumericType | undefined;
}

/** A run of elements in a file that tensors are views of. */
export interface TorchStorage {
  /** Name of the storage within the file. */
  readonly key: string;
  /** Type of the storage's elements. */
  readonly type: TorchType;
  /** Length in elements. */
  readonly length: number;
  /** Offset of the view within the storage of that key, in elements (only in old files). */
  readonly start: number;
}

/** A tensor as PyTorch describes it: a view of a storage, in elements. */
export interface TorchView {
  /** The storage that holds the elements. */
  readonly storage: TorchStorage;
  /** Element type of the tensor. */
  readonly type: TorchType;
  /** First element, from the beginning of the storage. */
  readonly offset: number;
  /** Shape of the tensor. */
  readonly dims: readonly number[];
  /** Elements from one index to the next, along each axis. */
  readonly strides: readonly number[];
  /** PyTorch's negative bit: each element stands for its negative. */
  readonly negative: boolean;
}

/**
 * PyTorch's element types. bfloat16 becomes float32 (exact: it is float32's upper half), because no
 * JavaScript array holds it; everything else keeps its type. The last ones have a size and no array.
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
  ...withoutArray(16, "complex128"),
  ...withoutArray(8, "complex64"),
  ...withoutArray(4, "complex32 qint32"),
  ...withoutArray(2, "bits16"),
  ...withoutArray(1, "quint8 qint8 quint4x2 quint2x4 bits8 bits1x8 bits2x4 bits4x2 float4_e2m1fn_x2"),
  ...withoutArray(1, "float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu"),
  ...withoutArray(1, "int1 int2 int3 int4 int5 int6 int7 uint1 uint2 uint3 uint4 uint5 uint6 uint7"),
};

/** Types of one size, by their names, that no JavaScript array holds. */
function withoutArray(size: number, names: string): Record<string, TorchType> {
  return Object.fromEntries(names.split(" ").map((name) => [name, { name, size, type: undefined }]));
}

/** Little-endian bytes of a storage as elements, in memory of their own; `type.size` divides their number. */
export function storageElements(bytes: Uint8Array, type: ReadableType): Elements {
  return type.name === "bfloat16" ? float32FromBfloat16(bytes) : elementsOf(bytes, type.type);
}

/** A type that an array holds. */
export type ReadableType = TorchType & { readonly type: NumericType };

/** Whether an array holds elements of this type. */
export function isReadable(type: TorchType): type is ReadableType {
  return type.type !== undefined;
}

/** Whether the view covers its elements one after the other, in row-major order. */
function isContiguous({ dims, strides }: Pick<TorchView, "dims" | "strides">): boolean {
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
 * The tensor of a view. A contiguous one shares its elements with every other tensor of the same storage, as
 * in PyTorch; any other is gathered into memory of its own, and so is one that stands for its negative.
 */
export function tensorOf(view: TorchView, elements: Elements, type: NumericType): Tensor {
  const count = sizeOf(view.dims);
  const from = view.storage.start + view.offset;
  const data = isContiguous(view)
    ? elements.subarray(from, from + count)
    : gather(elements, { from, dims: view.dims, strides: view.strides, count });
  return new Tensor(type, view.negative ? negate(data, type) : data, view.dims);
}

/** Whether a view shares its elements with others of the same storage. */
export function isShared(view: TorchView): boolean {
  return isContiguous(view) && !view.negative;
}
