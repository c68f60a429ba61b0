import assert from "node:assert/strict";
import { metaTrain } from "../../lib/metanet/meta_train.ts";
import { loadMetanetwork } from "../../lib/metanet/metanetwork_file.ts";
import { metanetworkFor } from "../../lib/metanet/metanetwork_for.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { float32, int64, numbersOf } from "../../lib/tensor/tensor.ts";
import { constantRate } from "../../lib/train/schedules.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { inFolder } from "../in_folder.ts";
import { tagged } from "../tags.ts";

Deno.test(tagged("meta-training that is killed goes on bit for bit", "slow"), async () => {
  const folders = await Promise.all([Deno.makeTempDir(), Deno.makeTempDir()]);
  const work = async (folder: string, step: number) => {
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--allow-all",
        "--no-check",
        new URL("meta_train_worker.ts", import.meta.url).pathname,
        folder,
        `${step}`,
      ],
      stdout: "null",
      stderr: "null",
    }).output();
    return code;
  };
  try {
    const [whole, killed] = folders as [string, string];
    assert.equal(await work(whole, -1), 0);
    // In the middle of a meta-epoch, at its end, and again after going on.
    for (const step of [3, 4, 7]) assert.notEqual(await work(killed, step), 0);
    assert.equal(await work(killed, -1), 0);
    const names = [...Deno.readDirSync(whole)].map(({ name }) => name).sort();
    assert.deepEqual(names, [
      "meta-training.safetensors",
      "metanetwork-2.safetensors",
      "metanetwork-4.safetensors",
      "metanetwork-5.safetensors",
    ]);
    for (const name of names) {
      assert.deepEqual(
        await Deno.readFile(`${killed}/${name}`),
        await Deno.readFile(`${whole}/${name}`),
        name,
      );
    }
    const last = await loadMetanetwork(`${whole}/metanetwork-5.safetensors`);
    const first = await loadMetanetwork(`${whole}/metanetwork-2.safetensors`);
    assert.notDeepEqual(last.weights, first.weights);
  } finally {
    for (const folder of folders) await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("every parameter of the metanetwork that the architecture uses is trained", async () => {
  const data = { inputs: float32([0, 0, 0, 1, 1, 0, 1, 1], [4, 2]), targets: int64([0, 1, 1, 0]) };
  const model = mlp({ sizes: [2, 8, 4, 2] });
  const net = metanetworkFor(model, { hidden: 4, edges: [1, 9] });
  const { metanetwork } = await metaTrain([model], net, data, { epochs: 1 });
  const still = Object.keys(net.weights).filter((name) =>
    `${metanetwork.weights[name]!.data}` === `${net.weights[name]!.data}`
  );
  assert.deepEqual(still.filter((name) => !/edge_(en|de)coder\.9/.test(name)), []);
  assert.equal(still.length, 6, "3×3 kernels do not occur");
});

Deno.test("steps over all examples, in parts, train as those at once do", async () => {
  const inputs = Array.from({ length: 24 }, (_, i) => Math.sin(3 * i));
  const data = {
    inputs: float32(inputs, [12, 2]),
    targets: int64(inputs.slice(12).map((x) => x > 0 ? 1 : 0)),
  };
  const models = [1, 2].map((seed) => mlp({ sizes: [2, 8, 4, 2], seed }));
  const net = metanetworkFor(models[0]!, { hidden: 4, seed: 1 });
  const options = { epochs: 3, schedule: constantRate(0.01) };
  const { metanetwork: whole, history } = await metaTrain(models, net, data, options);
  const parts = await metaTrain(models, net, data, { ...options, batchSize: 4, accumulate: 3 });
  for (const [name, expected] of Object.entries(whole.weights)) {
    assertClose(numbersOf(parts.metanetwork.weights[name]!), numbersOf(expected), REORDERED_FLOAT32, name);
  }
  assertClose(parts.history.map(({ loss }) => loss), history.map(({ loss }) => loss), REORDERED_FLOAT32);
  const halves = await metaTrain(models, net, data, { ...options, batchSize: 6 });
  assert.notDeepEqual(
    halves.metanetwork.weights,
    whole.weights,
    "two steps of half the examples are another run",
  );
});

const random = seededRandom(1);
const FORTY = {
  inputs: float32(Array.from({ length: 80 }, () => random.normal()), [40, 2]),
  targets: int64(Array.from({ length: 40 }, () => random.integer(2))),
};
const MODELS = [0, 1].map((seed) => mlp({ sizes: [2, 4, 2], seed }));
const NET = metanetworkFor(MODELS[0]!, { hidden: 2, layers: 1 });

Deno.test("what another run left in the folder is not given as this run's", async () => {
  await inFolder(async (folder) => {
    await metaTrain(MODELS, NET, FORTY, { epochs: 3, folder });
    await Deno.remove(`${folder}/meta-training.safetensors`);
    const settings = { epochs: 3, every: 2, schedule: constantRate(0.1) };
    const { snapshots } = await metaTrain(MODELS, NET, FORTY, { ...settings, folder });
    const { snapshots: alone } = await metaTrain(MODELS, NET, FORTY, settings);
    assert.deepEqual(snapshots.map(({ epoch }) => epoch), [2, 3]);
    assert.deepEqual(snapshots, alone);
    // Done already: all are read back.
    assert.deepEqual((await metaTrain(MODELS, NET, FORTY, { ...settings, folder })).snapshots, alone);
    await assert.rejects(metaTrain(MODELS, NET, FORTY, { ...settings, every: 1, folder }), {
      name: "Error",
      message: /^Cannot give the metanetwork of meta-epoch 1: expected .*metanetwork-1\.safetensors/,
    });
  });
});

Deno.test("a run with another data model, or any other example, does not go on from the checkpoint", async () => {
  await inFolder(async (folder) => {
    const settings = { epochs: 1, batchSize: 2, accumulate: 20, folder };
    await metaTrain(MODELS, NET, FORTY, settings);
    const refusal = { name: "TypeError", message: /it is of a run with other data/ };
    const other = [MODELS[0]!, mlp({ sizes: [2, 4, 2], seed: 2 })];
    await assert.rejects(metaTrain(other, NET, FORTY, settings), refusal);
    for (let i = 0; i < 40; i++) {
      const inputs = float32(numbersOf(FORTY.inputs).with(2 * i, 9), [40, 2]);
      await assert.rejects(metaTrain(MODELS, NET, { ...FORTY, inputs }, settings), refusal, `example ${i}`);
    }
    assert.equal((await metaTrain(MODELS, NET, FORTY, settings)).history.length, 1);
  });
});

Deno.test("counts of a meta-training that are none are refused", async () => {
  for (const wrong of [0, -1, 1.5, NaN, Infinity]) {
    for (const name of ["epochs", "every", "accumulate"]) {
      await assert.rejects(metaTrain(MODELS, NET, FORTY, { epochs: 1, [name]: wrong }), {
        name: "RangeError",
        message: `Cannot meta-train with ${name} ${wrong}: expected a whole number from 1`,
      });
    }
  }
});
