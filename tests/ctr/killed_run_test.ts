import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { LOCKED } from "../../kernels/jupyter/setup/packages.ts";
import { seededRandom } from "../../lib/random.ts";
import { inFolder } from "../in_folder.ts";
import { killedRun, type Stage } from "./killed_run.ts";

const STAGES: readonly Stage[] = ["staging", "counting", "encoding", "supernet", "search", "retraining"];

const random = seededRandom(11);
const text = Array.from({ length: 20_000 }, (_, i) => {
  const site = Math.floor(1 / (0.01 + random.uniform()));
  return `${Number(random.uniform() < 0.2 + 0.1 * (site % 5))},s${site},${random.integer(24)},u${i % 3000}`;
}).join("\n");

Deno.test("a run that is killed in each of its stages comes to the model of one that is not", () =>
  inFolder(async (folder) => {
    const [killed, whole] = [`${folder}/killed`, `${folder}/whole`];
    for (const one of [killed, whole]) {
      await Deno.mkdir(one);
      await Deno.writeTextFile(`${one}/log.csv`, text);
    }
    const run = async (stage?: Stage) => {
      const { code, signal, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", ...LOCKED, "--no-check", "--quiet", "--allow-all"],
          ...[fileURLToPath(new URL("./killed_run.ts", import.meta.url)), killed, ...stage ? [stage] : []],
        ],
      }).output();
      return { code, signal, error: new TextDecoder().decode(stderr) };
    };
    for (const stage of STAGES) {
      const { signal, error } = await run(stage);
      assert.equal(signal, "SIGKILL", `killed while ${stage}: ${error}`);
    }
    const { code, error } = await run();
    assert.equal(code, 0, error);
    assert.deepEqual(await Deno.readFile(`${killed}/model.onnx`), await killedRun(whole));
  }));
