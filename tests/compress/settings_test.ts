import assert from "node:assert/strict";
import { methodOf, targetsOf } from "../../lib/compress/settings.ts";

const NAMES = ["a", "b"];

Deno.test("what is not named is GPTQ where weights are rounded alone, else SparseGPT", () => {
  assert.equal(methodOf({ bits: 4 }), "gptq");
  assert.equal(methodOf({ sparsity: 0.5, bits: 4 }), "sparsegpt");
  assert.equal(methodOf({ pattern: { n: 2, m: 4 } }), "sparsegpt");
  assert.equal(methodOf({ sparsity: 0.5, method: "wanda" }), "wanda");
});

Deno.test("layers without a number of their own stay as they are", () => {
  const targets = targetsOf(NAMES, { sparsity: { b: 0.25 } });
  assert.deepEqual([...targets.keys()], ["b"]);
  assert.equal(targets.get("b")!.sparsity, 0.25);
  assert.deepEqual([...targetsOf(NAMES, { bits: 3 }).values()].map(({ bits }) => bits), [3, 3]);
});

Deno.test("a layer that is not rounded has no groups of scales, whatever others have", () => {
  const targets = targetsOf(NAMES, { sparsity: 0.5, bits: { a: 4 }, groupSize: 48 });
  assert.deepEqual([...targets.values()].map(({ groupSize }) => groupSize), [48, undefined]);
});

Deno.test("numbers out of bounds, methods that cannot, and layers that are none are refused", () => {
  for (
    const [options, name, why] of [
      [{ bits: 17 }, "RangeError", /bits 17/],
      [{ sparsity: 1 }, "RangeError", /sparsity 1/],
      [{ bits: 4, groupSize: 0 }, "RangeError", /groupSize 0/],
      [{ bits: 4, damping: -1 }, "RangeError", /damping -1/],
      [{ pattern: { n: 3, m: 2 } }, "RangeError", /3:2/],
      [{ pattern: { n: 0, m: 4 } }, "RangeError", /0:4: expected whole numbers from 1/],
      [{ sparsity: 0.5, method: "gptq" }, "TypeError", /"gptq": it sets no weights to zero/],
      [{ bits: 4, mse: true, method: "awq" }, "TypeError", /"awq": it searches for levels of its own/],
      [{ sparsity: 0.5, mse: true }, "TypeError", /"sparsegpt": it was given mse but no bits/],
      [{ bits: { c: 4 } }, "TypeError", /Cannot compress "c"/],
      [{ bits: 4, method: "constructor" }, "RangeError", /expected one of/],
    ] as const
  ) {
    assert.throws(() => targetsOf(NAMES, options as Parameters<typeof targetsOf>[1]), { name, message: why });
  }
});
