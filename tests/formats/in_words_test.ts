import assert from "node:assert/strict";
import { inWords } from "../../lib/formats/in_words.ts";

Deno.test("values are told in a few words, however long, deep or strange they are", () => {
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const cases: [unknown, string][] = [
    ["a", '"a"'],
    ["a\x1b[2J\n", '"a\\u001b[2J\\n"'],
    ["x".repeat(61), `"${"x".repeat(60)}"…`],
    [10n ** 70n, `1${"0".repeat(59)}`],
    [-0.5, "-0.5"],
    [null, "null"],
    [undefined, "undefined"],
    [cyclic, "a list of 1"],
    [new Map([[1, 2]]), "a dictionary of 1"],
    [new Set(), "a set of 0"],
    [new Uint8Array(3), "3 bytes"],
    [Object.create(null), "an object"],
  ];
  for (const [value, words] of cases) assert.equal(inWords(value), words);
});
