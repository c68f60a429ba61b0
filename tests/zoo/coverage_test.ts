import assert from "node:assert/strict";
import { coveragePage } from "./coverage.ts";

Deno.test("the page of coverage counts what was reached, and names what was not", () => {
  const page = coveragePage([
    { name: "a", exporter: "torchscript", verdict: "equal", share: 0.5, difference: 2e-7 },
    { name: "a", exporter: "dynamo", verdict: "equal", share: 0.8, difference: 0 },
    { name: "b", exporter: "dynamo", verdict: "not exported", why: "TypeError: a | b" },
  ], { date: "2026-01-02", packages: ["torch 2.13.0"] });
  assert.match(page, /1 of 3 exports reach half, 2 are equal/);
  assert.match(page, /\n\| a \| 50\.0 %, within 2\.0e-7 \| 80\.0 %, within 0\.0e\+0 \|\n/);
  assert.match(page, /\n\| b \| {2}\| not exported: TypeError: a \\\| b \|\n/);
  assert.match(page, /on 2026-01-02 by `deno task zoo --write` with torch 2\.13\.0/);
});
