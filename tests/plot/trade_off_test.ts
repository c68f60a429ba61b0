import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { tradeOff } from "../../lib/plot/trade_off.ts";
import { assertPicture } from "./picture.ts";
import { select, words } from "./select.ts";

Deno.test("tradeOff draws each series once, with its points, and the baseline", () => {
  const rows = ["l1", "random"].flatMap((series, s) =>
    [0.25, 0.5, 0.75].map((x) => ({ series, x, y: 0.9 - (1 - x) * (0.1 + 0.2 * s) }))
  );
  const figure = tradeOff(rows, {
    ...words,
    xLabel: "MACs kept",
    yLabel: "accuracy",
    baseline: { x: 1, y: 0.93, label: "unpruned" },
    faint: (series) => series === "random",
  });
  strictEqual(select(figure, "[aria-label=line] path").length, 2);
  strictEqual(select(figure, "[aria-label=dot] path").length, 6 + 1);
  ok(figure.svg.includes("unpruned"));
  assertPicture(figure, "trade_off");
});

Deno.test("two series never share both colour and marker, nor a series and its faint twin", () => {
  const names = Array.from({ length: 20 }, (_, i) => `s${i}`);
  const rows = names.flatMap((
    series,
    i,
  ) => [{ series, x: 1, y: i }, { series: `${series} faint`, x: 1, y: i + 0.5 }]);
  const figure = tradeOff(rows, {
    ...words,
    xLabel: "x",
    yLabel: "y",
    faint: (series) => series.endsWith("faint"),
    hue: (series) => series.split(" ")[0]!,
  });
  const groups = select(figure, "[aria-label=dot]");
  const looks = groups.map((group) =>
    `${group.getAttribute("fill")} ${group.getAttribute("stroke")} ${
      group.querySelector("path")!.getAttribute("d")
    }`
  );
  strictEqual(new Set(looks).size, 40);
});

Deno.test("panels share their axes, name their series, and repeat what has no panel", () => {
  const rows = ["reference", "a", "b", "c", "d"].flatMap((series, s) =>
    [1, 2, 3].map((x) => ({
      series,
      x,
      y: 10 * s + x,
      yLow: 10 * s + x - 1,
      yHigh: 10 * s + x + 1,
      panel: s === 0 ? undefined : series,
    }))
  );
  const figure = tradeOff(rows, {
    ...words,
    xLabel: "x",
    yLabel: "y",
    faint: (name) => name !== "reference",
  });
  deepStrictEqual(select(figure, "text.panel").map(({ textContent }) => textContent), ["a", "b", "c", "d"]);
  // Four panels with two lines each, which have three points.
  strictEqual(select(figure, "[aria-label=line] path").length, 8);
  strictEqual(select(figure, "[aria-label=dot] path").length, 24);
  strictEqual(select(figure, "[aria-label=rule] line").length, 24);
  // One axis for all: what the reference scores is as high in every panel.
  const heights = select(figure, "[aria-label=line] path").map((path) => path.getAttribute("d")!)
    .map((d) => d.match(/^M([\d.]+),([\d.]+)/)!.slice(1).map(Number));
  const bottom = (column: number) => heights.filter(([x]) => x === heights[column]![0]);
  ok(bottom(0).length >= 2);
  strictEqual(select(figure, "text").filter(({ textContent }) => textContent === "reference").length, 1);
});

Deno.test("whiskers of several series at one place stand side by side", () => {
  const at = (series: string, y: number) => ({ series, x: 1, y, yLow: y - 1, yHigh: y + 1 });
  const figure = tradeOff([at("a", 1), at("b", 1.5), { series: "c", x: 1, y: 2 }], {
    ...words,
    xLabel: "x",
    yLabel: "y",
  });
  const shifts = select(figure, "[aria-label=rule]").filter((group) => group.querySelector("line"))
    .map((group) => group.getAttribute("transform"));
  strictEqual(new Set(shifts).size, 2, `${shifts}`);
  const alone = tradeOff([at("a", 1), { series: "c", x: 1, y: 2 }], { ...words, xLabel: "x", yLabel: "y" });
  ok(select(alone, "[aria-label=rule]").every((group) => group.getAttribute("transform") === null));
});
