import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { saveModel } from "../../../lib/io/save_model.ts";
import { inFolder } from "../../in_folder.ts";
import { typed, withModel } from "../typed.ts";

Deno.test("bench has a row for each engine and batch that is asked for", async () => {
  await withModel(async (path) => {
    const line = ["--engine", "native,wasm", "--batch", "1,8", "--runs", "2"];
    const rows = JSON.parse((await typed("bench", path, ...line, "--json")).out);
    assert.deepEqual(
      rows.map(({ engine, batch, runs }: Record<string, unknown>) => [engine, batch, runs]),
      [["native", 1, 2], ["native", 8, 2], ["wasm", 1, 2], ["wasm", 8, 2]],
    );
    for (const { median, quartiles: [low, high] } of rows) {
      assert.ok(0 < low && low <= median && median <= high);
    }
    const { code, err } = await typed("bench", path, "--engine", "native,cuda");
    assert.deepEqual([code, err], [2, "Cannot read --engine cuda: expected one of native, webgpu, wasm"]);
  });
});

Deno.test("bench and compare tell the batch that a model fixes, and refuse another one", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/model.onnx`;
    const g = new GraphBuilder();
    g.output(g.relu(g.input("x", "float32", [4, 3])), "y");
    await saveModel(g.model(), path);
    const line = ["--engine", "native", "--runs", "1"];
    const [row] = JSON.parse((await typed("bench", path, ...line, "--json")).out);
    assert.equal(row.batch, 4);
    const { latencies } = JSON.parse((await typed("compare", path, path, ...line, "--json")).out);
    assert.deepEqual(latencies.map(({ batch }: { batch: number }) => batch), [4, 4]);
    for (const command of [["bench", path], ["compare", path, path]]) {
      const { code, err } = await typed(...command, ...line, "--batch", "8");
      assert.deepEqual([code, err], [
        2,
        'Cannot measure --batch 8: expected 4, as input "x" is [4, 3]; leave --batch out, or measure a model ' +
        "that leaves it open",
      ]);
    }
  });
});
