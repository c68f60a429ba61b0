import assert from "node:assert/strict";
import { edsr } from "../../../lib/nn/edsr.ts";
import { edsrTiny } from "../../../lib/nn/edsr_tiny.ts";
import { swinir } from "../../../lib/nn/swinir.ts";
import { PUBLISHED_STORAGE } from "../../../lib/papers/iss_p/published.ts";
import { fileSizes, storageComparison } from "../../../lib/papers/iss_p/storage.ts";

Deno.test("sizes by formula from our layers are those of an independent count", () => {
  const networks = {
    "EDSR-baseline ×4": edsr({ scale: 4 }),
    "SwinIR-light ×4": swinir({ scale: 4 }),
  };
  for (const [name, model] of Object.entries(networks)) {
    const rows = storageComparison(model, { name, sparsities: [0.9, 0.95, 0.99] })
      .filter(({ published }) => published !== undefined);
    assert.equal(rows.length, 18);
    for (const { storage, sparsity, computed, published } of rows) {
      // The table is rounded to kilobytes, and rounds bits to bytes per layer or once.
      assert.ok(
        Math.abs(computed - published!) < 1,
        `${name} at ${sparsity}, ${storage}: ${computed}, ${published}`,
      );
    }
  }
  assert.equal(PUBLISHED_STORAGE.rows.length, 10);
});

Deno.test("files get smaller with sparsity, and halves are smaller than floats", () => {
  const sizes = fileSizes(edsrTiny(), [0.5, 0.9, 0.99]);
  const of = (sparsity: number, packing: string, values: string) =>
    sizes.find((size) => size.sparsity === sparsity && size.packing === packing && size.values === values)!
      .bytes;
  for (const packing of ["bitmap", "csr", "rice"]) {
    assert.ok(of(0.99, packing, "float32") < of(0.9, packing, "float32"));
    assert.ok(of(0.9, packing, "float32") < of(0.5, packing, "float32"));
    // 956 halves instead of floats.
    assert.equal(of(0.9, packing, "float32") - of(0.9, packing, "float16"), 956 * 2);
  }
  assert.ok(of(0.9, "rice", "float32") < of(0.9, "dense ONNX", "float32") / 3);
});
