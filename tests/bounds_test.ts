import assert from "node:assert/strict";
import { type Bounds, boundsInWords, COUNT, isWithin, MOST, requireNumbers, SHARE } from "../lib/bounds.ts";

/** Bounds in words, with numbers that are within them and such that are not. */
const BOUNDS: readonly [bounds: Bounds, words: string, within: unknown[], outside: unknown[]][] = [
  [{}, "a number", [0, -1e300, 0.1], [NaN, Infinity, -Infinity, "1", 1n, null, undefined, [1]]],
  [COUNT, "a whole number from 1", [1, 2 ** 53 - 1], [0, -1, 1.5, 2 ** 53, NaN, Infinity, "1"]],
  [SHARE, "a number from 0 to 1", [0, 0.5, 1], [-1e-9, 1 + 1e-9]],
  [{ above: 0 }, "a number above 0", [5e-324, 1e300], [0, -1, Infinity]],
  [{ above: 0, to: 1 }, "a number above 0, at most 1", [1e-9, 1], [0, 1.1]],
  [{ above: 0, below: 1 }, "a number above 0, below 1", [0.5], [0, 1]],
  [{ from: 0, below: 1 }, "a number from 0, below 1", [0, 0.999], [1, -0.001]],
  [MOST, "a number from 0, or Infinity", [0, 0.5, Infinity], [-1, NaN, -Infinity, "Infinity"]],
  [{ ...COUNT, to: 16 }, "a whole number from 1 to 16", [1, 16], [0, 17, 1.2]],
];

Deno.test("a number is within bounds, or the bounds say in words why not", () => {
  for (const [bounds, words, within, outside] of BOUNDS) {
    assert.equal(boundsInWords(bounds), words);
    for (const value of within) assert.ok(isWithin(value, bounds), `${value} is ${words}`);
    for (const value of outside) assert.ok(!isWithin(value, bounds), `${value} is not ${words}`);
  }
});

Deno.test("the option that is out of bounds is named, with what it was", () => {
  requireNumbers("build BERT", { heads: 4, layers: 1 }, COUNT);
  const wrong: [given: Record<string, unknown>, message: string][] = [
    [{ heads: 4, layers: 0 }, "Cannot build BERT with layers 0: expected a whole number from 1"],
    [{ heads: "4" }, 'Cannot build BERT with heads the text "4": expected a whole number from 1'],
    [{ heads: undefined }, "Cannot build BERT with heads nothing: expected a whole number from 1"],
    [{ heads: [4] }, "Cannot build BERT with heads a list of 1: expected a whole number from 1"],
  ];
  for (const [given, message] of wrong) {
    assert.throws(() => requireNumbers("build BERT", given as Record<string, number>, COUNT), {
      name: "RangeError",
      message,
    });
  }
});
