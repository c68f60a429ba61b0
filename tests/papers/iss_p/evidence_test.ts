import assert from "node:assert/strict";
import { edsrTiny } from "../../../lib/nn/edsr_tiny.ts";
import { evidenceOf } from "../../../lib/papers/iss_p/evidence.ts";
import { unitsOf } from "../../../lib/papers/iss_p/experiment.ts";
import { PRESETS } from "../../../lib/papers/iss_p/presets.ts";
import { magnitudeMasks, maskWeights } from "../../../lib/sparse/masks.ts";
import { encodeSparse } from "../../../lib/sparse/pack/save_sparse.ts";

Deno.test("the evidence has the rows that there are, and the sizes of the example's files", async () => {
  const units = unitsOf(PRESETS.quick, { seed: 0 });
  const model = edsrTiny();
  const masks = magnitudeMasks(model, 0.9);
  const bytes = encodeSparse(maskWeights(model, masks), { masks });
  const results = (bicubic: readonly unknown[]) =>
    ({
      product: () => Promise.resolve(bytes),
      rowsOf: (unit: unknown) => unit === units.bicubic ? bicubic : unit === units.runs[0] ? [] : [unit],
    }) as never;
  const found = await evidenceOf(units, results([{ mean: 33.6 }]));
  assert.deepEqual([found.bicubic, found.rows], [33.6, units.runs.slice(1)] as unknown);
  assert.equal(found.file.sparse, bytes.length);
  assert.ok(found.file.onnx > 2 * bytes.length);
  assert.ok(Math.abs(found.file.zeros - 0.9) < 0.01);
  await assert.rejects(evidenceOf(units, results([])), {
    message: "Cannot judge the runs: bicubic interpolation has no result; the run says why",
  });
});
