import { stepsOnCpu } from "../../../kernels/webgpu/linear/cholesky_cpu.ts";
import { factorise, invert } from "../../../kernels/webgpu/linear/cholesky_steps.ts";
import { cut, type Products } from "./products.ts";
import { transpose } from "./transpose.ts";

/** Rows of a block, whose own factor and inverse are computed in float64 on one thread. */
const BLOCK = 256;

/**
 * L⁻¹ of A = L · Lᵀ in place, as `factorise` and `invert` compute it, with the engine's products:
 * right-looking in blocks, the blocks on the diagonal in float64.
 *
 * @param a [n, n], of which the lower half is read
 * @throws a pivot, as `stepsOnCpu` does, where A is not positive definite
 */
export async function invertFactor(a: Float64Array, n: number, products: Products): Promise<void> {
  const inverses: Float32Array[] = [];
  for (let j = 0; j < n; j += BLOCK) {
    const size = Math.min(BLOCK, n - j);
    const [below, rest] = [j + size, n - j - size];
    const own = Float64Array.from(cutExact(a, n, j, size));
    const steps = stepsOnCpu(own, size);
    factorise(size, steps);
    invert(size, steps);
    for (let i = 0; i < size; i++) own.fill(0, i * size + i + 1, (i + 1) * size);
    put({ a, n }, { row: j, column: j, columns: size }, own, "set");
    const inverse = Float32Array.from(own);
    inverses.push(inverse);
    if (rest === 0) break;
    const panel = await products.multiply(
      cut(a, n, [below, rest], [j, size]),
      transpose(inverse, size, size),
      rest,
      size,
      size,
    );
    put({ a, n }, { row: below, column: j, columns: size }, panel, "set");
    const update = await products.multiply(panel, transpose(panel, rest, size), rest, size, rest);
    put({ a, n }, { row: below, column: below, columns: rest }, update, "subtract");
  }
  for (let j = 0, block = 0; j < n; j += BLOCK, block++) {
    const size = Math.min(BLOCK, n - j);
    const [below, rest] = [j + size, n - j - size];
    const inverse = inverses[block]!;
    const row = j === 0
      ? undefined
      : await products.multiply(inverse, cut(a, n, [j, size], [0, j]), size, size, j);
    if (row) put({ a, n }, { row: j, column: 0, columns: j }, row, "set");
    if (rest === 0) break;
    const panel = cut(a, n, [below, rest], [j, size]);
    if (row) {
      put(
        { a, n },
        { row: below, column: 0, columns: j },
        await products.multiply(panel, row, rest, size, j),
        "subtract",
      );
    }
    const column = await products.multiply(panel, inverse, rest, size, size);
    put({ a, n }, { row: below, column: j, columns: size }, column.map((value) => -value), "set");
  }
}

/** A block on the diagonal. */
function cutExact(a: Float64Array, n: number, at: number, size: number): Float64Array {
  const result = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const from = (at + i) * n + at;
    result.set(a.subarray(from, from + size), i * size);
  }
  return result;
}

/** Puts a block of `columns` numbers a row in its place, or subtracts it from what is there. */
function put(
  { a, n }: { a: Float64Array; n: number },
  { row, column, columns }: { row: number; column: number; columns: number },
  block: Float32Array | Float64Array,
  how: "set" | "subtract",
): void {
  for (let from = 0, to = row * n + column; from < block.length; from += columns, to += n) {
    if (how === "set") a.set(block.subarray(from, from + columns), to);
    else for (let j = 0; j < columns; j++) a[to + j]! -= block[from + j]!;
  }
}
