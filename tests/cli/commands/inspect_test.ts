import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { saveModel } from "../../../lib/io/save_model.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";
import { inFolder } from "../../in_folder.ts";
import { typed, withModel } from "../typed.ts";

Deno.test("inspect says what is protected and why, and the least that is reachable", async () => {
  await withModel(async (path) => {
    const { code, out } = await typed("inspect", path);
    assert.equal(code, 0);
    assert.match(out, /^input input: float32 \[N, 4\]$/m);
    assert.match(out, /^all +6 +368 +403 /m);
    assert.match(out, /^ +4\.weight: 3 stay, "logits" is an output of the graph$/m);
    assert.match(out, /^2 groups of channels may lose some$/m);
    await saveModel(mlp({ sizes: [4, 16, 3] }), path);
    assert.match((await typed("inspect", path)).out, /^1 group of channels may lose some$/m);
    assert.match((await typed(path, "--macs", "0.5")).out, /of 16 channels in 1 group, widths/);
    await saveModel(mlp({ sizes: [4, 16, 16, 3] }), path);
    const data = JSON.parse((await typed("inspect", path, "--json")).out);
    assert.deepEqual(data.groups.map(({ channels }: { channels: number }) => channels), [16, 16]);
    assert.ok(data.reachable.macs < data.macs);
    // One unit in each hidden layer: 4·1 + 1·1 + 1·3.
    assert.equal(data.reachable.macs, 8);
  });
});

Deno.test("a size that is not known is asked for as it is typed", async () => {
  await inFolder(async (folder) => {
    const g = new GraphBuilder();
    const weight = g.parameter("weight", float32(new Float32Array(16), [4, 4]));
    g.output(g.matMul(g.input("x", "float32", ["N", "length", 4]), weight), "y");
    await saveModel(g.model(), `${folder}/open.onnx`);
    assert.match(
      (await typed("inspect", `${folder}/open.onnx`)).out,
      /give the shape of .* by --shape, as in --shape input=/,
    );
    const { out } = await typed("inspect", `${folder}/open.onnx`, "--shape", "x=1,5,4", "--json");
    assert.equal(JSON.parse(out).macs, 5 * 4 * 4);
  });
});
