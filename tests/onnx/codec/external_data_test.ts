/** Tensors beside a model are read from where they may be, whatever links there are, and from nowhere else. */
import assert from "node:assert/strict";
import { mkdir, symlink } from "node:fs/promises";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { loadModel } from "../../../lib/io/load_model.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { saveModel } from "../../../lib/io/save_model.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";

const links = Deno.build.os !== "windows";

function linear(): Model {
  const g = new GraphBuilder("linear");
  const w = g.parameter("w", float32(Float32Array.from({ length: 400 }, (_, i) => i / 7), [20, 20]));
  g.output(g.matMul(g.input("x", "float32", ["N", 20]), w), "y");
  return g.model();
}

/** A folder with a model in `at` whose tensors are in `m.onnx.data` beside it, and another folder, `elsewhere`. */
async function withModel(
  at: string,
  body: (paths: { folder: string; model: string; data: string; elsewhere: string }) => Promise<void>,
): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    const folder = `${root}/${at}`;
    await mkdir(folder, { recursive: true });
    await mkdir(`${root}/elsewhere`);
    await saveModel(linear(), `${folder}/m.onnx`, { externalData: true });
    await body({
      folder,
      model: `${folder}/m.onnx`,
      data: `${folder}/m.onnx.data`,
      elsewhere: `${root}/elsewhere`,
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test({
  name: "a link out of the folder is refused by path and by address, and followed where its folder is named",
  ignore: !links,
  fn: () =>
    withModel("models", async ({ model, data, elsewhere }) => {
      await Deno.rename(data, `${elsewhere}/weights`);
      await symlink(`${elsewhere}/weights`, data);
      for (const source of [model, new URL(`file://${model}`), `file://${model}`]) {
        await assert.rejects(loadModel(source), {
          name: "SyntaxError",
          message:
            /m\.onnx: it keeps tensors in "m\.onnx\.data", but it leads to .*\/elsewhere\/weights, outside of/,
        });
        assert.deepEqual(await loadModel(source, { dataFolder: elsewhere }), linear());
        assert.deepEqual(await loadModel(source, { dataFolder: new URL(`file://${elsewhere}/`) }), linear());
      }
      await assert.rejects(loadModel(model, { dataFolder: `${elsewhere}2` }), SyntaxError);
    }),
});

Deno.test({
  name: "a linked folder within, or a folder whose name only begins alike, are told apart",
  ignore: !links,
  fn: () =>
    withModel("models", async ({ folder, model, data, elsewhere }) => {
      await mkdir(`${folder}/parts`);
      await Deno.rename(data, `${folder}/parts/weights`);
      await symlink("parts/weights", data);
      assert.deepEqual(await loadModel(model), linear(), "within its own folder");
      await mkdir(`${folder}-other`);
      await Deno.rename(`${folder}/parts/weights`, `${folder}-other/weights`);
      await Deno.remove(data);
      await symlink(`${folder}-other/weights`, data);
      await assert.rejects(loadModel(model), /outside of the model's own folder/);
      await symlink(folder, `${elsewhere}/linked`);
      await Deno.remove(data);
      await Deno.rename(`${folder}-other/weights`, data);
      assert.deepEqual(
        await loadModel(`${elsewhere}/linked/m.onnx`),
        linear(),
        "the folder itself is a link",
      );
    }),
});

Deno.test({
  name: "a snapshot of a Hugging Face cache, where all files are links into blobs",
  ignore: !links,
  fn: () =>
    withModel("models--a--b/snapshots/0123abc/onnx", async ({ folder, model, data, elsewhere }) => {
      const blobs = `${folder}/../../../blobs`;
      await mkdir(blobs);
      for (const [path, name] of [[model, "aa11"], [data, "bb22"]] as const) {
        await Deno.rename(path, `${blobs}/${name}`);
        await symlink(`../../../blobs/${name}`, path);
      }
      assert.deepEqual(await loadModel(model), linear());
      await Deno.rename(`${blobs}/bb22`, `${elsewhere}/bb22`);
      await symlink(`${elsewhere}/bb22`, `${blobs}/bb22`);
      await assert.rejects(loadModel(model), /outside of the model's own folder/);
    }),
});

Deno.test({
  name: "pipes, devices and folders are refused, at once",
  ignore: !links,
  fn: () =>
    withModel("models", async ({ folder, model, data }) => {
      await Deno.remove(data);
      assert.ok((await new Deno.Command("mkfifo", { args: [data] }).output()).success);
      await assert.rejects(loadModel(model), /"m\.onnx\.data", but it is no regular file/);
      await Deno.remove(data);
      await mkdir(data);
      await assert.rejects(loadModel(model), /it is no regular file/);
      await Deno.remove(data);
      await assert.rejects(loadModel(model), /"m\.onnx\.data", which is missing/);
      await symlink("/dev/zero", data);
      await assert.rejects(loadModel(model, { dataFolder: "/dev" }), /it is no regular file/);
      await Deno.remove(data);
      await symlink(data, `${folder}/loop`);
      await symlink(`${folder}/loop`, data);
      await assert.rejects(loadModel(model), { name: "SyntaxError" });
    }),
});
