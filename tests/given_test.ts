import assert from "node:assert/strict";
import { givenInWords, isRecord } from "../lib/given.ts";

Deno.test("whatever was given is told by its kind, on one line and without control characters", () => {
  class Shape {}
  const cases: readonly [unknown, string][] = [
    [undefined, "nothing"],
    [null, "null"],
    [3, "3"],
    ['a "b"\x1b\n', 'the text "a \\"b\\"\\u001b\\n"'],
    [() => 1, "a function"],
    [Promise.resolve(), "a promise, which has to be awaited first"],
    [[1, 2], "a list of 2"],
    [new Map(), "a Map"],
    [new Shape(), "a Shape"],
    [{}, "an Object"],
    [Object.create(null), "a record"],
  ];
  for (const [given, words] of cases) assert.equal(givenInWords(given), words);
});

Deno.test("a record has entries by name: no list, no null, no function", () => {
  assert.deepEqual([{}, Object.create(null), new Map(), [], null, "a", () => {}].map(isRecord), [
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
