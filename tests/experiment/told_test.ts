import assert from "node:assert/strict";
import { unit } from "../../lib/experiment/mod.ts";
import { told } from "../../lib/experiment/told.ts";
import { square } from "./toy.ts";

Deno.test("a run tells where its results come from, and all that failed", () => {
  const when = { oldest: "2026-11-28T23:37:59.776Z", newest: "2026-11-29T00:10:00.000Z" };
  assert.equal(
    told({ computed: 3, fromStore: 12, when, failures: [] }),
    "3 units computed now, 12 from the store; rows from 2026-11-28 23:37 to 2026-11-29 00:10 UTC",
  );
  assert.equal(
    told({ computed: 1, fromStore: 0, when: { ...when, newest: when.oldest }, failures: [] }),
    "1 unit computed now, 0 from the store; rows from 2026-11-28 23:37 UTC",
  );
  const failure = { unit: unit(square, { value: 7 }), error: "Cannot square 7: too odd", stack: "" };
  assert.equal(
    told({ computed: 0, fromStore: 0, failures: [failure] }),
    "0 units computed now, 0 from the store; 1 failed:\n  the square of 7: Cannot square 7: too odd",
  );
});
