import assert from "node:assert/strict";
import { loadModel, saveModel } from "../../mod.ts";
import { seededRandom } from "../../lib/random.ts";
import { elementsOf, maskElements, removeElements, transformerOf } from "../../lib/transformer/mod.ts";
import { tagged } from "../tags.ts";
import { noZoo, setUpZoo } from "./environment.ts";
import { startPython } from "./python.ts";
import { EXPORTERS } from "./zoo.ts";

Deno.test({
  name: tagged(
    "Elements of exported transformers, removed, equal the masked ones in ONNX Runtime for Python",
    "zoo",
  ),
  ignore: noZoo,
  async fn(t) {
    await using python = startPython(await setUpZoo());
    const folder = await Deno.makeTempDir();
    try {
      for (const name of ["bert", "distilbert", "vit_small", "gpt2"]) {
        for (const exporter of EXPORTERS) {
          await t.step(`${name}, ${exporter}`, async () => {
            const original = `${folder}/${name}.${exporter}.onnx`;
            const exported = await python.ask({ what: "export", name, exporter, path: original });
            assert.equal(exported.error, undefined);
            const model = await loadModel(original);
            const elements = elementsOf(transformerOf(model, { groups: 6 }));
            const random = seededRandom(0, name, exporter);
            const removed = elements.filter((id) => id === "feed-forward.1" || random.uniform() < 0.3);
            const configuration = { groups: 6, k: 5, renormalize: false, removed };
            const [masked, pruned] = [`${original}.masked.onnx`, `${original}.pruned.onnx`];
            await saveModel(maskElements(model, configuration), masked);
            await saveModel(removeElements(model, configuration), pruned);
            const { verdict, why } = await python.ask({ what: "compare", original, pruned, masked });
            assert.equal(verdict, "equal", why);
          });
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
