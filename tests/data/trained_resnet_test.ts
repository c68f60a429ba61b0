import assert from "node:assert/strict";
import { trainedResnet } from "../../lib/data/trained_resnet.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { numbersOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { dataFile } from "../data.ts";
import { inFolder } from "../in_folder.ts";

Deno.test({
  name: "the published ResNet-56 is a network of its size whose weights were trained",
  ignore: !dataFile("resnet/resnet56-4bfd9763.th"),
  async fn() {
    const model = await trainedResnet();
    assert.equal(countMacs(model).parameters, 853_018);
    // The variances that a batch norm has measured are not the ones that it begins with.
    const variances = numbersOf(model.graph.initializers.get("bn1.running_var") as Tensor);
    assert.ok(variances.every((value) => value !== 1));
  },
});

Deno.test("where the checkpoint is nowhere, the error says how to get it", () =>
  inFolder(async (folder) => {
    const before = ["ESPALIER_DATA", "XDG_CACHE_HOME"].map((name) => [name, Deno.env.get(name)] as const);
    for (const [name] of before) Deno.env.set(name, folder);
    try {
      await assert.rejects(trainedResnet(), {
        name: "NotFoundError",
        message: /download it with `deno task data resnet`/,
      });
    } finally {
      for (const [name, value] of before) {
        value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
      }
    }
  }));
