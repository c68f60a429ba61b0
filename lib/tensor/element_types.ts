import { type DataType, ELEMENT_TYPE } from "./tensor.ts";

type ArrayType = {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayBufferView & ArrayLike<unknown>;
  readonly BYTES_PER_ELEMENT: number;
};

/** How the elements of a type are stored. */
interface Storage {
  /** Bits of one element; 0 for text. */
  bits: number;
  /** The array that holds them in a `Tensor`; none for types that travel as bytes. */
  array?: ArrayType;
  /** The field of `TensorProto` that holds them where `raw_data` does not. */
  field: "float_data" | "int32_data" | "int64_data" | "double_data" | "uint64_data" | "string_data";
}

/** How every element type is stored (onnx.proto, the comments of `TensorProto`'s fields). */
export const storage: Readonly<Record<DataType, Storage>> = {
  float32: { bits: 32, array: Float32Array, field: "float_data" },
  float64: { bits: 64, array: Float64Array, field: "double_data" },
  float16: { bits: 16, array: float16Array(), field: "int32_data" },
  int8: { bits: 8, array: Int8Array, field: "int32_data" },
  int16: { bits: 16, array: Int16Array, field: "int32_data" },
  int32: { bits: 32, array: Int32Array, field: "int32_data" },
  int64: { bits: 64, array: BigInt64Array, field: "int64_data" },
  uint8: { bits: 8, array: Uint8Array, field: "int32_data" },
  uint16: { bits: 16, array: Uint16Array, field: "int32_data" },
  uint32: { bits: 32, array: Uint32Array, field: "uint64_data" },
  uint64: { bits: 64, array: BigUint64Array, field: "uint64_data" },
  bool: { bits: 8, array: Uint8Array, field: "int32_data" },
  int4: { bits: 4, array: Uint8Array, field: "int32_data" },
  uint4: { bits: 4, array: Uint8Array, field: "int32_data" },
  string: { bits: 0, field: "string_data" },
  bfloat16: { bits: 16, field: "int32_data" },
  complex64: { bits: 64, field: "float_data" },
  complex128: { bits: 128, field: "double_data" },
  float8e4m3fn: { bits: 8, field: "int32_data" },
  float8e4m3fnuz: { bits: 8, field: "int32_data" },
  float8e5m2: { bits: 8, field: "int32_data" },
  float8e5m2fnuz: { bits: 8, field: "int32_data" },
  float4e2m1: { bits: 4, field: "int32_data" },
  float8e8m0: { bits: 8, field: "int32_data" },
  uint2: { bits: 2, field: "int32_data" },
  int2: { bits: 2, field: "int32_data" },
  float6e2m3: { bits: 6, field: "int32_data" },
  float6e3m2: { bits: 6, field: "int32_data" },
};

/** onnxruntime-common takes `Float16Array` where the platform has it, 16-bit integers elsewhere. */
function float16Array(): ArrayType {
  return (globalThis as { Float16Array?: ArrayType }).Float16Array ?? Uint16Array;
}

const byCode: ReadonlyMap<number, DataType> = new Map(
  Object.entries(ELEMENT_TYPE).map(([type, code]) => [code, type as DataType]),
);

/** The element type of a code of `TensorProto.DataType`. */
export function elementType(code: number): DataType | undefined {
  return byCode.get(code);
}

/** Bytes of `count` elements; elements smaller than a byte are packed. */
export function byteLength(type: DataType, count: number): number {
  return Math.ceil(storage[type].bits * count / 8);
}
