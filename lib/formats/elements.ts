import type { Tensor } from "../tensor/tensor.ts";

/** Arrays that hold numeric tensors. */
export type Elements = Exclude<Tensor.DataType, string[]>;

/** Tensor types made of whole bytes that a file can hold. */
export type NumericType = Exclude<Tensor.Type, "string" | "int4" | "uint4">;

/**
 * The array of each type; float16 travels as its bits, which `Tensor` turns into a `Float16Array` where there
 * is one.
 */
const ARRAYS: Readonly<Record<NumericType, new (buffer: ArrayBuffer) => Elements>> = {
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

/** Raw little-endian bytes, a whole number of elements of them, as elements in memory of their own. */
export function elementsOf(bytes: Uint8Array, type: NumericType): Elements {
  return new ARRAYS[type](bytes.slice().buffer);
}

/** As {@linkcode elementsOf}, but in the memory of the bytes where they lie right, which nobody else has. */
export function elementsWithin(bytes: Uint8Array, type: NumericType): Elements {
  const array = ARRAYS[type] as unknown as Float32ArrayConstructor;
  const size = array.BYTES_PER_ELEMENT;
  if (bytes.byteOffset % size !== 0) return elementsOf(bytes, type);
  return new array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length / size);
}

/** bfloat16 is the upper half of float32, so this is exact. */
export function float32FromBfloat16(bytes: Uint8Array): Float32Array {
  const halves = new Uint16Array(bytes.slice().buffer);
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = halves[i]! * 0x10000;
  return new Float32Array(words.buffer);
}

/** The bytes of every element reversed, in memory of their own: big-endian files. */
export function swapBytes(bytes: Uint8Array, size: number): Uint8Array {
  const swapped = bytes.slice();
  for (let i = 0; size > 1 && i + size <= swapped.length; i += size) swapped.subarray(i, i + size).reverse();
  return swapped;
}

/**
 * Elements with any strides (in elements), gathered in row-major order; `count` is the product of the sizes.
 */
export function gather(
  elements: Elements,
  { from, dims, strides, count }: {
    from: number;
    dims: readonly number[];
    strides: readonly number[];
    count: number;
  },
): Elements {
  const gathered = new (elements.constructor as new (length: number) => Elements)(count);
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

/** Each element's negative, in memory of its own; whole numbers wrap, as in PyTorch. */
export function negate(elements: Elements, type: NumericType): Elements {
  const negated = elements.slice() as Elements;
  if (type === "float16") {
    // Bits, of which the highest is the sign.
    for (let i = 0; i < negated.length; i++) negated[i] = (negated[i] as number) ^ 0x8000;
  } else for (let i = 0; i < negated.length; i++) negated[i] = -negated[i]!;
  return negated;
}
