import assert from "node:assert/strict";
import { claims } from "../../../lib/papers/compressed_lrm/claims.ts";
import { meaning } from "../../../lib/papers/compressed_lrm/meaning.ts";
import { findings } from "../../../lib/plot/verdicts.ts";
import { evidenceOf, FALSE, TRUE } from "./world.ts";

Deno.test("Compressed models: what it means is the sentence of each outcome", () => {
  for (const world of [TRUE, FALSE]) {
    const judged = claims(evidenceOf(world));
    const found = findings(meaning(judged)) as Record<symbol, () => unknown>;
    const text = String(found[Symbol.for("Deno.customInspect")]!());
    for (const [{ outcome }, sentences] of meaning(judged)) assert.ok(text.includes(sentences[outcome]));
    assert.equal(text.includes("goes first when weights are removed"), world === TRUE);
    assert.equal(text.includes("does not show on this probe"), world === FALSE);
  }
});
