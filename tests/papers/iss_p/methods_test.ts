import assert from "node:assert/strict";
import { type MethodName, METHODS } from "../../../lib/papers/iss_p/methods.ts";

const options = { network: "edsr-tiny", sparsity: 0.9, pruningSteps: 4 } as const;

Deno.test("every method makes zeros by its own name, but for the dense network and whole channels", () => {
  const made = Object.entries(METHODS).map(([name, { method }]) => [name, method(options)] as const);
  const without = made.filter(([, method]) => method === undefined).map(([name]) => name);
  assert.deepEqual(without.sort(), ["dense", "structured"]);
  const labels = Object.values(METHODS).map(({ label }) => label);
  assert.equal(new Set(labels).size, labels.length);
});

Deno.test("patterns keep as much as their sparsity leaves, and others are refused", () => {
  for (const sparsity of [0.9, 0.95, 0.99]) assert.ok(METHODS["iss-p-nm"].method({ ...options, sparsity }));
  assert.throws(() => METHODS["iss-p-nm"].method({ ...options, sparsity: 0.8 }), {
    name: "RangeError",
    message: "Cannot find an N:M pattern for sparsity 0.8: expected one of 0.9, 0.95, 0.99",
  });
});

Deno.test("what a method is told must be possible", () => {
  for (const name of ["iss-p", "iht", "srp", "one-shot", "random"] satisfies MethodName[]) {
    assert.throws(() => METHODS[name].method({ ...options, sparsity: 1.5 }), RangeError, name);
  }
});
