import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { asPath, isAddress, sourceKind } from "../../lib/cli/source_kind.ts";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { encodePytorch } from "../../lib/formats/pytorch/encode_pytorch.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { inFolder } from "../in_folder.ts";

Deno.test("a file is what its first bytes say, whatever it is called", async () => {
  await inFolder(async (folder) => {
    const model = mlp({ sizes: [2, 3] });
    const tensors = Object.fromEntries(model.graph.initializers as ReadonlyMap<string, Tensor>);
    // What older versions of torch.save begin with: protocol 2, and a magic number of ten bytes.
    const legacy = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
    const files = {
      onnx: model.toOnnx(),
      safetensors: encodeSafetensors(tensors),
      checkpoint: encodePytorch(tensors),
      decoder: new TextEncoder().encode("GGUF\x03\0\0\0"),
    };
    for (
      const [kind, bytes] of [...Object.entries(files), ["checkpoint", Uint8Array.from(legacy)] as const]
    ) {
      for (const name of ["x", "x.onnx", "x.pt", "x.bin", "x.ckpt", "x.safetensors"]) {
        await Deno.writeFile(`${folder}/${name}`, bytes);
        assert.equal(await sourceKind(`${folder}/${name}`), kind, name);
      }
    }
  });
});

Deno.test("where bytes tell nothing, or are elsewhere, the name says what it is", async () => {
  await inFolder(async (folder) => {
    const kinds = { "x.bin": "decoder", "x.npz": "checkpoint", "x.pth": "checkpoint", "x": "onnx" };
    for (const [name, kind] of Object.entries(kinds)) {
      // The sizes of a file of llama2.c, of which 640 begins as a pickle does.
      await Deno.writeFile(`${folder}/${name}`, new Uint8Array(Int32Array.of(640, 1728, 12).buffer));
      assert.equal(await sourceKind(`${folder}/${name}`), kind);
      assert.equal(await sourceKind(`https://models.example/${name}?download=true`), kind);
    }
    await Deno.writeFile(`${folder}/empty.pt`, new Uint8Array());
    assert.equal(await sourceKind(`${folder}/empty.pt`), "checkpoint");
  });
});

Deno.test("an address of a file on this machine is the path of it", () => {
  const path = `${Deno.cwd()}/a model.onnx`;
  assert.equal(asPath(pathToFileURL(path).href), path);
  assert.equal(asPath(path), path);
  const sources = ["https://a/x.onnx", "data:,x", "file:///x.onnx", "C:\\x.onnx", "x.onnx"];
  assert.deepEqual(sources.map(isAddress), [true, true, false, false, false]);
});
