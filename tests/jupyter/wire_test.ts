import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { decodeMessage, encodeMessage } from "../../kernels/jupyter/runner/wire.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

Deno.test("a request is signed over its four parts, as the protocol says", () => {
  const { frames } = encodeMessage("key", "session", "execute_request", { code: "é" });
  const [delimiter, signature, ...parts] = frames.map((bytes) => decoder.decode(bytes));
  assert.equal(delimiter, "<IDS|MSG>");
  assert.equal(parts.length, 4);
  assert.equal(signature, createHmac("sha256", "key").update(parts.join("")).digest("hex"));
});

Deno.test("what was encoded decodes, behind routing frames too; a changed part does not", () => {
  const { id, frames } = encodeMessage("key", "session", "stream", { text: "é" });
  const message = decodeMessage("key", [encoder.encode("route"), ...frames]);
  assert.deepEqual(message, { id, type: "stream", parent: undefined, content: { text: "é" } });
  assert.throws(() => decodeMessage("other", frames), /wrong signature/);
  const changed = [...frames.slice(0, -1), encoder.encode('{"text":"e"}')];
  assert.throws(() => decodeMessage("key", changed), /wrong signature/);
  assert.throws(() => decodeMessage("key", frames.slice(1)), /frames are missing/);
});
