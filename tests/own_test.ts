import assert from "node:assert/strict";
import { emptyRecord, own } from "../lib/own.ts";

const INHERITED = ["constructor", "valueOf", "toString", "__proto__", "hasOwnProperty"];

Deno.test("a name that every object inherits is no entry, unless it is the record's own", () => {
  for (const name of INHERITED) {
    assert.equal(own({}, name), undefined);
    assert.equal(own(Object.fromEntries([[name, 3]]), name), 3);
  }
  assert.equal(own(undefined, "a"), undefined);
  assert.equal(own({ a: 1 }, "a"), 1);
});

Deno.test("an empty record takes every name as an entry like others", () => {
  const record = emptyRecord<number>();
  for (const name of INHERITED) {
    assert.equal(record[name], undefined);
    record[name] = 2;
  }
  assert.deepEqual(Object.keys(record), INHERITED);
  assert.ok(INHERITED.every((name) => own(record, name) === 2));
});
