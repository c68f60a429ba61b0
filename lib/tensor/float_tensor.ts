import { bfloat16sToFloats } from "./halves.ts";
import { type AnyTensor, type DataType, isTensor, numbersOf, Tensor } from "./tensor.ts";

/** The numbers of a tensor of floats of any size; undefined where it holds none that are read. */
export function floatNumbers(tensor: AnyTensor): ArrayLike<number> | undefined {
  if (isTensor(tensor)) return tensor.type.startsWith("float") ? numbersOf(tensor) : undefined;
  return tensor.type === "bfloat16" ? bfloat16sToFloats(tensor.bytes) : undefined;
}

/** Makes a tensor of one type of floats, each rounded to the nearest, of two the even one. */
type Maker = (numbers: ArrayLike<number>, dims: readonly number[]) => AnyTensor;

/** How tensors are made, by their type. */
const MAKERS: Readonly<Partial<Record<DataType, Maker>>> = {
  float32: (numbers, dims) => new Tensor("float32", Float32Array.from(numbers), dims),
  float64: (numbers, dims) => new Tensor("float64", Float64Array.from(numbers), dims),
  float16: (numbers, dims) => new Tensor("float16", Float16Array.from(numbers) as never, dims),
  bfloat16: (numbers, dims) => ({ type: "bfloat16", dims, bytes: bfloat16Bytes(Float32Array.from(numbers)) }),
};

/**
 * Numbers as a tensor of floats of the type that what they are computed with has: float32 where that is not
 * known, or is none of floats of 16 to 64 bits.
 */
export function floatTensor(
  type: DataType | undefined,
  numbers: ArrayLike<number>,
  dims: readonly number[],
): AnyTensor {
  return (MAKERS[type ?? "float32"] ?? MAKERS.float32!)(numbers, dims);
}

function bfloat16Bytes(floats: Float32Array<ArrayBuffer>): Uint8Array {
  const words = new Uint32Array(floats.buffer);
  // Half of the lower half is added, and one less where the upper half is even: ties go to even.
  const halves = Uint16Array.from(
    words,
    (word, i) => Number.isNaN(floats[i]!) ? 0x7fc0 : (word + 0x7fff + (word >>> 16 & 1)) / 0x10000,
  );
  return new Uint8Array(halves.buffer);
}
