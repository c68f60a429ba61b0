import assert from "node:assert/strict";
import { requireEnding } from "../../lib/files/require_ending.ts";

const model = { does: "save a model", endings: [".onnx", ".pb"] };

Deno.test("a name with one of the endings, in whatever case, is given back as it is", () => {
  for (const path of ["a.onnx", "dir.v2/A.ONNX", "a.pb"]) assert.equal(requireEnding(path, model), path);
});

Deno.test("another ending is refused with a name that would do", () => {
  const proposed = [
    ["a.pt", "a.onnx"],
    ["dir.v2/a", "dir.v2/a.onnx"],
    ["dir/.hidden", "dir/.hidden.onnx"],
    ["a.onnx.gz", "a.onnx.onnx"],
  ];
  for (const [path, name] of proposed) {
    const message = `Cannot save a model as ${path}: expected a name in .onnx, .pb, such as ${name}`;
    assert.throws(() => requireEnding(path!, model), { name: "RangeError", message });
  }
  assert.throws(
    () => requireEnding("a", { ...model, elsewhere: "saveSparse writes others" }),
    /a\.onnx; saveSparse writes others$/,
  );
});
