import { multiplyDims, type Shape } from "../../onnx/dim.ts";

/** Axes of the input and axes of the output that hold the same elements in the same order. */
export interface Segment {
  /** Consecutive axes of the input. */
  from: number[];
  /** Consecutive axes of the output. */
  to: number[];
}

/** Cuts two shapes of the same elements into the shortest runs of axes with equal products. */
export function segmentsOf(before: Shape, after: Shape): Segment[] {
  const [p, q] = [prefixProducts(before), prefixProducts(after)];
  const segments: Segment[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    let next: [number, number] = [before.length, after.length];
    search: for (let a = i + 1; a <= before.length; a++) {
      for (let b = j + 1; b <= after.length; b++) {
        if (p[a] === q[b]) {
          next = [a, b];
          break search;
        }
      }
    }
    const range = (start: number, end: number) => Array.from({ length: end - start }, (_, k) => start + k);
    segments.push({ from: range(i, next[0]), to: range(j, next[1]) });
    [i, j] = next;
  }
  return segments;
}

function prefixProducts(shape: Shape) {
  const products: Shape[number][] = [1];
  for (const dim of shape) products.push(multiplyDims(products.at(-1)!, dim));
  return products;
}
