import assert from "node:assert/strict";
import { openBoth, openModel, refuseNetwork } from "../../lib/cli/open_model.ts";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { saveSparse } from "../../lib/sparse/pack/save_sparse.ts";
import { magnitudeMasks, maskWeights } from "../../lib/sparse/masks.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { inFolder } from "../in_folder.ts";

const weightOf = ({ graph }: Model, name: string) => [...(graph.initializers.get(name) as Tensor).data];

Deno.test("a model opens from its graph, from weights and their network, and from a sparse file", async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => `${folder}/${name}`;
    const [small, large] = [mlp({ sizes: [4, 16, 3] }), resnetCifar({ depth: 20, seed: 7 })];
    await saveModel(small, at("small.onnx"));
    const tensors = Object.fromEntries(large.graph.initializers as ReadonlyMap<string, Tensor>);
    await Deno.writeFile(at("weights.safetensors"), encodeSafetensors(tensors));
    const masks = magnitudeMasks(small, 0.5);
    await saveSparse(maskWeights(small, masks), at("sparse.safetensors"), { masks });
    const network = { network: "cifar-resnet20" };
    assert.deepEqual(
      weightOf(await openModel(at("weights.safetensors"), network), "conv1.weight"),
      weightOf(large, "conv1.weight"),
    );
    assert.deepEqual(
      weightOf(await openModel(at("sparse.safetensors"), {}), "0.weight"),
      weightOf(maskWeights(small, masks), "0.weight"),
    );
    // The network is that of the weights; a graph beside them has its own.
    for (const name of ["weights.bin", "weights.ckpt", "weights"]) {
      await Deno.copyFile(at("weights.safetensors"), at(name));
      const opened = await openModel(at(name), network);
      assert.deepEqual(weightOf(opened, "conv1.weight"), weightOf(large, "conv1.weight"), name);
      await assert.rejects(openModel(at(name), {}), { name: "UsageError" });
    }
    await Deno.copyFile(at("small.onnx"), at("small.pt"));
    assert.deepEqual(weightOf(await openModel(at("small.pt"), {}), "0.weight"), weightOf(small, "0.weight"));
    const both = await openBoth([at("small.onnx"), at("weights.safetensors")], network);
    assert.deepEqual(both.map(({ graph }) => graph.initializers.has("conv1.weight")), [false, true]);
    const beside = await openBoth([at("sparse.safetensors"), at("weights.safetensors")], network);
    assert.deepEqual(beside.map(({ graph }) => graph.initializers.has("conv1.weight")), [false, true]);
    await assert.rejects(openBoth([at("small.onnx"), at("small.onnx")], network), { name: "UsageError" });
  });
});

Deno.test("a network that is named for a graph of its own is refused by the option that names it", () => {
  refuseNetwork("a.onnx", { shape: ["x=1"] });
  for (const option of ["network", "classes"]) {
    assert.throws(() => refuseNetwork("a.onnx", { [option]: "10" }), {
      name: "UsageError",
      message:
        `Cannot open a.onnx with --${option}: it is for weights alone (.pth, .safetensors, .npz), and ` +
        "this has a graph of its own; leave it out",
    });
  }
});
