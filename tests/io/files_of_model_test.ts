import assert from "node:assert/strict";
import { filesOfModel } from "../../lib/io/files_of_model.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { inFolder } from "../in_folder.ts";

Deno.test("the files of a model are its own and that of its data, also where that is missing", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/model.onnx`;
    await saveModel(mlp({ sizes: [40, 40] }), path);
    assert.deepEqual(await filesOfModel(path), [path]);
    await saveModel(mlp({ sizes: [40, 40] }), path, { externalData: true });
    assert.deepEqual(await filesOfModel(path), [path, `${path}.data`]);
    await Deno.remove(`${path}.data`);
    assert.deepEqual(await filesOfModel(path), [path, `${path}.data`]);
    await Deno.writeTextFile(path, "no model");
    await assert.rejects(filesOfModel(path), { name: "SyntaxError" });
  });
});
