import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { isEmpty, numberIn, writeColumn } from "../../lib/plot/table_cells.ts";
import { summarize } from "../../lib/statistics/describe.ts";

Deno.test("a cell is the number that it begins with, whatever unit and spread stand behind", () => {
  deepStrictEqual(["−3.5 dB", "1,234", "92.7 ± 0.5 %", "x 3", ""].map(numberIn), [
    -3.5,
    1234,
    92.7,
    NaN,
    NaN,
  ]);
  deepStrictEqual([numberIn(7), numberIn(summarize([1, 2])), numberIn(true)], [7, 1.5, NaN]);
  deepStrictEqual([null, undefined, "", 0, false].map(isEmpty), [true, true, true, false, false]);
});

Deno.test("a column of numbers has their points below each other, in spaces as wide as a digit", () => {
  const { texts, numeric } = writeColumn([1.5, 22.25, 300, NaN]);
  strictEqual(numeric, true);
  const points = texts.slice(0, 3).map((text) => text.search(/[.\u2008]/));
  // The first is not filled up from the left where the spaces are trimmed: 1, 2 and 3 digits stand before.
  deepStrictEqual(points, [1, 2, 3]);
  deepStrictEqual(texts.map((text) => text.replaceAll(/[\u2007\u2008]/g, "")), ["1.5", "22.25", "300", "–"]);
  deepStrictEqual(writeColumn(["a", 1]), { texts: ["a", "1"], numeric: false });
  deepStrictEqual(writeColumn([undefined, null]), { texts: ["", ""], numeric: false });
});

Deno.test("numbers that four digits cannot show have an exponent, and infinities their sign", () => {
  deepStrictEqual(writeColumn([1.25e-7, -2.5e9 + 0.5, -Infinity]).texts, [
    "1.250e−7",
    "−2.500e+9",
    "−Infinity",
  ]);
});
