import assert from "node:assert/strict";
import { limitations } from "../../lib/page/limitations.ts";

Deno.test("what the page cannot use here is said, and nothing where it can use all", () => {
  assert.deepEqual(limitations({ isolated: true, webgpu: true, processors: 8 }), []);
  assert.deepEqual(limitations({ isolated: false, webgpu: true, processors: 1 }), []);
  assert.equal(limitations({ isolated: false, webgpu: false, processors: 8 }).length, 2);
});
