import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { decodeMessage, encodeMessage } from "../../kernels/jupyter/protocol/wire.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

Deno.test("a request is signed over its four parts, as the protocol says", () => {
  const { frames } = encodeMessage({ key: "key", session: "session" }, "execute_request", { code: "é" });
  const [delimiter, signature, ...parts] = frames.map((bytes) => decoder.decode(bytes));
  assert.equal(delimiter, "<IDS|MSG>");
  assert.equal(parts.length, 4);
  assert.equal(signature, createHmac("sha256", "key").update(parts.join("")).digest("hex"));
});

Deno.test("what was encoded decodes, behind routing frames too; a changed part does not", () => {
  const buffers = [Uint8Array.of(1, 2, 255)];
  const extras = { parentHeader: { msg_id: "p" }, metadata: { a: 1 }, buffers };
  const { id, frames } = encodeMessage({ key: "key", session: "session" }, "stream", { text: "é" }, extras);
  const { header, ...message } = decodeMessage("key", [encoder.encode("route"), ...frames]);
  assert.deepEqual(message, {
    id,
    type: "stream",
    parent: "p",
    content: { text: "é" },
    parentHeader: { msg_id: "p" },
    metadata: { a: 1 },
    buffers,
    route: [encoder.encode("route")],
  });
  assert.deepEqual([header.msg_id, header.msg_type, header.session], [id, "stream", "session"]);
  assert.throws(() => decodeMessage("other", frames), /wrong signature/);
  const changed = frames.with(5, encoder.encode('{"text":"e"}'));
  assert.throws(() => decodeMessage("key", changed), /wrong signature/);
  assert.throws(() => decodeMessage("key", frames.slice(1)), /frames are missing/);
  assert.throws(() => decodeMessage("key", frames.with(1, encoder.encode("00"))), /wrong signature/);
});

Deno.test("a part that is no object, no JSON or lacks what it needs is an error, even rightly signed", () => {
  const signed = (...parts: string[]) => {
    const signature = createHmac("sha256", "key").update(parts.join("")).digest("hex");
    return ["<IDS|MSG>", signature, ...parts].map((text) => encoder.encode(text));
  };
  const header = '{"msg_id":"1","msg_type":"x"}';
  assert.equal(decodeMessage("key", signed(header, "{}", "{}", "{}")).type, "x");
  for (const parts of [["{}", "{}", "{}", "{}"], [header, "[]", "{}", "{}"], [header, "{}", "{}", "null"]]) {
    assert.throws(() => decodeMessage("key", signed(...parts)), /Cannot read a Jupyter message/);
  }
  assert.throws(() => decodeMessage("key", signed(header, "{}", "{}", "{")), SyntaxError);
});
