import assert from "node:assert/strict";
import { parseFailure, parseRecord, productFile } from "../../../lib/experiment/store/record.ts";
import { sealJson } from "../../../lib/files/checksum.ts";

const record = {
  name: "toy-1",
  kind: "toy",
  version: 1,
  label: "a toy",
  spec: { value: 3 },
  needs: {},
  data: {},
  engine: "native",
  machine: "here",
  when: "2026-01-01T00:00:00.000Z",
  seconds: 1.5,
  rows: [{ square: 9 }],
  products: { "a.onnx": "1.onnx", "b.onnx": "2.onnx" },
};

Deno.test("a record comes back; one of an older version says that it carries no checksum", () => {
  assert.deepEqual(parseRecord(sealJson(record), "toy-1"), record);
  assert.deepEqual(parseRecord(JSON.stringify(record), "toy-1"), { ...record, withoutChecksum: true });
});

Deno.test("what is no record, or another unit's, is told in words and never half a record", () => {
  const sealed = sealJson(record);
  assert.equal(parseRecord(sealed, "toy-2"), "it is of another unit, toy-1");
  for (const text of [sealed.slice(0, -9), "", "null", sealed.replace("1.5", "1.6")]) {
    assert.equal(typeof parseRecord(text, "toy-1"), "string", text);
  }
  for (const field of Object.keys(record)) {
    const { [field as "name"]: _, ...without } = record;
    assert.match(String(parseRecord(JSON.stringify(without), "toy-1")), new RegExp(field), field);
  }
  assert.equal(typeof parseFailure(sealed, "toy-1"), "string");
});

Deno.test("a product is found by its name, or without one where it is the only one", () => {
  assert.equal(productFile(record, "b.onnx"), "2.onnx");
  assert.equal(productFile({ label: "one", products: { x: "y" } }), "y");
  assert.throws(() => productFile(record), /Cannot get the product of a toy: it has a\.onnx, b\.onnx/);
  assert.throws(() => productFile(record, "constructor"), /Cannot get "constructor"/);
  assert.throws(() => productFile({ label: "none", products: {} }), /it has no products/);
});
