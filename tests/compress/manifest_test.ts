import assert from "node:assert/strict";
import type { LayerReport } from "../../lib/compress/compress_layer.ts";
import { manifestOf, manifestPath } from "../../lib/compress/manifest.ts";
import { VERSION } from "../../lib/version.ts";

const report = (weight: string) => ({ weight, sparsity: 0.5 }) as LayerReport;

Deno.test("layers come in their order with their types, and matrices that have a type alone behind them", () => {
  const { writer, source, matrices } = manifestOf([report("b"), report("constructor")], {
    source: "model.onnx",
    types: { a: "Q4_0", b: "Q8_0" },
  });
  assert.deepEqual([writer, source], [`Espalier ${VERSION}`, "model.onnx"]);
  assert.deepEqual(matrices, [
    { ...report("b"), type: "Q8_0" },
    report("constructor"),
    { weight: "a", type: "Q4_0" },
  ]);
});

Deno.test("a manifest lies beside its model", () => {
  assert.equal(manifestPath("/models/a.onnx"), "/models/a.onnx.manifest.json");
});
