import assert from "node:assert/strict";
import { counted, textTable, threeDigits } from "../lib/text_table.ts";

Deno.test("columns are as wide as their widest cell, to the left or the right, without spaces at a line's end", () => {
  const { lines, widths } = textTable([["name", "n"], ["a", "1,000"], ["longer", ""]], ["left", "right"]);
  assert.deepEqual(widths, [6, 5]);
  assert.deepEqual(lines, ["name        n", "a       1,000", "longer"]);
  assert.deepEqual(textTable([], ["left"]), { lines: [], widths: [0] });
});

Deno.test("a cell stays on its line, and what a terminal would obey is written out", () => {
  assert.deepEqual(textTable([["a\nb\tc\x1b"]], ["left"]).lines, ["a b c\\x1b"]);
});

Deno.test("one is told from several", () => {
  assert.deepEqual([0, 1, 2].map((count) => counted(count, "place")), ["0 places", "1 place", "2 places"]);
});

Deno.test("measured numbers have three digits, and no exponent where they are large", () => {
  const numbers = [0.046_61, 0.5, 12.34, 999.4, 999.6, 1340.2, 65_432, Infinity];
  assert.deepEqual(numbers.map(threeDigits), [
    "0.0466",
    "0.500",
    "12.3",
    "999",
    "1,000",
    "1,340",
    "65,400",
    "∞",
  ]);
});
