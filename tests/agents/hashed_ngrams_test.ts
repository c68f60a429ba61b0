import assert from "node:assert/strict";
import { hashedNgrams } from "../../lib/agents/mod.ts";

Deno.test("hashed n-grams: unit length, the same for the same words, zeros for no words", () => {
  const a = hashedNgrams("Zwölf Äpfel, bitte!");
  assert.ok(Math.abs(Math.hypot(...a) - 1) < 1e-6);
  assert.deepEqual(a, hashedNgrams("zwölf äpfel: BITTE"));
  assert.notDeepEqual(a, hashedNgrams("zwölf Birnen, bitte"));
  assert.equal(Math.hypot(...hashedNgrams("…!")), 0);
  assert.equal(hashedNgrams("a", { values: 7 }).length, 7);
});
