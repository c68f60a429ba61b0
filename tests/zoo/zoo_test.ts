import assert from "node:assert/strict";
import { tagged } from "../tags.ts";
import { noZoo, setUpZoo } from "./environment.ts";
import { startPython } from "./python.ts";
import { askPeer, EXPORTERS, pruneOne } from "./zoo.ts";

Deno.test({
  name: tagged(
    "Small architectures from PyTorch's exporters: pruned to half, they equal the masked original",
    "zoo",
  ),
  ignore: noZoo,
  async fn(t) {
    await using python = startPython(await setUpZoo());
    const { small = [], error } = await python.ask({ what: "list" });
    assert.equal(error, undefined);
    assert.equal(small.length, 8);
    const folder = await Deno.makeTempDir();
    try {
      for (const name of small) {
        for (const exporter of EXPORTERS) {
          await t.step(`${name}, ${exporter}`, async () => {
            const { verdict, why, share, first, memory } = await pruneOne(python, name, exporter, folder);
            assert.equal(verdict, "equal", why);
            assert.ok(share! <= 0.5 && share! > 0.4, `${share} of the MACs are left: ${why}`);
            assert.ok(first! > 0, "the processor worked");
            if (Deno.build.os === "linux") assert.ok(memory! > 1e6 && memory! < 1e9, `${memory} bytes`);
          });
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: tagged(
    "The zoo's comparison tells a wrong model from a right one, and what it is asked in vain",
    "zoo",
  ),
  ignore: noZoo,
  async fn() {
    await using python = startPython(await setUpZoo());
    const { names = [] } = await python.ask({ what: "list" });
    assert.ok(names.length >= 150, `${names.length} architectures`);
    const folder = await Deno.makeTempDir();
    try {
      const [one, other] = ["resnet8", "mobilenet_v2_small"].map((name) => `${folder}/${name}.onnx`);
      await python.ask({ what: "export", name: "resnet8", exporter: "torchscript", path: one! });
      await python.ask({ what: "export", name: "mobilenet_v2_small", exporter: "torchscript", path: other! });
      const wrong = await python.ask({ what: "compare", original: one!, pruned: one!, masked: other! });
      assert.equal(wrong.verdict, "different");
      const vain = await python.ask({ what: "compare", original: one!, pruned: one!, masked: one! });
      assert.match(vain.why!, /changes nothing/);
      const missing = await python.ask({
        what: "compare",
        original: one!,
        pruned: "nowhere",
        masked: other!,
      });
      assert.equal(missing.verdict, "invalid");
      assert.match((await python.ask({ what: "export", name: "no such" })).error!, /Error/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: tagged("The zoo brings other programs to half, and says why where it cannot", "zoo"),
  ignore: noZoo,
  async fn() {
    await using python = startPython(await setUpZoo());
    const folder = await Deno.makeTempDir();
    try {
      for (
        const [name, peer] of [["resnet8", "torch_pruning"], ["bert", "torch_pruning"], [
          "llama",
          "onnxsim",
        ]] as const
      ) {
        const { share, why, search, seconds } = await askPeer(python, name, peer, folder);
        assert.equal(why, undefined, `${name}, ${peer}`);
        assert.ok(share! <= 0.51 && share! > 0.3, `${name}, ${peer}: ${share} of the MACs are left`);
        assert.ok(search! >= seconds!, "the search has the right try in it");
      }
      const densenet = await askPeer(python, "densenet_small", "onnxsim", folder);
      assert.ok(
        densenet.share! > 0.51 && densenet.share! < 1,
        "what concatenates gives some of its channels",
      );
      assert.match(densenet.why!, /no less/);
      assert.match((await askPeer(python, "no such", "torch_pruning", folder)).why!, /KeyError/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
