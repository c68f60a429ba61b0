import { Tensor } from "../tensor/tensor.ts";

/** The tensor with only some positions along an axis, in order. */
export function selectAlong(tensor: Tensor, axis: number, positions: ArrayLike<number>): Tensor {
  const { dims } = tensor;
  const outer = dims.slice(0, axis).reduce((a, b) => a * b, 1);
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const source = tensor.data as Float32Array;
  const data = new (source.constructor as Float32ArrayConstructor)(outer * positions.length * inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < positions.length; i++) {
      const from = (o * dims[axis]! + positions[i]!) * inner;
      data.set(source.subarray(from, from + inner), (o * positions.length + i) * inner);
    }
  }
  return new Tensor(tensor.type, data as never, dims.map((dim, i) => i === axis ? positions.length : dim));
}

/** The tensor with zeros at some positions along an axis. */
export function zeroAlong(tensor: Tensor, axis: number, positions: Iterable<number>): Tensor {
  const { dims } = tensor;
  const outer = dims.slice(0, axis).reduce((a, b) => a * b, 1);
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const data = (tensor.data as Float32Array).slice();
  for (const position of positions) {
    for (let o = 0; o < outer; o++) {
      const from = (o * dims[axis]! + position) * inner;
      data.fill(0, from, from + inner);
    }
  }
  return new Tensor(tensor.type, data as never, dims);
}
