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
    for (const source of [folder, `${folder}/missing.onnx`, "https://models.example/x.onnx"]) {
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
    await Deno.symlink(at("a-b"), at("a/out"));
    const cases: readonly [file: string, source: string, is: boolean][] = [
      ["a/model.onnx", "link.onnx", true],
      ["a/../a/./model.onnx", "a/model.onnx", true],
      ["a/model.onnx.data", "a/model.onnx", true],
      ["a-b", "a/model.onnx", false],
      ["a/new.onnx", "a/model.onnx", false],
      ["a/model.onnx.data", "a", true],
      ["a/out", "a", true],
      ["a-b", "a", false],
      ["a/new.onnx", "a", false],
    ];
    for (const [file, source, is] of cases) {
      assert.equal(await isOfSource(at(file), at(source)), is, `${file} of ${source}`);
    }
    assert.equal(await isOfSource(at("a/model.onnx"), pathToFileURL(at("link.onnx")).href), true);
  });
});
