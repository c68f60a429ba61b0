import assert from "node:assert/strict";
import { openKeptLayers, runKey } from "../../lib/compress/kept_layers.ts";
import { compress } from "../../lib/compress/mod.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
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

const w = { weight: "w", rows: 1, columns: 3 };

Deno.test("a layer comes back to the bit, for the run that kept it alone", () =>
  inFolder(async (folder) => {
    const kept = await openKeptLayers<typeof layer.report>(`${folder}/log`, "key");
    assert.equal(await kept.read(w), undefined);
    await kept.write("w", layer);
    assert.deepEqual(await kept.read(w), layer);
    assert.equal(await kept.read({ ...w, weight: "other" }), undefined);
    assert.equal(await (await openKeptLayers(`${folder}/log`, "another key")).read(w), undefined);
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
    assert.equal(await kept.read(w, (problem) => told.push(problem)), undefined);
    assert.equal(told.length, 1);
    assert.match(told[0]!, new RegExp(name));
  }));

Deno.test("a file of another layer, or of one of another size, is none", () =>
  inFolder(async (folder) => {
    const kept = await openKeptLayers<typeof layer.report>(folder, "key");
    await kept.write("w", layer);
    const told: string[] = [];
    const tell = (problem: string) => told.push(problem);
    assert.equal(await kept.read({ ...w, rows: 2 }, tell), undefined);
    const [own] = [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`);
    await kept.write("v", layer);
    const other = [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`).find((path) =>
      path !== own
    );
    await Deno.rename(other!, own!);
    assert.equal(await kept.read(w, tell), undefined);
    assert.match(told[0]!, /expected 6 weights of w, found 3 of w$/);
    assert.match(told[1]!, /expected 3 weights of w, found 3 of v$/);
  }));

Deno.test("a log that cannot be a folder is told in a sentence", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/log`, "");
    const why = /^Error: Cannot keep layers in .*log: there is a file of that name; give log a folder/;
    await assert.rejects(openKeptLayers(`${folder}/log`, "key"), why);
    await assert.rejects(
      openKeptLayers(`${folder}/log/deeper`, "key"),
      /^Error: Cannot keep layers in .*deeper: /,
    );
    const calibration = [{ input: float32([1, 2, 3, 4, 5, 6], [2, 3]) }];
    const options = {
      method: "rtn",
      bits: 3,
      allocation: "calibrated",
      calibration,
      log: `${folder}/log`,
    } as const;
    await assert.rejects(compress(mlp({ sizes: [3, 4, 2] }), options), why);
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
