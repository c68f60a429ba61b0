import { type AnyTensor, isTensor, type OpaqueTensor, sizeOf, Tensor, tensorOf } from "../tensor/tensor.ts";
import { arrayLike, arrayOf } from "../tensor/arrays.ts";
import { isPacked, packNibbles, unpackNibbles } from "../tensor/nibbles.ts";

/** A tensor of a type that no array holds, as one of bytes with one more axis: those of an element. */
function asBytes({ bytes, dims }: OpaqueTensor): Tensor {
  const size = bytes.length / Math.max(sizeOf(dims), 1);
  return new Tensor("uint8", bytes, [...dims, size]);
}

/** Does with a tensor what is done with its numbers, also where these are only known as bytes. */
function withNumbers<T extends AnyTensor>(tensor: T, change: (tensor: Tensor) => Tensor): T {
  if (isTensor(tensor) && isPacked(tensor)) {
    return packNibbles(change(unpackNibbles(tensor)), tensor.type as "int4") as T;
  }
  if (isTensor(tensor)) return change(tensor) as T;
  const { data, dims } = change(asBytes(tensor));
  return { type: tensor.type, dims: dims.slice(0, -1), bytes: data } as unknown as T;
}

/** The tensor with only some positions along an axis, in order. */
export function selectAlong<T extends AnyTensor>(tensor: T, axis: number, positions: ArrayLike<number>): T {
  return withNumbers(tensor, (numbers) => selected(numbers, axis, positions));
}

function selected(tensor: Tensor, axis: number, positions: ArrayLike<number>): Tensor {
  const { dims } = tensor;
  const source = arrayOf(tensor);
  const outer = sizeOf(dims.slice(0, axis));
  const inner = sizeOf(dims.slice(axis + 1));
  const data = arrayLike(source, outer * positions.length * inner);
  const [from, to] = [wordsOf(source), wordsOf(data)];
  const words = from.length / Math.max(source.length, 1) * inner; // of a position
  copyRuns(from, to, runsOf(positions), {
    outer,
    words,
    fromRow: dims[axis]! * words,
    toRow: positions.length * words,
  });
  return tensorOf(tensor.type, data, dims.map((dim, i) => i === axis ? positions.length : dim));
}

type Words = Uint8Array | Uint16Array | Uint32Array;

/** The memory of numbers in words of four bytes, or of fewer: all types are copied alike. */
function wordsOf({ buffer, byteOffset, byteLength, BYTES_PER_ELEMENT }: Float32Array): Words {
  const View = BYTES_PER_ELEMENT >= 4 ? Uint32Array : BYTES_PER_ELEMENT === 2 ? Uint16Array : Uint8Array;
  return new View(buffer as ArrayBuffer, byteOffset, byteLength / View.BYTES_PER_ELEMENT);
}

/** Neighbours among positions: the first of each run, and how many there are, in turns. */
function runsOf(positions: ArrayLike<number>): Int32Array {
  const runs: number[] = [];
  for (let i = 0; i < positions.length; i++) {
    if (i > 0 && positions[i] === positions[i - 1]! + 1) runs[runs.length - 1]!++;
    else runs.push(positions[i]!, 1);
  }
  return Int32Array.from(runs);
}

/** Copies the same runs out of every row: as views where they are long, else word by word. */
function copyRuns(
  source: Words,
  target: Words,
  runs: Int32Array,
  { outer, words, fromRow, toRow }: { outer: number; words: number; fromRow: number; toRow: number },
): void {
  if (2 * toRow < 32 * runs.length) {
    const places = new Int32Array(toRow);
    for (let i = 0, to = 0; i < runs.length; i += 2) {
      for (let k = 0; k < runs[i + 1]! * words; k++) places[to++] = runs[i]! * words + k;
    }
    for (let row = 0, to = 0; row < outer; row++) {
      for (let k = 0; k < toRow; k++) target[to++] = source[row * fromRow + places[k]!]!;
    }
    return;
  }
  for (let row = 0, to = 0; row < outer; row++) {
    for (let i = 0; i < runs.length; i += 2) {
      const [from, count] = [row * fromRow + runs[i]! * words, runs[i + 1]! * words];
      target.set(source.subarray(from, from + count), to);
      to += count;
    }
  }
}

/** Largest tensor that is selected where others are measured: shapes of other values may be in it. */
const SMALL = 4096;

/** Zeros that measured tensors are views of: nobody writes them, so that they take no memory. */
let zeros = new ArrayBuffer(0);

/**
 * Type, shape and size of what {@linkcode selectAlong} gives: of large tensors no numbers are copied, and
 * zeros are in their place.
 */
export function measureAlong<T extends AnyTensor>(tensor: T, axis: number, positions: ArrayLike<number>): T {
  if (tensor.type === "string" || sizeOf(tensor.dims) <= SMALL) return selectAlong(tensor, axis, positions);
  const dims = tensor.dims.map((dim, i) => i === axis ? positions.length : dim);
  const zerosLike = (data: ArrayBufferView, length: number) => {
    const View = data.constructor as Uint8ArrayConstructor;
    const bytes = length * View.BYTES_PER_ELEMENT;
    if (zeros.byteLength < bytes) zeros = new ArrayBuffer(Math.ceil(bytes / 8) * 8);
    return new View(zeros, 0, length);
  };
  if (isTensor(tensor)) {
    const length = isPacked(tensor) ? Math.ceil(sizeOf(dims) / 2) : sizeOf(dims);
    return new Tensor(tensor.type, zerosLike(arrayOf(tensor), length) as never, dims) as T;
  }
  const { bytes } = tensor as OpaqueTensor;
  const length = bytes.length / sizeOf(tensor.dims) * sizeOf(dims);
  return { type: tensor.type, dims, bytes: zerosLike(bytes, length) } as unknown as T;
}

/** What stands for zero in whole numbers: one number, or one for each place along an axis. */
export type Zero = number | { axis: number; points: readonly number[] };

/** The tensor with zeros, or what stands for zero, at some positions along an axis. */
export function zeroAlong<T extends AnyTensor>(
  tensor: T,
  axis: number,
  positions: Iterable<number>,
  zero: Zero = 0,
): T {
  return withNumbers(tensor, (numbers) => zeroed(numbers, axis, positions, zero));
}

function zeroed(tensor: Tensor, axis: number, positions: Iterable<number>, zero: Zero): Tensor {
  const { dims } = tensor;
  const outer = sizeOf(dims.slice(0, axis));
  const inner = sizeOf(dims.slice(axis + 1));
  const data = arrayOf(tensor).slice();
  const [below, places] = typeof zero === "number"
    ? [1, 1]
    : [sizeOf(dims.slice(zero.axis + 1)), zero.points.length];
  for (const position of positions) {
    for (let o = 0; o < outer; o++) {
      const from = (o * dims[axis]! + position) * inner;
      if (typeof zero === "number") data.fill(zero, from, from + inner);
      else for (let i = from; i < from + inner; i++) data[i] = zero.points[Math.floor(i / below) % places]!;
    }
  }
  return tensorOf(tensor.type, data, dims);
}
