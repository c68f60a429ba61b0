import { ok, strictEqual } from "node:assert/strict";
import type { Figure } from "../../lib/plot/figure.ts";
import { trainingCurve } from "../../lib/plot/training_curve.ts";
import { select, words } from "./select.ts";

Deno.test("lines are labelled at their ends, no label over another; where there is no room there is a legend", () => {
  const named = (count: number) =>
    trainingCurve(
      Array.from(
        { length: count },
        (_, i) => [{ series: `line ${i}`, x: 1, y: i }, { series: `line ${i}`, x: 2, y: 1 }],
      )
        .flat(),
      { ...words, yLabel: "loss" },
    );
  const labels = (figure: Figure) =>
    select(figure, "g > text").filter(({ textContent }) => /^line \d+$/.test(textContent!));
  const heights = labels(named(10)).map((label) => Number(label.getAttribute("y"))).sort((a, b) => a - b);
  strictEqual(heights.length, 10);
  heights.slice(1).forEach((y, i) => ok(y - heights[i]! >= 11, `${heights}`));
  strictEqual(labels(named(30)).length, 0);
  strictEqual(
    select(named(30), "text").filter(({ textContent }) => /^line \d+$/.test(textContent!)).length,
    30,
  );
});
