import { TypeError } from "../errors.ts";
import { Tensor } from "../deps.ts";
import { fromNumbers, type NestedArray } from "./from_numbers.ts";

export { type NestedArray, Tensor };

/** Element types that a `Tensor` of onnxruntime-common can hold, under its names. */
export type TensorType = Tensor.Type;

/** Element types of ONNX that no JavaScript array holds; such tensors travel as bytes. */
export type OpaqueType =
  | "bfloat16"
  | "complex64"
  | "complex128"
  | "float8e4m3fn"
  | "float8e4m3fnuz"
  | "float8e5m2"
  | "float8e5m2fnuz"
  | "float4e2m1"
  | "float8e8m0"
  | "uint2"
  | "int2"
  | "float6e2m3"
  | "float6e3m2";

/** Every ONNX element type. */
export type DataType = TensorType | OpaqueType;

/** The codes of `TensorProto.DataType`. */
export const ELEMENT_TYPE = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  complex64: 14,
  complex128: 15,
  bfloat16: 16,
  float8e4m3fn: 17,
  float8e4m3fnuz: 18,
  float8e5m2: 19,
  float8e5m2fnuz: 20,
  uint4: 21,
  int4: 22,
  float4e2m1: 23,
  float8e8m0: 24,
  uint2: 25,
  int2: 26,
  float6e2m3: 27,
  float6e3m2: 28,
} as const satisfies Record<DataType, number>;

/** A tensor whose element type Espalier carries but does not compute with. */
export interface OpaqueTensor {
  /** Element type. */
  readonly type: OpaqueType;
  /** Shape. */
  readonly dims: readonly number[];
  /** Little-endian bytes, as in `TensorProto.raw_data`. */
  readonly bytes: Uint8Array;
}

/** Whatever an initializer can be. */
export type AnyTensor = Tensor | OpaqueTensor;

/** Whether the tensor is one Espalier can compute with. */
export function isTensor(tensor: AnyTensor): tensor is Tensor {
  return !("bytes" in tensor);
}

/** An axis counted from the front, where negative ones count from the end: −1 is the last. */
export function normalAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Number of elements of a shape. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/**
 * A tensor whose type is known only as the program runs: the constructor of `Tensor` wants each type beside
 * an array of its own.
 *
 * @throws TypeError where the array is not that of the type
 */
export function tensorOf(type: TensorType, data: ArrayLike<unknown>, dims: readonly number[]): Tensor {
  return new Tensor(type as "float32", data as Float32Array, dims);
}

/**
 * A float32 tensor from numbers, which are copied. Nested arrays give their shape: `[[1, 2], [3, 4]]` is
 * [2, 2].
 *
 * @throws TypeError where a value is no number, or nested arrays differ in length; RangeError where the shape
 * has room for more numbers or fewer
 */
export function float32(data: NestedArray<number>, dims?: readonly number[]): Tensor {
  return fromNumbers("float32", data, dims);
}

/** A float32 scalar (shape `[]`). */
export function scalar(value: number): Tensor {
  return fromNumbers("float32", [value], []);
}

/**
 * An int64 tensor from whole numbers: labels, shapes, axes, indices. Nested arrays give their shape.
 *
 * @throws TypeError where a value is no whole number of 64 bits, or nested arrays differ in length
 * @throws RangeError where the shape has room for more numbers or fewer
 */
export function int64(data: NestedArray<number | bigint>, dims?: readonly number[]): Tensor {
  return fromNumbers("int64", data, dims);
}

/**
 * An int32 tensor from whole numbers: tokens, ids. Nested arrays give their shape.
 *
 * @throws TypeError where a value is no whole number of 32 bits, or nested arrays differ in length
 * @throws RangeError where the shape has room for more numbers or fewer
 */
export function int32(data: NestedArray<number>, dims?: readonly number[]): Tensor {
  return fromNumbers("int32", data, dims);
}

/**
 * A uint8 tensor from whole numbers of 0 to 255: pixels. Nested arrays give their shape.
 *
 * @throws TypeError where a value is no whole number of 0 to 255, or nested arrays differ in length
 * @throws RangeError where the shape has room for more numbers or fewer
 */
export function uint8(data: NestedArray<number>, dims?: readonly number[]): Tensor {
  return fromNumbers("uint8", data, dims);
}

/** The numbers of a tensor that lives on the CPU, whatever its numeric type; int64 must fit in 2⁵³. */
export function numbersOf(tensor: Tensor): number[] {
  if (tensor.type === "string") throw new TypeError("Cannot read numbers from a tensor of strings");
  return Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}
