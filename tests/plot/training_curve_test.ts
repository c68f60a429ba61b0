import { ok, strictEqual } from "node:assert/strict";
import { trainingCurve } from "../../lib/plot/training_curve.ts";
import { assertPicture } from "./picture.ts";
import { select, words } from "./select.ts";

Deno.test("trainingCurve draws one mark per row", () => {
  const curve = trainingCurve([1, 2, 3].map((x) => ({ series: "loss", x, y: 1 / x })), {
    ...words,
    yLabel: "loss",
  });
  strictEqual(select(curve, "[aria-label=dot] path").length, 3);
  assertPicture(curve, "training_curve");
});

Deno.test("small numbers keep their digits where they are words, not places", () => {
  const rows = [{ series: "rate", x: 1, y: 0.001 }, { series: "rate", x: 2, y: 0.004 }];
  const texts = select(trainingCurve(rows, { ...words, yLabel: "rate" }), "text").map((t) => t.textContent);
  ok(texts.some((text) => text === "0.002" || text === "0.0020"), texts.join(" "));
});
