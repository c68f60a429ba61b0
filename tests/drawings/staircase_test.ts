import { match, ok } from "node:assert/strict";
import { staircase } from "../../lib/drawings/staircase.ts";

Deno.test("a staircase has a line for each kind of layer, and says what its steps are", () => {
  const rows = (["convolution", "product"] as const).flatMap((layer) =>
    [32, 40, 48].map((width) => ({ layer, width, median: width / 20, low: width / 21, high: width / 19 }))
  );
  const figure = staircase(rows, { subtitle: "a machine" });
  match(figure.alt, /Where it rises in steps/);
  for (
    const words of ["two convolutions, 3 × 3", "two products of matrices", "channels between", "a machine"]
  ) {
    ok(figure.svg.includes(words), words);
  }
});
