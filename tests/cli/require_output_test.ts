import assert from "node:assert/strict";
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
