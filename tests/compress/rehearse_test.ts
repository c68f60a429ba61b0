import assert from "node:assert/strict";
import { rehearse } from "../../lib/compress/mod.ts";
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
