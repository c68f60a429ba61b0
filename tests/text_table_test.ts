import assert from "node:assert/strict";
import { textTable } from "../lib/text_table.ts";

Deno.test("columns are as wide as their widest cell, to the left or the right, without spaces at a line's end", () => {
  const { lines, widths } = textTable([["name", "n"], ["a", "1,000"], ["longer", ""]], ["left", "right"]);
  assert.deepEqual(widths, [6, 5]);
  assert.deepEqual(lines, ["name        n", "a       1,000", "longer"]);
  assert.deepEqual(textTable([], ["left"]), { lines: [], widths: [0] });
});

Deno.test("a cell stays on its line, and what a terminal would obey is written out", () => {
  assert.deepEqual(textTable([["a\nb\tc\x1b"]], ["left"]).lines, ["a b c\\x1b"]);
});
