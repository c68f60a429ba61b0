import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { isOfSource, sourceBytes, sourceFiles } from "../../lib/cli/source_files.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { inFolder } from "../in_folder.ts";

Deno.test("a model's files, by path or address, and their bytes together", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/model.onnx`;
    const { bytes } = await saveModel(mlp({ sizes: [40, 40] }), path, { externalData: true });
    for (const source of [path, pathToFileURL(path).href]) {
      assert.deepEqual(await sourceFiles(source), [path, `${path}.data`]);
      assert.equal(await sourceBytes(source), bytes);
    }
    assert.equal(bytes, (await Deno.stat(path)).size + (await Deno.stat(`${path}.data`)).size);
    for (const source of [`${folder}/missing.onnx`, "https://models.example/x.onnx"]) {
      assert.equal(await sourceBytes(source), undefined);
    }
  });
});

Deno.test("a file of a source is known by every name", async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => `${folder}/${name}`;
    await Deno.mkdir(at("a/b"), { recursive: true });
    await saveModel(mlp({ sizes: [40, 40] }), at("a/model.onnx"), { externalData: true });
    await Deno.writeTextFile(at("a-b"), "");
    await Deno.symlink(at("a/model.onnx"), at("link.onnx"));
    await Deno.writeTextFile(at("a/config.json"), "{}");
    await Deno.writeTextFile(at("blob"), "");
    await Deno.symlink(at("blob"), at("a/model.safetensors"));
    const cases: readonly [file: string, source: string, is: boolean][] = [
      ["a/model.onnx", "link.onnx", true],
      ["a/../a/./model.onnx", "a/model.onnx", true],
      ["a/model.onnx.data", "a/model.onnx", true],
      ["a-b", "a/model.onnx", false],
      ["a/new.onnx", "a/model.onnx", false],
      ["a/config.json", "a", true],
      ["blob", "a", true],
      ["a-b", "a", false],
      // What a folder holds beside the model may be written again.
      ["a/model.onnx", "a", false],
    ];
    for (const [file, source, is] of cases) {
      assert.equal(await isOfSource(at(file), at(source)), is, `${file} of ${source}`);
    }
    const index = { weight_map: { "a.weight": "one.safetensors", "b.weight": "two.safetensors" } };
    await Deno.writeTextFile(at("a/model.safetensors.index.json"), JSON.stringify(index));
    await Deno.writeTextFile(at("a/two.safetensors"), "");
    assert.equal(await isOfSource(at("a/two.safetensors"), at("a")), true);
    assert.equal(await isOfSource(at("a/model.safetensors"), at("a")), false);
    assert.equal(await isOfSource(at("a/model.onnx"), pathToFileURL(at("link.onnx")).href), true);
  });
});
