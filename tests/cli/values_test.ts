import assert from "node:assert/strict";
import {
  countsOf,
  listOf,
  numberOf,
  seedOf,
  shapesOf,
  shareOf,
  textOf,
  wholeOf,
  wordOf,
  wordsOf,
} from "../../lib/cli/values.ts";
import { mlp } from "../../lib/nn/mlp.ts";

Deno.test("an option's text becomes the number, the part, the words or the list that it says", () => {
  const given = {
    rate: "1e-3",
    part: " 90 %",
    count: "12",
    names: ["a,b", "c"],
    sizes: ["1,8", "64"],
    on: true as const,
  };
  assert.deepEqual([textOf(given, "rate"), textOf(given, "on"), textOf(given, "names")], [
    "1e-3",
    undefined,
    undefined,
  ]);
  assert.deepEqual([numberOf(given, "rate"), shareOf(given, "part"), shareOf(given, "rate")], [
    0.001,
    0.9,
    0.001,
  ]);
  assert.deepEqual([wholeOf(given, "count"), seedOf({ seed: "5" }), seedOf({})], [12, 5, 0]);
  assert.deepEqual([listOf(given, "names"), listOf(given, "rate")], [["a", "b", "c"], []]);
  assert.deepEqual(countsOf(given, "sizes"), [1, 8, 64]);
  assert.equal(wordOf({ scope: "layer" }, "scope", ["global", "layer"]), "layer");
  assert.deepEqual([numberOf({}, "rate"), wordOf({}, "scope", ["global"])], [undefined, undefined]);
});

Deno.test("words of a list are each one of those there are", () => {
  const words = ["a", "b"] as const;
  assert.deepEqual(wordsOf({ kinds: ["a,b", "a"] }, "kinds", words), ["a", "b", "a"]);
  assert.deepEqual(wordsOf({}, "kinds", words), []);
  assert.throws(() => wordsOf({ manyKinds: ["a,c"] }, "manyKinds", words), {
    name: "UsageError",
    message: "Cannot read --many-kinds c: expected one of a, b",
  });
});

Deno.test("bounds hold at their ends, and the sentence has them as they are", () => {
  const open = { above: 0, below: 1 };
  const closed = { from: 0, to: 1 };
  for (const value of ["0", "1"]) {
    assert.equal(numberOf({ maxPart: value }, "maxPart", closed), Number(value));
    assert.throws(() => numberOf({ maxPart: value }, "maxPart", open), {
      name: "UsageError",
      message: `Cannot read --max-part ${value}: expected a number above 0, below 1`,
    });
  }
  assert.throws(() => wholeOf({ bits: "2.5" }, "bits", { from: 2, to: 8 }), {
    message: "Cannot read --bits 2.5: expected a whole number from 2 to 8",
  });
  for (const value of [" ", "NaN", "Infinity", "1O"]) {
    assert.throws(() => numberOf({ rate: value }, "rate"), { name: "UsageError" });
  }
});

Deno.test("sizes are those of inputs that the model has, or another that is opened beside it", () => {
  const [model, other] = [mlp({ sizes: [4, 8, 3] }), mlp({ sizes: [6, 3] })];
  assert.deepEqual(shapesOf({}, model), {});
  assert.deepEqual(shapesOf({ shape: ["input=2x4"] }, model), { inputShapes: { input: [2, 4] } });
  for (const shape of ["input", "input=", "input=2,-4", "input=0,4", "=2"]) {
    assert.throws(() => shapesOf({ shape: [shape] }, model, other), {
      message:
        `Cannot read --shape ${shape}: expected an input and its sizes, from 1, as in input=1,3,224,224`,
    });
  }
});
