import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import {
  refuseOtherFormats,
  refuseOtherThanSafetensors,
  refuseStrangeFormats,
} from "../../lib/formats/other_formats.ts";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

const REFUSALS = [refuseOtherFormats, refuseStrangeFormats, refuseOtherThanSafetensors];

/** What each refusal says of the bytes; nothing where it lets them be read. */
function said(bytes: Uint8Array | string): (string | undefined)[] {
  const given = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  return REFUSALS.map((refuse) => {
    try {
      refuse(given, "f");
    } catch (error) {
      assert.ok(error instanceof SyntaxError);
      return error.message.match(/^Cannot read f: it is (.*), at byte 0$/s)![1];
    }
  });
}

Deno.test("files that hold nothing to read are refused by every reader, in the same words", () => {
  const strange: [Uint8Array | string, RegExp][] = [
    ["", /^empty$/],
    ["version https://git-lfs.github.com/spec/v1\n", /^a Git LFS pointer.*git lfs pull/],
    ["\n <!DOCTYPE html>", /^a web page/],
    [Uint8Array.of(0x1f, 0x8b, 8), /^compressed with gzip/],
    ["\0\0\0\0ORTM", /^in ONNX Runtime's own format/],
    ["\0\0\0\0TFL3", /^a TensorFlow Lite model/],
    [`${"\0".repeat(257)}ustar`, /^a tar archive/],
    ["GGUF\x03", /^a GGUF file.*openLanguageModel/],
    ['{"error": 1}', /^JSON/],
  ];
  for (const [bytes, message] of strange) {
    const [first, ...others] = said(bytes);
    assert.match(first!, message);
    assert.deepEqual(others, [first, first]);
  }
});

Deno.test("what one reader reads, another one refuses and says who does", () => {
  const g = new GraphBuilder("tiny");
  g.output(g.relu(g.input("x", "float32", [1])), "y");
  const [onnx, tensors] = [g.model().toOnnx(), encodeSafetensors({ w: float32([1]) })];
  assert.deepEqual(said(onnx), [undefined, undefined, "an ONNX model; such are read by loadModel"]);
  assert.deepEqual(said(tensors), [
    "a safetensors file; such are read by loadCheckpoint",
    undefined,
    undefined,
  ]);
  const zip = Uint8Array.of(0x50, 0x4b, 3, 4);
  const archive = "a zip archive; PyTorch checkpoints are read by loadCheckpoint";
  assert.deepEqual(said(zip), [archive, undefined, archive]);
  assert.match(said("no such model here")[0]!, /^text, and no bytes of a model/);
});
