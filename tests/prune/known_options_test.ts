import { doesNotThrow, throws } from "node:assert/strict";
import { requireKnownOptions } from "../../lib/prune/known_options.ts";

const known = { roundTo: true, maxPruned: true } as const;
const given = (options: unknown) => () => requireKnownOptions("plan", options, known);

Deno.test("known options pass; another names the nearest, and no object at all is told what to give", () => {
  doesNotThrow(given({ roundTo: 8, maxPruned: undefined }));
  throws(
    given({ max_prune: 1 }),
    /^TypeError: Cannot plan with option "max_prune": the nearest .* "maxPruned", of roundTo,/,
  );
  throws(given({ toString: 1 }), /the nearest known one is/);
  for (const wrong of [null, 0.5, "macs"]) {
    throws(given(wrong), /^TypeError: .*expected an object with any of roundTo, maxP/);
  }
});
