import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { saveModel } from "../../lib/io/save_model.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { inFolder } from "../in_folder.ts";
import { typed, withModel } from "./typed.ts";

Deno.test("where a file could not be written, that is said before any work", async () => {
  await withModel(async (path, folder) => {
    const at = (name: string) => `${folder}/${name}`;
    await Deno.mkdir(at("folder.onnx"));
    await Deno.writeTextFile(at("broken.onnx"), "no model");
    // The model cannot be read, and there is no data: whoever begins to work says so instead.
    const commands: readonly string[][] = [
      ["prune", at("broken.onnx"), "<out>", "--macs", "0.5"],
      ["finetune", at("broken.onnx"), "<out>", "--data", at("missing.npz")],
      ["meta-prune", at("broken.onnx"), "<out>", "--metanetwork", at("missing.safetensors"), "--macs", "0.5"],
      ["quantize", at("broken.onnx"), "<out>"],
      ["sparsify", at("broken.onnx"), "<out>", "--sparsity", "0.5"],
      ["convert", at("broken.onnx"), "<out>"],
    ];
    const refused: readonly [string, number, RegExp][] = [
      ["tuned.foo", 2, /^Cannot write .*tuned\.foo: this command writes \.onnx/],
      ["folder.onnx", 1, /^Cannot write .*folder\.onnx: it is a folder; name a file/],
      [
        "missing/tuned.onnx",
        1,
        /^Cannot write .*missing\/tuned\.onnx: no such file or directory; name a file in a folder that can be/i,
      ],
      [
        "broken.onnx/tuned.onnx",
        1,
        /^Cannot write .*tuned\.onnx: not a directory; name a file in a folder that can be/i,
      ],
    ];
    for (const command of commands) {
      for (const [out, expected, sentence] of refused) {
        const { code, err } = await typed(...command.map((word) => word === "<out>" ? at(out) : word));
        assert.match(err, sentence, `${command[0]}: ${err}`);
        assert.equal(code, expected);
      }
    }
    const { code, err } = await typed(path, at("half.onnx"), "--macs", "0.5", "--weights", at("half.foo"));
    assert.deepEqual([code, /this command writes \.safetensors, \.pth or \.pt; name such/.test(err)], [
      2,
      true,
    ]);
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(left, ["broken.onnx", "folder.onnx", "model.onnx"]);
  });
});

Deno.test("what a command reads is not written over, by whichever name", async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => `${folder}/${name}`;
    await Deno.mkdir(at("folder"));
    await saveModel(mlp({ sizes: [40, 40] }), at("model.onnx"), { externalData: true });
    // Some exporters keep the tensors of a graph in a file of weights.
    const [bytes, data] = [await Deno.readFile(at("model.onnx")), await Deno.readFile(at("model.onnx.data"))];
    const place = new TextDecoder("latin1").decode(bytes).indexOf("model.onnx.data");
    bytes.set(new TextEncoder().encode("abc.safetensors"), place);
    await Deno.writeFile(at("beside.onnx"), bytes);
    await Deno.writeFile(at("abc.safetensors"), data);
    await Deno.symlink(at("model.onnx"), at("link.onnx"));
    await Deno.symlink(at("folder"), at("other"));
    await Deno.writeTextFile(at("folder/model.safetensors"), "");
    await Deno.writeTextFile(at("folder/config.json"), "{}");
    const url = (name: string) => pathToFileURL(at(name)).href;
    const lines: readonly (readonly [RegExp, ...string[]])[] = [
      [/: it is the file that is read, /, "prune", url("model.onnx"), at("model.onnx"), "--macs", "0.5"],
      [/: it is the file that is read, /, "quantize", at("model.onnx"), at("link.onnx")],
      [/: it is the file that is read, /, "quantize", at("link.onnx"), at("folder/../model.onnx")],
      [/: it is the file that is read, /, "convert", at("beside.onnx"), at("abc.safetensors")],
      [/: it is the file that is read, /, "convert", at("folder"), at("folder/model.safetensors")],
      [/: it is the file that is read, /, "convert", at("folder"), at("other/model.safetensors")],
      [
        /abc\.json: it is a file that .* is read from/,
        at("folder"),
        "--macs",
        "0.5",
        "--weights",
        at("other/abc.pth"),
      ],
      [/^Cannot write file:.*: it is an address; name a file of this/, "quantize", "x.onnx", url("y.onnx")],
    ];
    await Deno.writeTextFile(at("folder/abc.json"), "{}");
    const before = await contentsOf(folder);
    for (const [sentence, ...line] of lines) {
      const { code, err } = await typed(...line);
      assert.match(err, sentence, line.join(" "));
      assert.equal(code, 2);
      assert.deepEqual(await contentsOf(folder), before);
    }
  });
});

/** All files of a folder, and what they hold. */
async function contentsOf(folder: string): Promise<[string, Uint8Array][]> {
  const found: [string, Uint8Array][] = [];
  for (
    const { name, isDirectory } of [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1)
  ) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await contentsOf(path));
    else if (Deno.statSync(path).isFile) found.push([path, await Deno.readFile(path)]);
  }
  return found;
}
