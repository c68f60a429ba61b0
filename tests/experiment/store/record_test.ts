import assert from "node:assert/strict";
import { parseFailure, parseRecord, productFile } from "../../../lib/experiment/store/record.ts";
import { sealJson } from "../../../lib/files/checksum.ts";
import { TOY_RECORD } from "../toy_record.ts";

const { name } = TOY_RECORD;
const record = { ...TOY_RECORD, seconds: 1.5, products: { "a.onnx": "1.onnx", "b.onnx": "2.onnx" } };

Deno.test("a record comes back; one of an older version says that it carries no checksum", () => {
  assert.deepEqual(parseRecord(sealJson(record), name), record);
  assert.deepEqual(parseRecord(JSON.stringify(record), name), { ...record, withoutChecksum: true });
});

Deno.test("what is no record, or another unit's, is told in words and never half a record", () => {
  const sealed = sealJson(record);
  assert.equal(parseRecord(sealed, "cd"), `it is of another unit, ${name}`);
  for (const text of [sealed.slice(0, -9), "", "null", sealed.replace("1.5", "1.6")]) {
    assert.equal(typeof parseRecord(text, name), "string", text);
  }
  for (const field of Object.keys(record)) {
    const { [field as "name"]: _, ...without } = record;
    assert.match(String(parseRecord(JSON.stringify(without), name)), new RegExp(field), field);
  }
  assert.equal(typeof parseFailure(sealed, name), "string");
});

Deno.test("a product is found by its name, or without one where it is the only one", () => {
  assert.equal(productFile(record, "b.onnx"), "2.onnx");
  assert.equal(productFile({ label: "one", products: { x: "y" } }), "y");
  assert.throws(() => productFile(record), /Cannot get the product of a toy: it has a\.onnx, b\.onnx/);
  assert.throws(() => productFile(record, "constructor"), /Cannot get "constructor"/);
  assert.throws(() => productFile({ label: "none", products: {} }), /it has no products/);
});
