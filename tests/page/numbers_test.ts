import assert from "node:assert/strict";
import { shortBytes, shortCount, shortTime } from "../../lib/page/views/numbers.ts";

Deno.test("numbers are written as people say them", () => {
  assert.deepEqual([0, 512, 80_200, 4_089_184_256, NaN].map(shortCount), [
    "0",
    "512",
    "80.2 k",
    "4.09 G",
    "unknown",
  ]);
  assert.deepEqual([12, 339_712, 102_490_042].map(shortBytes), ["12 B", "340 kB", "102 MB"]);
  assert.deepEqual([0.4123, 5.481, 93.7, 2183].map(shortTime), ["0.412 ms", "5.48 ms", "93.7 ms", "2.18 s"]);
});

Deno.test("what rounds up to the next unit is said in it", () => {
  assert.deepEqual([999_600, 999_999_999].map(shortCount), ["1.00 M", "1.00 G"]);
});
