/** The released weights of AGP, where they are on this machine. */
import assert from "node:assert/strict";
import { DOMAIN_NAMES } from "../../../lib/papers/agp/domains.ts";
import { agpFile, agpFolder, releasedModel } from "../../../lib/papers/agp/files.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { dataFile } from "../../data.ts";
import { inFolder } from "../../in_folder.ts";

const RELEASE = dataFile("agp/parity_fixtures.json");

Deno.test({
  name: "released weights are read from their .pth as they stand in plain numbers",
  ignore: !RELEASE,
  async fn() {
    for (const domain of DOMAIN_NAMES) {
      const model = await releasedModel(domain);
      const path = dataFile(`agp/weights_${domain}.json`)!;
      const plain = JSON.parse(await Deno.readTextFile(path)) as Record<
        string,
        { shape: number[]; data: number[] }
      >;
      assert.equal(Object.keys(plain).length, 12);
      for (const [name, { shape, data }] of Object.entries(plain)) {
        const tensor = model.graph.initializers.get(name) as Tensor;
        assert.deepEqual([tensor.dims, tensor.data], [shape, Float32Array.from(data)]);
      }
    }
  },
});

Deno.test("where the release is not on the machine, that is said with the folders that were looked in", async () => {
  await inFolder((folder) => {
    const before = ["ESPALIER_DATA", "XDG_CACHE_HOME"].map((name) => [name, Deno.env.get(name)] as const);
    try {
      for (const [name] of before) Deno.env.set(name, folder);
      assert.equal(agpFolder("agp"), undefined);
      assert.throws(() => agpFile("agp", "x.json"), {
        name: "NotFoundError",
        message:
          /^Cannot find what AGP released: looked in .*\/agp.*, or set ESPALIER_DATA to a folder that has agp\/$/,
      });
      Deno.mkdirSync(`${folder}/agp`);
      assert.equal(agpFile("agp", "x.json"), `${folder}/agp/x.json`);
    } finally {
      for (const [name, value] of before) {
        value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
      }
    }
    return Promise.resolve();
  });
});
