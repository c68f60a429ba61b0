import { TypeError } from "../errors.ts";
import { halvesToFloats } from "./halves.ts";
import { type AnyTensor, isTensor, type Tensor, type TensorType } from "./tensor.ts";

/**
 * The elements of a tensor on the CPU that has one type and no other, row by row: the tensor's own array, not
 * a copy.
 *
 * @throws TypeError where the tensor is of another type
 */
export function elements<Type extends Exclude<TensorType, "string">>(
  tensor: AnyTensor,
  type: Type,
): Tensor.DataTypeMap[Type] {
  if (!Array.isArray(tensor?.dims)) {
    throw new TypeError(
      `Cannot read ${tensor === null ? "null" : typeof tensor} as ${type}: expected a tensor`,
    );
  }
  if (isTensor(tensor) && tensor.type === type) return tensor.data as Tensor.DataTypeMap[Type];
  throw new TypeError(
    `Cannot read a tensor ${tensor.type}[${
      tensor.dims.join(", ")
    }] as ${type}: expected ${type}; give one of ` +
      `that type, or read it with numbersOf, which takes all`,
  );
}

/**
 * The numbers of a float32 tensor on the CPU, row by row: the tensor's own array, not a copy.
 *
 * @throws TypeError where the tensor is not float32
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "./tensor.ts";
 *
 * const weights = float32([1, 2, 3]);
 * floats(weights)[1] = 5;
 * assert.deepEqual([...weights.data], [1, 5, 3]);
 * ```
 */
export function floats(tensor: AnyTensor): Float32Array {
  return elements(tensor, "float32");
}

/**
 * The numbers of a tensor of floats on the CPU in float32, row by row: the tensor's own array where it is
 * float32, else a copy, exact from float16 and rounded from float64.
 *
 * @throws TypeError where the tensor holds no floats
 */
export function float32Of(tensor: Tensor): Float32Array {
  if (tensor.type === "float64") return Float32Array.from(elements(tensor, "float64"));
  if (tensor.type !== "float16") return floats(tensor);
  const { buffer, byteOffset, length } = arrayOf(tensor);
  return halvesToFloats(new Uint16Array(buffer, byteOffset, length));
}

/**
 * The array of a tensor of numbers on the CPU, whatever its type, not a copy: for code that moves elements,
 * or is the same for floats of all sizes. Its type is that of float32 for all of them; of int64 and uint64
 * the elements are bigints, which such code moves but does not calculate with.
 *
 * @throws TypeError where the tensor holds strings
 */
export function arrayOf(tensor: Tensor): Float32Array {
  if (tensor.type !== "string") return tensor.data as Float32Array;
  throw new TypeError(
    `Cannot read a tensor string[${tensor.dims.join(", ")}] as numbers: expected a type of numbers`,
  );
}

/** An array of the kind of another one: of so many zeros, or of the given numbers. */
export function arrayLike(array: Float32Array, given: number | ArrayLike<number>): Float32Array<ArrayBuffer> {
  return new (array.constructor as Float32ArrayConstructor)(given as ArrayLike<number>);
}

/** The little-endian bytes of a tensor that is not of strings: a view, not a copy. */
export function bytesOf(tensor: AnyTensor): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = isTensor(tensor) ? arrayOf(tensor) : tensor.bytes;
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** How many bytes the elements of a tensor take; none where they are strings. */
export function byteSize(tensor: AnyTensor): number {
  return tensor.type === "string" ? 0 : bytesOf(tensor).length;
}
