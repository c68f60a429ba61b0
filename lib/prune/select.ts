import { sizeOf, Tensor } from "../tensor/tensor.ts";

/** The tensor with only some positions along an axis, in order. */
export function selectAlong(tensor: Tensor, axis: number, positions: ArrayLike<number>): Tensor {
  const { dims } = tensor;
  const outer = sizeOf(dims.slice(0, axis));
  const inner = sizeOf(dims.slice(axis + 1));
  const source = tensor.data as Float32Array;
  const data = new (source.constructor as Float32ArrayConstructor)(outer * positions.length * inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < positions.length; i++) {
      const from = (o * dims[axis]! + positions[i]!) * inner;
      const to = (o * positions.length + i) * inner;
      // A view costs more than a few numbers.
      if (inner < 16) { for (let k = 0; k < inner; k++) data[to + k] = source[from + k]!; }
      else data.set(source.subarray(from, from + inner), to);
    }
  }
  return new Tensor(tensor.type, data as never, dims.map((dim, i) => i === axis ? positions.length : dim));
}

/** Type, shape and size of what {@linkcode selectAlong} gives: no numbers are copied. */
export function measureAlong(tensor: Tensor, axis: number, positions: ArrayLike<number>): Tensor {
  const { type, dims, data } = tensor;
  const byteLength = (data as Float32Array).byteLength / dims[axis]! * positions.length;
  const shape = dims.map((dim, i) => i === axis ? positions.length : dim);
  return { type, dims: shape, data: { byteLength } } as unknown as Tensor;
}

/** The tensor with zeros at some positions along an axis. */
export function zeroAlong(tensor: Tensor, axis: number, positions: Iterable<number>): Tensor {
  const { dims } = tensor;
  const outer = sizeOf(dims.slice(0, axis));
  const inner = sizeOf(dims.slice(axis + 1));
  const data = (tensor.data as Float32Array).slice();
  for (const position of positions) {
    for (let o = 0; o < outer; o++) {
      const from = (o * dims[axis]! + position) * inner;
      data.fill(0, from, from + inner);
    }
  }
  return new Tensor(tensor.type, data as never, dims);
}
