import assert from "node:assert/strict";
import type { Tensors } from "../../lib/runtime/runtime.ts";
import {
  countIds,
  countRows,
  idsTensor,
  offsetsOf,
  requireLike,
  toClickExamples,
} from "../../lib/ctr/clicks.ts";

const fields = [{ name: "site", size: 3 }, { name: "hour", size: 2 }];
const clicks = {
  fields,
  ids: Int32Array.of(0, 1, 2, 1, 2, 0),
  labels: Uint8Array.of(1, 0, 1),
};

Deno.test("fields lie one behind the other in one table, and lookups are counted there", () => {
  assert.deepEqual([countRows(fields), offsetsOf(fields)], [5, [0, 3]]);
  assert.deepEqual([...countIds(clicks)], [1, 0, 2, 1, 2]);
  const counts = Uint32Array.of(9);
  const batches = () => assert.fail("batches were asked for");
  assert.equal(countIds({ fields, count: 9, counts, batches }), counts);
});

Deno.test("examples are rows of ids and a float for each click", () => {
  const { inputs, targets } = toClickExamples(clicks) as { inputs: Tensors; targets: Tensors };
  assert.deepEqual(inputs.ids, idsTensor(fields, clicks.ids));
  assert.deepEqual([...inputs.ids!.dims], [3, 2]);
  assert.deepEqual(targets.expected!.data, Float32Array.of(1, 0, 1));
});

Deno.test("ids of another field, and half rows, are refused with their row", () => {
  assert.throws(
    () => toClickExamples({ ...clicks, ids: Int32Array.of(0, 1, 2, 2, 2, 0) }),
    /RangeError: Cannot read a click log: row 1 has id 2 in field "hour", expected 0 to 1/,
  );
  assert.throws(() => toClickExamples({ ...clicks, ids: clicks.ids.subarray(1) }), /of 3 labels and 5 ids/);
});

Deno.test("rows that judge have the fields of those to train on, and ids of theirs", () => {
  requireLike("test", clicks, fields);
  // Their own sizes say nothing: a row of the next field would be looked up.
  const large = fields.map(({ name }) => ({ name, size: 9 }));
  const ids = Int32Array.of(0, 1, 2, 2, 2, 0);
  assert.throws(
    () => requireLike("test", { ...clicks, fields: large, ids }, fields),
    /RangeError: Cannot read the test rows of a click log: row 1 has id 2 in field "hour", expected 0 to 1/,
  );
  for (const other of [fields.toReversed(), fields.slice(1), [...fields, fields[0]!]]) {
    assert.throws(
      () => requireLike("test", { ...clicks, fields: other }, fields),
      /TypeError: Cannot judge by the test rows: their fields are .*; expected those .*, site, hour$/,
    );
  }
});
