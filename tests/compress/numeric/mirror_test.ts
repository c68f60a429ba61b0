import assert from "node:assert/strict";
import { mirror } from "../../../lib/compress/numeric/mirror.ts";

Deno.test("what lies above the diagonal comes to lie below it, whatever was there", () => {
  for (const n of [0, 1, 2, 8, 19]) { // none, less than a tile, one, and some with a part
    const matrix = Float64Array.from({ length: n * n }, (_, at) => {
      const [row, column] = [Math.floor(at / n), at % n];
      return column < row ? NaN : 100 * row + column;
    });
    mirror(matrix, n);
    const expected = Array.from(matrix, (_, at) => {
      const [row, column] = [Math.floor(at / n), at % n];
      return 100 * Math.min(row, column) + Math.max(row, column);
    });
    assert.deepEqual([...matrix], expected, `${n}`);
  }
});
