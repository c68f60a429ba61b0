import { doesNotMatch, strictEqual } from "node:assert/strict";
import { heatMap } from "../../lib/plot/heat_map.ts";
import { assertPicture } from "./picture.ts";
import { select, words } from "./select.ts";

Deno.test("heatMap draws one mark per row", () => {
  const heat = heatMap(
    ["conv1", "conv2"].flatMap((y, j) => [0.1, 0.5].map((x) => ({ x, y, value: x + j }))),
    { ...words, xLabel: "ratio", yLabel: "group", format: (v) => v.toFixed(1) },
  );
  strictEqual(select(heat, "[aria-label=cell] rect").length, 4);
  assertPicture(heat, "heat_map");
});

Deno.test("heatMap of nothing is a figure without marks", () => {
  const figure = heatMap([], { ...words, xLabel: "ratio", yLabel: "group", format: String });
  doesNotMatch(figure.svg, /NaN|Infinity/);
});
