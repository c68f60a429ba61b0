import assert from "node:assert/strict";
import { createHash as nodeHash } from "node:crypto";
import { createHash, join, nodeModule } from "../lib/node.ts";

Deno.test("functions of Node are those of Node", () => {
  assert.equal(createHash("sha256").update("a").digest("hex"), nodeHash("sha256").update("a").digest("hex"));
  assert.equal(join("a", "..", "b"), "b");
});

Deno.test("where there is no such module, as in a page, a call says what to do", () => {
  const { process } = globalThis;
  const before = process.getBuiltinModule;
  process.getBuiltinModule = () => undefined as never;
  try {
    assert.equal(nodeModule("node:fs"), undefined);
    assert.throws(
      () => createHash("sha256"),
      /^Error: Cannot call createHash of node:crypto here: a page has no such module/,
    );
  } finally {
    process.getBuiltinModule = before;
  }
});
