import assert from "node:assert/strict";
import { pairedDifferences, setSummaries, summaries } from "../../../lib/papers/iss_p/summary.ts";
import type { Row } from "../../../lib/papers/iss_p/train_and_test.ts";
import { SPEC } from "./spec.ts";

Deno.test("summaries and differences are plain arithmetic", () => {
  const row = (method: Row["method"], seed: number, psnr: number, alpha?: number): Row => ({
    ...SPEC,
    method,
    seed,
    ...alpha !== undefined && { alpha },
    trained: "",
    tested: "",
    psnr,
    pictures: {},
    sets: [{ set: "Set5", psnr, ssim: psnr / 40 }],
    kept: 956,
    zerosOfPruned: 0.9,
    zerosOfAll: 0.89,
    turnover: 0.5,
    gradient: 1,
    seconds: 1,
    sparsifySeconds: 0,
    log: [],
  });
  const rows = [
    row("iss-p", 0, 35, 0.99),
    row("iss-p", 1, 35.2, 0.99),
    row("one-shot", 0, 34.9),
    row("one-shot", 1, 34.7),
  ];
  const [soft, shot] = summaries(rows);
  assert.deepEqual([soft!.label, soft!.seeds, shot!.psnr.toFixed(3)], ["ISS-P, α 0.99", 2, "34.800"]);
  assert.equal(soft!.deviation.toFixed(6), (0.1 * Math.SQRT2).toFixed(6));
  assert.deepEqual(pairedDifferences(rows, "one-shot").map(({ gain }) => gain.toFixed(3)), [
    "0.100",
    "0.500",
  ]);
  const [first] = setSummaries(rows);
  assert.deepEqual([first!.set, first!.seeds, first!.psnr.toFixed(3)], ["Set5", 2, "35.100"]);
});
