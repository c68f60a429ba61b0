import assert from "node:assert/strict";
import { printable, printableJson, quoted } from "../lib/printable.ts";

/** What moves a terminal's cursor, changes its title, or turns words around. */
const STRANGE = "a\0\x07\x1b]0;x\x7f\x9b2J\u200e\u202e\u2028\u2066b";

Deno.test("characters that a terminal obeys are written out, and lines, tabs and letters stay", () => {
  assert.equal(printable(STRANGE), "a\\x00\\x07\\x1b]0;x\\x7f\\x9b2J\\u200e\\u202e\\u2028\\u2066b");
  const plain = "ä\tb\nc 🦕 ∑";
  assert.equal(printable(plain), plain);
  assert.equal(printable(printable(STRANGE)), printable(STRANGE));
});

Deno.test("a name in quotes is on one line, whatever it is", () => {
  assert.equal(quoted('a"b\nc'), '"a\\"b\\nc"');
  assert.deepEqual([quoted(3), quoted(undefined)], ['"3"', '"undefined"']);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(quoted(STRANGE), /[\0-\x1f\x7f-\x9f\u202e]/);
});

Deno.test("JSON without them reads as it was", () => {
  const json = printableJson(JSON.stringify({ [STRANGE]: STRANGE }));
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(json, /[\0-\x1f\x7f-\x9f\u200e\u202e\u2028\u2066]/);
  assert.deepEqual(JSON.parse(json), { [STRANGE]: STRANGE });
});
