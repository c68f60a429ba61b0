import { tokenLosses } from "../../lib/lm/losses.ts";
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
