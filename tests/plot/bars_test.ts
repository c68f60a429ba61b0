import { doesNotMatch, strictEqual } from "node:assert/strict";
import { beforeAfterBars } from "../../lib/plot/bars.ts";
import { assertPicture } from "./picture.ts";
import { select, words } from "./select.ts";

Deno.test("beforeAfterBars draws two bars per row", () => {
  const bars = beforeAfterBars([{ name: "conv1", before: 16, after: 9 }], { ...words, xLabel: "channels" });
  strictEqual(select(bars, "[aria-label=bar] rect").length, 2);
  assertPicture(bars, "bars");
});

Deno.test("beforeAfterBars of nothing is a figure without marks", () => {
  const figure = beforeAfterBars([], { ...words, xLabel: "channels" });
  doesNotMatch(figure.svg, /NaN|Infinity/);
});
