import assert from "node:assert/strict";
import { squaredSingularValues } from "../../../lib/compress/allocation/alpha_sparsities.ts";
import { eigenvalues } from "../../../lib/compress/numeric/eigenvalues.ts";
import { seededRandom } from "../../../lib/random.ts";
import { assertClose } from "../../close.ts";

Deno.test("eigenvalues: of a matrix that is known, and of drawn ones by their powers' traces", () => {
  // The second difference of n points: 2 − 2 cos(kπ/(n + 1)).
  const n = 30;
  const second = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    second[i * n + i] = 2;
    if (i > 0) second[i * n + i - 1] = second[(i - 1) * n + i] = -1;
  }
  const expected = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos((k + 1) * Math.PI / (n + 1)));
  assertClose([...eigenvalues(second, n)], expected, { absolute: 1e-12, relative: 1e-10 });
  const random = seededRandom(1, "matrix");
  for (const [rows, columns] of [[1, 4], [7, 7], [40, 9], [9, 40]] as const) {
    const weight = Float64Array.from({ length: rows * columns }, () => random.normal());
    const values = squaredSingularValues(weight, rows, columns);
    assert.equal(values.length, Math.min(rows, columns));
    let [trace, square] = [0, 0];
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < rows; j++) {
        let dot = 0;
        for (let k = 0; k < columns; k++) dot += weight[i * columns + k]! * weight[j * columns + k]!;
        square += dot * dot;
        if (i === j) trace += dot;
      }
    }
    assertClose([values.reduce((a, b) => a + b)], [trace], { absolute: 0, relative: 1e-10 });
    assertClose([values.reduce((a, b) => a + b * b, 0)], [square], { absolute: 0, relative: 1e-10 });
  }
});
