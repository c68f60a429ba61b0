import assert from "node:assert/strict";
import { LOCKED } from "../../kernels/jupyter/setup/packages.ts";
import { replaceFile } from "../../lib/files/replace_files.ts";
import { removeLeftoversIn } from "../../lib/files/lock.ts";
import { loadModel, mlp } from "../../mod.ts";
import { readCheckpoint } from "../../lib/train/checkpoint.ts";
import { dice } from "../fuzz/mutate.ts";
import { inFolder } from "../in_folder.ts";

/** `ESPALIER_KILLS=100` tries more. */
const KILLS = Number(Deno.env.get("ESPALIER_KILLS") ?? 4);

Deno.test("a process that is killed while it saves: each file is whole, and the next start clears up", () =>
  inFolder(async (folder) => {
    const models = [0, 1, 2].map((seed) => mlp({ sizes: [64, 64, 4], seed }).toOnnx());
    const isOne = (bytes: Uint8Array) => models.some((model) => model.every((byte, i) => byte === bytes[i]));
    const roll = dice(KILLS);
    const program = new URL("saver.ts", import.meta.url).pathname;
    let unfinished = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const args = ["run", ...LOCKED, "-A", "--no-check", program, folder];
      const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
      await child.stdout.getReader().read();
      await new Promise((done) => setTimeout(done, 40 + roll(160)));
      child.kill("SIGKILL");
      await child.status;
      for await (const { name } of Deno.readDir(folder)) {
        if (/\.espalier-/.test(name)) unfinished++;
        else if (name === "run") {
          assert.ok((await readCheckpoint(`${folder}/run`))!.state.w!.dims[0] === 20_000);
        } else if (name.endsWith(".onnx")) {
          assert.ok(isOne((await loadModel(`${folder}/${name}`)).toOnnx()), name);
        }
      }
    }
    await removeLeftoversIn(folder);
    await replaceFile(`${folder}/other`, "");
    const left = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
    assert.ok(
      left.every((name) => ["beside.onnx", "beside.onnx.data", "other", "plain.onnx", "run"].includes(name)),
    );
    if (KILLS > 50) assert.ok(unfinished > 0, "no kill met a writer at work");
    if (KILLS > 50) console.log(`${KILLS} kills, ${unfinished} unfinished files found and removed`);
  }));
