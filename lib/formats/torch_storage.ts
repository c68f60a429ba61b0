import { Tensor } from "../deps.ts";
import { sizeOf } from "../onnx/tensor.ts";

/** How the elements of a PyTorch storage are stored, and what they become here. */
export interface TorchType {
  readonly name: string;
  /** Bytes of one element in the file. */
  readonly size: number;
  /** The type of the tensor that is made. */
  readonly type: Tensor.Type;
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

type Elements = Exclude<Tensor.DataType, string[]>;

const ARRAYS: Readonly<Partial<Record<Tensor.Type, new (buffer: ArrayBuffer) => Elements>>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};

/** Raw little-endian bytes as elements, in memory of their own; `type.size` divides their number. */
export function elementsOf(bytes: Uint8Array, type: TorchType): Elements {
  if (type.name === "bfloat16") return float32FromBfloat16(bytes);
  const elements = new ARRAYS[type.type]!(bytes.slice().buffer);
  return elements;
}

/** bfloat16 is the upper half of float32, so this is exact. */
export function float32FromBfloat16(bytes: Uint8Array): Float32Array {
  const halves = new Uint16Array(bytes.slice().buffer);
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = halves[i]! * 0x10000;
  return new Float32Array(words.buffer);
}

/** Reverses the bytes of every element: big-endian files. */
export function swapBytes(bytes: Uint8Array, size: number): Uint8Array {
  const swapped = bytes.slice();
  for (let i = 0; i + size <= swapped.length; i += size) swapped.subarray(i, i + size).reverse();
  return swapped;
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
    : gather(view, elements, from, count);
  return new Tensor(view.type.type, data, view.dims);
}

function gather({ dims, strides }: TorchView, elements: Elements, from: number, count: number): Elements {
  const data = elements.slice(0, 0).constructor as new (length: number) => Elements;
  const gathered = new data(count);
  const index = new Array<number>(dims.length).fill(0);
  let at = from;
  for (let i = 0; i < count; i++) {
    gathered[i] = elements[at]!;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < dims[axis]!) break;
      at -= strides[axis]! * dims[axis]!;
      index[axis] = 0;
    }
  }
  return gathered;
}
