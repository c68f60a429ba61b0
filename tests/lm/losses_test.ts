import { rowDivergence, tokenLosses } from "../../lib/lm/losses.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose, REORDERED_FLOAT64 } from "../close.ts";

const random = seededRandom(3, "logits");
const drawn = (length: number) => Float32Array.from({ length }, () => 3 * random.normal());
const softmax = (row: Float32Array) => {
  const powers = Array.from(row, Math.exp);
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
};

Deno.test("a token's loss is −log of its probability behind those before it", () => {
  const [ids, width] = [[2, 0, 3, 1], 4];
  const logits = drawn(ids.length * width);
  const expected = ids.slice(1).map((id, i) =>
    -Math.log(softmax(logits.subarray(i * width, (i + 1) * width))[id]!)
  );
  assertClose(tokenLosses(logits, ids), expected, REORDERED_FLOAT64);
});

Deno.test("a divergence is that of the definition, zero of a row from itself, and finite at large logits", () => {
  const [p, q] = [drawn(5), drawn(5)];
  const [a, b] = [softmax(p), softmax(q)];
  const expected = a.reduce((sum, x, i) => sum + x * Math.log(x / b[i]!), 0);
  assertClose([rowDivergence(p, q), rowDivergence(p, p)], [expected, 0], REORDERED_FLOAT64);
  const [far, other] = [Float32Array.of(1e4, 0), Float32Array.of(0, 1e4)];
  assertClose([rowDivergence(far, other)], [1e4], REORDERED_FLOAT64);
});
