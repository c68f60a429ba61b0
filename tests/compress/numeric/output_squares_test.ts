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
