import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { localPath } from "../../lib/files/local_path.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { openBytes } from "../../lib/formats/open_bytes.ts";
import { readSource } from "../../lib/formats/read_source.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { inFolder } from "../in_folder.ts";

Deno.test("an address leads to the path that it was made of, whatever is in its names", () => {
  for (const name of ["a", "a b", "ü", "100%", "%41", "a#b?c", "a+b"]) {
    const path = resolve("/data", name);
    assert.equal(localPath(pathToFileURL(path)), path);
    assert.equal(localPath(pathToFileURL(path).href), path);
  }
  assert.throws(() => localPath("https://example.com/a"), {
    name: "TypeError",
    message: /^Cannot find the file of https:\/\/example\.com\/a: .*; give its path, or an address/,
  });
  assert.throws(() => localPath("file:///a%FF"), { name: "TypeError", message: /give its path/ });
});

Deno.test("a percent sign that begins no escape is one, for whatever takes an address", () =>
  inFolder(async (folder) => {
    const [address, model] = [new URL(`file://${folder}/100%.onnx`), mlp({ sizes: [2, 2] })];
    await saveModel(model, address, { externalData: 1 });
    assert.deepEqual((await loadModel(address)).toOnnx(), model.toOnnx());
    assert.deepEqual((await loadModel(`${address}`)).toOnnx(), model.toOnnx());
    const path = `${folder}/100%.onnx`;
    assert.deepEqual([(await openBytes(address)).name, (await readSource(address)).name], [path, path]);
  }));
