import assert from "node:assert/strict";
import { unit } from "../../lib/experiment/unit.ts";
import { square } from "./toy.ts";

Deno.test("a unit is its kind, its settings and its needs, and needs nothing where none are given", () => {
  const one = unit(square, { value: 3 });
  assert.deepEqual(one, { kind: square, spec: { value: 3 }, needs: {} });
  assert.deepEqual(unit(square, { value: 4 }, { first: one }).needs, { first: one });
});
