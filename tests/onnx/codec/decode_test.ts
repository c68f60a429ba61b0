import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { decodeModel } from "../../../lib/onnx/codec/decode.ts";
import { encodeModel } from "../../../lib/onnx/codec/encode.ts";
import { loadModel } from "../../../lib/io/load_model.ts";

const FIXTURE = new URL("../../fixtures/onnx/everything.onnx", import.meta.url);

/** Bytes of the texts that the fixture has in places Espalier does not interpret. */
const CARRIED = [
  "a note",
  "about f",
  "about a tensor",
  "IMAGE",
  "SCALE",
  "init",
  "a graph",
  "a model",
  "named",
  "who",
];

Deno.test("what is not interpreted survives writing, and a second round changes nothing", async () => {
  const model = await loadModel(FIXTURE);
  const bytes = encodeModel(model);
  const text = new TextDecoder("latin1").decode(bytes);
  for (const carried of CARRIED) assert.ok(text.includes(carried), carried);
  const again = decodeModel(bytes);
  assert.deepEqual(again, model);
  assert.deepEqual(encodeModel(again), bytes);
});

const refused: Record<string, [bytes: Uint8Array | string, message: RegExp]> = {
  "an empty file": ["", /^Cannot read f\.onnx: it is empty/],
  "a web page": ["<!DOCTYPE html><html>", /a web page/],
  "a Git LFS pointer": ["version https://git-lfs.github.com/spec/v1\noid sha256:0", /git lfs pull/],
  "a zip": [Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), /zip archive.*loadCheckpoint/],
  "a pickle": [Uint8Array.of(0x80, 2, 0x8a), /pickle.*loadCheckpoint/],
  "a safetensors file": [
    Uint8Array.of(40, 0, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode('{"weight":{')),
    /safetensors file.*loadCheckpoint/,
  ],
  "gzip": [Uint8Array.of(0x1f, 0x8b, 8, 0), /gzip/],
  "noise": [Uint8Array.of(0xff, 0xff, 0xff, 0xff), /at byte \d/],
  "a model without a graph": [Uint8Array.of(8, 7), /no graph/],
};

for (const [what, [bytes, message]] of Object.entries(refused)) {
  Deno.test(`${what} is refused`, () => {
    const given = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    assert.throws(() => decodeModel(given, { file: "f.onnx" }), { name: "SyntaxError", message });
  });
}

Deno.test("a broken field is named with its path and place", () => {
  const bytes = new Uint8Array(readFileSync(FIXTURE));
  const at = new TextDecoder("latin1").decode(bytes).indexOf("example");
  bytes[at] = 0xff;
  assert.throws(() => decodeModel(bytes, { file: "f.onnx" }), {
    name: "SyntaxError",
    message: /^Cannot read f\.onnx: expected text in UTF-8, at byte \d+ \(graph\.node(\[\d+\])?\.\w+\)$/,
  });
});
