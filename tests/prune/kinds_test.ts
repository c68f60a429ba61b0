import assert from "node:assert/strict";
import { countOfKind, requireKinds } from "../../lib/prune/kinds.ts";

Deno.test("kinds come once each, in one order, and others are refused by name", () => {
  assert.deepEqual(requireKinds(["vocabulary", "blocks", "vocabulary"], "plan"), ["blocks", "vocabulary"]);
  for (const wrong of [undefined, "blocks", [], ["block"], [7]]) {
    assert.throws(
      () => requireKinds(wrong, "plan"),
      /Cannot plan with kinds .*any of "channels", "blocks", "experts"/,
    );
  }
});

Deno.test("counts are told in words of the kind", () => {
  assert.equal(countOfKind("blocks", 1, 12), "1 of 12 blocks");
  assert.equal(countOfKind("experts", 0, 1), "0 of 1 expert");
});
