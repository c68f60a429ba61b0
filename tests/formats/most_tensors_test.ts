import assert from "node:assert/strict";
import { cursor } from "../../lib/formats/archives/cursor.ts";
import { requireFew } from "../../lib/formats/most_tensors.ts";
import { underLimits } from "../limits.ts";

Deno.test("as many tensors as the limit are read, one more is refused, with how the limit is raised", async () => {
  const place = cursor(new Uint8Array(), "f.bin");
  await underLimits({ tensors: 3 }, () => {
    requireFew(3, place);
    assert.throws(() => requireFew(4, place), {
      name: "SyntaxError",
      message: "Cannot read f.bin: found 4 tensors or entries; no network has more than 3 in one file, " +
        "if it is meant, say setLimits({ tensors: … }), at byte 0",
    });
  });
  requireFew(4, place);
});
