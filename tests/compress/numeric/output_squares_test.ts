import assert from "node:assert/strict";
import { outputSquares } from "../../../lib/compress/numeric/output_squares.ts";
import { seededRandom } from "../../../lib/random.ts";
import { assertClose, REORDERED_FLOAT64 } from "../../close.ts";

Deno.test("squares of outputs summed by the Gram matrix are those of each token", async () => {
  const [rows, columns, tokens] = [3, 4, 9];
  const random = seededRandom(2, "squares");
  const drawn = (length: number) => Float64Array.from({ length }, () => random.normal());
  const [weight, x] = [drawn(rows * columns), drawn(tokens * columns)];
  const gram = new Float64Array(columns ** 2);
  let expected = 0;
  for (let t = 0; t < tokens; t++) {
    for (let row = 0; row < rows; row++) {
      let y = 0;
      for (let j = 0; j < columns; j++) y += weight[row * columns + j]! * x[t * columns + j]!;
      expected += y * y;
    }
    for (let i = 0; i < columns ** 2; i++) {
      gram[i]! += x[t * columns + Math.floor(i / columns)]! * x[t * columns + i % columns]!;
    }
  }
  assertClose([await outputSquares(weight, gram, columns)], [expected], REORDERED_FLOAT64);
});

Deno.test("by an engine's products, of half of a large symmetric matrix, they are the same", async () => {
  const [rows, columns] = [2, 2100];
  const random = seededRandom(3, "squares");
  const weight = Float64Array.from({ length: rows * columns }, () => random.normal());
  const gram = new Float64Array(columns ** 2);
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j <= i; j++) gram[i * columns + j] = gram[j * columns + i] = random.normal();
  }
  let multiplications = 0;
  const exact = await outputSquares(weight, gram, columns);
  const found = await outputSquares(weight, gram, columns, {
    isWorth: () => true,
    close: () => Promise.resolve(),
    multiply(a, b, m, k, n) {
      multiplications += m * k * n;
      const product = new Float32Array(m * n);
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let l = 0; l < k; l++) sum += a[i * k + l]! * b[l * n + j]!;
          product[i * n + j] = sum;
        }
      }
      return Promise.resolve(product);
    },
  });
  assertClose([found], [exact], { absolute: 0, relative: 1e-4 });
  assert.ok(multiplications < 0.75 * rows * columns ** 2);
});
