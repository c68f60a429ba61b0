import { match, ok, strictEqual } from "node:assert/strict";
import type { Figure } from "../../lib/plot/figure.ts";
import { distributions } from "../../lib/plot/distributions.ts";
import { assertPicture } from "./picture.ts";
import { select, words } from "./select.ts";

/** Corners of each line of a figure, in pixels. */
const corners = (figure: Figure) =>
  select(figure, "[aria-label=line] path").map((path) =>
    [...path.getAttribute("d")!.matchAll(/([-\d.]+),([-\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)])
  );

Deno.test("distributions draws shares of each series over the same bars, whatever its length", () => {
  const figure = distributions({
    few: [0.05, 0.05, 0.95, NaN],
    many: Array.from({ length: 100 }, (_, i) => (i + 0.5) / 100),
    "all beyond": [7, 8, 9],
  }, { ...words, xLabel: "norm", domain: [0, 1], bins: 10 });
  // How high each bar stands over the axis: where a line is in the middle of it.
  const bars = corners(figure).map((line) => {
    const [left, bottom] = line[0]!;
    const width = (line.at(-1)![0]! - left!) / 10;
    return Array.from({ length: 10 }, (_, i) => {
      const middle = left! + (i + 0.5) * width;
      return bottom! - line.findLast(([x]) => x! < middle)![1]!;
    });
  });
  const one = bars[1]![0]! / 10; // a percent, in pixels
  const expected = [[200 / 3, 0, 0, 0, 0, 0, 0, 0, 0, 100 / 3], new Array(10).fill(10), [
    ...new Array(9).fill(0),
    100,
  ]];
  bars.forEach((heights, i) =>
    heights.forEach((height, j) => ok(Math.abs(height / one - expected[i]![j]!) < 0.1, `${heights}`))
  );
  assertPicture(figure, "distributions");
});

Deno.test("distributions on a logarithmic axis gives each factor the same width, and zeros to the first bar", () => {
  const values = [0, 2e-3, 2e-2, 2e-1];
  const figure = distributions({ values }, {
    ...words,
    xLabel: "size",
    log: true,
    domain: [1e-3, 1],
    bins: 3,
  });
  const [line] = corners(figure);
  const edges = [...new Set(line!.map(([x]) => x!))].sort((a, b) => a - b);
  strictEqual(edges.length, 4);
  for (const i of [1, 2]) ok(Math.abs(edges[i + 1]! - 2 * edges[i]! + edges[i - 1]!) < 0.03, `${edges}`);
  const heights = edges.slice(0, 3).map((edge) => line![0]![1]! - line!.findLast(([x]) => x === edge)![1]!);
  ok(Math.abs(heights[0]! - 2 * heights[1]!) < 0.03 && heights[1] === heights[2], `${heights}`);
  match(distributions({ nothing: [] }, { ...words, xLabel: "size", log: true }).svg, /^<svg/);
});
