import assert from "node:assert/strict";
import { openKeptLayers, runKey } from "../../lib/compress/kept_layers.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { inFolder } from "../in_folder.ts";

const layer = {
  weight: Float64Array.of(1, Math.PI, -0),
  grids: [{
    bits: 4,
    groupSize: 3,
    groups: 1,
    scales: Float64Array.of(0.1),
    zeros: Float64Array.of(8),
    inputScales: Float64Array.of(1, 2, 3),
  }],
  report: { weight: "w", warnings: ["few tokens"] },
};

Deno.test("a layer comes back to the bit, for the run that kept it alone", () =>
  inFolder(async (folder) => {
    const kept = await openKeptLayers<typeof layer.report>(`${folder}/log`, "key");
    assert.equal(await kept.read("w"), undefined);
    await kept.write("w", layer);
    assert.deepEqual(await kept.read("w"), layer);
    assert.equal(await kept.read("other"), undefined);
    assert.equal(await (await openKeptLayers(`${folder}/log`, "another key")).read("w"), undefined);
  }));

Deno.test("a damaged file is none, and who asks is told why", () =>
  inFolder(async (folder) => {
    const kept = await openKeptLayers<typeof layer.report>(folder, "key");
    await kept.write("w", layer);
    const [{ name }] = [...Deno.readDirSync(folder)] as [Deno.DirEntry];
    const bytes = await Deno.readFile(`${folder}/${name}`);
    bytes[bytes.length - 3]! ^= 1;
    await Deno.writeFile(`${folder}/${name}`, bytes);
    const told: string[] = [];
    assert.equal(await kept.read("w", (problem) => told.push(problem)), undefined);
    assert.equal(told.length, 1);
    assert.match(told[0]!, new RegExp(name));
  }));

Deno.test("a run's key follows from model and settings", () => {
  const model = mlp({ sizes: [3, 2], seed: 0 });
  const keys = [
    runKey(model, { bits: 4 }),
    runKey(model, { bits: 3 }),
    runKey(mlp({ sizes: [3, 2], seed: 1 }), { bits: 4 }),
    runKey(mlp({ sizes: [2, 3], seed: 0 }), { bits: 4 }),
  ];
  assert.equal(new Set(keys).size, 4);
  assert.equal(runKey(mlp({ sizes: [3, 2], seed: 0 }), { bits: 4 }), keys[0]);
});
