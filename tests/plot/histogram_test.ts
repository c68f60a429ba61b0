import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { histogram } from "../../lib/plot/histogram.ts";
import { MUTED } from "../../lib/plot/palette.ts";
import { assertPicture } from "./picture.ts";
import { select, words } from "./select.ts";

Deno.test("histogram counts every finite value once, and none straddles the cut", () => {
  const values = [...Array.from({ length: 200 }, (_, i) => Math.sqrt(i) / 15), NaN, Infinity];
  const cut = 0.4;
  const figure = histogram(values, { ...words, xLabel: "norm", cut, bins: 20 });
  const bars = select(figure, "[aria-label=rect] rect");
  const axis = select(figure, "[aria-label='y-grid'] line");
  ok(axis.length > 0);
  const goes = bars.filter((bar) => bar.getAttribute("fill") === MUTED);
  const height = (bar: Element) => Number(bar.getAttribute("height"));
  const total = bars.reduce((sum, bar) => sum + height(bar), 0);
  const share = goes.reduce((sum, bar) => sum + height(bar), 0) / total;
  const expected = values.filter((value) => value < cut).length / 200;
  ok(Math.abs(share - expected) < 0.01, `share of area left of the cut: ${share}, of values: ${expected}`);
  assertPicture(figure, "histogram");
});

Deno.test("histograms of one domain have the same bars, and values beyond it count in the last", () => {
  const edges = [[0.25, 0.65, 0.66], [-3, 0.5, 9]].map((values) => {
    const figure = histogram(values, { ...words, xLabel: "norm", domain: [0, 1], bins: 10 });
    const bars = select(figure, "[aria-label=rect] rect").map((bar) => Number(bar.getAttribute("x")));
    const ticks = select(figure, "[aria-label='x-axis tick label'] text").map((tick) => tick.textContent);
    return { bars, ticks };
  });
  deepStrictEqual(edges[0]!.ticks, edges[1]!.ticks);
  strictEqual(edges[0]!.bars.length, 2);
  // Equal widths from the same start: the first and last of the second lie nine bars apart.
  const width = (edges[1]!.bars[2]! - edges[1]!.bars[0]!) / 9;
  ok(Math.abs(edges[0]!.bars[1]! - edges[0]!.bars[0]! - 4 * width) < 0.1, `${edges[0]!.bars} ${width}`);
});

Deno.test("histogram of nothing, and of one value, is a figure all the same", () => {
  for (const values of [[], [3], [3, 3]]) {
    match(histogram(values, { ...words, xLabel: "norm" }).svg, /^<svg/);
  }
});
