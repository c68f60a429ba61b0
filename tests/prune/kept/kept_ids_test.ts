import assert from "node:assert/strict";
import { Model } from "../../../lib/onnx/model.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { idsBefore, keptIds, writeKeptIds } from "../../../lib/prune/kept/kept_ids.ts";
import { float32, int32, int64 } from "../../../lib/tensor/tensor.ts";

Deno.test("ids are written by their first numbers, input by input, and nothing else is believed", () => {
  const model = mlp({ sizes: [2, 3, 1] });
  const first = writeKeptIds(model, new Map([["a", Int32Array.of(1, 3, 4)], ["b", Int32Array.of(0)]]));
  const second = writeKeptIds(first, new Map([["a", Int32Array.of(0, 2)]]));
  assert.deepEqual(keptIds(second), { a: [1, 4], b: [0] });
  assert.equal(writeKeptIds(model, new Map()), model);
  for (const text of ["nonsense", '{"a":"b"}', '{"a":[1.5]}', "3"]) {
    const metadata = { ...model.info.metadata, "espalier.ids": text };
    assert.deepEqual(keptIds(new Model(model.graph, { ...model.info, metadata })), {});
  }
});

Deno.test("inputs are translated to the ids of before, of either type, and others are left as they are", () => {
  const kept = new Map([["a", Int32Array.of(1, 3, 4)]]);
  const other = float32([0, 1]);
  const { a, b } = idsBefore({ a: int64([2, 0]), b: other }, kept);
  assert.deepEqual([...a!.data as BigInt64Array], [4n, 1n]);
  assert.equal(b, other);
  // As Gather has it, negative ids count from the last row: of those that are left, and of all.
  assert.deepEqual([...idsBefore({ a: int64([-1, -3]) }, kept)["a"]!.data as BigInt64Array], [4n, 1n]);
  assert.deepEqual([...idsBefore({ a: int32([-2]) }, kept)["a"]!.data as Int32Array], [3]);
  assert.deepEqual([...idsBefore({ a: int32([1, 1]) }, kept)["a"]!.data as Int32Array], [3, 3]);
});
