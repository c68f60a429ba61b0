import assert from "node:assert/strict";
import type { AskedRow } from "../../../../lib/papers/compressed_lrm/asked.ts";
import { claims } from "../../../../lib/papers/compressed_lrm/claims.ts";
import { QUESTIONS } from "../../../../lib/papers/compressed_lrm/language.ts";
import {
  shorterAtOneLength,
  shorterIsRight,
  wrongIsLonger,
} from "../../../../lib/papers/compressed_lrm/lengths/length_claims.ts";
import { byLength } from "../../../../lib/papers/compressed_lrm/lengths/by_length.ts";
import { mean } from "../../../../lib/statistics/describe.ts";
import { asked, ITEMS, TRUE } from "../world.ts";

Deno.test("Compressed models: answers of one network by length count as its items, of several as networks", () => {
  const network = (seed: number) => asked(TRUE).map((row) => ({ ...row, seed }));
  const judge = (rows: AskedRow[]) =>
    claims({
      ...{ asked: rows, texts: [], sensitivity: [], allocations: [] },
      ...{ alone: [], attributed: [], protection: [] },
    });
  const chains = QUESTIONS.filter((question) => question.startsWith("R")).length;
  const [one, three] = [judge(network(0)), judge([0, 1, 2].flatMap(network))];
  for (const pick of [0, 1, 2]) {
    const [alone, several] = [one, three].map(({ paper, ours }) =>
      [paper.shorter, ours.sameLength, ours.longer][pick]!
    );
    assert.deepEqual([several!.per, several!.seeds], ["networks", 3]);
    assert.equal(alone!.per, "items");
    assert.ok(alone!.seeds <= chains * ITEMS, alone!.sentence);
    assert.ok(Math.abs(several!.effect - alone!.effect) < 1e-9, "three equal networks");
  }
  const differences = byLength(network(0).filter(({ text }) => text === "lessons")).map((
    { shortest, longest },
  ) => shortest - longest);
  assert.equal(one.paper.shorter.seeds, chains * ITEMS);
  assert.ok(Math.abs(one.paper.shorter.effect - mean(differences)) < 1e-9);
});

Deno.test("Compressed models: what was calibrated on other texts counts in no claim on lengths", () => {
  const own = asked(TRUE).filter(({ text }) => text === "lessons");
  // Of these the longest answers are right, and all others wrong.
  const others = own.filter(({ setting }) => setting.method !== "dense").map((row): AskedRow => ({
    ...row,
    text: "noise",
    right: row.tokens.map((count) => Number(count === Math.max(...row.tokens))),
  }));
  const rows = [...own, ...others];
  for (const claim of [shorterIsRight, shorterAtOneLength, wrongIsLonger]) {
    assert.deepEqual(claim(rows), claim(own), claim.name);
  }
});
