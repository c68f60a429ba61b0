import assert from "node:assert/strict";
import { collapsePoints, examined } from "../../../lib/papers/compressed_lrm/examined.ts";
import {
  accuracyAgainstBits,
  allocationFigure,
  allocationMap,
  collapseCurves,
  collapseFigure,
  lengthFigure,
  perplexityAgainstBits,
  sensitivityMap,
} from "../../../lib/papers/compressed_lrm/figures.ts";
import { asked, evidenceOf, TRUE } from "./world.ts";

Deno.test("Compressed models: figures show what the rows say", () => {
  const { asked: rows, texts: measured, sensitivity: alone, allocations: spent } = evidenceOf(TRUE);
  const source = { source: "rows made for a test" };
  const networks = examined(asked(TRUE));
  const points = networks.flatMap(collapsePoints);
  for (
    const figure of [
      accuracyAgainstBits(networks, source),
      collapseCurves(networks, "sparsegpt", source),
      collapseFigure(points, source),
      lengthFigure(rows, source),
      sensitivityMap(alone, source),
      perplexityAgainstBits(measured, source),
      allocationMap(spent[0]!, source),
      allocationFigure(spent, source),
    ]
  ) {
    assert.ok(figure.svg.startsWith("<svg") && figure.svg.includes("rows made for a test"));
    assert.ok(!figure.svg.includes("NaN"), figure.svg.slice(0, 300));
  }
});
