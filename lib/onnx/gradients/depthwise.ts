import { float32 } from "../../tensor/tensor.ts";
import { isStatic } from "../dim.ts";
import type { GraphBuilder, Value } from "../builder.ts";
import type { Window } from "./window.ts";

/** Widest rows, in numbers, for which products that are thrown away cost less than the other way. */
const WIDEST = 32;

/** Numbers of the matrix of zeros and ones at most: it is stored in the graph. */
const MOST_ONES = 2 ** 20;

/**
 * d loss / d w of y = conv(x, w) with one filter for each channel, over two axes whose sizes are known;
 * `undefined` where they are not, or rows are so wide that the general way is faster.
 *
 * As a convolution each channel would be a group of its own with one output and a kernel as large as the
 * image, for which no engine has a fast way. Instead the rows of dy are multiplied with the rows of x that
 * its taps see, all columns with all columns, as one product of matrices for each channel; those products of
 * columns that a tap has are added up by a second one, with a matrix of zeros and ones.
 */
export function depthwiseFilterGradient(
  g: GraphBuilder,
  dy: Value,
  x: Value,
  { w, window: { kernel, strides, dilations, begin } }: { w: Value; window: Window },
): Value | undefined {
  const [from, to] = [g.shape(x).slice(2), g.shape(dy).slice(2)];
  if (kernel.length !== 2 || !isStatic(from) || !isStatic(to) || g.info(w).type !== "float32") {
    return undefined;
  }
  const [channels] = g.shape(w) as [number];
  const [rows, columns] = from as [number, number];
  const [high, wide] = to as [number, number];
  const [height, width] = kernel as [number, number];
  if (wide > WIDEST || wide * height * columns * height * width > MOST_ONES) return undefined;
  const [[below, beside], [down, right], [top, left]] = [strides, dilations, begin] as [
    [number, number],
    [number, number],
    [number, number],
  ];
  const seen = Array.from({ length: high * height }, (_, at) => {
    const row = Math.floor(at / height) * below + at % height * down - top;
    return row >= 0 && row < rows ? row : rows;
  });
  // Rows of the padding are one row of zeros behind the others.
  const image = seen.includes(rows) ? g.pad(x, [0, 0, 0, 0, 0, 0, 1, 0]) : x;
  const windows = g.gather(g.transpose(image, [1, 0, 2, 3]), g.ints(seen), 2); // [C, N, high·height, columns]
  const taps = g.reshape(windows, [channels, -1, height * columns]);
  const byColumn = g.reshape(g.transpose(dy, [1, 3, 0, 2]), [channels, wide, -1]); // [C, wide, N·high]
  const products = g.reshape(g.matMul(byColumn, taps), [channels, wide * height * columns]);
  const ones = new Float32Array(wide * height * columns * height * width);
  for (let column = 0; column < wide; column++) {
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        const under = column * beside + j * right - left;
        if (under < 0 || under >= columns) continue;
        ones[((column * height + i) * columns + under) * height * width + i * width + j] = 1;
      }
    }
  }
  const sums = g.constant(float32(ones, [wide * height * columns, height * width]));
  return g.reshape(g.matMul(products, sums), [channels, 1, height, width]);
}
