import assert from "node:assert/strict";
import { transpose } from "../../../lib/compress/numeric/transpose.ts";

Deno.test("transpose: every number in its place, in arrays of each kind, across tiles", () => {
  for (const [rows, columns] of [[0, 3], [1, 5], [33, 70], [64, 32]] as const) {
    for (const kind of [Float64Array, Float32Array, Uint8Array]) {
      const matrix = kind.from(Array.from({ length: rows * columns }, (_, i) => i % 251));
      const found = transpose(matrix, rows, columns);
      const expected = Array.from(
        { length: columns },
        (_, j) => Array.from({ length: rows }, (_, i) => matrix[i * columns + j]!),
      ).flat();
      assert.deepEqual(found, kind.from(expected));
    }
  }
});
