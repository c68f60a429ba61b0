import assert from "node:assert/strict";
import { edsrTiny } from "../../../lib/nn/edsr_tiny.ts";
import { pruneTo } from "../../../lib/papers/iss_p/structured.ts";

Deno.test("channels can go until a tenth of the multiply-adds is left", () => {
  const weights = [...pruneTo(edsrTiny(), 0.1).graph.initializers].filter(([name]) =>
    name.endsWith(".weight")
  );
  const left = weights.reduce((sum, [, { dims }]) => sum + dims.reduce((a, b) => a * b), 0);
  assert.ok(left > 700 && left <= 962, `${left} weights are left`);
});
