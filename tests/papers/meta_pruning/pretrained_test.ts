import assert from "node:assert/strict";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { encodeSafetensors } from "../../../lib/formats/safetensors.ts";
import { loadData } from "../../../lib/papers/meta_pruning/data/data.ts";
import { experimentOf } from "../../../lib/papers/meta_pruning/experiment.ts";
import { network, type NetworkSpec } from "../../../lib/papers/meta_pruning/kinds/network.ts";
import { PRESETS } from "../../../lib/papers/meta_pruning/presets.ts";
import { pretrained } from "../../../lib/papers/meta_pruning/pretrained.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { writeImages } from "../../data/image_folders.ts";
import { contextOf } from "./context.ts";

Deno.test("a network begins with the one checkpoint that is in the folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const model = mlp({ sizes: [2, 3], seed: 7 });
    const write = (name: string, { graph }: typeof model) =>
      Deno.writeFile(
        `${folder}/${name}`,
        encodeSafetensors(Object.fromEntries(graph.initializers) as Record<string, Tensor>),
      );
    const begin = () => pretrained(mlp({ sizes: [2, 3], seed: 0 }), folder, "mlp");
    await Deno.writeTextFile(`${folder}/mlp.txt`, "no checkpoint");
    await write("other.safetensors", model);
    await assert.rejects(begin(), /Cannot find a checkpoint of mlp .*expected a file mlp\*\.pth/);
    await write("mlp-1.safetensors", model);
    assert.deepEqual((await begin()).toOnnx(), model.toOnnx());
    await write("mlp-2.safetensors", mlp({ sizes: [2, 4] }));
    await assert.rejects(begin(), /choose between mlp-1\.safetensors and mlp-2\.safetensors .*leave the one/);
    await Deno.remove(`${folder}/mlp-1.safetensors`);
    await assert.rejects(begin(), { name: "TypeError", message: /of another type or shape/ });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ResNet-50's subject is the user's ImageNet folder, and asks for a checkpoint when it is built", async () => {
  const before = Deno.env.get("ESPALIER_DATA");
  const folder = await Deno.makeTempDir();
  try {
    Deno.env.set("ESPALIER_DATA", folder);
    await writeImages(`${folder}/imagenet`, { classes: ["a", "b"], train: 4, val: 2 });
    const preset = PRESETS["paper-resnet50"];
    const { architecture, data: whole, dataModels } = await experimentOf(preset, { seed: 0 });
    assert.deepEqual(architecture, { ...preset.architecture, classes: 2 });
    await assert.rejects(loadData(whole), /Cannot keep 50000 of the 8 training images/);
    const data = { ...whole, examples: { train: 5, validation: 3, test: 4 } };
    const { train, validation, test, name } = await loadData(data);
    assert.deepEqual([train, validation, test].map((part) => "read" in part && part.count), [5, 3, 4]);
    assert.match(name, /2 classes/);
    const runtime = await openRuntime();
    const context = contextOf({ runtime, scratch: () => Promise.resolve(folder) });
    await assert.rejects(
      network.work({ ...dataModels[0]!.spec as NetworkSpec, data }, context),
      /Cannot find a checkpoint of resnet50/,
    );
    await runtime.close();
  } finally {
    if (before === undefined) Deno.env.delete("ESPALIER_DATA");
    else Deno.env.set("ESPALIER_DATA", before);
    await Deno.remove(folder, { recursive: true });
  }
});
