import { ok, strictEqual } from "node:assert/strict";
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
