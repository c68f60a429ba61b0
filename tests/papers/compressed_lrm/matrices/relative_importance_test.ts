import assert from "node:assert/strict";
import { relativeOf } from "../../../../lib/papers/compressed_lrm/matrices/relative_importance.ts";
import { DENSE } from "../../../../lib/papers/compressed_lrm/setting.ts";

Deno.test("relative importance of a row sums to 1 over its matrices", () => {
  const row = { subject: "probe", setting: DENSE, calibration: 0, behaviour: "facts", parts: 1 } as const;
  assert.deepEqual(relativeOf({ ...row, importance: { a: 3, b: 1 } }), { a: 0.75, b: 0.25 });
});
