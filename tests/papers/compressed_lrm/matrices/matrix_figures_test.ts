import assert from "node:assert/strict";
import {
  aloneMap,
  attributionAgainstCost,
  attributionMap,
  PROTECTION_NAMES,
  protectionFigure,
} from "../../../../lib/papers/compressed_lrm/matrices/matrix_figures.ts";
import { asked, evidenceOf, TRUE } from "../world.ts";

Deno.test("figures of matrices show what the rows say", () => {
  const { alone, attributed, sensitivity, protection } = evidenceOf(TRUE);
  const source = { source: "rows made for a test" };
  const facts = { ...source, what: "facts", questions: ["K1", "K2"] as const };
  for (
    const figure of [
      attributionMap(attributed[0]!, source),
      attributionAgainstCost(attributed, sensitivity, source),
      aloneMap(alone, asked(TRUE).slice(0, 7), facts),
      protectionFigure(protection, source),
    ]
  ) {
    assert.ok(figure.svg.startsWith("<svg") && figure.svg.includes("rows made for a test"));
    assert.ok(!figure.svg.includes("NaN"), figure.svg.slice(0, 300));
  }
  // Facts fall from 100 to 40 where a matrix of facts is rounded: 60 points; to 90 where another is.
  const { svg } = aloneMap(alone, asked(TRUE).slice(0, 7), facts);
  assert.ok(svg.includes(">60.0<") && svg.includes(">10.0<"));
  assert.ok(
    Object.values(PROTECTION_NAMES).every((name) => protectionFigure(protection, source).svg.includes(name)),
  );
});
