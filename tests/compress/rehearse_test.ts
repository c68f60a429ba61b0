import assert from "node:assert/strict";
import { compress, type CompressOptions, rehearse } from "../../lib/compress/mod.ts";
import { drawn, network } from "./measured_network.ts";

Deno.test("rehearse: an allocation's answers are counted", async () => {
  const calibration = [0, 1, 2, 3].map(() => ({ x: drawn([7, 6]) }));
  const allocated = { method: "rtn", bits: 3.5, allocation: "calibrated", calibration } as const;
  const { bytes, peakBytes } = await rehearse(network(), allocated);
  assert.equal(bytes.answers, (4 + 2) * 7 * 5 * 4);
  assert.equal(peakBytes, Object.values(bytes).reduce((sum, each) => sum + each, 0));
  const one = { ...allocated, held: calibration.slice(0, 1) };
  assert.equal((await rehearse(network(), one)).bytes.answers, (1 + 2) * 7 * 5 * 4);
  assert.equal((await rehearse(network(), { method: "rtn", bits: 3, calibration })).bytes.answers, 0);
});

Deno.test("rehearse: what compress refuses is refused by its rehearsal, with the same words", async () => {
  const calibration = [{ x: drawn([7, 6]) }];
  const folder = await Deno.makeTempDir();
  const file = `${folder}/file`;
  await Deno.writeTextFile(file, "");
  const refused: [options: CompressOptions, why: RegExp][] = [
    [{ bits: 3, calibration, allocation: "best" as "uniform" }, /best/],
    [{ bits: 1.5, calibration, allocation: "calibrated" }, /the smallest width takes 2/],
    [{ bits: { "0.weight": 3 }, calibration, allocation: "calibrated" }, /found bits for each layer/],
    [{ method: "rtn", bits: 3, allocation: "uniform" }, /found 3 and 0 records/],
    [{ method: "magnitude", sparsity: 0.995, allocation: "alpha" }, /expected 0 to 0.99/],
    [{ method: "magnitude", sparsity: 0.5, log: file }, /give log a folder/],
    [{ method: "magnitude", sparsity: 0.5, signal: "stop" as unknown as AbortSignal }, /signal/],
  ];
  try {
    for (const [options, why] of refused) {
      await assert.rejects(compress(network(), options), why);
      await assert.rejects(rehearse(network(), options), why, JSON.stringify(options));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
