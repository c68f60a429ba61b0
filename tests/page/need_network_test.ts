import assert from "node:assert/strict";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { needNetwork } from "../../lib/page/need_network.ts";
import { saveSparse } from "../../lib/sparse/pack/save_sparse.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { inFolder } from "../in_folder.ts";

const model = resnetCifar({ depth: 20, widths: [4, 8, 16], seed: 7 });
const weightsOf = (one: typeof model) =>
  encodeSafetensors(Object.fromEntries(one.graph.initializers) as Record<string, Tensor>);

Deno.test("weights alone need a network, and a sparse file, which holds its own, does not", () =>
  inFolder(async (folder) => {
    const named = (...names: string[]) => names.map((name) => new File([], name));
    await saveSparse(model, `${folder}/sparse.safetensors`);
    const sparse = new File([Deno.readFileSync(`${folder}/sparse.safetensors`)], "s.safetensors");
    const dense = new File([weightsOf(model) as Uint8Array<ArrayBuffer>], "d.safetensors");
    const cases = [named("a.pth"), [dense], [sparse], named("a.onnx", "a.npz"), named("a.txt"), []];
    const answers = await Promise.all(cases.map((files) => needNetwork(files)));
    assert.deepEqual(answers, [true, true, false, false, false, false]);
    await assert.rejects(needNetwork(named("empty.safetensors")), /Cannot read empty\.safetensors/);
  }));
