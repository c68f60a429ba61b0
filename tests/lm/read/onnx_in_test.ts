import assert from "node:assert/strict";
import { onnxIn } from "../../../lib/lm/read/onnx_in.ts";
import { inFolder } from "../../in_folder.ts";

Deno.test("a graph is found by its name or in its folder, unless weights lie there", () =>
  inFolder(async (folder) => {
    assert.equal(onnxIn("somewhere/a.onnx"), "somewhere/a.onnx");
    assert.equal(onnxIn("somewhere/a.gguf"), undefined);
    assert.equal(onnxIn(new Uint8Array()), undefined);
    assert.equal(onnxIn(folder), undefined);
    await Deno.mkdir(`${folder}/onnx`);
    await Deno.writeTextFile(`${folder}/decoder_model.onnx`, "");
    assert.equal(onnxIn(folder), `${folder}/decoder_model.onnx`);
    await Deno.writeTextFile(`${folder}/onnx/model.onnx`, "");
    assert.equal(onnxIn(folder), `${folder}/onnx/model.onnx`);
    await Deno.writeTextFile(`${folder}/model.safetensors`, "");
    assert.equal(onnxIn(folder), undefined);
  }));
