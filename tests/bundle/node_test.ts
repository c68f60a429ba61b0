/** The front door on Node: from a model's bytes to a smaller model's. */
import assert from "node:assert/strict";
import * as esbuild from "npm:esbuild@0.28.2";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { inFolder } from "../in_folder.ts";
import { tagged } from "../tags.ts";
import { bundle } from "../webgpu/bundle.ts";

const node = (...args: string[]) => new Deno.Command("node", { args }).output();

/** Node's version, or 0 where there is none; iterators have `filter` and `map` from 22 on. */
const version = await node("--version").then(
  ({ stdout }) => parseInt(new TextDecoder().decode(stdout).slice(1)),
  () => 0,
);

Deno.test({
  name: tagged("Node plans and prunes a model from its bytes, and says what takes Deno", "slow"),
  ignore: version < 22,
  fn: () =>
    inFolder(async (folder) => {
      // Node 22 does not know `using`.
      const { code } = await esbuild.transform(await bundle(new URL("./node_program.ts", import.meta.url)), {
        target: "node22",
        format: "esm",
      });
      await esbuild.stop();
      await Deno.writeTextFile(`${folder}/program.mjs`, code);
      const { stdout, stderr } = await node(`${folder}/program.mjs`);
      assert.equal(new TextDecoder().decode(stderr), "");
      const { macs, bytes, refused } = JSON.parse(new TextDecoder().decode(stdout));
      assert.ok(macs[1] <= macs[0] / 2, `${macs}`);
      const input = float32([0.1, -0.2, 0.3, 0.4], [1, 4]);
      const [a, b] = await Promise.all(
        bytes.map(async (one: number[]) => (await runModel(Uint8Array.from(one), { input })).logits!.data),
      );
      assertClose([...a as Float32Array], [...b as Float32Array], REORDERED_FLOAT32);
      assert.match(refused, /^Cannot read model\.onnx: /);
    }),
});
