import { GraphBuilder } from "../../onnx/builder.ts";
import type { Model } from "../../onnx/model.ts";
import type { Runtime, Session } from "../../runtime/runtime.ts";
import { float32 } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";

/** Products of large matrices by the engine, in float32 on all processors; small ones stay here. */
export interface Products {
  /** A · B for A [m, k], B [k, n], row by row. */
  multiply(a: Float32Array, b: Float32Array, m: number, k: number, n: number): Promise<Float32Array>;
  /** Whether a product of so many multiplications is worth the way there and back. */
  isWorth(multiplications: number): boolean;
  /** Frees what the engine holds. */
  close(): Promise<void>;
}

/** From so many multiplications on the engine is faster than the SIMD loops of one thread. */
const WORTH = 2 ** 28;

/** Whether a product of so many multiplications is worth the way to an engine and back. */
export const isWorth = (multiplications: number): boolean => multiplications >= WORTH;

/** Products by a runtime, whose session opens with the first of them. */
export function productsOn(runtime: Runtime): Products {
  let opened: Promise<Session> | undefined;
  return {
    isWorth,
    async multiply(a, b, m, k, n) {
      opened ??= runtime.session(productGraph());
      const { y } = await (await opened).run({ a: float32(a, [m, k]), b: float32(b, [k, n]) });
      return floats(y!);
    },
    // One that did not open was told by the product that asked for it, and there is nothing to free.
    close: async () => await (await opened?.catch(() => undefined))?.release(),
  };
}

function productGraph(): Model {
  const g = new GraphBuilder("product");
  g.output(g.matMul(g.input("a", "float32", ["m", "k"]), g.input("b", "float32", ["k", "n"])), "y");
  return g.model();
}

/** Rows and columns of a matrix, of n numbers a row, as float32. */
export function cut(
  matrix: Float64Array,
  n: number,
  [row, rows]: readonly [from: number, count: number],
  [column, columns]: readonly [from: number, count: number],
): Float32Array {
  const result = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const from = (row + i) * n + column;
    result.set(matrix.subarray(from, from + columns), i * columns);
  }
  return result;
}
