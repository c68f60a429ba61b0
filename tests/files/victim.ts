/**
 * Works that a kill may meet: `victim.ts fit|experiment|download <folder> [address] [round]`. Says `begun`, and
 * at its end what came of it.
 */
import { download } from "../../lib/data/download.ts";
import { run } from "../../lib/experiment/mod.ts";
import { tensorsDigest } from "../../lib/files/digest.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { fit } from "../../lib/train/fit.ts";
import { squares } from "../experiment/toy.ts";
import { moons, network } from "../train/moons.ts";

const [what, folder, address = "", bytes = "", sha256 = ""] = Deno.args as [string, string, ...string[]];

const WORKS: Record<string, () => Promise<unknown>> = {
  async fit() {
    const { model, history } = await fit(network(), moons(200, 1), {
      epochs: 40,
      batchSize: 10,
      checkpoint: { path: `${folder}/run`, everySteps: 7 },
    });
    const weights = [...model.graph.initializers] as unknown as [string, Tensor][];
    return [
      tensorsDigest("", weights.map(([name, { data }]) => [name, data as Float32Array])),
      history.map(({ loss }) => loss),
    ];
  },
  async experiment() {
    const { rows } = await run({
      units: squares(12, { wait: 60 }),
      store: `${folder}/store`,
      workers: 2,
      engine: "wasm",
    });
    return rows;
  },
  download: () => download({ name: "file.bin", bytes: Number(bytes), sha256, addresses: [address] }, folder),
};

console.log("begun");
console.log(JSON.stringify(await WORKS[what]!()));
