import { equal, match } from "node:assert/strict";
import { whyNotQuiet } from "./quiet.ts";

Deno.test("numbers of a loaded machine are not written down, those of a quiet one are", () => {
  match(
    whyNotQuiet(3.25)!,
    /^Cannot write tables from a loaded machine: .* is 3\.25, expected at most 0\.5; end what/,
  );
  for (const load of [0, 0.5, undefined, NaN]) equal(whyNotQuiet(load), undefined);
});
