import assert from "node:assert/strict";
import { encodeSafetensors } from "../../../lib/formats/safetensors.ts";
import { saveModel } from "../../../lib/io/save_model.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import { openFiles } from "../../../lib/page/worker/open_files.ts";
import type { PageFile } from "../../../lib/page/protocol.ts";
import { saveSparse } from "../../../lib/sparse/pack/save_sparse.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { inFolder } from "../../in_folder.ts";

const model = resnetCifar({ depth: 20, widths: [4, 8, 16], seed: 7 });
const asFile = (name: string, bytes: Uint8Array): PageFile => ({
  name,
  bytes: bytes as Uint8Array<ArrayBuffer>,
});
const weightsOf = (one: typeof model) =>
  encodeSafetensors(Object.fromEntries(one.graph.initializers) as Record<string, Tensor>);

Deno.test("an .onnx is opened with the files that hold its tensors, and says which are missing", () =>
  inFolder(async (folder) => {
    const big = mlp({ sizes: [16, 64, 3], seed: 2 });
    await saveModel(big, `${folder}/model.onnx`, { externalData: true });
    const files = [...Deno.readDirSync(folder)].map(({ name }) =>
      asFile(name, Deno.readFileSync(`${folder}/${name}`))
    );
    assert.equal(files.length, 2);
    const opened = await openFiles(files);
    assert.equal(opened.name, "model.onnx");
    assert.deepEqual(opened.model.toOnnx(), big.toOnnx());
    const alone = openFiles(files.filter(({ name }) => name === "model.onnx"));
    await assert.rejects(
      alone,
      /^SyntaxError: Cannot read model\.onnx: it keeps tensors in .*; drop these files together/,
    );
  }));

Deno.test("weights are opened with their network, and a sparse file by itself", async () => {
  const network = resnetCifar({ depth: 20, seed: 3 });
  const file = asFile("weights.safetensors", weightsOf(network));
  assert.deepEqual((await openFiles([file], "cifar-resnet20")).model.toOnnx(), network.toOnnx());
  await assert.rejects(openFiles([file]), /weights\.safetensors by itself: .* choose the network/);
  await assert.rejects(
    openFiles([file], "cifar-resnet56"),
    /layer1\.3\.conv1\.weight.*; choose another network$/,
  );
  await assert.rejects(
    openFiles([asFile("w.pth", new Uint8Array(40))], "resnet50"),
    /^SyntaxError: Cannot read w\.pth/,
  );
  await inFolder(async (folder) => {
    await saveSparse(model, `${folder}/sparse.safetensors`);
    const sparse = asFile("sparse.safetensors", Deno.readFileSync(`${folder}/sparse.safetensors`));
    assert.equal((await openFiles([sparse])).model.graph.nodes.length, model.graph.nodes.length);
    await assert.rejects(
      openFiles([sparse], "resnet50"),
      /as resnet50: .* sparse file.*; open it by itself$/,
    );
  });
});

Deno.test("what is no model, or several, is refused with what was expected", async () => {
  const bytes = model.toOnnx();
  await assert.rejects(openFiles([asFile("a.onnx", bytes), asFile("b.onnx", bytes)]), /2 models at once/);
  await assert.rejects(
    openFiles([asFile("notes.txt", bytes)]),
    /Cannot open notes\.txt: expected an \.onnx file/,
  );
  await assert.rejects(openFiles([]), /Cannot open nothing/);
});

Deno.test("without files a network's name is an example", async () => {
  assert.equal((await openFiles([], "cifar-resnet20")).name, "cifar-resnet20");
});
