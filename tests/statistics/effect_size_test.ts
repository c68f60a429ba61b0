import { cohensD, hedgesG } from "../../lib/statistics/effect_size.ts";
import { assertClose, REORDERED_FLOAT64 as CLOSE } from "../close.ts";

Deno.test("effect sizes by hand: two values per side, and the correction of small samples", () => {
  assertClose([cohensD([1, 3])], [2 / Math.SQRT2], CLOSE, "d");
  // Deviations are √2 and √2; four values: 1 − 3 / 7.
  assertClose([hedgesG([1, 3], [0, 2])], [1 / Math.SQRT2 * (4 / 7)], CLOSE, "g");
});
